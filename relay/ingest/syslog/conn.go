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
	c.f = framer{max: src.o.MaxMessage, full: c.flush}
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
	case errors.Is(err, relay.ErrBroken) || errors.Is(err, relay.ErrClosed):
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

// pump cuts what is at hand into records, puts them, and gives the memory back.
func (c *conn) pump() error {
	c.src.o.Pulse.Beat(relay.StateWorking)
	ws, before := c.st.ws, c.f.records
	c.last = time.Now()
	c.f.now = c.last.UnixNano()
	c.f.out = &ws.batch
	ws.batch.Use(c.origin, 0)
	var err error
	if c.tls == nil {
		err = c.f.feed(c.st.take())
	} else {
		err = c.decrypt(ws)
	}
	if err == nil {
		err = c.hold()
	}
	c.src.lends.giveReader(ws)
	if ws.batch.Len() > 0 && !isFinal(err) {
		if perr := c.flush(); perr != nil {
			err = perr
		}
	}
	c.st.release()
	c.f.out = nil
	switch {
	case !c.f.pending() && !c.st.records.incomplete():
		c.since = time.Time{}
	case c.since.IsZero() || c.f.records != before:
		c.since = c.last
	}
	c.st.limit = readBytes - readSlack - min(len(c.f.carry), readBytes/2)
	c.src.o.Pulse.Beat(relay.StateIdle)
	return err
}

// errTLS wraps what crypto/tls has against the peer's bytes.
var errTLS = errors.New("TLS")

// decrypt feeds all complete TLS records that are at hand.
func (c *conn) decrypt(ws *workspace) error {
	for {
		n, err := c.tls.Read(ws.plain[:])
		if n > 0 {
			if ferr := c.f.feed(ws.plain[:n]); ferr != nil {
				return ferr
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, errNothingReady):
			return nil
		case errors.Is(err, io.EOF):
			return io.EOF
		default:
			return errors.Join(errTLS, err)
		}
	}
}

// flush takes custody of the batch and empties it.
func (c *conn) flush() error {
	b := c.f.out
	if err := c.put.put(b); err != nil {
		return err
	}
	b.Reset()
	b.Use(c.origin, 0)
	moveCounts(&c.f, c.src.metrics)
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
	ws, err := c.src.lends.take(context.WithoutCancel(c.ctx))
	if err != nil {
		return err
	}
	defer c.src.lends.give(ws)
	c.f.out, c.f.now = &ws.batch, time.Now().UnixNano()
	ws.batch.Use(c.origin, 0)
	if err := c.f.end(); err != nil || ws.batch.Len() == 0 {
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
