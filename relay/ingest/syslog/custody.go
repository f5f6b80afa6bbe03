package syslog

import (
	"context"
	"errors"
	"time"

	"logrelay/relay"
)

// freeCarry is how much of an incomplete message a connection may keep without asking.
const freeCarry = 4 << 10

// maxOrigins is how many senders a common batch holds at most. The buffer takes no batch whose origins alone are larger than a block, and each may have 17 KiB (see Options.Products).
const maxOrigins = 512

// collect calls cut, which appends records, with a batch that the connection shares with others. It does not wait until that is put, but
// there is a bound to what is under way so.
func (c *conn) collect(cut func() error) error {
	g, err := c.src.collector.lock()
	if err != nil {
		return err
	}
	defer c.src.collector.unlock()
	for c.listed != g && len(g.batch.Origins) >= maxOrigins {
		c.src.o.Pulse.Beat(relay.StateWaiting)
		if g, err = c.src.collector.next(g); err != nil {
			return err
		}
	}
	c.join(g)
	err = cut()
	c.label()
	c.shared = nil
	return err
}

// join makes g the group that records go to.
func (c *conn) join(g *group) { c.shared, c.f.out, c.from = g, g.batch, g.batch.Len() }

// label gives the records that were appended since join their origin. A connection that appended none leaves nothing in the batch: more of them may
// come and go while it waits than a batch can number.
func (c *conn) label() {
	if c.shared == nil || c.from == c.shared.batch.Len() {
		return
	}
	if c.group = c.shared; c.listed != c.shared {
		c.shared.batch.Use(c.origin, 0)
		c.listed, c.index = c.shared, uint16(len(c.shared.batch.Origins)-1)
	}
	for i := c.from; i < c.shared.batch.Len(); i++ {
		c.shared.batch.Entries[i].Origin = c.index
	}
}

// full is called by the framer when its batch is full.
func (c *conn) full() error {
	if c.shared == nil {
		return c.flush()
	}
	c.label()
	g := c.shared
	c.shared = nil // once it is replaced its batch is another's
	c.src.o.Pulse.Beat(relay.StateWaiting)
	g, err := c.src.collector.next(g)
	if err == nil {
		c.join(g)
	}
	return err
}

// batch cuts p and what else is at hand into batches of its own and puts them. err is what came with p.
func (c *conn) batch(p []byte, err error) error {
	if err := c.settle(); err != nil {
		return err
	}
	ws := c.st.ws
	c.f.out = &ws.batch
	ws.batch.Use(c.origin, 0)
	for {
		if ferr := c.f.feed(p); ferr != nil {
			return ferr
		}
		if err != nil {
			break
		}
		p, err = c.next()
	}
	if herr := c.hold(); herr != nil {
		return herr
	}
	c.src.lends.giveReader(ws)
	if ws.batch.Len() > 0 {
		err = keep(err, c.flush())
	}
	return err
}

// settle waits until what this connection left with the collector is put, so that what it puts itself comes after.
func (c *conn) settle() error {
	g := c.group
	if g == nil {
		return nil
	}
	c.src.o.Pulse.Beat(relay.StateWaiting)
	<-g.done
	c.group = nil
	return g.err
}

// flush takes custody of the batch and empties it.
func (c *conn) flush() error {
	b := c.f.out
	if err := c.put.put(b); err != nil {
		return err
	}
	b.Reset()
	b.Use(c.origin, 0)
	return nil
}

// hold borrows the memory of an incomplete message that has grown long, or passes on what is there of it.
func (c *conn) hold() error {
	switch size := cap(c.f.carry); {
	case size <= freeCarry:
		c.carry(0)
	case len(c.f.carry) == 0:
		c.f.carry = nil
		c.carry(0)
	case size > c.carried && !c.src.carries.TryTake(int64(size-c.carried)):
		err := c.f.shed()
		c.carry(0)
		return err
	default:
		c.carried = max(size, c.carried)
	}
	return nil
}

// carry gives back what is borrowed beyond n bytes.
func (c *conn) carry(n int) {
	if c.carried > n {
		c.src.carries.Give(int64(c.carried - n))
		c.carried = n
	}
}

// abandon passes on what is there of an incomplete frame.
func (c *conn) abandon() error {
	if !c.f.pending() {
		return nil
	}
	c.f.now = time.Now().UnixNano()
	defer moveCounts(&c.f, c.src.metrics)
	if len(c.f.carry) <= smallBytes {
		return c.collect(c.f.end)
	}
	if err := c.settle(); err != nil {
		return err
	}
	ws, err := c.src.lends.take(context.WithoutCancel(c.ctx))
	if err != nil {
		return err
	}
	defer c.src.lends.give(ws)
	c.f.out = &ws.batch
	ws.batch.Use(c.origin, 0)
	if err := c.f.end(); err != nil {
		return err
	}
	return c.flush()
}

// isFinal reports whether the sink refused a batch for good: nothing more can be put.
func isFinal(err error) bool { return errors.Is(err, errNotTaken) }
