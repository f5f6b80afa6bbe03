package forward

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"logrelay/relay"
)

// job is a lease on its way out.
type job struct {
	lease   relay.Lease
	records uint64
	dropped uint64
	bytes   int
	full    bool // about as large as a lease may be

	groups   [][]relay.Event     // still to be sent, the next one last
	refused  []relay.DeadLetter  // refused, and nothing has gone through since
	guilty   map[uint64]struct{} // Numbers of the records with a refused event; nil as a rule
	mends    uint64              // of aside when the first of refused was refused
	failures int                 // in a row, while others went through
	waits    bool                // failed, and gave its place in the window to others
}

func (j *job) push(g []relay.Event) {
	if len(g) > 0 {
		j.groups = append(j.groups, g)
	}
}

func (j *job) pop() []relay.Event {
	last := len(j.groups) - 1
	g := j.groups[last]
	j.groups = j.groups[:last]
	return g
}

// refuse takes a copy of the event's record: the lease may be unloaded before the verdict.
func (j *job) refuse(p *Pump, e *relay.Event, answer string) {
	r := *e.Record
	r.Raw = append([]byte(nil), r.Raw...)
	r.Meta = append([]byte(nil), r.Meta...)
	j.refused = append(j.refused, relay.DeadLetter{
		Output: p.opts.Name, Record: &r, Event: e.N, Answer: answer, Refused: p.opts.Now().UnixNano(),
	})
	if j.guilty == nil {
		j.guilty = map[uint64]struct{}{}
	}
	j.guilty[r.Number] = struct{}{}
	if mends := p.aside.refuse(); len(j.refused) == 1 {
		j.mends = mends
	}
	if p.aside.full() {
		p.alarm.wake()
	}
}

func (j *job) outcome() relay.Outcome {
	dead := uint64(len(j.guilty))
	return relay.Outcome{
		Delivered:    j.records - j.dropped - dead,
		DeadLettered: dead,
		Dropped:      j.dropped,
	}
}

// deliver sends what the job holds until every event has its outcome, and acknowledges the lease, sets it aside, or releases it
// to be sent anew. Only the end of ctx makes it fail; the lease is then released.
func (p *Pump) deliver(ctx context.Context, j *job) error {
	p.working.Add(1)
	defer p.working.Add(-1)
	defer func() {
		if !j.waits {
			p.window.give()
		}
	}()
	for len(j.groups) > 0 {
		var err error
		if p.aside.full() {
			err = p.probe(ctx, j)
		} else {
			err = p.step(ctx, j)
		}
		if err != nil {
			j.lease.Release()
			if err == errAnew {
				return nil
			}
			return err
		}
	}
	if len(j.refused) > 0 {
		j.lease.Unload()
		p.aside.add(j)
		return nil
	}
	p.end(j.lease, j.outcome())
	return nil
}

// step sends the next group.
func (p *Pump) step(ctx context.Context, j *job) error {
	p.opts.Pulse.Beat(relay.StateWaiting)
	t, err := p.gate.enter(ctx)
	if err != nil {
		return err
	}
	if j.waits {
		p.window.force()
		j.waits = false
	}
	g := j.pop()
	began := time.Now()
	err = p.send(ctx, g)
	if err == nil {
		p.window.went(time.Since(began), j.full)
		p.m.concurrency.Set(float64(p.window.size()))
		p.gate.succeeded(t)
		j.failures = 0
		return p.success(ctx, j)
	}
	if ctx.Err() != nil {
		p.gate.leave(t)
		return ctx.Err()
	}
	return p.verdict(ctx, j, g, t, err)
}

// send is one Send, measured.
func (p *Pump) send(ctx context.Context, g []relay.Event) error {
	p.opts.Pulse.Beat(relay.StateWaiting)
	began := time.Now()
	err := p.attempt(ctx, g)
	if err == nil || ctx.Err() == nil {
		p.m.send.Observe(time.Since(began).Seconds())
	}
	return err
}

// attempt is one Send. A panic, which is an encoder's as a rule, counts as a refusal: the guilty event is found by halving. One record would otherwise end
// the process, and each restart that comes to it again.
func (p *Pump) attempt(ctx context.Context, g []relay.Event) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if len(g) == 1 {
			p.log.Error("an event cannot be written; it is set aside", "id", g[0].Record.ID(), "event", g[0].N, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		}
		err = &relay.RejectError{Answer: "logrelay: the event cannot be written", Err: fmt.Errorf("writing events ended in a panic: %v", v)}
	}()
	return p.opts.Destination.Send(ctx, g)
}

// verdict sorts the events of a Send that failed: delivered, refused, to be sent again.
func (p *Pump) verdict(ctx context.Context, j *job, g []relay.Event, t ticket, err error) error {
	partial, _ := errors.AsType[*relay.PartialError](err)
	reject, rejected := errors.AsType[*relay.RejectError](err)
	gone := make([]bool, len(g))
	arrived := partial != nil && mark(gone, partial.Delivered, nil) > 0
	listed := 0
	if rejected {
		listed = mark(gone, reject.Events, func(k, i int) bool {
			if p.aside.full() && !arrived {
				return false // enough: the fault is not in the events
			}
			j.refuse(p, &g[i], reject.AnswerTo(k))
			return true
		})
	}
	rest := without(g, gone)
	if rejected && listed == 0 && len(rest) == 1 {
		j.refuse(p, &rest[0], reject.Answer)
		rest = nil
	}
	if half := len(rest) / 2; rejected && listed == 0 {
		j.push(rest[half:])
		j.push(rest[:half])
	} else {
		j.push(rest)
	}

	switch {
	case rejected && !arrived && p.aside.full():
		p.gate.failed(t, tooManyRefused(reject))
	case rejected:
		p.gate.succeeded(t) // the far end is there and answers
	default:
		p.window.refused()
		p.window.give()
		j.waits = true
		p.m.concurrency.Set(float64(p.window.size()))
		p.gate.failed(t, err)
		if !t.probe {
			j.failures++
		}
	}
	if arrived {
		return p.success(ctx, j)
	}
	if !rejected && j.failures > 1 {
		return sleep(ctx, backoff(j.failures-1), nil)
	}
	return nil
}

// mark sets the places of gone that list names and f, if any, agrees to (the k-th of list, i), and returns how many.
func mark(gone []bool, list []int, f func(k, i int) bool) (n int) {
	for k, i := range list {
		if i >= 0 && i < len(gone) && !gone[i] && (f == nil || f(k, i)) {
			gone[i] = true
			n++
		}
	}
	return n
}

// without returns the events that are not gone: g itself where none is.
func without(g []relay.Event, gone []bool) []relay.Event {
	var rest []relay.Event
	for i := range g {
		if !gone[i] {
			rest = append(rest, g[i])
		}
	}
	if len(rest) == len(g) {
		return g
	}
	return rest
}
