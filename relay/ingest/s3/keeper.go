package s3

import (
	"context"
	"sync"
	"time"

	"logrelay/relay"
)

const (
	// maxInHand is how long a message may be kept from others: SQS ends it at 12 hours from the receipt (SQS developer guide, "Visibility timeout").
	maxInHand = 11*time.Hour + 50*time.Minute
	handLimit = 12 * time.Hour
	// Visibility is extended when 1/extendPart of it is over; the keeper looks that often again in between.
	extendPart = 3
	keeperLook = 4
)

// hand is a message in hand.
type hand struct {
	Message
	received time.Time
	cancel   context.CancelFunc // ends the work on it

	// Of the keeper.
	until time.Time     // hidden at least so long
	back  bool          // to be shown again
	delay time.Duration // after so long
	lost  bool          // the receipt handle is no longer good
}

// keeper keeps the messages in hand hidden, from their receipt on, and shows them again. All changes of visibility go through its one goroutine.
type keeper struct {
	s    *Source
	wake chan struct{}

	mu      sync.Mutex
	hands   map[*hand]struct{}
	emptied chan struct{} // closed when the last hand goes; nil while nobody waits
}

func newKeeper(s *Source) *keeper {
	return &keeper{s: s, wake: make(chan struct{}, 1), hands: make(map[*hand]struct{})}
}

// take begins to keep a message that was received just now.
func (k *keeper) take(m Message, cancel context.CancelFunc) *hand {
	now := time.Now()
	h := &hand{Message: m, received: now, cancel: cancel, until: now.Add(k.s.o.VisibilityTimeout)}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.hands[h] = struct{}{}
	k.s.metrics.inHand.Set(float64(len(k.hands)))
	return h
}

// drop ends keeping: the message is deleted, or gone.
func (k *keeper) drop(h *hand) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.remove(h)
}

// remove is called with k.mu held.
func (k *keeper) remove(h *hand) {
	delete(k.hands, h)
	k.s.metrics.inHand.Set(float64(len(k.hands)))
	if len(k.hands) == 0 && k.emptied != nil {
		close(k.emptied)
		k.emptied = nil
	}
}

// giveBack has the message shown again after a delay. Of several calls the first counts.
func (k *keeper) giveBack(h *hand, delay time.Duration) {
	k.mu.Lock()
	if !h.back {
		h.back, h.delay = true, delay
	}
	k.mu.Unlock()
	k.rouse()
}

func (k *keeper) rouse() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// giveAllBack shows everything in hand again, and returns when that is done or ctx ends.
func (k *keeper) giveAllBack(ctx context.Context) {
	k.mu.Lock()
	for h := range k.hands {
		if !h.back {
			h.back, h.delay = true, 0
		}
	}
	done := make(chan struct{})
	if len(k.hands) == 0 {
		close(done)
	} else {
		k.emptied = done
	}
	k.mu.Unlock()
	k.rouse()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// inHand returns how many messages there are, and when the oldest of them was sent; zero when that is not known.
func (k *keeper) inHand() (n int, oldest time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for h := range k.hands {
		if !h.Sent.IsZero() && (oldest.IsZero() || h.Sent.Before(oldest)) {
			oldest = h.Sent
		}
	}
	return len(k.hands), oldest
}

// run keeps until ctx ends.
func (k *keeper) run(ctx context.Context) {
	look := time.NewTicker(k.s.o.VisibilityTimeout / extendPart / keeperLook)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		case <-k.wake:
		}
		k.s.o.Pulse.Beat(relay.StateWorking)
		due := k.due(time.Now())
		for len(due) > 0 && ctx.Err() == nil {
			n := min(batchMax, len(due))
			k.hide(ctx, due[:n])
			due = due[n:]
		}
		k.s.o.Pulse.Beat(relay.StateIdle)
	}
}

// due returns the messages whose visibility has to change.
func (k *keeper) due(now time.Time) (due []*hand) {
	k.mu.Lock()
	defer k.mu.Unlock()
	timeout := k.s.o.VisibilityTimeout
	for h := range k.hands {
		if !h.back && now.Sub(h.received) >= maxInHand {
			h.back, h.delay = true, 0
			h.cancel()
		}
		if h.back && h.lost {
			k.remove(h)
			continue
		}
		if h.back || !h.lost && h.until.Sub(now) <= timeout-timeout/extendPart {
			due = append(due, h)
		}
	}
	return due
}

// hide changes the visibility of a few messages.
func (k *keeper) hide(ctx context.Context, hands []*hand) {
	k.s.o.Pulse.Beat(relay.StateWaiting)
	ctx, cancel := context.WithTimeout(ctx, min(callTime, k.s.o.VisibilityTimeout/extendPart))
	defer cancel()
	now := time.Now()
	changes, back := make([]Hiding, len(hands)), make([]bool, len(hands))
	k.mu.Lock()
	for i, h := range hands {
		d := k.s.o.VisibilityTimeout
		if back[i] = h.back; h.back {
			d = h.delay
		}
		changes[i] = Hiding{h.Handle, max(0, min(d, h.received.Add(handLimit).Sub(now)-time.Minute))}
	}
	k.mu.Unlock()
	each, err := k.s.o.Queue.Hide(ctx, changes)
	trouble := &k.s.metrics.hiding
	if err != nil && ctx.Err() != context.Canceled {
		k.s.metrics.failed(trouble, err)
	}
	good := false
	for i, h := range hands {
		e := err
		if e == nil && i < len(each) {
			e = each[i]
		}
		good = good || e == nil
		if err == nil && e != nil && classOf(e) != Gone {
			k.s.metrics.failed(trouble, e)
		}
		k.changed(h, now.Add(changes[i].For), back[i], e)
	}
	if good {
		trouble.over()
	}
}

// changed notes what came of a change of visibility. A message that could not be shown comes again by itself when its time is over.
func (k *keeper) changed(h *hand, until time.Time, back bool, err error) {
	gone := err != nil && classOf(err) == Gone
	k.mu.Lock()
	switch {
	case gone:
		h.lost = true
	case err == nil:
		h.until = until
	}
	over := back && (err == nil || gone || time.Now().After(h.until))
	k.mu.Unlock()
	if gone {
		k.s.metrics.messages.WithLabelValues("gone").Inc()
	}
	if over {
		if err == nil {
			k.s.metrics.messages.WithLabelValues("returned").Inc()
		}
		k.drop(h)
	}
}
