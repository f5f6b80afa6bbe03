package syslog

import (
	"context"
	"errors"
	"io"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
)

const (
	// quietCheck: after so long without a Send the connection is looked at before it is used.
	quietCheck = 10 * time.Millisecond
	// openWait is how long a peer that never ends its side is waited for, once that is known.
	openWait = 5 * time.Second
)

// stream implements relay.Stream.
type stream struct {
	o      Options
	framer framer
	ends   *forward.Endpoints
	buf    []byte

	conn  *conn
	last  time.Time // end of the last Send
	plain int64     // bytes of frames given to this connection
	marks marks
	done  int // Sends confirmed since the last error
	opens int // connections in a row that the peer did not end
}

// Send frames the events and gives them to the kernel, in order. The memory it uses is kept for the next Send.
func (s *stream) Send(ctx context.Context, events []relay.Event) error {
	if s.conn != nil && time.Since(s.last) > quietCheck {
		if _, err := s.conn.check(); err != nil {
			return s.fail(err)
		}
	}
	if s.conn == nil {
		if err := s.connect(ctx); err != nil {
			s.done = 0
			return err
		}
	}
	buf := s.buf[:0]
	for i := range events {
		buf = s.framer.append(buf, &events[i])
		if len(buf) >= chunkBytes {
			if err := s.write(ctx, buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	if s.buf = buf; cap(buf) > 4*chunkBytes {
		s.buf = nil // a huge event is an exception
	}
	if len(buf) > 0 {
		if err := s.write(ctx, buf); err != nil {
			return err
		}
	}
	s.last = time.Now()
	s.marks.push(mark{plain: s.plain, wire: s.conn.wire.total})
	return nil
}

func (s *stream) connect(ctx context.Context) error {
	return s.ends.Do(ctx, func(i int) (err error) {
		s.conn, err = dial(ctx, s.o.Addresses[i], &s.o)
		s.plain = 0
		return err
	})
}

func (s *stream) write(ctx context.Context, b []byte) error {
	if err := s.conn.write(ctx, b); err != nil {
		return s.fail(err)
	}
	s.plain += int64(len(b))
	return nil
}

// fail gives the connection up: nothing unconfirmed counts as delivered.
func (s *stream) fail(err error) error {
	c := s.conn
	if !errors.Is(err, io.EOF) && c.tls != nil {
		// A server that does not like our certificate says so after the handshake, and then resets.
		if said := c.listen(step); said != nil && !isEnd(said) {
			err = said
		}
	}
	c.close()
	s.conn, s.done, s.marks = nil, 0, marks{}
	return forward.SendError(c.address, err)
}

// Confirmed looks at the connection; see relay.Stream. The count goes on over a Flush.
func (s *stream) Confirmed() (int, error) {
	if s.conn == nil {
		return s.done, nil
	}
	queued, err := s.conn.check()
	if err != nil {
		return 0, s.fail(err)
	}
	taken := s.conn.wire.total - int64(queued)
	for {
		m, ok := s.marks.oldest()
		if !ok || m.wire > taken || s.plain-m.plain < s.o.ResendBytes {
			return s.done, nil
		}
		s.marks.drop()
		s.done++
	}
}

// Flush ends the connection in order; see relay.Stream. The next Send connects again.
func (s *stream) Flush(ctx context.Context) error {
	if s.conn == nil {
		return nil
	}
	wait := s.o.Stall
	if s.opens > 1 {
		wait = min(wait, openWait)
	}
	switch err := s.conn.finish(ctx, wait); {
	case err == nil:
		s.opens = 0
	case errors.Is(err, errOpen):
		if s.opens++; s.opens < 2 {
			return s.fail(err)
		}
	default:
		return s.fail(err)
	}
	s.conn.close()
	s.conn = nil
	s.done += s.marks.len()
	s.marks = marks{}
	return nil
}

// Close gives the connection up. What is unconfirmed stays so.
func (s *stream) Close() error {
	if s.conn != nil {
		s.conn.close()
		s.conn = nil
	}
	s.marks = marks{}
	return nil
}

// Probe connects to every address and shakes hands. It sends no message.
func (s *stream) Probe(ctx context.Context) error {
	var all []error
	for _, address := range s.o.Addresses {
		c, err := dial(ctx, address, &s.o)
		if err != nil {
			all = append(all, err)
			continue
		}
		if c.tls != nil {
			if err := c.listen(probeListenTime); err != nil { // a certificate of ours may be refused only now
				all = append(all, forward.SendError(address, err))
			}
		}
		c.close()
	}
	return errors.Join(all...)
}

// mark is the end of a Send: bytes of frames, and bytes on the wire.
type mark struct{ plain, wire int64 }

// marks is a queue.
type marks struct {
	list []mark
	head int
}

func (m *marks) len() int    { return len(m.list) - m.head }
func (m *marks) push(x mark) { m.list = append(m.list, x) }
func (m *marks) oldest() (mark, bool) {
	if m.head == len(m.list) {
		return mark{}, false
	}
	return m.list[m.head], true
}

func (m *marks) drop() {
	if m.head++; m.head > 1024 && m.head > len(m.list)/2 {
		m.list = m.list[:copy(m.list, m.list[m.head:])]
		m.head = 0
	}
}
