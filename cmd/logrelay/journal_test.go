package main

import (
	"bytes"
	"io"
	"log/slog"
	"testing"
)

func TestJournalPriorities(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log := slog.New(newJournalHandler(&b, func(w io.Writer) slog.Handler {
		return slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})
	})).With("a", 1)
	log.Debug("d")
	log.Info("i")
	log.Warn("w")
	log.WithGroup("g").Error("e", "b", 2)
	want := "<7>level=DEBUG msg=d a=1\n<6>level=INFO msg=i a=1\n<4>level=WARN msg=w a=1\n<3>level=ERROR msg=e a=1 g.b=2\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", &b, want)
	}
}
