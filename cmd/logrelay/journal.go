package main

import (
	"bytes"
	"context"
	"encoding"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
)

// journalHandler sends each record to journald by its native protocol: the line that the log's format makes of it as MESSAGE, without time and level,
// which the journal has itself, and each attribute as a field, so that `journalctl LOGRELAY_INPUT=https -p warning` finds what it is about. When
// journald does not take it, the line goes to stderr, with the priority before it that journald reads there (sd-daemon(3)).
type journalHandler struct {
	to     *journalSink
	line   slog.Handler // writes to to.line
	fields map[string]string
	group  string // before the names of attributes that are to come
}

// journalSink is where all handlers of one log write.
type journalSink struct {
	send   func(message string, p journal.Priority, fields map[string]string) error
	stderr io.Writer

	mu   sync.Mutex
	line bytes.Buffer
}

// newJournalHandler makes a handler around one that writes lines.
func newJournalHandler(to *journalSink, o *slog.HandlerOptions, format func(io.Writer, *slog.HandlerOptions) slog.Handler) slog.Handler {
	bare := *o
	bare.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return a
	}
	return journalHandler{to: to, line: format(&to.line, &bare), fields: map[string]string{"SYSLOG_IDENTIFIER": "logrelay"}}
}

// priority is that of syslog(3).
func priority(l slog.Level) journal.Priority {
	switch {
	case l >= slog.LevelError:
		return journal.PriErr
	case l >= slog.LevelWarn:
		return journal.PriWarning
	case l >= slog.LevelInfo:
		return journal.PriInfo
	}
	return journal.PriDebug
}

func (h journalHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.line.Enabled(ctx, l)
}

func (h journalHandler) Handle(ctx context.Context, r slog.Record) error {
	fields := maps.Clone(h.fields)
	r.Attrs(func(a slog.Attr) bool { addField(fields, h.group, a); return true })
	h.to.mu.Lock()
	defer h.to.mu.Unlock()
	h.to.line.Reset()
	if err := h.line.Handle(ctx, r); err != nil {
		return err
	}
	line, p := strings.TrimSuffix(h.to.line.String(), "\n"), priority(r.Level)
	if h.to.send(line, p, fields) == nil {
		return nil
	}
	_, err := fmt.Fprintf(h.to.stderr, "<%d>%s\n", p, line)
	return err
}

func (h journalHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.line, h.fields = h.line.WithAttrs(attrs), maps.Clone(h.fields)
	for _, a := range attrs {
		addField(h.fields, h.group, a)
	}
	return h
}

func (h journalHandler) WithGroup(name string) slog.Handler {
	h.line = h.line.WithGroup(name)
	h.group += name + "_"
	return h
}

func addField(fields map[string]string, group string, a slog.Attr) {
	v := a.Value.Resolve()
	switch {
	case v.Kind() == slog.KindGroup:
		if a.Key != "" {
			group += a.Key + "_"
		}
		for _, inner := range v.Group() {
			addField(fields, group, inner)
		}
	case a.Key != "":
		fields[fieldName(group+a.Key)] = fieldValue(v)
	}
}

// maxFieldName is the longest that journald takes (journal_field_valid in its source).
const maxFieldName = 64

// fieldName makes a name that journald takes of an attribute's: capital letters, digits and "_" (systemd.journal-fields(7)).
func fieldName(key string) string {
	name := []byte("LOGRELAY_" + strings.ToUpper(key))
	for i, c := range name {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			name[i] = '_'
		}
	}
	return string(name[:min(len(name), maxFieldName)])
}

func fieldValue(v slog.Value) string {
	switch v.Kind() {
	case slog.KindTime:
		return v.Time().UTC().Format(time.RFC3339Nano)
	case slog.KindAny:
		if m, ok := v.Any().(encoding.TextMarshaler); ok {
			if text, err := m.MarshalText(); err == nil {
				return string(text)
			}
		}
	}
	return v.String()
}

// journalOn returns where to send records if w is the stream to journald that the service manager opened, else nil.
func journalOn(w io.Writer) *journalSink {
	if on, err := journal.StderrIsJournalStream(); w != os.Stderr || !on || err != nil {
		return nil
	}
	return &journalSink{send: journal.Send, stderr: w}
}
