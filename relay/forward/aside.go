package forward

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"logrelay/relay"
)

// MaxRefusals is how many events may be refused one by one without a success before the output holds.
const MaxRefusals = 20

// maxAside bounds the refused events that are kept while the output holds and others are tried.
const maxAside = 1000

// errAnew: what was refused turned out to go through now; everything that was set aside is read and sent again.
var errAnew = errors.New("to be sent anew")

// aside knows the refusals since the last success, of all workers, and keeps the leases that wait for nothing else.
type aside struct {
	mu      sync.Mutex
	refused int    // distinct events since the last success
	mends   uint64 // how often something that had been refused went through
	probes  uint64 // attempts of all holds
	jobs    []*job
}

// refuse counts, and returns mends.
func (a *aside) refuse() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused++
	return a.mends
}

func (a *aside) full() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused >= MaxRefusals
}

// add keeps a job that waits for a success. One that was refused before the far end was mended is released instead.
func (a *aside) add(j *job) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if j.mends != a.mends {
		j.lease.Release()
		return
	}
	a.jobs = append(a.jobs, j)
}

// success forgets the count and hands over the leases that waited for it. fair says whether j's refusals stand.
func (a *aside) success(j *job) (waiting []*job, fair bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	waiting = a.jobs
	a.refused, a.jobs = 0, nil
	return waiting, len(j.refused) == 0 || j.mends == a.mends
}

// mended forgets all refusals: they are sent anew.
func (a *aside) mended() {
	a.mu.Lock()
	a.mends++
	a.mu.Unlock()
	a.releaseAll()
}

func (a *aside) releaseAll() {
	waiting, _ := a.success(&job{})
	for _, j := range waiting {
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

// candidate returns what to try next while the output holds: by turns one of the events that were refused, of j and of those set
// aside, and (nil) one of j that was not tried.
func (a *aside) candidate(j *job) *relay.DeadLetter {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.probes++
	n := a.count(j)
	if n == 0 || len(j.groups) > 0 && n < maxAside && a.probes%2 == 0 {
		return nil
	}
	return a.at(j, int(a.probes/2%uint64(n)))
}

// witness returns any of the events that were refused, of j and of those set aside; nil: there is none.
func (a *aside) witness(j *job) *relay.DeadLetter {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.count(j)
	if n == 0 {
		return nil
	}
	return a.at(j, rand.IntN(n))
}

// count returns how many events of j and of those set aside were refused. The caller of count and at has the lock.
func (a *aside) count(j *job) int {
	n := len(j.refused)
	for _, other := range a.jobs {
		n += len(other.refused)
	}
	return n
}

func (a *aside) at(j *job, i int) *relay.DeadLetter {
	if i < len(j.refused) {
		d := j.refused[i]
		return &d
	}
	i -= len(j.refused)
	for _, other := range a.jobs {
		if i < len(other.refused) {
			d := other.refused[i]
			return &d
		}
		i -= len(other.refused)
	}
	panic("BUG: a refused event that is not there")
}

// success notes that the far end took something: what was refused before is then at fault itself, and becomes dead letters.
func (p *Pump) success(ctx context.Context, j *job) error {
	p.lastSuccess.Store(time.Now().UnixNano())
	waiting, fair := p.aside.success(j)
	for i, other := range waiting {
		if err := p.bury(ctx, other); err != nil {
			for _, w := range waiting[i:] {
				w.lease.Release()
			}
			return err
		}
		p.end(other.lease, other.outcome())
	}
	if !fair {
		return errAnew
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
			p.buried(j.refused[0])
			j.refused = j.refused[1:]
			continue
		}
		if err := p.waitForStore(ctx, err); err != nil {
			return err
		}
	}
	return nil
}

// buried logs a dead letter, or several at once when they come fast. The far end's answer is not logged: it may repeat the record.
func (p *Pump) buried(d relay.DeadLetter) {
	n := p.unlogged.Add(1)
	now := time.Now().UnixNano()
	last := p.lastLogged.Load()
	if now-last < int64(changeLog) || !p.lastLogged.CompareAndSwap(last, now) {
		return
	}
	p.unlogged.Add(-n)
	p.log.Warn("events are refused for good and kept as dead letters", "events", n, "last_id", d.Record.ID(), "last_event", d.Event)
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
// the far end: everything set aside is sent anew (errAnew). When another one goes through, one that was refused is tried at once (judge).
func (p *Pump) probe(ctx context.Context, j *job) error {
	p.opts.Pulse.Beat(relay.StateWaiting)
	t, err := p.gate.enter(ctx)
	if err != nil {
		return err
	}
	letter := p.aside.candidate(j)
	if !p.aside.full() || letter == nil && len(j.groups) == 0 {
		p.gate.leave(t)
		return nil
	}
	var fresh []relay.Event
	if letter != nil {
		err = p.resend(ctx, *letter)
	} else {
		fresh = j.any()
		err = p.send(ctx, fresh)
	}
	reject, rejected := errors.AsType[*relay.RejectError](err)
	switch {
	case err == nil && letter != nil:
		return p.mended(t)
	case err == nil:
		return p.judge(ctx, j, t)
	case ctx.Err() != nil:
		p.gate.leave(t)
		return ctx.Err()
	case rejected:
		if fresh != nil {
			j.refuse(p, &fresh[0], reject.Answer)
		}
		p.gate.failed(t, tooManyRefused(reject))
	default:
		j.push(fresh)
		p.gate.failed(t, err)
	}
	return nil
}

func (p *Pump) mended(t ticket) error {
	p.lastSuccess.Store(time.Now().UnixNano())
	p.aside.mended()
	p.gate.succeeded(t)
	return errAnew
}

// judge is asked when an event goes through that was never refused: is the far end mended, or are those that it refused at fault themselves? One of them
// tells. Where it cannot be asked the hold goes on.
func (p *Pump) judge(ctx context.Context, j *job, t ticket) error {
	letter := p.aside.witness(j)
	if letter == nil {
		p.gate.succeeded(t)
		return p.success(ctx, j)
	}
	err := p.resend(ctx, *letter)
	_, rejected := errors.AsType[*relay.RejectError](err)
	switch {
	case err == nil:
		return p.mended(t)
	case ctx.Err() != nil:
		p.gate.leave(t)
		return ctx.Err()
	case rejected:
		p.gate.succeeded(t)
		return p.success(ctx, j)
	}
	p.gate.failed(t, err)
	return nil
}

// any takes one event out of the groups, whichever: where many in a row are bad, the good ones are found sooner.
func (j *job) any() []relay.Event {
	k := rand.IntN(len(j.groups))
	g := j.groups[k]
	i := rand.IntN(len(g))
	rest := slices.DeleteFunc([][]relay.Event{g[i+1:], g[:i]}, func(g []relay.Event) bool { return len(g) == 0 })
	j.groups = slices.Replace(j.groups, k, k+1, rest...)
	return g[i : i+1]
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
