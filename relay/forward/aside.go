package forward

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"logrelay/relay"
)

// MaxRefusals is how many events may be refused one by one without a success before the output holds.
const MaxRefusals = 20

// errAnew: what was refused turned out to go through now; everything that was set aside is read and sent again.
var errAnew = errors.New("to be sent anew")

// aside knows the refusals since the last success, of all workers, and keeps the leases that wait for nothing else.
type aside struct {
	mu      sync.Mutex
	refused int // distinct events since the last success
	turn    int // whose turn it is to be tried while the output holds
	jobs    []*job
}

func (a *aside) refuse() {
	a.mu.Lock()
	a.refused++
	a.mu.Unlock()
}

func (a *aside) full() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused >= MaxRefusals
}

func (a *aside) add(j *job) {
	a.mu.Lock()
	a.jobs = append(a.jobs, j)
	a.mu.Unlock()
}

// success forgets the count and hands over the leases that waited for it.
func (a *aside) success() []*job {
	a.mu.Lock()
	defer a.mu.Unlock()
	jobs := a.jobs
	a.refused, a.jobs = 0, nil
	return jobs
}

func (a *aside) releaseAll() {
	for _, j := range a.success() {
		j.lease.Release()
	}
}

func (a *aside) len() (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, j := range a.jobs {
		n += len(j.refused)
	}
	return n
}

// candidate returns what to try next while the output holds: by turns an event that was refused, or (nil) one that was not tried.
func (a *aside) candidate(j *job) (turn int, d *relay.DeadLetter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	turn = a.turn / 2
	a.turn++
	if a.turn%2 == 0 && len(j.groups) > 0 {
		return turn, nil
	}
	n := len(j.refused)
	for _, other := range a.jobs {
		n += len(other.refused)
	}
	if n == 0 {
		return turn, nil
	}
	i := turn % n
	for _, other := range append(a.jobs[:len(a.jobs):len(a.jobs)], j) {
		if i < len(other.refused) {
			d := other.refused[i]
			return turn, &d
		}
		i -= len(other.refused)
	}
	return turn, nil
}

// success notes that the far end took something: what was refused before is then at fault itself, and becomes dead letters.
func (p *Pump) success(ctx context.Context, j *job) error {
	p.lastSuccess.Store(time.Now().UnixNano())
	waiting := p.aside.success()
	for i, other := range waiting {
		if err := p.bury(ctx, other); err != nil {
			for _, w := range waiting[i:] {
				w.lease.Release()
			}
			return err
		}
		p.end(other.lease, other.outcome())
	}
	return p.bury(ctx, j)
}

// bury stores the refused events of a job. While the store does not take them the output holds. Only the end of ctx makes it fail.
func (p *Pump) bury(ctx context.Context, j *job) error {
	for len(j.refused) > 0 {
		err := errNoStore
		if p.opts.DeadLetters != nil {
			err = p.opts.DeadLetters.Put(ctx, j.refused[0])
		}
		if err == nil {
			d := j.refused[0]
			p.log.Warn("an event is refused for good and kept as a dead letter", "id", d.Record.ID(), "event", d.Event, "answer", d.Answer)
			j.refused = j.refused[1:]
			continue
		}
		if err := p.waitForStore(ctx, err); err != nil {
			return err
		}
	}
	return nil
}

var errNoStore = errors.New("there is no dead-letter store")

func (p *Pump) waitForStore(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	hint := "free disk space, or make room with: logrelay buffer dead-letters drop"
	if !errors.Is(err, relay.ErrFull) {
		hint = "see the log for why the dead-letter store cannot be written"
	}
	p.gate.close(&relay.HoldError{Hint: hint, Err: fmt.Errorf("storing a dead letter: %w", err)})
	t, err := p.gate.enter(ctx)
	if err == nil {
		p.gate.succeeded(t) // if the store still fails, the gate is closed again
	}
	return err
}

// tooManyRefused is the hold after MaxRefusals.
func tooManyRefused(r *relay.RejectError) error {
	return &relay.HoldError{
		Hint: "the far end refuses everything, so the fault is probably not in the events: check the output's format, index and limits against its answer",
		Err:  fmt.Errorf("%d events in a row were refused, the last one with: %w", MaxRefusals, r.Err),
	}
}

// probe waits for the minute of the hold and tries one event. When one that was refused goes through now, a person has mended
// the far end: everything set aside is sent anew. When another one goes through, those set aside are at fault after all.
func (p *Pump) probe(ctx context.Context, j *job) error {
	t, err := p.gate.enter(ctx)
	if err != nil {
		return err
	}
	if !p.aside.full() {
		p.gate.leave(t)
		return nil
	}
	turn, letter := p.aside.candidate(j)
	if letter != nil {
		err = p.resend(ctx, *letter)
	} else {
		g := j.pop()
		i := turn % len(g)
		if err = p.send(ctx, g[i:i+1]); err == nil {
			j.push(g[i+1:])
			j.push(g[:i])
		} else {
			j.push(g)
		}
	}
	reject, rejected := errors.AsType[*relay.RejectError](err)
	switch {
	case err == nil:
		p.gate.succeeded(t)
	case ctx.Err() != nil:
		p.gate.leave(t)
		return ctx.Err()
	case rejected:
		p.gate.failed(t, tooManyRefused(reject))
		return nil
	default:
		p.gate.failed(t, err)
		return nil
	}
	if letter == nil {
		return p.success(ctx, j)
	}
	p.lastSuccess.Store(time.Now().UnixNano())
	p.aside.releaseAll()
	return errAnew
}

// resend sends the event of a dead letter.
func (p *Pump) resend(ctx context.Context, d relay.DeadLetter) error {
	es, err := p.newFiller().one(d)
	if err != nil {
		return err
	}
	return p.send(ctx, es)
}

// Redeliver sends one dead letter's event through the pump's destination, beside the running pump. nil: the far end
// acknowledged it. It tries once.
func (p *Pump) Redeliver(ctx context.Context, d relay.DeadLetter) error {
	if p.stream != nil {
		return p.stream.redeliver(ctx, d)
	}
	if err := p.resend(ctx, d); err != nil {
		return fmt.Errorf("sending dead letter %s to output %s: %w", d.Record.ID(), p.opts.Name, err)
	}
	return nil
}
