package buffer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
)

// Options of a log. The zero value works.
type Options struct {
	Limits
	// SegmentSize fixes the usual size of a segment, in bytes. When zero it follows from the quota.
	SegmentSize int64
	Log         *slog.Logger          // nothing is logged when nil
	Metrics     prometheus.Registerer // a private registry when nil
	Pulse       *relay.Pulse          // of the committer; may be nil
	Keeper      *relay.Pulse          // of the keeper; may be nil
	FS          FS                    // the operating system's when nil

	now       func() time.Time // for creation times
	subsystem string           // of the metrics; "buffer" when empty
}

// Log is the durable log: relay.Sink on the one side, cursors on the other. Safe for concurrent use.
type Log struct {
	dir     string
	fs      FS
	log     *slog.Logger
	now     func() time.Time
	metrics *metrics
	pulse   *relay.Pulse
	keeper  *relay.Pulse
	ledger  *ledger
	lock    io.Closer

	wake   chan struct{} // the committer: there are requests, or the log closes
	tend   chan struct{} // the keeper: cursors moved, or the log closes
	ending chan struct{} // closed by Close
	broken chan struct{} // closed when err is set
	done   sync.WaitGroup

	requests sync.Pool // of *request, so that Put allocates nothing
	queueMu  sync.Mutex
	queue    []*request
	closed   bool

	making sync.Mutex // one cursor is made or forgotten at a time; taken before Cursor.mu and mu

	mu       sync.Mutex // taken last
	seq      uint64     // of the newest segment that ever was
	end      uint64     // number of the next record
	segments []*segment
	spares   []spare
	cursors  map[string]*Cursor
	unlisted bool // the list of cursors was lost
	quota    quota
	grown    chan struct{}  // closed when end moves; nil when nobody waits
	err      error          // why the log is broken
	damaged  uint64         // records found damaged since the log was opened
	pins     map[int]uint64 // records that are being read without a cursor
	pinned   int
	missing  map[uint64]bool // ends of runs of records that are in no segment, once reported
	shut     bool            // nothing is written any more
}

var (
	_ relay.Sink   = (*Log)(nil)
	_ relay.Ledger = (*Log)(nil)
)

// Open opens the log in dir, making dir if need be (not what is above it), and starts its committer. What a crash or a
// damaged disk left behind is repaired, counted and logged, and is no error. Errors: *LockedError when another process has the
// directory, *VersionError when a newer program wrote it, or what the system says when the directory cannot be used at all.
func Open(dir string, o Options) (*Log, error) {
	l := &Log{
		dir: dir, fs: o.FS, log: o.Log, now: o.now, pulse: o.Pulse, keeper: o.Keeper,
		wake: make(chan struct{}, 1), tend: make(chan struct{}, 1), ending: make(chan struct{}), broken: make(chan struct{}),
		cursors: make(map[string]*Cursor), missing: make(map[uint64]bool), pins: make(map[int]uint64),
	}
	if l.fs == nil {
		l.fs = osFS{}
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	l.log = l.log.With("component", "buffer", "dir", dir)
	if l.now == nil {
		l.now = time.Now
	}
	l.quota.use = make(map[pair]int64)
	l.quota.forced = min(alignUp(o.SegmentSize, pageSize), maxSegment)
	l.quota.set(o.Limits)

	err := l.fs.Mkdir(dir)
	if err == nil {
		err = l.fs.SyncDir(filepath.Dir(dir))
	}
	if err != nil && !noSpace(err) { // on a full disk nothing is new
		return nil, fmt.Errorf("opening the buffer %s: %w", dir, err)
	}
	if l.lock, err = l.fs.Lock(filepath.Join(dir, "lock")); err != nil {
		return nil, fmt.Errorf("opening the buffer %s: %w", dir, err)
	}
	l.metrics = newMetrics(o.Metrics, cmp.Or(o.subsystem, "buffer"), l)
	if err := l.recover(); err != nil {
		l.metrics.unregister()
		_ = l.release() // why the log does not open says more
		return nil, fmt.Errorf("opening the buffer %s: %w", dir, err)
	}
	l.done.Go(func() { newCommitter(l).run() })
	l.done.Go(l.keep)
	return l, nil
}

// Put implements relay.Sink. It costs one fsync, shared with all batches that wait at the same time. ErrFull
// carries which limit was reached and a hint.
func (l *Log) Put(ctx context.Context, b *relay.Batch) error { return l.put(ctx, b, false) }

// put is Put. An urgent batch may go over the quota and into the reserve.
func (l *Log) put(ctx context.Context, b *relay.Batch, urgent bool) error {
	if b.Empty() {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r, _ := l.requests.Get().(*request)
	if r == nil {
		r = &request{done: make(chan error, 1)}
	}
	defer l.requests.Put(r)
	r.urgent = urgent
	if err := r.prepare(b); err != nil {
		return err
	}
	l.queueMu.Lock()
	if l.closed {
		l.queueMu.Unlock()
		return relay.ErrClosed
	}
	l.queue = append(l.queue, r)
	l.queueMu.Unlock()
	signal(l.wake)
	err := <-r.done
	r.batch = nil
	return err
}

// Lookup implements relay.Ledger.
func (l *Log) Lookup(delivery relay.ID) (relay.Mark, bool, error) { return l.ledger.Lookup(delivery) }

// Broken is closed when the disk failed a write or an fsync: the process has to end. Err says why.
func (l *Log) Broken() <-chan struct{} { return l.broken }

// Err returns why the log is broken, as an ErrBroken, or nil.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// SetLimits changes quota, reserve and shares of the running log. What is stored stays, also when it is more than the new
// limits allow.
func (l *Log) SetLimits(limits Limits) {
	l.mu.Lock()
	l.quota.set(limits)
	l.mu.Unlock()
}

// Close commits what is queued, writes the cursors, and ends. Puts and Nexts that come later get ErrClosed.
func (l *Log) Close() error {
	l.queueMu.Lock()
	if l.closed {
		l.queueMu.Unlock()
		return nil
	}
	l.closed = true
	l.queueMu.Unlock()
	close(l.ending)
	signal(l.wake)
	l.done.Wait()
	l.mu.Lock()
	l.shut = true
	l.mu.Unlock()
	l.grow()
	l.metrics.unregister()
	return l.release()
}

// release gives back what Open took.
func (l *Log) release() error {
	var errs []error
	for _, c := range l.cursorsByName() {
		<-c.turn
		c.reader.close()
		c.again.close()
		c.turn <- struct{}{}
		c.mu.Lock()
		errs = append(errs, c.file.close())
		c.mu.Unlock()
	}
	if l.ledger != nil {
		errs = append(errs, l.ledger.close())
	}
	return errors.Join(append(errs, l.lock.Close())...)
}

// fail makes the log broken for good.
func (l *Log) fail(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = relay.WithHint(fmt.Errorf("%w: %w", relay.ErrBroken, err),
			"the disk failed: look at the kernel's messages; the next start checks the buffer and goes on in a new file")
		l.log.Error("the disk failed; nothing more is accepted", "error", err)
		close(l.broken)
	}
	return l.err
}

// waitGrown returns a channel that is closed when the log is longer than n records or is closed; nil when it is already.
func (l *Log) waitGrown(n uint64) (<-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shut {
		return nil, relay.ErrClosed
	}
	if l.end > n {
		return nil, nil
	}
	if l.grown == nil {
		l.grown = make(chan struct{})
	}
	return l.grown, nil
}

// endNumber returns the number of the next record.
func (l *Log) endNumber() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}

func (l *Log) isShut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shut
}

// grow wakes who waits for the log to become longer.
func (l *Log) grow() {
	l.mu.Lock()
	if l.grown != nil {
		close(l.grown)
		l.grown = nil
	}
	l.mu.Unlock()
}

// signal wakes the one who receives from c, now or when it looks next.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
