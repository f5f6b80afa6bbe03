package syslog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
)

// gathered waits until a common batch of n records waits for the one that is being put.
func gathered(t *testing.T, s *Source, n int) {
	t.Helper()
	eventually(t, "a second batch", func() bool {
		s.collector.mu.Lock()
		defer s.collector.mu.Unlock()
		return s.collector.open.batch.Len() == n
	})
}

// TestBrokenSinkWhileBatchesWait: a connection that waits for its share of a common batch learns that nobody will put it, and Run ends.
func TestBrokenSinkWhileBatchesWait(t *testing.T) {
	t.Parallel()
	out, entered, broken := newMemorySink(), make(chan struct{}, 100), make(chan struct{})
	out.setFail(func() error {
		entered <- struct{}{}
		<-broken
		return relay.ErrBroken
	})
	l, reg := listenTCP(t), prometheus.NewRegistry()
	s, err := New(Options{Name: "in", Transport: TCP, Listeners: []net.Listener{l}, Networks: loopback, Registerer: reg})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(context.Background(), out) }()
	send(t, dial(t, l.Addr().String()), "<13>a\n")
	<-entered
	c := dial(t, l.Addr().String())
	send(t, c, "<13>b\n")
	gathered(t, s, 1)
	send(t, c, "<13>"+strings.Repeat("c", 2*smallBytes)+"\n") // it is put by itself, after what came before it
	close(broken)
	select {
	case err := <-done:
		if !errors.Is(err, relay.ErrBroken) {
			t.Errorf("Run returns %v", err)
		}
	case <-time.After(4 * time.Minute):
		t.Fatal("Run does not end")
	}
	if n := rejected(t, reg, reasonShutdown); n != 2 {
		t.Errorf("%d records counted as lost", n)
	}
}

// TestShutdownWhileFullCountsAll: every batch that the buffer does not take at the end is counted, not only the first.
func TestShutdownWhileFullCountsAll(t *testing.T) {
	t.Parallel()
	out, reg := newMemorySink(), prometheus.NewRegistry()
	out.setFail(func() error { return relay.ErrFull })
	s, addr, stop := startTCP(t, Options{Registerer: reg}, out)
	send(t, dial(t, addr), "<13>a\n<13>b\n")
	eventually(t, "full", func() bool { return s.Stats().LastError != "" })
	send(t, dial(t, addr), "<13>c\n<13>d\n<13>e\n")
	gathered(t, s, 3)
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := rejected(t, reg, reasonShutdown); n != 5 {
		t.Errorf("%d records counted as lost", n)
	}
}

func TestUDPShutdownWhileFullCountsAll(t *testing.T) {
	t.Parallel()
	out, reg := newMemorySink(), prometheus.NewRegistry()
	out.setFail(func() error { return relay.ErrFull })
	s, c, stop := startUDP(t, Options{Registerer: reg}, out)
	send(t, c, "<13>a")
	eventually(t, "full", func() bool { return s.Stats().LastError != "" })
	const n = 20
	for i := range n {
		send(t, c, fmt.Sprintf("<13>%d", i))
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if got := rejected(t, reg, reasonShutdown); got != n+1 {
		t.Errorf("%d records counted as lost", got)
	}
}

// TestConnectionsWithoutRecordsLeaveNothing: while the buffer takes nothing a common batch may wait for long, and connections come and go. What it can number
// of them is bounded.
func TestConnectionsWithoutRecordsLeaveNothing(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	out.setFail(func() error { return relay.ErrFull })
	s, addr, _ := startTCP(t, Options{}, out)
	send(t, dial(t, addr), "<13>a\n")
	eventually(t, "full", func() bool { return s.Stats().LastError != "" })
	for range 20 {
		c := dial(t, addr)
		send(t, c, "\n")
		c.CloseWrite()
		closedByPeer(t, c)
	}
	send(t, dial(t, addr), "<13>b\n")
	gathered(t, s, 1)
	s.collector.mu.Lock()
	n := len(s.collector.open.batch.Origins)
	s.collector.mu.Unlock()
	if n != 1 {
		t.Errorf("a batch with one record has %d origins", n)
	}
	out.setFail(nil)
	got := out.wait(t, 2)
	if got[0].origin.Peer == got[1].origin.Peer {
		t.Errorf("both are of %s", got[0].origin.Peer)
	}
}

// TestManySendersInOneGroup: a common batch that has enough senders is put before it takes more.
func TestManySendersInOneGroup(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	out.setFail(func() error { return relay.ErrFull })
	s, addr, _ := startTCP(t, Options{}, out)
	send(t, dial(t, addr), "<13>a\n")
	eventually(t, "full", func() bool { return s.Stats().LastError != "" })
	s.collector.mu.Lock()
	for range maxOrigins { // of others
		s.collector.open.batch.Origins = append(s.collector.open.batch.Origins, relay.BatchOrigin{Origin: &relay.Origin{}})
	}
	s.collector.open.batch.Append([]byte("<13>of others"), 1, 0)
	s.collector.mu.Unlock()
	send(t, dial(t, addr), "<13>b\n")
	out.setFail(nil)
	if got := out.wait(t, 3); got[1].raw != "<13>of others" || got[2].raw != "<13>b" || got[2].origin.Input != "in" {
		t.Errorf("stored %+v", got)
	}
}
