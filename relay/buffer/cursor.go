package buffer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"logrelay/relay"
)

// From says where a new cursor begins.
type From uint8

const (
	FromNow    From = iota // with the next record that is accepted
	FromOldest             // with the oldest record that is still there
)

// Cursor is one output's place in the log: what it has, what is out on leases, and what became of the rest. It implements
// relay.Cursor. Safe for concurrent use.
type Cursor struct {
	log  *Log
	name string

	turn   chan struct{} // holds a token: whoever takes it may read
	wake   chan struct{} // something was released, or the cursor is gone
	reader reader        // turn; of what was never leased
	again  reader        // turn; of what was released
	cache  originCache   // turn

	mu     sync.Mutex // the fields below
	file   cursorFile
	state  cursorState
	spans  []*span       // leased from state.position on, without gaps, in order
	nextAt place         // of the block with the first record that was never leased
	next   uint64        // its number
	freed  int           // spans that are released
	gone   bool          // forgotten
	dirty  bool          // state changed since the file was last fsynced
	synced atomic.Uint64 // position that survives power loss
}

var _ relay.Cursor = (*Cursor)(nil)

// span is a run of records that was leased.
type span struct {
	from, to uint64
	at       place
	state    spanState
	outcome  relay.Outcome
}

type spanState uint8

const (
	leased spanState = iota
	released
	ended
)

func newCursor(l *Log, name string) *Cursor {
	c := &Cursor{log: l, name: name, turn: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
	c.reader = reader{log: l, cache: &c.cache}
	c.again = reader{log: l, cache: &c.cache}
	c.turn <- struct{}{}
	return c
}

// begin makes the cursor go on from its state.
func (c *Cursor) begin() {
	c.next, c.nextAt = c.state.position, c.state.at
	c.reader.number = c.next
}

// Cursor returns the cursor of that name, making it where there is none: durable when it returns. Names are the outputs' names:
// 1 to 100 bytes. All callers get the same Cursor.
func (l *Log) Cursor(name string, from From) (*Cursor, error) {
	if name == "" || len(name) > maxCursorName {
		return nil, fmt.Errorf("opening cursor %q: a name has 1 to %d bytes", name, maxCursorName)
	}
	l.making.Lock()
	defer l.making.Unlock()
	l.mu.Lock()
	if c := l.cursors[name]; c != nil || l.shut {
		l.mu.Unlock()
		if c == nil {
			return nil, relay.ErrClosed
		}
		return c, nil
	}
	c := newCursor(l, name)
	start := l.end
	if from == FromOldest || l.unlisted {
		start = l.oldest()
	}
	c.state = cursorState{start: start, position: start}
	c.synced.Store(start)
	c.begin()
	l.cursors[name] = c // now, so that no segment goes away while the file is made
	l.mu.Unlock()
	err := c.create()
	if err == nil {
		err = l.saveList()
	}
	if err != nil {
		c.unmake()
		if noSpace(err) {
			err = diskFull(err)
		}
		return nil, fmt.Errorf("making cursor %q: %w", name, err)
	}
	return c, nil
}

// oldest returns the number of the oldest record that is there. Called with Log.mu held.
func (l *Log) oldest() uint64 {
	if len(l.segments) > 0 {
		return l.segments[0].base
	}
	return l.end
}

// Name returns the cursor's name.
func (c *Cursor) Name() string { return c.name }

// Next implements relay.Cursor. A lease ends at the limit, or where what was read from the disk at once ends: some 1 MiB,
// at most 8192 records. Errors: ctx's, ErrClosed when the log is closed or the cursor forgotten, or what the system says when
// a segment cannot be opened.
func (c *Cursor) Next(ctx context.Context, limit relay.Limit) (relay.Lease, error) {
	for {
		select {
		case <-c.turn:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		ls, err := c.tryNext(limit)
		position := c.reader.number
		c.turn <- struct{}{}
		if errors.Is(err, relay.ErrClosed) {
			signal(c.wake) // for the next one who waits
		}
		if ls != nil || err != nil {
			return ls, err
		}
		grown, err := c.log.waitGrown(position)
		if err != nil {
			return nil, err
		}
		if grown == nil {
			continue
		}
		select {
		case <-grown:
		case <-c.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// tryNext leases what there is now. Both nil: nothing. The caller has the turn.
func (c *Cursor) tryNext(limit relay.Limit) (relay.Lease, error) {
	for {
		c.mu.Lock()
		gone, again := c.gone, c.released()
		c.mu.Unlock()
		if gone || c.log.isShut() {
			return nil, relay.ErrClosed
		}
		ls := newLease(c)
		var lost uint64
		var err error
		if again != nil {
			lost, err = c.readAgain(again, ls, limit)
		} else {
			lost, err = c.readOn(ls, limit)
		}
		if ls.span != nil {
			return ls, nil // an error comes again
		}
		ls.free()
		if lost == 0 || err != nil {
			return nil, err
		}
	}
}

// readOn leases records that were never leased.
func (c *Cursor) readOn(ls *lease, limit relay.Limit) (lost uint64, err error) {
	r := &c.reader
	if r.segment == nil {
		if err := r.jump(r.number, c.nextAt); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fmt.Errorf("reading the buffer: %w", err)
		}
	}
	from := r.number
	lost, err = r.read(ls, limit, math.MaxUint64)
	taken := from + uint64(len(ls.records))
	c.mu.Lock()
	defer c.mu.Unlock()
	if taken > from {
		ls.span = &span{from: from, to: taken, at: ls.at}
		c.spans = append(c.spans, ls.span)
	}
	if lost > 0 {
		c.spans = append(c.spans, damagedSpan(taken, lost))
	}
	c.next, c.nextAt = r.number, r.place()
	c.advance()
	return lost, err
}

// readAgain leases records of the released span s.
func (c *Cursor) readAgain(s *span, ls *lease, limit relay.Limit) (lost uint64, err error) {
	r := &c.again
	if r.segment == nil || r.number != s.from {
		if err := r.jump(s.from, s.at); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fmt.Errorf("reading the buffer again: %w", err)
		}
	}
	lost, err = r.read(ls, limit, s.to)
	taken := s.from + uint64(len(ls.records))
	c.mu.Lock()
	defer c.mu.Unlock()
	var parts []*span
	if taken > s.from {
		ls.span = &span{from: s.from, to: taken, at: ls.at}
		parts = append(parts, ls.span)
	}
	if lost > 0 {
		parts = append(parts, damagedSpan(taken, lost))
	}
	if taken += lost; taken < s.to {
		parts = append(parts, &span{from: taken, to: s.to, at: r.place(), state: released})
	} else if c.freed--; c.freed == 0 {
		r.close()
	}
	i := slices.Index(c.spans, s)
	c.spans = slices.Replace(c.spans, i, i+1, parts...)
	c.advance()
	return lost, err
}

func damagedSpan(from, lost uint64) *span {
	return &span{from: from, to: from + lost, state: ended, outcome: relay.Outcome{Damaged: lost}}
}

// released returns the first run of released spans as one span. Called with c.mu held.
func (c *Cursor) released() *span {
	if c.freed == 0 {
		return nil
	}
	i := slices.IndexFunc(c.spans, func(s *span) bool { return s.state == released })
	first, n := c.spans[i], 1
	for i+n < len(c.spans) && c.spans[i+n].state == released {
		first.to = c.spans[i+n].to
		n++
	}
	c.spans = slices.Delete(c.spans, i+1, i+n)
	c.freed -= n - 1
	return first
}

// advance moves the position over the unbroken run of ended spans. Called with c.mu held.
func (c *Cursor) advance() {
	n := 0
	for ; n < len(c.spans) && c.spans[n].state == ended; n++ {
		c.state.position = c.spans[n].to
		c.state.outcome = c.state.outcome.Add(c.spans[n].outcome)
		c.spans[n] = nil
	}
	if n == 0 {
		return
	}
	c.spans = c.spans[n:]
	c.state.at = c.nextAt
	if len(c.spans) > 0 {
		c.state.at = c.spans[0].at
	}
	c.save()
}

// Discard gives up the records before number n that are not out on leases: they are counted as discarded. It returns how
// many those were.
func (c *Cursor) Discard(n uint64) uint64 {
	<-c.turn
	defer func() { c.turn <- struct{}{} }()
	end := c.log.endNumber()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return 0
	}
	var sum uint64
	for i := 0; i < len(c.spans); i++ {
		s := c.spans[i]
		if s.state != released || s.from >= n {
			continue
		}
		if s.to > n {
			c.spans = slices.Insert(c.spans, i+1, &span{from: n, to: s.to, at: s.at, state: released})
			s.to = n
		} else {
			c.freed--
		}
		s.state, s.outcome.Discarded = ended, s.to-s.from
		sum += s.to - s.from
	}
	if n = min(n, end); n > c.next {
		sum += n - c.next
		c.spans = append(c.spans, &span{from: c.next, to: n, state: ended, outcome: relay.Outcome{Discarded: n - c.next}})
		c.reader.close()
		c.reader.number, c.next, c.nextAt = n, n, place{}
	}
	c.advance()
	return sum
}
