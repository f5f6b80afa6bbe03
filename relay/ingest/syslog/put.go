package syslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

const (
	// The waits between attempts to put a batch: the first is about minPause, and they double up to about maxPause.
	minPause = 20 * time.Millisecond
	maxPause = time.Second
	// repeatLog is how often a condition that lasts is logged again.
	repeatLog = 10 * time.Minute
)

// errNotTaken: the sink did not take a batch, and will not.
var errNotTaken = errors.New("not taken into custody")

// putter puts the batches of one connection or socket.
type putter struct {
	src *Source
	out relay.Sink
	end <-chan struct{}
	ctx context.Context // does not end: what we hold is put even while we shut down
}

func newPutter(ctx context.Context, src *Source, out relay.Sink) *putter {
	return &putter{src: src, out: out, end: ctx.Done(), ctx: context.WithoutCancel(ctx)}
}

// put blocks until the batch is in custody. While the sink is full it tries again and again: nobody reads the socket meanwhile, and the sender has to
// wait. When the source ends it tries a last time. An error wraps errNotTaken and the sink's.
func (p *putter) put(b *relay.Batch) error {
	p.src.o.Pulse.Beat(relay.StateWaiting)
	for pause, last := minPause, false; ; pause = min(2*pause, maxPause) {
		err := p.out.Put(p.ctx, b)
		if err == nil {
			p.src.full.over()
			p.src.metrics.Accepted(b)
			return nil
		}
		p.src.metrics.PutFailed(err)
		if last || isGone(err) {
			p.lose(b, err)
			return errors.Join(errNotTaken, err)
		}
		p.src.full.report(err)
		last = !p.wait(pause/2 + rand.N(pause))
	}
}

// lose counts and reports the records of a batch that will not be put.
func (p *putter) lose(b *relay.Batch, err error) {
	if b.Len() == 0 {
		return
	}
	for range b.Entries {
		p.src.metrics.Rejected(reasonShutdown)
	}
	p.src.o.Logger.Error("records lost: the buffer does not take them and the input has to end", "records", b.Len(), "error", err)
}

// wait waits; false: the source ends.
func (p *putter) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.end:
		return false
	case <-t.C:
		return true
	}
}

// moveCounts moves a framer's counters into the metrics.
func moveCounts(f *framer, m *ingest.Metrics) {
	move := func(to prometheus.Counter, n *uint64) {
		if *n > 0 {
			to.Add(float64(*n))
			*n = 0
		}
	}
	move(m.Parts, &f.parts)
	move(m.Resyncs, &f.resyncs)
	move(m.Truncated, &f.truncated)
}

// outage logs that the sink takes nothing: when it starts, every ten minutes, and when it is over. Safe for concurrent use.
type outage struct {
	log *slog.Logger

	lasting  atomic.Bool // spares the lock while all is well
	mu       sync.Mutex
	since    time.Time // zero: all is well
	logged   time.Time
	attempts int
}

func (o *outage) report(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if o.since.IsZero() {
		o.since, o.attempts = now, 0
		o.lasting.Store(true)
	}
	o.attempts++
	if now.Sub(o.logged) < repeatLog && !o.logged.Before(o.since) {
		return
	}
	o.logged = now
	o.log.Warn("the buffer takes nothing: senders wait", "error", err, "attempts", o.attempts)
}

func (o *outage) over() {
	if !o.lasting.Load() {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		return
	}
	o.log.Info(fmt.Sprintf("recovered after %d attempts, %s", o.attempts, time.Since(o.since).Round(time.Millisecond)))
	o.since = time.Time{}
	o.lasting.Store(false)
}
