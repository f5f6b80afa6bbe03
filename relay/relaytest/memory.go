package relaytest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"logrelay/relay"
)

// Sink is a relay.Sink in memory, and a relay.Ledger of the marks that were put. Its zero value takes everything at once.
type Sink struct {
	mu      sync.Mutex
	records []relay.Record
	marks   map[relay.ID]relay.Mark
	err     error
	gate    chan struct{} // not nil while held
	waiting int
	changed chan struct{}
}

func (s *Sink) notify() {
	if s.changed != nil {
		close(s.changed)
	}
	s.changed = make(chan struct{})
}

// Put implements relay.Sink.
func (s *Sink) Put(_ context.Context, b *relay.Batch) error {
	s.mu.Lock()
	s.waiting++
	s.notify()
	for s.gate != nil {
		gate := s.gate
		s.mu.Unlock()
		<-gate
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	s.waiting--
	defer s.notify()
	if s.err != nil {
		return s.err
	}
	at := 0
	ordinals := map[uint16]uint64{}
	for _, e := range b.Entries {
		o := b.Origins[e.Origin]
		meta := bytes.Clone(b.Bytes[at : at+int(e.Meta)])
		at += int(e.Meta)
		raw := bytes.Clone(b.Bytes[at : at+int(e.Raw)])
		at += int(e.Raw)
		s.records = append(s.records, relay.Record{
			Raw: raw, Meta: meta, Origin: o.Origin, Received: e.Received, Number: uint64(len(s.records)),
			Base: o.DeliveryID, Ordinal: o.First + ordinals[e.Origin], Flags: e.Flags,
		})
		ordinals[e.Origin]++
	}
	if at != len(b.Bytes) {
		panic(fmt.Sprintf("BUG: a batch whose entries hold %d of its %d bytes", at, len(b.Bytes)))
	}
	for _, m := range b.Marks {
		if s.marks == nil {
			s.marks = map[relay.ID]relay.Mark{}
		}
		s.marks[m.Delivery] = m
	}
	return nil
}

// Lookup implements relay.Ledger.
func (s *Sink) Lookup(id relay.ID) (relay.Mark, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.marks[id]
	return m, ok, nil
}

// Hold makes Put wait until release is called.
func (s *Sink) Hold() (release func()) {
	gate := make(chan struct{})
	s.mu.Lock()
	s.gate = gate
	s.mu.Unlock()
	return sync.OnceFunc(func() {
		s.mu.Lock()
		s.gate = nil
		s.mu.Unlock()
		close(gate)
	})
}

// Fail makes Put return err from now on; nil heals it.
func (s *Sink) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// Records returns what was put, in its order.
func (s *Sink) Records() []relay.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]relay.Record(nil), s.records...)
}

// Wait waits until n records were put, or ctx ends.
func (s *Sink) Wait(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return len(s.records) >= n })
}

// WaitPut waits until a Put is waiting behind Hold, or ctx ends.
func (s *Sink) WaitPut(ctx context.Context) error {
	return s.wait(ctx, func() bool { return s.waiting > 0 })
}

func (s *Sink) wait(ctx context.Context, done func() bool) error {
	for {
		s.mu.Lock()
		if s.changed == nil {
			s.notify()
		}
		ok, n, changed := done(), len(s.records), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the sink, which has %d records: %w", n, ctx.Err())
		}
	}
}

// Cursor is a relay.Cursor in memory. The bytes of a lease are overwritten when they are given back, so that whoever keeps
// them is found out. The zero Cursor is empty.
type Cursor struct {
	mu       sync.Mutex
	records  []relay.Record
	next     int
	released [][2]int
	open     int
	outcome  relay.Outcome
	changed  chan struct{}
}

// Add appends records; Number and, where Base is zero, Base and Ordinal are set here.
func (c *Cursor) Add(records ...relay.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range records {
		r.Number = uint64(len(c.records))
		if r.Base.IsZero() {
			r.Base, r.Ordinal = relay.ID{1}, r.Number
		}
		if r.Origin == nil {
			r.Origin = &relay.Origin{Input: "test"}
		}
		if r.Received == 0 {
			r.Received = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano()
		}
		c.records = append(c.records, r)
	}
	c.notify()
}

// AddRaw appends records of the given kind with the raw bytes, all at once: who waits in Next does not get some of them before the others.
func (c *Cursor) AddRaw(kind relay.Kind, raw ...string) {
	o := &relay.Origin{Input: "test", Kind: kind}
	records := make([]relay.Record, len(raw))
	for i, r := range raw {
		records[i] = relay.Record{Raw: []byte(r), Origin: o}
	}
	c.Add(records...)
}

func (c *Cursor) notify() {
	if c.changed != nil {
		close(c.changed)
	}
	c.changed = make(chan struct{})
}

// Outcome returns the sum of the outcomes acknowledged, and how many leases are open.
func (c *Cursor) Outcome() (sum relay.Outcome, open int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.outcome, c.open
}

// Wait waits until n records have their outcome, or ctx ends.
func (c *Cursor) Wait(ctx context.Context, n uint64) error {
	for {
		c.mu.Lock()
		if c.changed == nil {
			c.notify()
		}
		got, changed := c.outcome, c.changed
		c.mu.Unlock()
		if got.Sum() >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d outcomes, have %+v: %w", n, got, ctx.Err())
		}
	}
}

// Next implements relay.Cursor.
func (c *Cursor) Next(ctx context.Context, limit relay.Limit) (relay.Lease, error) {
	for {
		c.mu.Lock()
		if c.changed == nil {
			c.notify()
		}
		from, to := c.next, len(c.records)
		if len(c.released) > 0 {
			from, to = c.released[0][0], c.released[0][1]
		}
		if from < to {
			l := c.lease(from, to, limit)
			c.mu.Unlock()
			return l, nil
		}
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (c *Cursor) lease(from, to int, limit relay.Limit) *lease {
	n, size := 0, 0
	for n < to-from {
		size += len(c.records[from+n].Raw)
		if n > 0 && (limit.Records > 0 && n >= limit.Records || limit.Bytes > 0 && size > limit.Bytes) {
			break
		}
		n++
	}
	if len(c.released) > 0 {
		if c.released[0][0] += n; from+n == to {
			c.released = c.released[1:]
		}
	} else {
		c.next += n
	}
	c.open++
	return &lease{cursor: c, from: from, to: from + n}
}

type lease struct {
	cursor   *Cursor
	from, to int
	records  []relay.Record
	ended    bool
}

// Records implements relay.Lease.
func (l *lease) Records() []relay.Record {
	if l.ended {
		panic("BUG: Records of a lease that ended")
	}
	if l.records == nil {
		l.cursor.mu.Lock()
		defer l.cursor.mu.Unlock()
		for _, r := range l.cursor.records[l.from:l.to] {
			r.Raw, r.Meta = bytes.Clone(r.Raw), bytes.Clone(r.Meta)
			l.records = append(l.records, r)
		}
	}
	return l.records
}

// Unload implements relay.Lease.
func (l *lease) Unload() {
	for i := range l.records {
		for j := range l.records[i].Raw {
			l.records[i].Raw[j] = '#'
		}
		l.records[i] = relay.Record{}
	}
	l.records = nil
}

// Ack implements relay.Lease.
func (l *lease) Ack(o relay.Outcome) {
	if o.Sum() != uint64(l.to-l.from) {
		panic(fmt.Sprintf("BUG: outcome %+v for %d records", o, l.to-l.from))
	}
	l.end()
	defer l.cursor.mu.Unlock()
	l.cursor.outcome = l.cursor.outcome.Add(o)
	l.cursor.notify()
}

// Release implements relay.Lease.
func (l *lease) Release() {
	l.end()
	defer l.cursor.mu.Unlock()
	l.cursor.released = append(l.cursor.released, [2]int{l.from, l.to})
	l.cursor.notify()
}

// end returns with the cursor locked.
func (l *lease) end() {
	if l.ended {
		panic("BUG: a lease ended twice")
	}
	l.Unload()
	l.ended = true
	l.cursor.mu.Lock()
	l.cursor.open--
}
