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
	began   time.Time
	peer    netip.AddrPort // by the proxy header, if there is one; guarded by src.mu
	inside  bool           // handshake and proxy header are over; guarded by src.mu
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
	c.began = c.last
	c.f = framer{max: src.o.MaxMessage, full: c.full}
	return c, nil
}

// Close ends the connection at once. Safe for concurrent use.
func (c *conn) Close() error { return c.st.Close() }

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
	c.st.waited = c.putOff
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
	c.putOff(c.last)
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

// finish ends a connection that ended by err.
func (c *conn) finish(err error) error {
	if isFinal(err) {
		return err
	}
	return errors.Join(err, c.abandon())
}
