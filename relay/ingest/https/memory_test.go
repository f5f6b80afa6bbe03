package https

import (
	"runtime"
	"strings"
	"testing"
)

// TestLongEscapedText: text that is escaped has to be written anew; a sender must not choose how much memory that takes. Not parallel: it
// counts what the process allocates.
func TestLongEscapedText(t *testing.T) {
	const size = 32 << 20
	r := start(t, Options{Limits: Limits{Record: 64 << 10}})
	long := `"\u0041` + strings.Repeat("A", size) + `"`
	for _, c := range []struct {
		name, path, body string
		h                header
		status           int
	}{
		{"HEC event", "/services/collector", `{"event":` + long + `}`, hecHeader(), 413},
		{"HEC host", "/services/collector", `{"event":"a","host":` + long + `}`, hecHeader(), 400},
		{"HEC time", "/services/collector", `{"event":"a","time":` + long + `}`, hecHeader(), 400},
		{"HEC name", "/services/collector", `{"event":"a",` + long + `:1}`, hecHeader(), 200},
		{"Firehose data", "/firehose", `{"requestId":"r","records":[{"data":` + long + `}]}`, firehoseHeader("data"), 400},
		{"Firehose name", "/firehose", `{"requestId":"r","records":[],` + long + `:1}`, firehoseHeader("name"), 200},
	} {
		body := []byte(c.body)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		a := r.post(t, c.path, body, c.h)
		runtime.ReadMemStats(&after)
		if a.status != c.status {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > size/2 {
			t.Errorf("%s: %d MiB were allocated for a body of %d MiB", c.name, got>>20, len(body)>>20)
		}
	}
}
