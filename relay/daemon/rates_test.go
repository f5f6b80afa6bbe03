package daemon

import (
	"testing"
	"time"

	"logrelay/relay/status"
)

// Rates are those of the last half minute; a counter that began again counts from 0; the buffer says when it will be full.
func TestRates(t *testing.T) {
	t.Parallel()
	var r rates
	at := time.Unix(1_800_000_000, 0)
	snapshot := func(n uint64) status.Snapshot {
		return status.Snapshot{
			Now:     at,
			Inputs:  []status.Input{{Name: "in", Records: 10 * n, Bytes: 1000 * n}},
			Outputs: []status.Output{{Name: "siem", Sum: status.Sum{Accepted: 10 * n, Waiting: 4 * n}, WaitingSize: 400 * n}},
			Buffer:  status.Buffer{Bytes: 400 * n, Quota: 1_000_000, Free: 1_000_000, Reserve: 0},
		}
	}
	first := snapshot(7)
	if r.fill(&first); first.Inputs[0].RecordsRate != 0 {
		t.Errorf("a rate of one sample: %g", first.Inputs[0].RecordsRate)
	}
	var s status.Snapshot
	for n := range uint64(3 * rateSamples) { // 0, 1, 2 ... each two seconds
		s = snapshot(n)
		r.add(&s)
		at = at.Add(ratePeriod)
	}
	s = snapshot(3 * rateSamples)
	r.fill(&s)
	in, out := s.Inputs[0], s.Outputs[0]
	if in.RecordsRate != 5 || in.BytesRate != 500 || out.DoneRate != 3 {
		t.Errorf("rates: %g records/s, %g bytes/s, %g done/s; want 5, 500, 3", in.RecordsRate, in.BytesRate, out.DoneRate)
	}
	if want := float64(1_000_000-400*3*rateSamples) / 200; s.Buffer.FullIn != want {
		t.Errorf("full in %g s, want %g", s.Buffer.FullIn, want)
	}
	again := snapshot(3)
	if r.fill(&again); again.Inputs[0].RecordsRate != 1 || again.Buffer.FullIn != 0 {
		t.Errorf("after a new beginning: %g records/s, full in %g s; want 1, and not at all", again.Inputs[0].RecordsRate, again.Buffer.FullIn)
	}
}
