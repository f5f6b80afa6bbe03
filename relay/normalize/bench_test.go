package normalize

import (
	"testing"

	"logrelay/relay"
)

// BenchmarkDetect is what it costs that nobody names the kind of a JSON object that is of none.
func BenchmarkDetect(b *testing.B) {
	const raw = `{"time":"2026-11-21T09:15:32.003Z","level":"info","message":"request done","status":200,"path":"/cart/items/4711","user":{"id":4711,"name":"x"},` +
		`"service":"shop","host":"web-17","trace_id":"9f86d081884c7d659a2feaa0c55ad015","span_id":"2c26b46b68ffc68f","duration_ms":12.5,"method":"GET","remote":"192.0.2.9","tags":["a","b"],"kind":"request"}`
	for name, kind := range map[string]relay.Kind{"named": relay.KindJSON, "auto": relay.KindAuto} {
		b.Run(name, func(b *testing.B) {
			n := New()
			r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{Kind: kind}}
			var es relay.Events
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				es.Reset()
				n.Append(&es, r)
			}
		})
	}
}
