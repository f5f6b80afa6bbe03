package forward

import (
	"sync/atomic"
	"time"

	"logrelay/relay"
)

// The states of a pump.
const (
	StateIdle       = "idle"       // nothing in hand
	StateDelivering = "delivering" // something in hand, no trouble
	StateRetrying   = "retrying"   // the far end fails; it is tried again by itself
	StateHolding    = "needs you"  // nothing goes through until a person acts; tried once a minute
)

// Stats is what a pump is doing, for status. Counts are records since the pump was made.
type Stats struct {
	State       string
	Since       time.Time // when the trouble began; zero without trouble
	Next        time.Time // the next attempt; zero without trouble
	Attempts    int       // failures in a row
	Error       string    // the last failure's words; "" without trouble
	Hint        string    // what to do about it
	InFlight    int       // leases in hand that are not yet answered
	Concurrency int       // leases that may be in hand at the moment
	Unconfirmed int       // records of a stream that were sent and may have to be sent again
	SetAside    int       // events that were refused and wait for a success before they become dead letters
	LastSuccess time.Time // of a Send, also of one that a stream has not confirmed; zero: none yet

	Delivered, DeadLettered, Dropped uint64
	Unparsed                         uint64 // events marked with a parse error
	Retries                          uint64 // sends that failed
}

// totals are the counters of Stats, apart from the metrics because those cannot be read.
type totals struct {
	delivered, deadLettered, dropped, unparsed, retries atomic.Uint64
}

func (t *totals) add(o relay.Outcome) {
	t.delivered.Add(o.Delivered)
	t.deadLettered.Add(o.DeadLettered)
	t.dropped.Add(o.Dropped)
}

// Stats returns what the pump is doing.
func (p *Pump) Stats() Stats {
	t := &p.m.totals
	s := Stats{
		State:        StateIdle,
		InFlight:     int(p.working.Load()),
		Concurrency:  p.window.size(),
		SetAside:     p.aside.len(),
		Delivered:    t.delivered.Load(),
		DeadLettered: t.deadLettered.Load(),
		Dropped:      t.dropped.Load(),
		Unparsed:     t.unparsed.Load(),
		Retries:      t.retries.Load(),
	}
	if at := p.lastSuccess.Load(); at != 0 {
		s.LastSuccess = time.Unix(0, at).UTC()
	}
	if p.stream != nil {
		s.Unconfirmed = int(p.stream.unconfirmed.Load())
	}
	c := p.gate.condition()
	switch {
	case c.hold:
		s.State = StateHolding
	case c.failing:
		s.State = StateRetrying
	case s.InFlight > 0:
		s.State = StateDelivering
	}
	if c.failing {
		s.Since, s.Next, s.Attempts = c.since, c.next, c.attempts
		s.Error, s.Hint = c.err.Error(), relay.HintOf(c.err)
	}
	return s
}
