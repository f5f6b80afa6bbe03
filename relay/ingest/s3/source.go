package s3

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest"

	"github.com/prometheus/client_golang/prometheus"
)

// Bounds of the options.
const (
	DefaultWorkers    = 16
	MaxWorkers        = 256
	DefaultVisibility = 2 * time.Minute
	MinVisibility     = 30 * time.Second
	MaxVisibility     = time.Hour
	DefaultReceives   = 10
)

const (
	batchMax     = 10 // messages in one request (SQS API reference: Receive, DeleteMessageBatch, ChangeMessageVisibilityBatch)
	maxReceivers = 8
	callTime     = 10 * time.Second // for one request to the queue, beside the long poll
	pollTime     = 20 * time.Second // of the long poll
	endTime      = 10 * time.Second // to delete and give back messages after Run was asked to end
)

// Options configures a Source. Name, Queue, Store, Ledger and DeadLetters are needed; the zero value of everything else works.
type Options struct {
	Name        string // of the input: metric label and Origin.Input
	Queue       Queue
	Store       Store
	Ledger      relay.Ledger      // that of the log behind the sink that Run is given
	DeadLetters relay.DeadLetters // takes what cannot be read; Output is "input/" and the name

	Workers           int           // objects read at a time, and messages in hand; 16, at most 256
	VisibilityTimeout time.Duration // that messages are hidden for at a time; 2 minutes; 30 s to 1 h
	MaxReceives       int           // a message that fails so often is set aside where the queue has no redrive policy; 10
	MaxRecord         int           // bytes; 1 MiB, at most relay.MaxRecord

	Buckets []string // that notifications may name: globs as of Match; none means all
	Include []string // keys to be read: globs as of Match; none means all
	Exclude []string // keys not to be read, also where Include names them

	Rules   []Rule     // the first whose prefix fits an object decides
	Kind    relay.Kind // of objects that no rule fits; KindAuto leaves it to the layout of the key and the content
	Columns string     // of VPC flow logs that come without a header
	Tenant  string
	Source  string // source label

	Flights    *ingest.Flights       // deliveries under way, shared by all inputs in front of one ledger; nil means its own
	Budget     *relay.Budget         // memory for reading; nil means one of 128 MiB
	Decoders   *ingest.Decoders      // nil means its own
	Logger     *slog.Logger          // nil discards
	Registerer prometheus.Registerer // nil: metrics are kept and not exported
	Pulse      *relay.Pulse          // beats with the keeper of visibility
}

// Rule fixes kind and columns of the objects whose key begins with a prefix.
type Rule struct {
	Prefix  string
	Kind    relay.Kind // KindAuto leaves it to the layout of the key and the content
	Columns string
}

// Source pulls objects that an SQS queue tells of. It implements relay.Source. Run is called once; the other methods are safe for
// concurrent use while it runs.
type Source struct {
	o       Options
	output  string // of dead letters
	log     *slog.Logger
	metrics *metrics
	keeper  *keeper
	pace    pace
	full    gate
	policy  policy
	buckets lastGood
	asides  notes
	batches sync.Pool // of *relay.Batch

	permits chan struct{} // messages asked for or in hand
	slots   chan struct{} // objects being read
	deletes chan *hand

	running atomic.Pointer[run]
}

// run is what there is while Run runs.
type run struct {
	ctx  context.Context
	stop context.CancelFunc
	out  relay.Sink

	mu    sync.Mutex
	err   error // why the sink takes nothing any more
	ended bool
	jobs  sync.WaitGroup // retries and backfills
}

// fail ends the run: the sink takes nothing any more.
func (r *run) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
	r.stop()
}

// enter lets a retry or backfill in, unless the run is at its end. The caller calls jobs.Done.
func (r *run) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended || r.ctx.Err() != nil {
		return false
	}
	r.jobs.Add(1)
	return true
}

// leave waits for retries and backfills, which end with the context.
func (r *run) leave() error {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.jobs.Wait()
	return r.err
}

// New returns a source. It starts nothing. Errors: an option that is missing or out of bounds, a pattern that is none.
func New(o Options) (*Source, error) {
	if o.Name == "" || o.Queue == nil || o.Store == nil || o.Ledger == nil || o.DeadLetters == nil {
		return nil, errors.New("s3 input: Name, Queue, Store, Ledger and DeadLetters are needed")
	}
	o.Workers = cmp.Or(o.Workers, DefaultWorkers)
	o.VisibilityTimeout = cmp.Or(o.VisibilityTimeout, DefaultVisibility)
	o.MaxReceives = cmp.Or(o.MaxReceives, DefaultReceives)
	o.MaxRecord = cmp.Or(o.MaxRecord, ingest.DefaultMaxRecord)
	switch {
	case o.Workers < 1 || o.Workers > MaxWorkers:
		return nil, fmt.Errorf("s3 input %s: %d workers: 1 to %d are possible", o.Name, o.Workers, MaxWorkers)
	case o.VisibilityTimeout < MinVisibility || o.VisibilityTimeout > MaxVisibility:
		return nil, fmt.Errorf("s3 input %s: a visibility timeout of %s: %s to %s are possible", o.Name, o.VisibilityTimeout, MinVisibility, MaxVisibility)
	case o.MaxReceives < 1:
		return nil, fmt.Errorf("s3 input %s: %d receives: at least 1 is needed", o.Name, o.MaxReceives)
	case o.MaxRecord < 1 || o.MaxRecord > relay.MaxRecord:
		return nil, fmt.Errorf("s3 input %s: records of %d bytes: 1 to %d are possible", o.Name, o.MaxRecord, relay.MaxRecord)
	}
	for _, list := range [][]string{o.Buckets, o.Include, o.Exclude} {
		for _, pattern := range list {
			if err := CheckPattern(pattern); err != nil {
				return nil, fmt.Errorf("s3 input %s: %w", o.Name, err)
			}
		}
	}
	if o.Flights == nil {
		o.Flights = new(ingest.Flights)
	}
	if o.Budget == nil {
		o.Budget = relay.NewBudget(128 << 20)
	}
	if o.Decoders == nil {
		o.Decoders = new(ingest.Decoders)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Source{
		o:       o,
		output:  "input/" + o.Name,
		log:     o.Logger.With("component", "s3", "input", o.Name),
		permits: make(chan struct{}, o.Workers),
		slots:   make(chan struct{}, o.Workers),
		deletes: make(chan *hand, o.Workers+10*batchMax),
	}
	s.metrics = newMetrics(o.Registerer, o.Name, s.log)
	s.keeper = newKeeper(s)
	s.asides.log = s.log
	return s, nil
}

// Run receives messages and takes the objects that they name into custody until ctx ends. Messages that are in hand then are shown again at
// once. The error is nil, or what the sink said when it takes nothing any more.
func (s *Source) Run(ctx context.Context, out relay.Sink) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := &run{ctx: ctx, stop: stop, out: out}
	if !s.running.CompareAndSwap(nil, r) {
		panic("BUG: Run of an s3 source called twice")
	}
	receivers := min((s.o.Workers+batchMax-1)/batchMax, maxReceivers)

	// What keeps and deletes messages goes on until the last of them is given back.
	after, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var receiving, deleting, keeping sync.WaitGroup
	crew := newCrew(s.o.Workers)
	keeping.Go(func() { s.keeper.run(after) })
	for range receivers {
		deleting.Go(func() { s.deleteAll(after) })
		receiving.Go(func() { s.receiveAll(r, crew) })
	}
	receiving.Wait()
	crew.end()
	err := r.leave()
	grace := time.AfterFunc(endTime, end)
	defer grace.Stop()
	close(s.deletes)
	deleting.Wait()
	s.keeper.giveAllBack(after)
	end()
	keeping.Wait()
	return err
}

// enterRun returns the run under way, which does not end before leave is called. The context ends with the run, too.
func (s *Source) enterRun(ctx context.Context) (_ context.Context, r *run, leave func(), err error) {
	r = s.running.Load()
	if r == nil || !r.enter() {
		return nil, nil, nil, relay.WithHint(fmt.Errorf("input %s is not running", s.o.Name), "start the relay with this input configured")
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(r.ctx, cancel)
	return ctx, r, func() {
		stop()
		cancel()
		r.jobs.Done()
	}, nil
}
