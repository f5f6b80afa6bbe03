package elastic

import (
	"bytes"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

const benchEvents = 1000

// plain is an encoder that costs nothing.
func plain(dst []byte, _ *relay.Event) []byte { return append(dst, benchDocument...) }

var benchDocument = []byte(`{"id":"x","message":"` + strings.Repeat("m", 300) + `"}`)

// BenchmarkBody is what the bulk API adds to encoding an event: the action, the id and the time.
func BenchmarkBody(b *testing.B) {
	for _, index := range []string{"logs-test-default", "logs-{kind}-{tenant}"} {
		b.Run(index, func(b *testing.B) {
			d, err := New(Options{Web: web.Options{URLs: []string{"https://x"}}, Encode: plain, Index: index, Timestamp: true})
			if err != nil {
				b.Fatal(err)
			}
			events := relaytest.Events(0, benchEvents)
			var body []byte
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%benchEvents == 0 {
					body = body[:0]
				}
				body = d.add(body, &events[i%benchEvents], 0)
			}
		})
	}
}

// BenchmarkAnswer is the cost of an event in an answer.
func BenchmarkAnswer(b *testing.B) {
	conflict := `{"create":{"status":409,"error":{"type":"version_conflict_engine_exception","reason":"[0-1]: version conflict, document already exists (current version [1])"}}}`
	for name, item := range map[string]string{"created": `{"create":{"status":201}}`, "conflict": conflict} {
		b.Run(name, func(b *testing.B) {
			answer := []byte(`{"errors":false,"items":[` + strings.TrimSuffix(strings.Repeat(item+",", benchEvents), ",") + `]}`)
			fates := make([]fate, benchEvents)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%benchEvents != 0 {
					continue
				}
				r := results{fates: fates}
				r.read(bytes.NewReader(answer))
				if r.count[delivered] != benchEvents {
					b.Fatal(r.count)
				}
			}
		})
	}
}

func TestBodyAllocatesNothing(t *testing.T) {
	d, err := New(Options{Web: web.Options{URLs: []string{"https://x"}}, Encode: plain, Index: "logs-{kind}-{tenant}", Timestamp: true})
	if err != nil {
		t.Fatal(err)
	}
	events, body := relaytest.Events(0, 1), make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { body = d.add(body[:0], &events[0], 0) }); n > 0 {
		t.Errorf("%g allocations for an event", n)
	}
}
