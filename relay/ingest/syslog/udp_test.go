package syslog

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"logrelay/relay"
)

// startUDP runs a UDP source on loopback and returns a socket connected to it.
func startUDP(t testing.TB, o Options, out relay.Sink) (*Source, net.Conn, func() error) {
	t.Helper()
	conns, err := ListenUDP(t.Context(), "127.0.0.1:0", 2)
	if err != nil {
		t.Fatal(err)
	}
	o.Transport, o.PacketConns = UDP, conns
	if o.Networks == nil {
		o.Networks = loopback
	}
	addr := conns[0].LocalAddr().String()
	s, stop := start(t, o, out)
	c, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return s, c, stop
}

func TestUDP(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	_, c, _ := startUDP(t, Options{Tenant: "acme"}, out)
	long := "<13>" + strings.Repeat("x", 60_000)
	in := []string{"<13>one", "<13>two\n", "<13>three\r\n", "<13>four\x00", "a\nb", "\n", long}
	for _, m := range in {
		send(t, c, m)
	}
	got := out.wait(t, 6)
	if diff := cmp.Diff([]string{"<13>one", "<13>two", "<13>three", "<13>four", "a\nb", long}, raws(got)); diff != "" {
		t.Error(diff)
	}
	if o := got[0].origin; o.Peer != "127.0.0.1" || o.Tenant != "acme" {
		t.Errorf("origin is %+v", o)
	}
}

func TestUDPLongDatagram(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	_, c, _ := startUDP(t, Options{MaxMessage: 1000}, out)
	send(t, c, strings.Repeat("x", 2500))
	got := out.wait(t, 3)
	if got[0].part != "1:1" || got[2].part != "1:3" || len(got[2].raw) != 500 || got[2].flags != relay.FlagContinued {
		t.Errorf("parts %q %q, last of %d bytes", got[0].part, got[2].part, len(got[2].raw))
	}
}

func TestUDPNetworks(t *testing.T) {
	t.Parallel()
	out, reg := newMemorySink(), prometheus.NewRegistry()
	s, c, stop := startUDP(t, Options{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Registerer: reg}, out)
	send(t, c, "<13>refused")
	for testutil.CollectAndCount(reg, "logrelay_input_rejected_total") == 0 {
		send(t, c, "<13>refused")
	}
	if err := s.SetNetworks(loopback); err != nil {
		t.Fatal(err)
	}
	send(t, c, "<13>taken")
	out.wait(t, 1)
	stop()
	if got := raws(out.wait(t, 1)); got[len(got)-1] != "<13>taken" {
		t.Errorf("got %q", got)
	}
}

// TestUDPSenders: records keep their senders, in whatever order these take turns.
func TestUDPSenders(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	_, c, _ := startUDP(t, Options{}, out)
	const senders, each = 5, 40
	for i := range each {
		for k := range senders {
			d := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, byte(10+k))}}
			from, err := d.Dial("udp", c.RemoteAddr().String())
			if err != nil {
				t.Fatal(err)
			}
			send(t, from, fmt.Sprintf("127.0.0.%d %d", 10+k, i))
			from.Close()
		}
	}
	for _, r := range out.wait(t, senders*each) {
		if peer, _, _ := strings.Cut(r.raw, " "); r.origin.Peer != peer {
			t.Fatalf("record %q from %s", r.raw, r.origin.Peer)
		}
	}
}

// TestUDPDrops: what the kernel drops while the sink is full is counted; what it kept arrives.
func TestUDPDrops(t *testing.T) {
	t.Parallel()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.UDPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	rx, err := newReceiver(c)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	from, err := net.Dial("udp", c.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	const sent = 200
	for range sent {
		send(t, from, strings.Repeat("x", 500))
	}
	got := 0
	for n, err := rx.wait(); n > 0; n, err = rx.poll() {
		if err != nil {
			t.Fatal(err)
		}
		got += n
	}
	drops := int(rx.newDrops())
	if drops == 0 || got == 0 || got+drops != sent {
		t.Errorf("sent %d, received %d, dropped %d", sent, got, drops)
	}
	if n := rx.newDrops(); n != 0 {
		t.Errorf("%d drops counted twice", n)
	}
}

// TestUDPFull: a full sink loses nothing that the process has read, and the rest is in the kernel.
func TestUDPFull(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	tries := 0
	out.setFail(func() error {
		if tries++; tries < 4 {
			return relay.ErrFull
		}
		return nil
	})
	_, c, _ := startUDP(t, Options{}, out)
	for i := range 100 {
		send(t, c, fmt.Sprintf("<13>%d", i))
	}
	got := out.wait(t, 100)
	for i, r := range got {
		if r.raw != fmt.Sprintf("<13>%d", i) {
			t.Fatalf("record %d is %q", i, r.raw)
		}
	}
}

// TestUDPWaitsForTheBuffer: a socket whose batches are all on their way says that it waits, so that a full disk is no reason to
// restart.
func TestUDPWaitsForTheBuffer(t *testing.T) {
	t.Parallel()
	var pulse relay.Pulse
	s, _, _ := startUDP(t, Options{}, newMemorySink())
	u := &udp{src: &Source{o: Options{Pulse: &pulse}, metrics: s.metrics}, spare: make(chan *relay.Batch), ready: make(chan *relay.Batch, 1)}
	u.f.out = &relay.Batch{}
	pulse.Beat(relay.StateWorking)
	done := make(chan error, 1)
	go func() { done <- u.pass() }()
	eventually(t, "waiting", func() bool { state, _ := pulse.Last(); return state == relay.StateWaiting })
	u.spare <- &relay.Batch{}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// idleUDP returns a source over UDP that does not run.
func idleUDP(t *testing.T) *Source {
	t.Helper()
	conns, err := ListenUDP(t.Context(), "127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conns[0].Close() })
	s, err := New(Options{Name: "in", Transport: UDP, PacketConns: conns, Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEmptyDatagramsLeaveNothing: they make no record, and anybody can send them in the name of any address.
func TestEmptyDatagramsLeaveNothing(t *testing.T) {
	t.Parallel()
	s := idleUDP(t)
	u := &udp{src: s, senders: senders{src: s}}
	u.f = framer{max: s.o.MaxMessage, out: &relay.Batch{}, full: u.pass}
	for i := range 100 {
		if err := u.append([]byte("\n"), netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 0); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(u.f.out.Origins); n != 0 {
		t.Errorf("%d origins of no record", n)
	}
}

// TestManySendersInOneBatch: with long lists of products, as many senders as a batch has records would make it larger than the buffer takes.
func TestManySendersInOneBatch(t *testing.T) {
	t.Parallel()
	s := idleUDP(t)
	u := &udp{src: s, senders: senders{src: s}, spare: make(chan *relay.Batch, udpBatches), ready: make(chan *relay.Batch, udpBatches)}
	for range udpBatches {
		u.spare <- &relay.Batch{}
	}
	u.f = framer{max: s.o.MaxMessage, out: &relay.Batch{}, full: u.pass}
	for i := range 3*maxOrigins + 1 {
		if err := u.append([]byte("<13>a"), netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 0); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(u.ready); n != 3 {
		t.Errorf("%d batches are full", n)
	}
	for range len(u.ready) {
		if b := <-u.ready; len(b.Origins) > maxOrigins || b.Len() != maxOrigins {
			t.Errorf("a batch of %d records has %d origins", b.Len(), len(b.Origins))
		}
	}
}
