package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"logrelay/relay"
)

const (
	// freeCarry is how much of an incomplete message a connection may keep without asking.
	freeCarry = 4 << 10
	// maxIdentity bounds the name from a client certificate, in bytes.
	maxIdentity = 256
)

// conn serves one connection: read what is there, cut it into records, put them, and only then read on. That is all
// the acknowledgement that the protocol allows.
type conn struct {
	src     *Source
	st      *stream
	tls     *tls.Conn // nil over plain TCP
	ctx     context.Context
	put     *putter
	f       framer
	origin  *relay.Origin
	peer    netip.AddrPort // by the proxy header, if there is one; guarded by src.mu
	proxied bool           // a proxy header has to come first
	greeted bool           // the first bytes were seen

	group  *group // the last with records of this connection, until they are known to be put
	shared *group // what the framer appends to, if that is not a batch of our own; then
	from   int    // the first of its records that is ours
	listed *group // the last that has our origin, at
	index  uint16 // this place

	carried  int       // borrowed from src.carries
	last     time.Time // of the last bytes
	since    time.Time // since when a frame is incomplete; zero: none is
	deadline time.Time // as set on the socket

	mu       sync.Mutex
	draining bool // the deadline is final; guarded by mu
}

func newConn(ctx context.Context, src *Source, nc net.Conn, out relay.Sink) (*conn, error) {
	st, err := newStream(ctx, nc, &src.lends)
	if err != nil {
		return nil, err
	}
	c := &conn{src: src, st: st, ctx: ctx, put: newPutter(ctx, src, out), last: time.Now()}
	c.f = framer{max: src.o.MaxMessage, full: c.full}
	return c, nil
}

// Close ends the connection at once. Safe for concurrent use.
func (c *conn) Close() error { return c.st.Close() }

// wake ends a wait for bytes, so that the end of ctx is seen.
func (c *conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.draining {
		c.st.SetReadDeadline(time.Unix(1, 0))
	}
}

// setDeadline sets the deadline of the socket. A wake that comes between is not undone: it follows the end of ctx, and the caller looks there next.
func (c *conn) setDeadline(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() == nil {
		c.st.SetDeadline(t)
		c.deadline = t
	}
}

// serve runs the connection to its end. The error is one of the sink's that nothing can come after.
func (c *conn) serve() error {
	defer c.st.release()
	if !c.open() {
		return nil
	}
	err := c.read()
	c.src.carries.Give(int64(c.carried))
	switch {
	case isGone(err):
		return err
	case errors.Is(err, errTLS):
		c.src.refusals.add(reasonTLS, c.peer, err)
	}
	if c.tls != nil {
		c.tls.Close()
	}
	return nil
}

// read takes messages until the peer or we have enough. What was received is put when it returns, unless the sink refused it.
func (c *conn) read() error {
	err := c.first()
	for err == nil {
		if c.ctx.Err() != nil {
			return c.drain()
		}
		c.arm()
		switch err = c.st.fill(); {
		case err == nil && c.intruded():
			return nil
		case err == nil:
			err = c.pump()
		case errors.Is(err, os.ErrDeadlineExceeded) && c.ctx.Err() == nil:
			err = c.expired()
		case c.ctx.Err() != nil && !errors.Is(err, io.EOF):
			return c.drain()
		}
	}
	return c.finish(err)
}

// intruded reports whether the connection's first bytes are a proxy header, which nobody asked for, and counts it as refused.
func (c *conn) intruded() bool {
	if c.greeted {
		return false
	}
	c.greeted = true
	if c.tls != nil || !isProxyHeader(c.st.peek()) {
		return false
	}
	c.refuse(reasonProxy, errUntrusted)
	return true
}

// first takes what came together with the end of the handshake or with the proxy header.
func (c *conn) first() (err error) {
	if c.tls == nil && c.st.buffered() == 0 {
		return nil
	}
	c.greeted = true
	if c.st.ws == nil {
		if c.st.ws, err = c.src.lends.take(c.ctx); err != nil {
			return err
		}
	}
	return c.pump()
}

// pump cuts what is at hand into records, has them put, and gives the memory back.
func (c *conn) pump() error {
	c.src.o.Pulse.Beat(relay.StateWorking)
	defer c.src.o.Pulse.Beat(relay.StateIdle)
	before := c.f.records
	c.last = time.Now()
	c.f.now = c.last.UnixNano()
	p, err := c.next()
	if n := len(p) + len(c.f.carry); err != nil && n <= smallBytes {
		err = keep(err, c.collect(func() error {
			if err := c.f.feed(p); err != nil {
				return err
			}
			return c.hold()
		}))
	} else {
		err = c.batch(p, err)
	}
	c.st.release()
	moveCounts(&c.f, c.src.metrics)
	switch {
	case !c.f.pending() && !c.st.records.incomplete():
		c.since = time.Time{}
	case c.since.IsZero() || c.f.records != before:
		c.since = c.last
	}
	c.st.limit = readBytes - readSlack - min(len(c.f.carry), readBytes/2)
	if errors.Is(err, errNothingReady) {
		return nil
	}
	return err
}

// keep returns err, unless a new one takes its place.
func keep(err, newer error) error {
	if newer != nil {
		return newer
	}
	return err
}

// errTLS wraps what crypto/tls has against the peer's bytes.
var errTLS = errors.New("TLS")

// next returns the next bytes that are at hand, decrypted. With the last of them comes the reason why there are no more, which is errNothingReady as a
// rule. They are good until the workspace's reader is used again.
func (c *conn) next() ([]byte, error) {
	if c.tls == nil {
		return c.st.take(), errNothingReady
	}
	plain := c.st.ws.plain[:]
	for n := 0; ; {
		m, err := c.tls.Read(plain[n:])
		n += m
		switch {
		case errors.Is(err, errNothingReady):
			return plain[:n], errNothingReady
		case errors.Is(err, io.EOF):
			return plain[:n], io.EOF
		case err != nil:
			return plain[:n], errors.Join(errTLS, err)
		case n == len(plain):
			return plain, nil
		}
	}
}

// collect calls cut, which appends records, with a batch that the connection shares with others. It does not wait until that is put, but
// there is a bound to what is under way so.
func (c *conn) collect(cut func() error) error {
	g, err := c.src.collector.lock()
	if err != nil {
		return err
	}
	defer c.src.collector.unlock()
	c.join(g)
	err = cut()
	c.label()
	c.shared = nil
	return err
}

// join makes g the group that records go to.
func (c *conn) join(g *group) {
	c.shared, c.f.out, c.from = g, g.batch, g.batch.Len()
	if c.listed != g {
		g.batch.Use(c.origin, 0)
		c.listed, c.index = g, uint16(len(g.batch.Origins)-1)
	}
}

// label gives the records that were appended since join their origin.
func (c *conn) label() {
	entries := c.shared.batch.Entries
	for i := c.from; i < len(entries); i++ {
		entries[i].Origin = c.index
	}
	if c.from < len(entries) {
		c.group = c.shared
	}
}

// full is called by the framer when its batch is full.
func (c *conn) full() error {
	if c.shared == nil {
		return c.flush()
	}
	c.label()
	g, err := c.src.collector.next(c.shared)
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

// due returns when the connection has waited too long.
func (c *conn) due() time.Time {
	due := c.last.Add(c.src.o.IdleTimeout)
	if c.since.IsZero() {
		return due
	}
	if frame := c.since.Add(c.src.o.ReadTimeout); frame.Before(due) {
		return frame
	}
	return due
}

// arm makes sure that a wait ends when it has lasted too long. A deadline that is early is left: expired puts it off. That
// spares setting a timer for each read.
func (c *conn) arm() {
	if due := c.due(); c.deadline.IsZero() || c.deadline.After(due) {
		c.setDeadline(due)
	}
}

// expired is called when the deadline has passed.
func (c *conn) expired() error {
	due := c.due()
	switch now := time.Now(); {
	case now.Before(due):
	case !c.since.IsZero() && c.f.resumable() && !c.st.records.incomplete():
		// A line without an end. Some senders end a line when the next begins: pass it on and stay.
		c.src.refusals.add(reasonFrameTimeout, c.peer, nil)
		if err := c.abandon(); err != nil {
			return err
		}
		c.since = time.Time{}
		due = c.due()
	case !c.since.IsZero():
		c.src.refusals.add(reasonFrameTimeout, c.peer, nil)
		return os.ErrDeadlineExceeded
	default:
		c.src.refusals.add(reasonIdle, c.peer, nil)
		return os.ErrDeadlineExceeded
	}
	c.setDeadline(due)
	return nil
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

// finish ends a connection that ended by err.
func (c *conn) finish(err error) error {
	if isFinal(err) {
		return err
	}
	return errors.Join(err, c.abandon())
}

// drain says that we close the connection, takes what is still on its way, and ends it.
func (c *conn) drain() error {
	c.mu.Lock()
	c.draining = true
	c.st.SetDeadline(time.Now().Add(drainTime))
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), drainTime)
	defer cancel()
	c.st.ctx = ctx
	if c.tls != nil {
		c.tls.CloseWrite()
	}
	if half, ok := c.st.Conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	var err error
	for err == nil {
		if err = c.st.fill(); err == nil {
			err = c.pump()
		}
	}
	return c.finish(err)
}

// isFinal reports whether the sink refused a batch for good: nothing more can be put.
func isFinal(err error) bool { return errors.Is(err, errNotTaken) }
