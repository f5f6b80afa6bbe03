package ingest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"logrelay/relay"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func batch(records ...string) *relay.Batch {
	b := &relay.Batch{}
	b.Use(&relay.Origin{}, 0)
	for _, r := range records {
		b.Append([]byte(r), 1, 0)
	}
	return b
}

// Inputs share the families, and an input that is made anew after a reload goes on counting.
func TestMetricsAreShared(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	for range 2 {
		NewMetrics(reg, "a").Accepted(batch("xx", "yyy"))
	}
	NewMetrics(reg, "b").Opened()
	want := `
# HELP logrelay_input_bytes_total Bytes of the records taken into custody.
# TYPE logrelay_input_bytes_total counter
logrelay_input_bytes_total{input="a"} 10
logrelay_input_bytes_total{input="b"} 0
# HELP logrelay_input_connections Connections that are open.
# TYPE logrelay_input_connections gauge
logrelay_input_connections{input="a"} 0
logrelay_input_connections{input="b"} 1
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "logrelay_input_bytes_total", "logrelay_input_connections"); err != nil {
		t.Error(err)
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	m := NewMetrics(nil, "a")
	m.PutFailed(context.Canceled)
	if s := m.Stats(); s != (Stats{}) {
		t.Errorf("nothing has happened: %+v", s)
	}
	m.PutFailed(fmt.Errorf("putting: %w", relay.ErrFull))
	m.Rejected("bad_token")
	if s := m.Stats(); s.LastError != "putting: the buffer is full" || s.Rejected != 1 || s.LastReject != "bad_token" || s.RejectedAt.IsZero() {
		t.Errorf("%+v", s)
	}
	m.Accepted(batch("x"))
	if s := m.Stats(); s.LastError != "" || s.Records != 1 || s.Bytes != 1 {
		t.Errorf("after a success: %+v", s)
	}
}
