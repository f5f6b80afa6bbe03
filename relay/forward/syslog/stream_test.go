package syslog

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/relaytest"
)

// peer is the far end of one plain connection, played by the test.
type peer struct {
	net.Listener
	t *testing.T
}

func newPeer(t *testing.T) *peer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return &peer{l, t}
}

func (p *peer) accept() *net.TCPConn {
	p.t.Helper()
	c, err := p.Accept()
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

func (p *peer) stream(o Options) *stream {
	p.t.Helper()
	o.Transport, o.Addresses, o.Newline = TCP, []string{p.Addr().String()}, true
	s := destination(p.t, o).(*stream)
	p.t.Cleanup(func() { s.Close() })
	return s
}

// eventually repeats f until it returns true.
func eventually(t *testing.T, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); {
		if time.Now().After(end) {
			t.Fatal("it does not come")
		}
		if err := pause(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLastBytesStayUnconfirmed(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	s := p.stream(Options{ResendBytes: 1000})
	ends := []int{0} // bytes sent before each Send
	for ends[len(ends)-1] < 3000 {
		e := relaytest.Events(len(ends), 1)
		if err := s.Send(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, ends[len(ends)-1]+len(e[0].Record.Raw)+1)
	}
	total := ends[len(ends)-1]
	c := p.accept()
	var confirmed int
	eventually(t, func() bool { // the peer's kernel takes everything without anybody reading
		n, err := s.Confirmed()
		if err != nil {
			t.Fatal(err)
		}
		confirmed = n
		return total-ends[n+1] < 1000
	})
	if total-ends[confirmed] < 1000 {
		t.Errorf("%d of %d sends are confirmed: less than 1000 bytes would be sent again", confirmed, len(ends)-1)
	}
	go io.Copy(io.Discard, c)
	c.CloseWrite()
	eventually(t, func() bool {
		_, err := s.Confirmed()
		return err != nil
	})
}

func TestUnreadBytesAreNotConfirmed(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	s := p.stream(Options{ResendBytes: 1, Stall: 50 * time.Millisecond})
	sent := 0
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var err error
	for err == nil { // nobody reads: buffers fill, then the peer counts as dead
		err = s.Send(ctx, relaytest.Events(sent*1000, 1000))
		if sent++; err == nil && sent == 1 {
			if n, _ := s.Confirmed(); n > 1 {
				t.Errorf("%d confirmed", n)
			}
		}
	}
	if ctx.Err() != nil || !strings.Contains(err.Error(), "stopped reading") {
		t.Errorf("got %v", err)
	}
	if n, err := s.Confirmed(); n != 0 || err != nil {
		t.Errorf("after the error %d are confirmed, %v", n, err)
	}
}

func TestFlushWaitsForTheFarEnd(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	s := p.stream(Options{})
	if err := s.Send(t.Context(), relaytest.Events(0, 10)); err != nil {
		t.Fatal(err)
	}
	c := p.accept()
	done := make(chan error, 1)
	go func() { done <- s.Flush(t.Context()) }()
	lines := bufio.NewScanner(c)
	n := 0
	for lines.Scan() {
		n++
	}
	select {
	case err := <-done:
		t.Fatalf("Flush returned %v before the far end had closed", err)
	default:
	}
	c.Close()
	if err := <-done; err != nil || n != 10 {
		t.Errorf("%d lines, %v", n, err)
	}
	if n, err := s.Confirmed(); n != 1 || err != nil {
		t.Errorf("%d confirmed, %v", n, err)
	}
}

func TestFlushOfWhatThePeerThrewAwayFails(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	s := p.stream(Options{})
	if err := s.Send(t.Context(), relaytest.Events(0, 10)); err != nil {
		t.Fatal(err)
	}
	p.accept().Close() // without reading: a reset
	if err := s.Flush(t.Context()); err == nil {
		t.Error("Flush returned nil for bytes that nobody read")
	}
}

func TestPeerThatEndedFirstFails(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	s := p.stream(Options{})
	if err := s.Send(t.Context(), relaytest.Events(0, 1)); err != nil {
		t.Fatal(err)
	}
	c := p.accept()
	if _, err := bufio.NewReader(c).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	c.CloseWrite()
	var err error
	eventually(t, func() bool {
		_, err = s.conn.check()
		return err != nil
	})
	if err := s.Flush(t.Context()); err == nil {
		t.Error("Flush returned nil although the far end closed before we did")
	}
	if err := s.Send(t.Context(), relaytest.Events(0, 1)); err != nil { // on a new connection
		t.Fatal(err)
	}
	p.accept()
}

func TestPeerThatNeverClosesIsBelievedTheSecondTime(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	s := p.stream(Options{Stall: 20 * time.Millisecond})
	for i := range 3 {
		if err := s.Send(t.Context(), relaytest.Events(i, 1)); err != nil {
			t.Fatal(err)
		}
		c := p.accept()
		err := s.Flush(t.Context())
		if (err != nil) != (i == 0) {
			t.Errorf("flush %d: %v", i, err)
		}
		c.Close()
	}
}

func TestChattyPeerIsHarmless(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	s := p.stream(Options{})
	if err := s.Send(t.Context(), relaytest.Events(0, 1)); err != nil {
		t.Fatal(err)
	}
	c := p.accept()
	if _, err := c.Write([]byte(strings.Repeat("welcome to my log server\n", 100))); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return s.conn.raw.Control(s.conn.look) == nil && s.conn.unread })
	for range 3 {
		if _, err := s.Confirmed(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFailover(t *testing.T) {
	t.Parallel()
	dead, live := newPeer(t), newPeer(t)
	dead.Close()
	d := destination(t, Options{Transport: TCP, Addresses: []string{dead.Addr().String(), live.Addr().String()}, Newline: true})
	t.Cleanup(func() { d.Close() })
	if err := d.Send(t.Context(), relaytest.Events(0, 1)); err != nil {
		t.Fatal(err)
	}
	live.accept()
}

func TestProbe(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	s := p.stream(Options{})
	if err := s.Probe(t.Context()); err != nil {
		t.Errorf("got %v", err)
	}
	p.Close()
	if err := s.Probe(t.Context()); err == nil || relay.HintOf(err) == "" {
		t.Errorf("got %v, hint %q", err, relay.HintOf(err))
	}
	udp := destination(t, Options{Transport: UDP, Addresses: []string{p.Addr().String()}}).(*datagrams)
	if err := udp.Probe(t.Context()); !errors.Is(err, forward.ErrNotTested) {
		t.Errorf("UDP: %v", err)
	}
}

func TestDatagrams(t *testing.T) {
	t.Parallel()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := destination(t, Options{Transport: UDP, Addresses: []string{c.LocalAddr().String()}, MaxDatagram: 1000})
	t.Cleanup(func() { d.Close() })
	events := relaytest.Events(0, 4)
	events[1].Record.Raw = append(events[1].Record.Raw, strings.Repeat("x", 1000)...)
	err = d.Send(t.Context(), events)
	partial, _ := errors.AsType[*relay.PartialError](err)
	reject, _ := errors.AsType[*relay.RejectError](err)
	if partial == nil || len(partial.Delivered) != 3 || reject == nil || len(reject.Events) != 1 || reject.Events[0] != 1 {
		t.Errorf("got %#v", err)
	}
	b := make([]byte, 2000)
	for _, i := range []int{0, 2, 3} {
		n, _, err := c.ReadFrom(b)
		if err != nil || string(b[:n]) != string(events[i].Record.Raw) {
			t.Errorf("got %q, %v", b[:n], err)
		}
	}
	c.Close() // the system says that nobody listens: not thrown into the void for ever
	eventually(t, func() bool { return d.Send(t.Context(), relaytest.Events(0, 1)) != nil })
}

func TestWrongOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"no address": {Transport: TCP}, "no port": {Transport: TCP, Addresses: []string{"siem"}},
		"TLS without a configuration": {Addresses: []string{"siem:6514"}}, "transport": {Transport: "relp", Addresses: []string{"siem:1"}},
	} {
		o.Encode, o.Wrap = raw, wrapped
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
