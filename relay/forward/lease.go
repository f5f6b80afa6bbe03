package forward

import (
	"context"
	"errors"
	"sync"

	"logrelay/relay"
)

// errDrained ends a worker: the cursor is empty and nothing more will come.
var errDrained = errors.New("drained")

// errQuiet: there is nothing to read at the moment.
var errQuiet = errors.New("nothing to read")

// lease waits for a place in the window, for memory and for records. give returns the memory; it is nil, and the place given back, after
// an error other than errQuiet.
func (p *Pump) lease(ctx, wait context.Context) (l relay.Lease, give func(), err error) {
	select {
	case p.leasing <- struct{}{}:
		defer func() { <-p.leasing }()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if p.empty.Load() {
		return nil, nil, errDrained
	}
	if err := p.gate.pass(ctx); err != nil {
		return nil, nil, err
	}
	if err := p.window.take(ctx); err != nil {
		return nil, nil, err
	}
	if give, err = p.memory(ctx); err != nil {
		p.window.give()
		return nil, nil, err
	}
	l, err = p.nextOrProbe(ctx, wait)
	if err != nil && err != errQuiet {
		p.window.give()
		give()
		return nil, nil, err
	}
	return l, give, err
}

// memory borrows what a lease costs. One lease of each output is not counted: no output waits for the others to go on at all.
func (p *Pump) memory(ctx context.Context) (give func(), err error) {
	if p.opts.Budget == nil || p.first.CompareAndSwap(false, true) {
		return func() { p.first.Store(false) }, nil
	}
	n := int64(p.opts.BatchBytes) * memoryFactor
	if err := p.opts.Budget.Take(ctx, n); err != nil {
		return nil, err
	}
	return func() { p.opts.Budget.Give(n) }, nil
}

// next takes a lease, waiting in within, which ends with wait or before: errQuiet. After Drain an empty cursor gives errDrained.
func (p *Pump) next(ctx, wait, within context.Context) (relay.Lease, error) {
	if within.Err() == nil {
		l, err := p.opts.Cursor.Next(within, p.limit)
		if err == nil || within.Err() == nil {
			return l, err
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case wait.Err() == nil:
		return nil, errQuiet
	case p.draining.Err() == nil:
		return nil, wait.Err()
	}
	l, err := p.ready(ctx)
	if err == errQuiet {
		err = errDrained
		p.empty.Store(true)
	}
	return l, err
}

// nextOrProbe is next for a worker: while the output holds for what was refused, it does not wait (errQuiet).
func (p *Pump) nextOrProbe(ctx, wait context.Context) (relay.Lease, error) {
	for {
		within := p.alarm.within(wait)
		if p.aside.full() && p.draining.Err() == nil {
			return p.ready(ctx)
		}
		if l, err := p.next(ctx, wait, within); err != errQuiet {
			return l, err
		}
	}
}

// alarm wakes the worker that waits in Next. The context is made once for all its waits, until it is used up.
type alarm struct {
	mu   sync.Mutex
	ctx  context.Context
	ring context.CancelFunc
}

// within returns a context that ends with parent or when the alarm is sounded. The parent is always the same.
func (a *alarm) within(parent context.Context) context.Context {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ctx == nil || a.ctx.Err() != nil {
		a.sound()
		a.ctx, a.ring = context.WithCancel(parent)
	}
	return a.ctx
}

// sound ends the context. The caller of within has the lock.
func (a *alarm) sound() {
	if a.ring != nil {
		a.ring()
	}
}

func (a *alarm) wake() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sound()
}

// ready takes a lease if there is something to read now.
func (p *Pump) ready(ctx context.Context) (relay.Lease, error) {
	short, cancel := context.WithTimeout(ctx, drainPoll)
	defer cancel()
	l, err := p.opts.Cursor.Next(short, p.limit)
	if err != nil && short.Err() != nil && ctx.Err() == nil {
		return nil, errQuiet
	}
	return l, err
}
