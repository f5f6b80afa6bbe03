package syslog

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"logrelay/relay"
)

// TestFullSink: while the sink is full the socket is not read, senders block, and afterwards all is there in order.
func TestFullSink(t *testing.T) {
	t.Parallel()
	out, pulse := newMemorySink(), &relay.Pulse{}
	out.setFail(func() error { return relay.ErrFull })
	s, addr, _ := startTCP(t, Options{Pulse: pulse}, out)
	c := dial(t, addr)
	const n = 20_000
	sent := make(chan error, 1)
	go func() {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "<13>%01000d\n", i)
		}
		_, err := io.WriteString(c, b.String())
		sent <- err
	}()
	eventually(t, "waiting", func() bool { state, _ := pulse.Last(); return state == relay.StateWaiting && s.Stats().LastError != "" })
	select {
	case <-sent:
		t.Error("20 MB were taken while the sink is full")
	default:
	}
	if used := s.lends.budget.Used(); used > workspaceBytes {
		t.Errorf("%d bytes borrowed", used)
	}
	out.setFail(nil)
	for i, r := range out.wait(t, n) {
		if r.raw != fmt.Sprintf("<13>%01000d", i) {
			t.Fatalf("record %d is %q", i, r.raw)
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// TestFullSinkIsNoFaultOfTheSender: the time for which the sink was full does not count against a message that had come in part.
func TestFullSinkIsNoFaultOfTheSender(t *testing.T) {
	t.Parallel()
	const readTimeout = time.Second
	out, reg := newMemorySink(), prometheus.NewRegistry()
	out.setFail(func() error { return relay.ErrFull })
	s, addr, _ := startTCP(t, Options{ReadTimeout: readTimeout, Registerer: reg}, out)
	c := dial(t, addr)
	const whole = 200
	message := "<13>" + strings.Repeat("x", 996)
	frame := "1000 " + message
	send(t, c, strings.Repeat(frame, whole)+frame[:500])
	eventually(t, "full", func() bool { return s.Stats().LastError != "" })
	send(t, c, frame[500:])
	time.Sleep(readTimeout + readTimeout/2)
	out.setFail(nil)
	if last := out.wait(t, whole+1)[whole]; last.raw != message || last.flags != 0 || rejected(t, reg, reasonFrameTimeout) != 0 {
		t.Errorf("got %.20q of %d bytes with flags %b", last.raw, len(last.raw), last.flags)
	}
}

// TestNoMemoryIsNoFaultOfTheSender: nor does the time for which others held the memory.
func TestNoMemoryIsNoFaultOfTheSender(t *testing.T) {
	t.Parallel()
	readTimeout := time.Second
	for !heldUp(t, readTimeout) {
		readTimeout *= 2
	}
}

// heldUp has others take the memory while a message is here in part. It reports false, and has found out nothing, where the machine was too slow to do that
// within the time that the sender has for it.
func heldUp(t *testing.T, readTimeout time.Duration) bool {
	t.Helper()
	out, reg := newMemorySink(), prometheus.NewRegistry()
	s, addr, _ := startTCP(t, Options{ReadTimeout: readTimeout, Registerer: reg, Budget: relay.NewBudget(workspaceBytes)}, out)
	message := "<13>" + strings.Repeat("x", 996)
	frame := "1000 " + message
	c := dial(t, addr)
	begun := time.Now()
	send(t, c, frame+frame[:500])
	out.wait(t, 1)
	out.setFail(func() error { return relay.ErrFull })
	send(t, dial(t, addr), strings.Repeat("<13>other\n", 10_000))
	eventually(t, "full", func() bool { return s.Stats().LastError != "" })
	if time.Since(begun) > readTimeout/2 {
		out.setFail(nil)
		return false
	}
	send(t, c, frame[500:])
	time.Sleep(readTimeout + readTimeout/2)
	out.setFail(nil)
	got := out.wait(t, 10_002)
	if !slices.ContainsFunc(got[1:], func(r record) bool { return r.raw == message && r.flags == 0 }) || rejected(t, reg, reasonFrameTimeout) != 0 {
		t.Errorf("the message is not there; %v were refused", rejected(t, reg, reasonFrameTimeout))
	}
	return true
}

// TestBrokenSink: Run ends with the sink's error, whatever the transport.
func TestBrokenSink(t *testing.T) {
	t.Parallel()
	for _, want := range []error{relay.ErrBroken, relay.ErrClosed} {
		conns, err := ListenUDP(t.Context(), "127.0.0.1:0", 1)
		if err != nil {
			t.Fatal(err)
		}
		l := listenTCP(t)
		for _, c := range []struct {
			o    Options
			addr net.Addr
		}{
			{Options{Transport: TCP, Listeners: []net.Listener{l}}, l.Addr()},
			{Options{Transport: UDP, PacketConns: conns}, conns[0].LocalAddr()},
		} {
			c.o.Networks = loopback
			s, err := New(c.o)
			if err != nil {
				t.Fatal(err)
			}
			out := newMemorySink()
			out.setFail(func() error { return want })
			conn, err := net.Dial(c.addr.Network(), c.addr.String())
			if err != nil {
				t.Fatal(err)
			}
			send(t, conn, "<13>a\n")
			if err := s.Run(t.Context(), out); !errors.Is(err, want) {
				t.Errorf("%s: Run returns %v, want %v", c.o.Transport, err, want)
			}
			conn.Close()
		}
	}
}

// TestShutdown: what was received is put, a half message as well; the sender is told.
func TestShutdown(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	_, addr, stop := startTLS(t, Options{}, out)
	c := dialTLS(t, addr, nil)
	send(t, c, "<13>a\n")
	out.wait(t, 1)
	send(t, c, "<13>b\n<13>half")
	told := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		send(t, c, " and more")
		c.Close()
		told <- err
	}()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := <-told; !errors.Is(err, io.EOF) { // close_notify; a cut would be another error
		t.Errorf("the sender sees %v", err)
	}
	got := out.wait(t, 3)
	if diff := cmp.Diff([]string{"<13>a", "<13>b", "<13>half and more"}, raws(got)); diff != "" {
		t.Error(diff)
	}
	if got[2].flags != relay.FlagTruncated {
		t.Errorf("flags of the half message: %b", got[2].flags)
	}
	if _, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
		t.Error("still listening")
	}
}

// TestShutdownWhileFull ends, and says what was lost.
// lateListener hands a connection out that was accepted just before the listener was closed.
type lateListener struct {
	net.Listener
	asked    chan struct{} // takes a value for each Accept
	closed   chan struct{}
	close    sync.Once
	accepted net.Conn
}

func (l *lateListener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

func (l *lateListener) Accept() (net.Conn, error) {
	l.asked <- struct{}{}
	<-l.closed
	if l.accepted == nil {
		return nil, net.ErrClosed
	}
	c := l.accepted
	l.accepted = nil
	return c, nil
}

// What came over a connection that was accepted in the moment of the end is stored.
func TestShutdownAccepts(t *testing.T) {
	t.Parallel()
	l := listenTCP(t)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "<13>1 - - - - - - in time\n"); err != nil {
		t.Fatal(err)
	}
	late := &lateListener{Listener: l, asked: make(chan struct{}, 2), closed: make(chan struct{})}
	if late.accepted, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	out := newMemorySink()
	_, stop := start(t, Options{Transport: TCP, Listeners: []net.Listener{late}, Networks: loopback}, out)
	<-late.asked
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if got := out.wait(t, 1); got[0].raw != "<13>1 - - - - - - in time" {
		t.Errorf("stored %q", got[0].raw)
	}
}

func TestShutdownWhileFull(t *testing.T) {
	t.Parallel()
	out, reg := newMemorySink(), prometheus.NewRegistry()
	out.setFail(func() error { return relay.ErrFull })
	s, addr, stop := startTCP(t, Options{Registerer: reg}, out)
	send(t, dial(t, addr), "<13>a\n<13>b\n")
	eventually(t, "full", func() bool { return s.Stats().LastError != "" })
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := rejected(t, reg, reasonShutdown); n != 2 {
		t.Errorf("%d records counted as lost", n)
	}
}

// TestThousandAtOnce: connections opened in the same instant lose nothing.
func TestThousandAtOnce(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	s, addr, _ := startTCP(t, Options{Budget: relay.NewBudget(3 * workspaceBytes)}, out)
	const n = 1000
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprintf(c, "<13>%d\n<14>%d\n", i, i)
			c.Close()
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, r := range out.wait(t, 2*n) {
		seen[r.raw] = true
	}
	if len(seen) != 2*n {
		t.Errorf("%d different records, want %d", len(seen), 2*n)
	}
	eventually(t, "nothing borrowed", func() bool { return s.lends.budget.Used() == 0 && s.Stats().Connections == 0 })
}

// TestIdleConnections: thousands of them hold no buffers, and others are served.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	s, addr, _ := startTCP(t, Options{Budget: relay.NewBudget(workspaceBytes)}, out)
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	const others = 3000                                     // that run beside this
	n := min(3000, (int64(min(files.Cur, 1<<20))-others)/2) // two descriptors each
	if n < 100 {
		t.Skipf("%d files may be open, which is not enough", files.Cur)
	}
	for range n {
		send(t, dial(t, addr), "<13>half a mess")
	}
	eventually(t, "all are open", func() bool { return s.Stats().Connections == n })
	send(t, dial(t, addr), "<13>served\n")
	out.wait(t, 1)
	eventually(t, "nothing borrowed", func() bool { return s.lends.budget.Used() == 0 })
	if used := s.carries.Used(); used != 0 {
		t.Errorf("%d bytes borrowed for short halves", used)
	}
}

// TestManyLongHalves: unfinished long messages beyond the memory for them leave in parts.
func TestManyLongHalves(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	s, addr, _ := startTCP(t, Options{}, out)
	const taken = carryBytes - 64<<10
	if !s.carries.TryTake(taken) {
		t.Fatal("no memory")
	}
	half := "<13>" + strings.Repeat("x", 20_000)
	var conns []net.Conn
	for range 10 {
		c := dial(t, addr)
		send(t, c, half)
		conns = append(conns, c)
	}
	out.wait(t, 5)
	for _, c := range conns {
		send(t, c, "end\n")
	}
	total := func() (n int) {
		out.mu.Lock()
		defer out.mu.Unlock()
		for _, r := range out.records {
			n += len(r.raw)
		}
		return n
	}
	eventually(t, "every byte", func() bool { return total() == 10*(len(half)+3) })
	eventually(t, "memory given back", func() bool { return s.carries.Used() == taken })
}

func TestFrameTimeout(t *testing.T) {
	t.Parallel()
	reg, out := prometheus.NewRegistry(), newMemorySink()
	_, addr, _ := startTCP(t, Options{ReadTimeout: 50 * time.Millisecond, Registerer: reg}, out)
	line, counted := dial(t, addr), dial(t, addr)
	send(t, counted, "100 <13>half")
	closedByPeer(t, counted)
	got := out.wait(t, 1)
	if got[0].raw != "<13>half" || got[0].flags != relay.FlagTruncated {
		t.Errorf("got %+v", got[0])
	}
	send(t, line, "<13>no end") // some senders end a line when the next begins
	out.wait(t, 2)
	send(t, line, "\n<13>next\n")
	if got := out.wait(t, 3); got[1].raw != "<13>no end" || got[2].raw != "<13>next" {
		t.Errorf("got %q", raws(got))
	}
	if n := rejected(t, reg, reasonFrameTimeout); n != 2 {
		t.Errorf("%d timeouts counted", n)
	}
}

func TestTLSRecordTimeout(t *testing.T) {
	t.Parallel()
	reg, out := prometheus.NewRegistry(), newMemorySink()
	_, addr, _ := startTLS(t, Options{ReadTimeout: 50 * time.Millisecond, Registerer: reg}, out)
	c := dialTLS(t, addr, nil)
	send(t, c, "<13>a\n")
	out.wait(t, 1)
	send(t, c.NetConn(), "\x17\x03\x03\x40\x00half a record")
	closedByPeer(t, c.NetConn())
	if rejected(t, reg, reasonFrameTimeout) != 1 {
		t.Error("not counted")
	}
}

func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	_, addr, _ := startTCP(t, Options{IdleTimeout: 20 * time.Millisecond, Registerer: reg}, newMemorySink())
	closedByPeer(t, dial(t, addr))
	if rejected(t, reg, reasonIdle) != 1 {
		t.Error("not counted")
	}
}

// TestReset: what came before a reset is put, and the half message with it.
func TestReset(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	_, addr, _ := startTCP(t, Options{}, out)
	c := dial(t, addr)
	send(t, c, "<13>a\n<13>half")
	out.wait(t, 1)
	c.SetLinger(0)
	c.Close()
	if got := out.wait(t, 2)[1]; got.raw != "<13>half" || got.flags != relay.FlagTruncated {
		t.Errorf("got %+v", got)
	}
}

// TestChurn: short connections one after the other, over TLS, leave nothing behind.
func TestChurn(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	s, addr, _ := startTLS(t, Options{}, out)
	const n = 100
	for i := range n {
		c := dialTLS(t, addr, nil)
		m := fmt.Sprintf("<13>%d", i)
		send(t, c, fmt.Sprintf("%d %s", len(m), m))
		c.Close()
	}
	out.wait(t, n)
	eventually(t, "all closed", func() bool { return s.Stats().Connections == 0 && s.lends.budget.Used() == 0 })
}

// TestLargeStream: frames that lie across reads and TLS records come whole.
func TestLargeStream(t *testing.T) {
	t.Parallel()
	out := &countingSink{done: make(chan struct{})}
	const n = 100_000
	out.want.Store(n)
	_, addr, _ := startTLS(t, Options{}, out)
	c := dialTLS(t, addr, nil)
	m := "<13>" + strings.Repeat("y", 333)
	var b strings.Builder
	for i := range n {
		if i%2 == 0 {
			b.WriteString(m + "\n")
		} else {
			fmt.Fprintf(&b, "%d %s", len(m), m)
		}
	}
	send(t, c, b.String())
	select {
	case <-out.done:
	case <-time.After(patience):
		t.Fatalf("%d records came", out.n.Load())
	}
}

// TestOrder: the records of a connection keep their order, whether they share batches or fill some of their own, and
// whatever the sink takes at the first attempt.
func TestOrder(t *testing.T) {
	t.Parallel()
	out, tries := newMemorySink(), 0
	out.setFail(func() error {
		if tries++; tries%3 == 0 {
			return relay.ErrFull
		}
		return nil
	})
	_, addr, _ := startTCP(t, Options{}, out)
	const conns, each = 8, 3000
	var wg sync.WaitGroup
	for k := range conns {
		wg.Go(func() {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for i := 0; i < each; {
				var b strings.Builder
				for n := 1 + i*7%300; n > 0 && i < each; n-- {
					fmt.Fprintf(&b, "%d %0100d\n", k, i)
					i++
				}
				if _, err := io.WriteString(c, b.String()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var next [conns]int
	peers := map[int]string{}
	for _, r := range out.wait(t, conns*each) {
		var k, i int
		if _, err := fmt.Sscanf(r.raw, "%d %d", &k, &i); err != nil {
			t.Fatal(err)
		}
		if next[k] != i {
			t.Fatalf("connection %d: record %d, want %d", k, i, next[k])
		}
		if next[k]++; i == 0 {
			peers[k] = r.origin.Peer
		}
		if r.origin.Peer != peers[k] {
			t.Fatalf("connection %d: a record from %s, want %s", k, r.origin.Peer, peers[k])
		}
	}
}
