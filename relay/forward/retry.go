package forward

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"logrelay/relay"
)

const (
	firstBackoff  = time.Second
	maxBackoff    = 5 * time.Minute
	maxRetryAfter = 5 * time.Minute
	holdProbe     = time.Minute
	// A failure that goes on is logged again after repeatLog; a change of its words at most once in changeLog.
	repeatLog = 10 * time.Minute
	changeLog = 10 * time.Second
)

// backoff returns the wait after the n-th failure in a row, from 1: full jitter below 1 s, 2 s, 4 s … 5 min.
func backoff(n int) time.Duration {
	limit := maxBackoff
	if n < 10 {
		limit = min(limit, firstBackoff<<(n-1))
	}
	return time.Duration(rand.Int64N(int64(limit))) + 1
}

// gate is what the workers of an output know together about the far end. While it fails, one of them tries at a time, at the
// times that the gate sets; a success opens it for all.
type gate struct {
	log *slog.Logger
	m   *metrics

	mu       sync.Mutex
	failing  bool
	hold     bool
	probing  bool
	round    uint64 // grows with each failure: what was sent in an earlier round says nothing about this one
	attempts int
	since    time.Time
	until    time.Time
	err      error
	changed  chan struct{} // closed and replaced with every change
	queue    []uint64      // those who wait in enter, in the order of arrival
	arrivals uint64

	logged     time.Time
	loggedText string
}

// ticket is the right to send once. It ends in succeeded, failed or leave.
type ticket struct {
	round uint64
	probe bool // sent while the gate was failing
}

func newGate(log *slog.Logger, m *metrics) *gate {
	return &gate{log: log, m: m, changed: make(chan struct{})}
}

// spareLeases is how many workers may have a lease in hand while the gate fails: the one that tries, and another one, in case
// the fault is in the first one's records.
const spareLeases = 2

// pass waits until it makes sense to take a lease.
func (g *gate) pass(ctx context.Context) error {
	for {
		g.mu.Lock()
		changed, pass := g.changed, !g.failing || g.inHand() < spareLeases
		g.mu.Unlock()
		if pass {
			return ctx.Err()
		}
		if err := sleep(ctx, maxBackoff, changed); err != nil {
			return err
		}
	}
}

func (g *gate) inHand() int {
	if g.probing {
		return len(g.queue) + 1
	}
	return len(g.queue)
}

// enter waits until the caller may send. While the gate fails, those who wait take turns.
func (g *gate) enter(ctx context.Context) (ticket, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.failing {
		return ticket{round: g.round}, ctx.Err()
	}
	g.arrivals++
	me := g.arrivals
	g.queue = append(g.queue, me)
	defer func() {
		g.queue = slices.DeleteFunc(g.queue, func(id uint64) bool { return id == me })
		g.change()
	}()
	for g.failing {
		d := time.Until(g.until)
		if d <= 0 && !g.probing && g.queue[0] == me {
			g.probing = true
			return ticket{round: g.round, probe: true}, nil
		}
		if d <= 0 {
			d = maxBackoff // somebody else's turn: that ends with a change
		}
		changed := g.changed
		g.mu.Unlock()
		err := sleep(ctx, d, changed)
		g.mu.Lock()
		if err != nil {
			return ticket{}, err
		}
	}
	return ticket{round: g.round}, nil
}

// sleep waits for d, or until wake is closed.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-wake:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave gives a ticket back without a verdict.
func (g *gate) leave(t ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.probe && t.round == g.round {
		g.probing = false
		g.change()
	}
}

// succeeded opens the gate, unless it failed after the ticket was given out.
func (g *gate) succeeded(t ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.failing || t.round != g.round {
		return
	}
	if !g.logged.IsZero() {
		g.log.Info("recovered", "attempts", g.attempts, "after", time.Since(g.since).Round(time.Millisecond).String())
	}
	g.failing, g.hold, g.probing, g.attempts, g.err = false, false, false, 0, nil
	g.logged, g.loggedText = time.Time{}, ""
	g.change()
}

// failed notes that the far end could not take something, and when to try again.
func (g *gate) failed(t ticket, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.m.retry()
	if t.round != g.round {
		return // others of the same round failed before: one failure, not many
	}
	now := time.Now()
	if !g.failing {
		g.failing, g.since, g.attempts = true, now, 0
	}
	g.round++
	g.attempts++
	g.probing = false
	_, held := errors.AsType[*relay.HoldError](err)
	g.hold, g.err = held, err
	d := backoff(g.attempts)
	if retry, ok := errors.AsType[*relay.RetryError](err); held {
		d = holdProbe
	} else if ok && retry.After > 0 {
		d = min(retry.After, maxRetryAfter)
	}
	g.until = now.Add(d)
	g.report(now, err)
	g.change()
}

// close makes the gate fail for a reason of our own.
func (g *gate) close(err error) {
	g.mu.Lock()
	t := ticket{round: g.round}
	g.mu.Unlock()
	g.failed(t, err)
}

// report logs a failure when it starts, when it changes and each tenth minute.
func (g *gate) report(now time.Time, err error) {
	text := err.Error()
	quiet := now.Sub(g.logged)
	if !g.logged.IsZero() && quiet < repeatLog && (text == g.loggedText || quiet < changeLog) {
		return
	}
	g.logged, g.loggedText = now, text
	attrs := []any{"error", err, "attempts", g.attempts, "next", time.Until(g.until).Round(time.Millisecond).String()}
	if hint := relay.HintOf(err); hint != "" {
		attrs = append(attrs, "hint", hint)
	}
	if g.hold {
		g.log.Error("delivery needs you", attrs...)
		return
	}
	g.log.Warn("delivery fails, it is tried again", attrs...)
}

func (g *gate) change() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// condition is what the gate knows, for status.
type condition struct {
	failing, hold bool
	attempts      int
	since, next   time.Time
	err           error
}

func (g *gate) condition() condition {
	g.mu.Lock()
	defer g.mu.Unlock()
	return condition{g.failing, g.hold, g.attempts, g.since, g.until, g.err}
}
