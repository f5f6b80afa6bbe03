package forward

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"logrelay/relay"
)

// provenAfter is how long a connection has to last before a failure counts as over, when nothing was confirmed on it yet.
const provenAfter = 3 * time.Second

// sent is one Send of a stream that is not confirmed yet. lease is nil for a dead letter that was sent again, and for a lease that is flushed at once.
type sent struct {
	lease   relay.Lease
	outcome relay.Outcome
}

// stream delivers over a protocol without answers, in order: one lease after the other. What was sent stays leased, unloaded,
// until the destination confirms it. When the connection breaks, everything unconfirmed is released and comes again from disk.
type stream struct {
	p   *Pump
	dst relay.Stream

	mu        sync.Mutex // held while the destination is used: Redeliver comes in between
	fifo      []sent     // unconfirmed, the oldest at head
	head      int
	confirmed int       // Sends confirmed since the last error
	opened    time.Time // first Send on this connection

	unconfirmed atomic.Int64 // records in fifo
}

// run is the stream's one worker.
func (s *stream) run(ctx, wait context.Context) error {
	p := s.p
	f := p.newFiller()
	defer s.fail()
	quiet := &idle{limit: p.opts.Idle}
	defer quiet.stop()
	for ctx.Err() == nil {
		t, err := p.gate.enter(ctx)
		if err != nil {
			return nil
		}
		within := wait
		if s.waiting() && wait.Err() == nil {
			within = quiet.within(wait)
		}
		l, err := p.next(ctx, wait, within)
		switch {
		case err == nil:
			err = s.deliver(ctx, f.fill(l))
			quiet.touch()
		case ctx.Err() != nil:
			p.gate.leave(t)
			return nil
		case err == errQuiet && !quiet.over():
			p.gate.leave(t)
			continue
		case err == errDrained && !s.waiting():
			return nil
		case err == errQuiet, err == errDrained:
			err = s.flush(ctx)
		case final(err):
			p.gate.leave(t)
			return fmt.Errorf("reading for output %s: %w", p.opts.Name, err)
		default:
			err = fmt.Errorf("reading the buffer: %w", err)
		}
		switch {
		case err == nil && s.proven():
			p.gate.succeeded(t)
		case err == nil || ctx.Err() != nil:
			p.gate.leave(t)
		default:
			p.gate.failed(t, err)
		}
		p.opts.Pulse.Beat(relay.StateIdle)
	}
	return nil
}

// deliver sends one lease and acknowledges what is confirmed by now. After an error everything unconfirmed is released.
func (s *stream) deliver(ctx context.Context, j *job) error {
	s.p.working.Add(1)
	defer s.p.working.Add(-1)
	settled, err := s.sendLease(ctx, j)
	if err != nil || !settled {
		return err
	}
	if err := s.p.bury(ctx, j); err != nil { // without the lock: Redeliver must not wait for room in the store
		j.lease.Release()
		return err
	}
	s.p.end(j.lease, j.outcome())
	return nil
}

// sendLease sends what the job holds. A lease that went out in one Send waits for its confirmation with the others. Any other is settled: what of it could
// be written is delivered, and its end is left to the caller. After an error it is released.
func (s *stream) sendLease(ctx context.Context, j *job) (settled bool, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sends, err := s.send(ctx, j)
	if err != nil {
		s.failLocked()
		j.lease.Release()
		return false, err
	}
	if sends > 0 {
		s.p.lastSuccess.Store(time.Now().UnixNano())
	}
	if sends != 1 || len(j.refused) > 0 {
		for range sends {
			s.add(sent{})
		}
		if sends > 0 {
			err = s.flushLocked(ctx)
		}
		if err != nil {
			j.lease.Release()
		}
		return err == nil, err
	}
	j.lease.Unload()
	s.add(sent{j.lease, j.outcome()})
	if err := s.confirm(); err != nil {
		return false, err
	}
	if time.Since(s.opened) > s.p.opts.MaxAge {
		return false, s.flushLocked(ctx)
	}
	return false, nil
}

// send sends what the job holds, in one Send unless something of it cannot be written: nobody else refuses here.
func (s *stream) send(ctx context.Context, j *job) (sends int, _ error) {
	for len(j.groups) > 0 {
		g := j.pop()
		err := s.p.send(ctx, g)
		reject, rejected := errors.AsType[*relay.RejectError](err)
		switch half := len(g) / 2; {
		case err == nil:
			sends++
		case !rejected:
			return 0, err
		case half == 0:
			j.refuse(s.p, &g[0], reject.Answer)
		default:
			j.push(g[half:])
			j.push(g[:half])
		}
	}
	return sends, nil
}

func (s *stream) add(x sent) {
	if s.opened.IsZero() {
		s.opened = time.Now()
	}
	s.fifo = append(s.fifo, x)
	s.count(int64(x.outcome.Sum()))
}

func (s *stream) count(n int64) {
	s.p.m.unconfirmed.Set(float64(s.unconfirmed.Add(n)))
}

// confirm acknowledges what the destination has confirmed.
func (s *stream) confirm() error {
	n, err := s.dst.Confirmed()
	if err != nil {
		s.failLocked()
		return err
	}
	for ; s.confirmed < n; s.confirmed++ {
		s.ackOldest()
	}
	return nil
}

func (s *stream) ackOldest() {
	x := s.fifo[s.head]
	s.fifo[s.head] = sent{}
	if s.head++; s.head == len(s.fifo) {
		s.fifo, s.head = s.fifo[:0], 0
	} else if s.head > len(s.fifo)/2 && s.head > 1024 {
		n := copy(s.fifo, s.fifo[s.head:])
		clear(s.fifo[n:])
		s.fifo, s.head = s.fifo[:n], 0
	}
	s.count(-int64(x.outcome.Sum()))
	if x.lease != nil {
		s.p.end(x.lease, x.outcome)
	}
}

// flush ends the connection in order; everything sent is then delivered. The next Send connects anew.
func (s *stream) flush(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flushLocked(ctx)
}

func (s *stream) flushLocked(ctx context.Context) error {
	s.p.opts.Pulse.Beat(relay.StateWaiting)
	if err := s.dst.Flush(ctx); err != nil {
		s.failLocked()
		return err
	}
	for s.head < len(s.fifo) {
		s.ackOldest()
		s.confirmed++
	}
	s.opened = time.Time{}
	return nil
}

// fail releases everything unconfirmed, the oldest first.
func (s *stream) fail() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failLocked()
}

func (s *stream) failLocked() {
	for _, x := range s.fifo[s.head:] {
		if x.lease != nil {
			x.lease.Release()
		}
	}
	clear(s.fifo)
	s.fifo, s.head, s.confirmed, s.opened = s.fifo[:0], 0, 0, time.Time{}
	s.count(-s.unconfirmed.Load())
}

// proven reports whether the connection has shown that it works: a peer that accepts and then resets is no recovery.
func (s *stream) proven() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.confirmed > 0 || time.Since(s.opened) > provenAfter
}

func (s *stream) waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head < len(s.fifo)
}

// redeliver sends one dead letter's event and flushes, so that nil means delivered.
func (s *stream) redeliver(ctx context.Context, d relay.DeadLetter) error {
	es, err := s.p.newFiller().one(d)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.p.send(ctx, es); err != nil {
		if _, rejected := errors.AsType[*relay.RejectError](err); !rejected {
			s.failLocked()
		}
		return fmt.Errorf("sending dead letter %s to output %s: %w", d.Record.ID(), s.p.opts.Name, err)
	}
	s.add(sent{})
	if err := s.flushLocked(ctx); err != nil {
		return fmt.Errorf("waiting for output %s to take dead letter %s: %w", s.p.opts.Name, d.Record.ID(), err)
	}
	return nil
}

// idle makes contexts that end after a time without a touch. It makes one for many waits: touching costs no timer.
type idle struct {
	limit   time.Duration
	touched time.Time
	ctx     context.Context
	cancel  context.CancelFunc
}

func (i *idle) touch() { i.touched = time.Now() }

// over reports whether the time has passed.
func (i *idle) over() bool { return time.Since(i.touched) >= i.limit }

// within returns a context that ends when the time has passed, or earlier: ask over.
func (i *idle) within(parent context.Context) context.Context {
	if i.ctx == nil || i.ctx.Err() != nil {
		i.stop()
		i.ctx, i.cancel = context.WithDeadline(parent, i.touched.Add(i.limit))
	}
	return i.ctx
}

func (i *idle) stop() {
	if i.cancel != nil {
		i.cancel()
	}
}
