package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"logrelay/relay/forward"
)

// step is how long a blocked read or write waits before it looks at its context again.
const step = 200 * time.Millisecond

// conn is one connection: TCP, or TLS over it. It is for one goroutine.
type conn struct {
	address string
	wire    *wire
	tls     *tls.Conn // nil for plain TCP

	raw    syscall.RawConn
	queued int   // result of look: bytes that the peer's TCP has not acknowledged
	unread bool  // result of look: bytes of the peer wait to be read
	gone   error // result of look: why the connection is over
	look   func(fd uintptr)
}

// dial connects and shakes hands. Its errors are classified.
func dial(ctx context.Context, address string, o *Options) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, o.ConnectTimeout)
	defer cancel()
	nc, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, forward.ConnectError(address, err)
	}
	c := &conn{address: address, wire: &wire{TCPConn: nc.(*net.TCPConn), stall: o.Stall}}
	if c.raw, err = c.wire.SyscallConn(); err != nil {
		nc.Close()
		return nil, forward.ConnectError(address, err)
	}
	c.look = c.inspect
	if o.TLS != nil {
		config := o.TLS
		if config.ServerName == "" {
			config = config.Clone()
			config.ServerName, _, _ = net.SplitHostPort(address)
		}
		c.tls = tls.Client(c.wire, config)
		if err := c.tls.HandshakeContext(ctx); err != nil {
			nc.Close()
			return nil, forward.ConnectError(address, err)
		}
	}
	return c, nil
}

// inspect asks the kernel what the peer has acknowledged and whether it has said or closed anything.
func (c *conn) inspect(fd uintptr) {
	if c.queued, c.gone = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ); c.gone != nil {
		return
	}
	var b [1]byte
	n, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		c.unread = false
	case err != nil:
		c.gone = err
	case n == 0:
		c.gone = io.EOF
	default:
		c.unread = true
	}
}

// check returns how many bytes the peer's TCP has not acknowledged, or why the connection is over. What the peer says is read
// and forgotten; with TLS it may be a ticket, or the end.
func (c *conn) check() (queued int, err error) {
	if err := c.raw.Control(c.look); err != nil {
		return 0, err
	}
	if c.gone == nil && c.unread {
		c.gone = c.listen(time.Millisecond)
	}
	return c.queued, c.gone
}

// listen reads for up to d what the peer says. nil: it said nothing that ends the connection.
func (c *conn) listen(d time.Duration) error {
	if err := c.wire.SetReadDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	var sink [512]byte
	_, err := c.reader().Read(sink[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

func (c *conn) reader() io.Reader {
	if c.tls != nil {
		return c.tls
	}
	return c.wire
}

// write sends b; it returns when the kernel has all of it.
func (c *conn) write(ctx context.Context, b []byte) error {
	c.wire.ctx = ctx
	if c.tls == nil {
		_, err := c.wire.Write(b)
		return err
	}
	c.wire.gather = true
	_, err := c.tls.Write(b)
	c.wire.gather = false
	if err != nil {
		return err
	}
	return c.wire.flush()
}

// errOpen: the peer took everything, but did not end its side.
var errOpen = errors.New("the far end took every byte but does not close the connection")

// finish ends the connection in order and waits until the peer has done so too, for up to wait. After nil every byte is in
// the peer's hands. The error is errOpen when all that is missing is the peer's end.
func (c *conn) finish(ctx context.Context, wait time.Duration) error {
	if _, err := c.check(); err != nil {
		return err // the peer ended first: what was under way then may be lost
	}
	c.wire.ctx = ctx
	if c.tls != nil {
		if err := c.tls.CloseWrite(); err != nil {
			return err
		}
	}
	if err := c.wire.CloseWrite(); err != nil {
		return err
	}
	deadline := time.Now().Add(wait)
	ended := false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !ended {
			err := c.listen(step)
			if ended = isEnd(err); err != nil && !ended {
				return err
			}
		}
		// The peer's end may have been under way before ours; only acknowledged bytes were in time.
		if err := c.raw.Control(c.look); err != nil {
			return err
		}
		if c.gone != nil && !isEnd(c.gone) {
			return c.gone
		}
		// The end of TLS alone proves nothing: behind it a peer that had not read everything resets, and one that had sends a FIN.
		closed := ended && c.gone != nil
		switch late := time.Now().After(deadline); {
		case closed && c.queued == 0:
			return nil
		case late && c.queued == 0:
			return errOpen
		case late:
			return os.ErrDeadlineExceeded
		}
		if ended {
			if err := pause(ctx, time.Millisecond); err != nil {
				return err
			}
		}
	}
}

// isEnd reports whether a read's error is the peer's end. Some TLS servers end without saying so; we have said it already, so
// nothing can be cut off.
func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *conn) close() { c.wire.TCPConn.Close() }

// wire is the TCP connection below TLS. While gather is set it collects what is written, so that many TLS records leave in one
// system call. It waits for a slow peer as long as that takes a byte now and then.
type wire struct {
	*net.TCPConn
	stall  time.Duration
	ctx    context.Context // of the Send or Flush under way; nil during the handshake
	gather bool
	buf    []byte
	total  int64 // bytes given to the kernel
}

func (w *wire) Write(b []byte) (int, error) {
	if w.gather {
		w.buf = append(w.buf, b...)
		return len(b), nil
	}
	return w.push(b)
}

func (w *wire) flush() error {
	_, err := w.push(w.buf)
	w.buf = w.buf[:0]
	return err
}

func (w *wire) push(b []byte) (sent int, err error) {
	if w.ctx == nil {
		return w.TCPConn.Write(b)
	}
	moved := time.Now()
	for sent < len(b) {
		now := time.Now()
		if err := w.SetWriteDeadline(now.Add(step)); err != nil {
			return sent, err
		}
		n, err := w.TCPConn.Write(b[sent:])
		sent += n
		w.total += int64(n)
		if n > 0 {
			moved = now
		}
		switch {
		case err == nil:
		case w.ctx.Err() != nil:
			return sent, w.ctx.Err()
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return sent, err
		case time.Since(moved) > w.stall:
			return sent, errStalled
		}
	}
	return sent, nil
}

var errStalled = errors.New("the far end has stopped reading")
