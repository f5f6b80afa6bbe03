package syslog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// errNothingReady is what a stream's Read returns when nothing is at hand and it may not wait. To crypto/tls it is a passing condition:
// what it has of a TLS record stays where it is, and the next Read goes on.
var errNothingReady net.Error = nothingReady{}

type nothingReady struct{}

func (nothingReady) Error() string   { return "nothing ready" }
func (nothingReady) Timeout() bool   { return true }
func (nothingReady) Temporary() bool { return true }

// stream reads a connection ahead. It waits for bytes without holding memory: a workspace is borrowed when the socket is
// readable, filled by one read(2), and kept until release. Reads, as crypto/tls makes them, are served from it. All but Close and
// deadlines is for one goroutine.
type stream struct {
	net.Conn
	raw   syscall.RawConn
	lends *workspaces

	ws      *workspace
	r, w    int  // ws.in[r:w] was read from the socket and not yet from the stream
	limit   int  // the most that the next read(2) brings
	waits   bool // Read waits when nothing is at hand
	ctx     context.Context
	records tlsRecords

	readable func(fd uintptr) bool // bound once
	n        int                   // what the last read(2) brought
	err      error                 // what it failed with
	starved  bool                  // there was no memory for it
	waited   func(since time.Time) // is called when there is again; may be nil
}

// newStream returns a stream over c, which is a TCP or unix socket.
func newStream(ctx context.Context, c net.Conn, lends *workspaces) (*stream, error) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("connection of type %T has no socket", c)
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("taking the socket of a connection: %w", err)
	}
	s := &stream{Conn: c, raw: raw, lends: lends, limit: readBytes, ctx: ctx}
	s.readable = s.tryRead
	return s, nil
}

// buffered returns how many bytes are at hand.
func (s *stream) buffered() int { return s.w - s.r }

// fill waits until the socket has something to say and reads it, behind what is at hand. At the end of the stream it returns io.EOF. It
// returns with a workspace borrowed, except on errors.
func (s *stream) fill() error {
	if s.ws != nil && s.r == s.w {
		s.r, s.w = 0, 0
	}
	for {
		s.n, s.err, s.starved = 0, nil, false
		if err := s.raw.Read(s.readable); err != nil {
			s.release() // borrowed for an attempt that the deadline forestalled
			return err
		}
		if !s.starved {
			break
		}
		begun := time.Now()
		ws, err := s.lends.take(s.ctx) // here and not in tryRead, which runs under the lock of the socket
		if err != nil {
			return err
		}
		s.ws = ws
		if s.waited != nil {
			s.waited(begun)
		}
	}
	switch {
	case s.err != nil:
		s.release()
		return os.NewSyscallError("read", s.err)
	case s.n == 0:
		s.release()
		return io.EOF
	}
	s.w += s.n
	return nil
}

// tryRead is called by the poller when the socket may be readable. False: wait for it.
func (s *stream) tryRead(fd uintptr) bool {
	if s.ws == nil {
		if s.ws = s.lends.try(); s.ws == nil {
			s.starved = true
			return true
		}
	}
	for {
		s.n, s.err = unix.Read(int(fd), s.ws.in[s.w:max(s.limit, s.w+1)])
		if !errors.Is(s.err, unix.EINTR) {
			break
		}
	}
	if s.err == unix.EAGAIN {
		if s.r == s.w {
			s.release()
		}
		return false
	}
	return true
}

// take returns all that is at hand as read. It is good until release or fill.
func (s *stream) take() []byte {
	p := s.ws.in[s.r:s.w]
	s.r = s.w
	return p
}

// peek returns what is at hand, and leaves it there.
func (s *stream) peek() []byte { return s.ws.in[s.r:s.w] }

// skip drops the first n bytes of what is at hand.
func (s *stream) skip(n int) {
	if s.r += n; s.r == s.w {
		s.release()
	}
}

// Read implements net.Conn for crypto/tls.
func (s *stream) Read(p []byte) (int, error) {
	if s.r == s.w {
		if !s.waits {
			return 0, errNothingReady
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.ws.in[s.r:s.w])
	s.records.pass(s.ws.in[s.r : s.r+n])
	if s.r += n; s.waits && s.r == s.w {
		s.release()
	}
	return n, nil
}

// release gives the workspace back. What is at hand is gone.
func (s *stream) release() {
	s.lends.give(s.ws)
	s.ws, s.r, s.w = nil, 0, 0
}

// tlsRecords follows the boundaries of TLS records in passing (RFC 8446 section 5.1), to know whether one is incomplete.
type tlsRecords struct {
	header [5]byte
	have   int // bytes of the header
	left   int // bytes of the content that are still to come
}

func (t *tlsRecords) pass(p []byte) {
	for len(p) > 0 {
		if t.left > 0 {
			n := min(t.left, len(p))
			t.left -= n
			p = p[n:]
			continue
		}
		n := copy(t.header[t.have:], p)
		p = p[n:]
		if t.have += n; t.have == len(t.header) {
			t.have, t.left = 0, int(t.header[3])<<8|int(t.header[4])
		}
	}
}

// incomplete reports whether the bytes so far ended inside a record.
func (t *tlsRecords) incomplete() bool { return t.have > 0 || t.left > 0 }
