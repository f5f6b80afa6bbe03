package forward

import (
	"context"
	"sync"
	"time"
)

const (
	startWindow = 2
	// A full batch that takes slowFactor times as long as the best one lately, and slowFloor longer, means a queue at the far end.
	slowFactor = 3
	slowFloor  = 20 * time.Millisecond
	// bestFades lets the best latency forget: this share of it is added with each measurement.
	bestFades = 1.0 / 128
)

// window bounds the requests in flight between 1 and max: one more for a round of full batches that went well (additive
// increase), half when the far end refuses for load (multiplicative decrease), a tenth less when it slows down.
type window struct {
	max int

	mu       sync.Mutex
	limit    float64
	inFlight int
	best     float64 // seconds, of full batches
	shrunk   time.Time
	freed    chan struct{} // closed and replaced when a place becomes free
}

func newWindow(limit int) *window {
	return &window{max: limit, limit: float64(min(startWindow, limit)), freed: make(chan struct{})}
}

// take waits for a place.
func (w *window) take(ctx context.Context) error {
	for {
		w.mu.Lock()
		if w.inFlight < int(w.limit) {
			w.inFlight++
			w.mu.Unlock()
			return nil
		}
		freed := w.freed
		w.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// force takes a place over the limit: for what is tried again, which has waited for the gate already.
func (w *window) force() {
	w.mu.Lock()
	w.inFlight++
	w.mu.Unlock()
}

// give returns a place.
func (w *window) give() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inFlight--
	w.wake()
}

func (w *window) wake() {
	close(w.freed)
	w.freed = make(chan struct{})
}

// went notes a success and how long it took. full: the batch was about as large as it may be, so there is a backlog.
func (w *window) went(d time.Duration, full bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !full {
		start := float64(min(startWindow, w.max))
		if w.limit > start {
			w.limit = max(start, w.limit-1/w.limit)
		} else if w.limit < start {
			w.limit = min(start, w.limit+1/w.limit)
			w.wake()
		}
		return
	}
	s := d.Seconds()
	if w.best == 0 || s < w.best {
		w.best = s
	}
	w.best += w.best * bestFades
	switch {
	case s > w.best*slowFactor && s > w.best+slowFloor.Seconds():
		w.shrink(0.9)
	case w.inFlight >= int(w.limit):
		w.limit = min(float64(w.max), w.limit+1/w.limit)
		w.wake()
	}
}

// refused notes that the far end was busy or away.
func (w *window) refused() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shrink(0.5)
}

// shrink narrows the window once a round: requests in flight were sent under the old limit and say the same thing.
func (w *window) shrink(factor float64) {
	now := time.Now()
	if now.Sub(w.shrunk).Seconds() < w.best {
		return
	}
	w.shrunk = now
	w.limit = max(1, w.limit*factor)
}

// size returns the limit.
func (w *window) size() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int(w.limit)
}
