package daemon

import (
	"context"
	"slices"
	"sync"
	"time"

	"logrelay/relay/status"
)

const (
	ratePeriod  = 2 * time.Second
	rateSamples = 15 // rates are those of the last half minute
)

// rates remembers the counters of the last half minute. Safe for concurrent use.
type rates struct {
	mu   sync.Mutex
	ring []sample // oldest first
}

// sample is what rates are made of.
type sample struct {
	at             time.Time
	records, bytes map[string]uint64 // of inputs
	done           map[string]uint64 // records of outputs that have their outcome
	waiting        uint64            // bytes, of the output that lags most
}

func sampleOf(s *status.Snapshot) sample {
	m := sample{at: s.Now, records: map[string]uint64{}, bytes: map[string]uint64{}, done: map[string]uint64{}, waiting: mostWaiting(s)}
	for i := range s.Inputs {
		in := &s.Inputs[i]
		m.records[in.Name], m.bytes[in.Name] = in.Records, in.Bytes
	}
	for i := range s.Outputs {
		m.done[s.Outputs[i].Name] = doneOf(&s.Outputs[i])
	}
	return m
}

func doneOf(o *status.Output) uint64 { return o.Sum.Accepted - o.Sum.Waiting }

func mostWaiting(s *status.Snapshot) (most uint64) {
	for i := range s.Outputs {
		most = max(most, s.Outputs[i].WaitingSize)
	}
	return most
}

func (r *rates) add(s *status.Snapshot) {
	m := sampleOf(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) == rateSamples {
		r.ring = slices.Delete(r.ring, 0, 1)
	}
	r.ring = append(r.ring, m)
}

// fill sets the rates of s, whose counters are set.
func (r *rates) fill(s *status.Snapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) == 0 {
		return
	}
	old := r.ring[0]
	seconds := s.Now.Sub(old.at).Seconds()
	if seconds <= 0 {
		return
	}
	for i := range s.Inputs {
		in := &s.Inputs[i]
		in.RecordsRate, in.BytesRate = perSecond(old.records[in.Name], in.Records, seconds), perSecond(old.bytes[in.Name], in.Bytes, seconds)
	}
	for i := range s.Outputs {
		o := &s.Outputs[i]
		o.DoneRate = perSecond(old.done[o.Name], doneOf(o), seconds)
	}
	if growth := perSecond(old.waiting, mostWaiting(s), seconds); mostWaiting(s) > old.waiting && !s.Buffer.Full {
		b := &s.Buffer
		room := min(b.Quota-min(b.Bytes, b.Quota), b.Free-min(b.Reserve, b.Free))
		b.FullIn = float64(room) / growth
	}
}

// perSecond is the rate of a counter, which began again at 0 where it is less than before.
func perSecond(before, now uint64, seconds float64) float64 {
	if now < before {
		before = 0
	}
	return float64(now-before) / seconds
}

// watchRates samples until ctx ends.
func (d *Daemon) watchRates(ctx context.Context) error {
	t := time.NewTicker(ratePeriod)
	defer t.Stop()
	for {
		s := d.Snapshot()
		d.rates.add(&s)
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}
