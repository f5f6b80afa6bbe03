package forward

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"logrelay/relay"
)

const (
	defaultConcurrency = 8
	defaultRecords     = 4096
	defaultBytes       = relay.BatchBytes
	defaultIdle        = 5 * time.Second
	defaultMaxAge      = 10 * time.Minute
	// drainPoll is how long an empty cursor is waited for before it counts as drained: nothing is put any more by then.
	drainPoll = 200 * time.Millisecond
	// memoryFactor: a lease in hand costs its bytes, and about as many again for events and encoding.
	memoryFactor = 2
)

// Options of a Pump. Cursor and Destination are required.
type Options struct {
	Name        string // the output's, for dead letters, metrics and log
	Cursor      relay.Cursor
	Destination relay.Destination
	// Normalize makes the function of one worker. Nil: events carry the raw record alone, their Class is nil.
	Normalize func() relay.NormalizeFunc
	// Select says whether records of an origin and kind go to this output. It is asked when either changes, not for
	// each record; what it refuses is counted as dropped. Where there is Normalize it is asked before with KindAuto, which may turn out to be any kind, and
	// after it with the kind of the event. Nil: all.
	Select func(o *relay.Origin, k relay.Kind) bool
	// DeadLetters takes what the far end refuses for good. Nil: the output holds instead.
	DeadLetters    relay.DeadLetters
	Ordered        bool          // one lease at a time
	MaxConcurrency int           // requests in flight at most; 0: 8
	BatchRecords   int           // records of a lease at most; 0: 4096
	BatchBytes     int           // raw bytes of a lease at most; 0: relay.BatchBytes
	Budget         *relay.Budget // memory for leases beyond the first one; nil: not counted
	Idle           time.Duration // a stream with nothing to send is flushed after this; 0: 5 s
	MaxAge         time.Duration // a stream's connection is flushed and renewed after this; 0: 10 min
	Logger         *slog.Logger
	Registerer     prometheus.Registerer
	Pulse          *relay.Pulse
	Now            func() time.Time // for what is stored: the time of a refusal; nil: time.Now
}

// Serial is implemented by destinations that gain nothing from several Sends at once, such as a file: the pump then keeps the order.
type Serial interface{ Serial() bool }

// Pump carries the records of one cursor to one destination. Its methods are safe for concurrent use; Run is called once.
type Pump struct {
	opts   Options
	log    *slog.Logger
	m      *metrics
	gate   *gate
	window *window
	aside  aside
	passed passages
	alarm  alarm
	stream *stream // nil unless the destination is a relay.Stream
	limit  relay.Limit

	leasing  chan struct{}   // held by the one worker that waits in Next
	draining context.Context // ended by Drain
	drain    context.CancelFunc

	empty       atomic.Bool  // a worker found the cursor drained
	first       atomic.Bool  // a lease has the memory that the budget does not count
	working     atomic.Int64 // leases in hand
	unlogged    atomic.Int64 // dead letters since the last line about them
	lastLogged  atomic.Int64 // of that line: nanoseconds since 1970 UTC
	lastSuccess atomic.Int64 // nanoseconds since 1970 UTC
}

// NewPump returns a pump. It starts nothing.
func NewPump(o Options) *Pump {
	if o.Cursor == nil || o.Destination == nil {
		panic("BUG: a pump needs a cursor and a destination")
	}
	setDefault(&o.MaxConcurrency, defaultConcurrency)
	setDefault(&o.BatchRecords, defaultRecords)
	setDefault(&o.BatchBytes, defaultBytes)
	setDefault(&o.Idle, defaultIdle)
	setDefault(&o.MaxAge, defaultMaxAge)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if s, ok := o.Destination.(Serial); o.Ordered || ok && s.Serial() {
		o.MaxConcurrency = 1
	}
	p := &Pump{
		opts:    o,
		log:     o.Logger.With("component", "forward", "output", o.Name),
		m:       newMetrics(o.Registerer, o.Name),
		window:  newWindow(o.MaxConcurrency),
		limit:   relay.Limit{Records: o.BatchRecords, Bytes: o.BatchBytes},
		leasing: make(chan struct{}, 1),
	}
	p.draining, p.drain = context.WithCancel(context.Background())
	p.gate = newGate(p.log, p.m)
	if s, ok := o.Destination.(relay.Stream); ok {
		p.stream = &stream{p: p, dst: s}
		p.window = newWindow(1)
	}
	p.m.concurrency.Set(float64(p.window.size()))
	return p
}

func setDefault[T int | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// Run delivers until ctx ends, or, after Drain, until the cursor is empty. When it returns nothing is in flight and every
// lease has ended. The error is the cursor's (relay.ErrBroken, relay.ErrClosed); being told to stop is none.
func (p *Pump) Run(ctx context.Context) error {
	defer p.opts.Pulse.Beat(relay.StateDone)
	workers, wctx := errgroup.WithContext(ctx)
	wait, cancel := context.WithCancel(wctx)
	defer cancel()
	defer p.alarm.wake()
	defer context.AfterFunc(p.draining, cancel)() // Drain wakes whoever waits in Next
	work := p.work
	if p.stream != nil {
		work = p.stream.run
	}
	for range p.window.max {
		workers.Go(func() error { return work(wctx, wait) })
	}
	err := workers.Wait()
	p.aside.releaseAll()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Drain makes Run return as soon as the cursor is empty and everything is delivered. It returns at once.
func (p *Pump) Drain() { p.drain() }

// work is one of the workers of a destination with answers.
func (p *Pump) work(ctx, wait context.Context) error {
	w := p.newFiller()
	for {
		p.opts.Pulse.Beat(relay.StateIdle)
		p.empty.Store(false) // what this worker had in hand may have been released
		l, give, err := p.lease(ctx, wait)
		switch {
		case err == errQuiet: // the output holds, and only what was refused can be tried
			err = p.probe(ctx, &job{})
			p.window.give()
			give()
			if err != nil && err != errAnew {
				return nil
			}
			continue
		case err == errDrained || err != nil && ctx.Err() != nil:
			return nil
		case final(err):
			return fmt.Errorf("reading for output %s: %w", p.opts.Name, err)
		case err != nil:
			if p.unread(ctx, err) != nil {
				return nil
			}
			continue
		}
		err = p.deliver(ctx, w.fill(note(l)))
		give()
		if err != nil {
			return nil // only a cancelled context ends a delivery
		}
	}
}

// final reports whether a cursor's error ends the pump. Others pass: too many open files, for one.
func final(err error) bool { return errors.Is(err, relay.ErrBroken) || errors.Is(err, relay.ErrClosed) }

// unread notes that the cursor could not be read, and waits until it is worth trying again. Only the end of ctx makes it fail.
func (p *Pump) unread(ctx context.Context, err error) error {
	p.gate.close(fmt.Errorf("reading the buffer: %w", err))
	t, err := p.gate.enter(ctx)
	if err == nil {
		p.gate.leave(t)
	}
	return err
}

// end acknowledges a lease and counts it. It is remembered first: who sees that nothing waits any more finds what became of it.
func (p *Pump) end(l relay.Lease, o relay.Outcome) {
	p.m.count(o)
	if n, ok := l.(*noted); ok {
		p.passed.add(n.runs, p.opts.Now().UnixNano(), o)
	}
	l.Ack(o)
}
