package buffer

import (
	"sync"
	"sync/atomic"

	"logrelay/relay"
)

// lease implements relay.Lease.
type lease struct {
	cursor  *Cursor
	span    *span
	at      place // of the first record's block
	chunk   *chunk
	page    *page
	records []relay.Record
	over    atomic.Bool
}

// page is memory for the records of a lease.
type page struct{ list []relay.Record }

var pages = sync.Pool{New: func() any { return new(page) }}

func newLease(c *Cursor) *lease {
	p := pages.Get().(*page)
	return &lease{cursor: c, page: p, records: p.list[:0]}
}

// Records implements relay.Lease.
func (ls *lease) Records() []relay.Record { return ls.records }

// Unload implements relay.Lease.
func (ls *lease) Unload() { ls.free() }

func (ls *lease) free() {
	if ls.page == nil {
		return
	}
	ls.page.list = ls.records[:0]
	pages.Put(ls.page)
	ls.page, ls.records = nil, nil
	if ls.chunk != nil {
		ls.chunk.letGo()
		ls.chunk = nil
	}
}

// end frees the lease and panics when it is over already.
func (ls *lease) end() {
	if ls.over.Swap(true) {
		panic("BUG: a lease ended twice")
	}
	ls.free()
}

// Ack implements relay.Lease. The new position survives kill -9 when Ack returns, and power loss a quarter of a second later.
func (ls *lease) Ack(o relay.Outcome) {
	if o.Sum() != ls.span.to-ls.span.from {
		panic("BUG: a lease ended with outcomes for more or fewer records than it had")
	}
	ls.end()
	c := ls.cursor
	c.mu.Lock()
	defer c.mu.Unlock()
	ls.span.state, ls.span.outcome = ended, o
	c.advance()
}

// Release implements relay.Lease.
func (ls *lease) Release() {
	ls.end()
	c := ls.cursor
	c.mu.Lock()
	ls.span.state = released
	c.freed++
	c.mu.Unlock()
	signal(c.wake)
}
