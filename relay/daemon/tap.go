package daemon

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"logrelay/relay"
	"logrelay/relay/status"
)

// Limits of the live tail.
const (
	maxWatchers       = 16
	maxTappedRecords  = 1024    // waiting for one watcher
	maxTappedBytes    = 1 << 20 // of these; one record is taken however large it is
	tappedRecordBytes = 128     // what a record costs beside its own bytes
)

// tap is where records can be looked at as they pass. It copies what fits into a bounded buffer of each watcher and never waits; what
// does not fit is counted. With no watcher it costs one atomic load for each batch.
type tap struct {
	watchers atomic.Pointer[[]*watcher] // nil when nobody watches; copied when it changes
	mu       sync.Mutex                 // held by who changes watchers
}

// watcher has one buffer of copied records.
type watcher struct {
	side status.Side
	name string        // of the input or output; "" for all of that side
	wake chan struct{} // something is waiting

	mu      sync.Mutex
	waiting []tapped
	bytes   int
	missed  uint64 // records that did not fit since the last take
}

// tapped is a copy of a record and the input or output where it was seen.
type tapped struct {
	name   string
	record relay.Record
}

var errManyWatchers = errors.New("too many live tails at once")

// attach makes w see records from now on, until detach.
func (t *tap) attach(w *watcher) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []*watcher
	if old := t.watchers.Load(); old != nil {
		all = slices.Clone(*old)
	}
	if len(all) >= maxWatchers {
		return relay.WithHint(errManyWatchers, "end another one first")
	}
	all = append(all, w)
	t.watchers.Store(&all)
	return nil
}

func (t *tap) detach(w *watcher) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(*t.watchers.Load()), func(o *watcher) bool { return o == w })
	if len(all) == 0 {
		t.watchers.Store(nil)
		return
	}
	t.watchers.Store(&all)
}

// watched returns how many watch.
func (t *tap) watched() int {
	if all := t.watchers.Load(); all != nil {
		return len(*all)
	}
	return 0
}

// watchersOf returns who looks there; nil as a rule.
func (t *tap) watchersOf(side status.Side, name string) []*watcher {
	all := t.watchers.Load()
	if all == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(*all), func(w *watcher) bool { return w.side != side || w.name != "" && w.name != name })
}

// offer copies a record, or reports that there is no room.
func (w *watcher) offer(name string, r *relay.Record) bool {
	cost := len(r.Raw) + len(r.Meta) + tappedRecordBytes
	if len(w.waiting) >= maxTappedRecords || len(w.waiting) > 0 && w.bytes+cost > maxTappedBytes {
		return false
	}
	c := *r
	c.Raw, c.Meta = bytes.Clone(r.Raw), bytes.Clone(r.Meta)
	w.waiting, w.bytes = append(w.waiting, tapped{name, c}), w.bytes+cost
	return true
}

// offerAll gives w what fits of n records.
func (w *watcher) offerAll(name string, n int, each func(yield func(*relay.Record) bool)) {
	w.mu.Lock()
	taken := 0
	each(func(r *relay.Record) bool {
		if !w.offer(name, r) {
			return false
		}
		taken++
		return true
	})
	w.missed += uint64(n - taken)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// take returns what waits and how many records were missed since the last time.
func (w *watcher) take() ([]tapped, uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list, missed := w.waiting, w.missed
	w.waiting, w.bytes, w.missed = nil, 0, 0
	return list, missed
}

// tappedSink shows the records of one input when they are in custody.
type tappedSink struct {
	relay.Sink
	tap  *tap
	name string
}

func (s tappedSink) Put(ctx context.Context, b *relay.Batch) error {
	err := s.Sink.Put(ctx, b)
	if err == nil {
		for _, w := range s.tap.watchersOf(status.SideInput, s.name) {
			w.offerAll(s.name, len(b.Entries), batchRecords(b))
		}
	}
	return err
}

// batchRecords yields the records of a batch. Only those of a delivery know their id; the others get theirs in the log, and have none here.
func batchRecords(b *relay.Batch) func(yield func(*relay.Record) bool) {
	return func(yield func(*relay.Record) bool) {
		next := make([]uint64, len(b.Origins))
		rest := b.Bytes
		for _, e := range b.Entries {
			o := b.Origins[e.Origin]
			r := relay.Record{
				Meta: rest[:e.Meta], Raw: rest[e.Meta:][:e.Raw], Origin: o.Origin, Received: e.Received, Flags: e.Flags,
				Base: o.DeliveryID, Ordinal: o.First + next[e.Origin],
			}
			next[e.Origin]++
			rest = rest[int(e.Meta)+int(e.Raw):]
			if !yield(&r) {
				return
			}
		}
	}
}

// tappedCursor shows the records that one output takes from the log. What is released and taken again is shown again.
type tappedCursor struct {
	relay.Cursor
	tap  *tap
	name string
}

func (c tappedCursor) Next(ctx context.Context, limit relay.Limit) (relay.Lease, error) {
	l, err := c.Cursor.Next(ctx, limit)
	if err != nil {
		return l, err
	}
	for _, w := range c.tap.watchersOf(status.SideOutput, c.name) {
		records := l.Records()
		w.offerAll(c.name, len(records), func(yield func(*relay.Record) bool) {
			for i := range records {
				if !yield(&records[i]) {
					return
				}
			}
		})
	}
	return l, nil
}
