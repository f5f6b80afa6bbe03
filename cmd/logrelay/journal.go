package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"
)

// journalHandler puts before each line of the log the priority that journald reads there (sd-daemon(3)), so that journalctl -p finds errors.
// A handler does not tell its writer the level, hence one for each priority.
type journalHandler struct {
	debug, info, warn, err slog.Handler
}

func newJournalHandler(w io.Writer, handler func(io.Writer) slog.Handler) slog.Handler {
	at := func(priority int) slog.Handler { return handler(prefixed{w, fmt.Sprintf("<%d>", priority)}) }
	return journalHandler{debug: at(7), info: at(6), warn: at(4), err: at(3)} // syslog(3)
}

func (h journalHandler) at(l slog.Level) slog.Handler {
	switch {
	case l >= slog.LevelError:
		return h.err
	case l >= slog.LevelWarn:
		return h.warn
	case l >= slog.LevelInfo:
		return h.info
	}
	return h.debug
}

func (h journalHandler) each(f func(slog.Handler) slog.Handler) slog.Handler {
	return journalHandler{debug: f(h.debug), info: f(h.info), warn: f(h.warn), err: f(h.err)}
}

func (h journalHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.at(l).Enabled(ctx, l)
}

func (h journalHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.at(r.Level).Handle(ctx, r)
}

func (h journalHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.each(func(one slog.Handler) slog.Handler { return one.WithAttrs(attrs) })
}

func (h journalHandler) WithGroup(name string) slog.Handler {
	return h.each(func(one slog.Handler) slog.Handler { return one.WithGroup(name) })
}

// prefixed writes a prefix before what each Write writes, in one write.
type prefixed struct {
	w      io.Writer
	prefix string
}

func (p prefixed) Write(b []byte) (int, error) {
	n, err := p.w.Write(append([]byte(p.prefix), b...))
	return max(0, n-len(p.prefix)), err
}

// toJournal reports whether w is the stream to journald that the service manager opened (systemd.exec(5), JOURNAL_STREAM).
func toJournal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && os.Getenv("JOURNAL_STREAM") == fmt.Sprintf("%d:%d", st.Dev, st.Ino)
}
