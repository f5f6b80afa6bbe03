package elastic

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

// FuzzReply checks that no answer makes more of the events delivered or refused than there are, or any of them both; that what it makes of an event is what a
// plain reading of the whole answer says; and that reasons and events fit together.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		`{"errors":false,"items":[{"create":{"status":201}},{"create":{"status":409,"error":{"type":"version_conflict_engine_exception"}}}]}`,
		`{"errors":true,"items":[{"create":{"status":400,"error":{"type":"a","reason":"b"}}},{"create":{"status":429}},{"create":{"status":404}}]}`,
		`{"items":[{"create":{"status":400,"error":"text"}}`, `{"items":[1,[],{}],"items":[{"create":{"status":201}}]}`, `[]`, `{"items":{}}`, "", `{"items":[]}x`,
	} {
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, body []byte, n uint8) {
		r := results{fates: make([]fate, n)}
		r.read(bytes.NewReader(body))
		err := r.err(&web.Answer{Status: 200}, "far", "index")
		if len(r.begins) > keptBeginning || r.seen > int(n) {
			t.Fatalf("%d bytes kept, %d items of %d events", len(r.begins), r.seen, n)
		}
		seen := map[int]bool{}
		take := func(events []int) {
			for _, i := range events {
				if i < 0 || i >= int(n) || seen[i] {
					t.Fatalf("event %d of %d, or twice", i, n)
				}
				seen[i] = true
			}
		}
		if p, ok := errors.AsType[*relay.PartialError](err); ok {
			take(p.Delivered)
		}
		if reject, ok := errors.AsType[*relay.RejectError](err); ok {
			take(reject.Events)
			if len(reject.Answers) != len(reject.Events) {
				t.Fatalf("%d answers to %d events", len(reject.Answers), len(reject.Events))
			}
		}
		var whole struct {
			Items []struct{ Create struct{ Status int } }
		}
		if strings.Count(string(body), `"items"`) != 1 || json.Unmarshal(body, &whole) != nil {
			return
		}
		for i := range min(len(whole.Items), int(n)) {
			if s := whole.Items[i].Create.Status; s >= 200 && s < 300 && r.fates[i] != delivered || s == 429 && r.fates[i] != again {
				t.Fatalf("status %d of event %d is fate %d", s, i, r.fates[i])
			}
		}
		if err == nil && len(whole.Items) < int(n) {
			t.Fatalf("%d items, and all of %d events are delivered", len(whole.Items), n)
		}
	})
}

// FuzzTarget checks that no kind or tenant gives anything but a part of a name.
func FuzzTarget(f *testing.F) {
	f.Add("vpcflow", "Acme Corp/EU")
	f.Add("", "\"},\x00\xff")
	f.Add("syslog", strings.Repeat("t", 300))
	f.Fuzz(func(t *testing.T, kind, tenant string) {
		e := relaytest.Events(0, 1)[0]
		e.Kind, e.Record.Origin.Tenant = relay.Kind(kind), tenant
		name := string(parseTarget("logs-{kind}-{tenant}").append(nil, &e))
		parts := strings.Split(name, "-")
		if len(parts) != 3 || parts[1] == "" || parts[2] == "" || len(name) > 255 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
			t.Fatalf("%q", name)
		}
	})
}

func TestTargets(t *testing.T) {
	t.Parallel()
	e := relaytest.Events(0, 1)[0]
	for name, want := range map[string]string{
		"plain": "plain", "{kind}": "syslog", "a-{kind}{tenant}.b": "a-syslogdefault.b", "a{b}-{kind": "a{b}-{kind", "{tenant}{x}": "default{x}",
	} {
		if got := string(parseTarget(name).append(nil, &e)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	e.Kind = ""
	if got := string(parseTarget("logs-{kind}").append(nil, &e)); got != "logs-generic" {
		t.Error(got)
	}
}
