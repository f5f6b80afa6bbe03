package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
	"github.com/google/go-cmp/cmp"

	"logrelay/relay/config"
)

func TestJournalFields(t *testing.T) {
	t.Parallel()
	type entry struct {
		Message  string
		Priority journal.Priority
		Fields   map[string]string
	}
	var sent []entry
	to := &journalSink{send: func(message string, p journal.Priority, fields map[string]string) error {
		sent = append(sent, entry{message, p, fields})
		return nil
	}}
	log := slog.New(newJournalHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug}, lineHandler("text"))).With("component", "daemon")
	log.Debug("d")
	log.Info("i", "input", "web-1", "took", 2*time.Second, "at", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	log.Warn("w", "naïve key", 1, strings.Repeat("long", 30), true, "", "no name", slog.Group("g", "a", "x\ny"), slog.Group("", "inline", 2))
	log.WithGroup("peer").With("host", "h").Error("e", "error", errors.New("no\nroute"), "secret", config.NewSecret("hunter2"))
	log.Info("the attributes of others are not here")
	own := func(more ...string) map[string]string {
		fields := map[string]string{"SYSLOG_IDENTIFIER": "logrelay", "LOGRELAY_COMPONENT": "daemon"}
		for i := 0; i < len(more); i += 2 {
			fields["LOGRELAY_"+more[i]] = more[i+1]
		}
		return fields
	}
	want := []entry{
		{"msg=d component=daemon", journal.PriDebug, own()},
		{"msg=i component=daemon input=web-1 took=2s at=2026-01-02T03:04:05.000Z", journal.PriInfo, own("INPUT", "web-1", "TOOK", "2s", "AT", "2026-01-02T03:04:05Z")},
		{"", journal.PriWarning, own("NA__VE_KEY", "1", strings.Repeat("LONG", 30)[:64-len("LOGRELAY_")], "true", "G_A", "x\ny", "INLINE", "2")},
		{`msg=e component=daemon peer.host=h peer.error="no\nroute" peer.secret=<secret>`, journal.PriErr, own("PEER_HOST", "h", "PEER_ERROR", "no\nroute", "PEER_SECRET", "<secret>")},
		{`msg="the attributes of others are not here" component=daemon`, journal.PriInfo, own()},
	}
	sent[2].Message = "" // only the fields are of interest
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
}

// Where journald has no socket, its stream takes the lines, with their priorities.
func TestJournalPriorities(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	to := &journalSink{stderr: &b, send: func(string, journal.Priority, map[string]string) error { return errors.New("no socket") }}
	for _, format := range []string{"text", "json"} {
		log := slog.New(newJournalHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug}, lineHandler(format))).With("a", 1)
		log.Debug("d")
		log.Info("i")
		log.Warn("w")
		log.WithGroup("g").Error("e", "b", "2\n3", "level", "l")
	}
	want := "<7>msg=d a=1\n<6>msg=i a=1\n<4>msg=w a=1\n<3>msg=e a=1 g.b=\"2\\n3\" g.level=l\n" +
		`<7>{"msg":"d","a":1}` + "\n" + `<6>{"msg":"i","a":1}` + "\n" + `<4>{"msg":"w","a":1}` + "\n" + `<3>{"msg":"e","a":1,"g":{"b":"2\n3","level":"l"}}` + "\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", &b, want)
	}
	log := slog.New(newJournalHandler(to, &slog.HandlerOptions{Level: slog.LevelWarn}, lineHandler("text")))
	b.Reset()
	log.Info("i")
	if b.Len() > 0 {
		t.Errorf("below the level, and logged: %s", &b)
	}
}
