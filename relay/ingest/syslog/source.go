package syslog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// socketPause is the wait after a failed accept(2) or recvmmsg(2), which as a rule means that descriptors or memory ran out.
const socketPause = 50 * time.Millisecond

const (
	longHandshake = 2 * time.Second // after which a handshake may have to make room
	maxLooked     = 64              // connections that are looked at for one
)

// carryBytes bounds the memory of all long messages of an input that are half here; beyond it they are passed on in parts.
const carryBytes = 16 << 20

var _ relay.Source = (*Source)(nil)

// Source takes syslog messages from one input's sockets. It implements relay.Source.
type Source struct {
	o         Options
	metrics   *ingest.Metrics
	networks  atomic.Pointer[[]netip.Prefix]
	lends     workspaces
	carries   *relay.Budget
	collector *collector
	refusals  refusals
	full      outage

	mu    sync.Mutex
	conns map[*conn]struct{} // open; guarded by mu
}

// New returns a Source that is ready to Run. It starts nothing.
func New(o Options) (*Source, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Source{
		o:         o,
		metrics:   ingest.NewMetrics(o.Registerer, o.Name),
		lends:     workspaces{budget: o.Budget},
		carries:   relay.NewBudget(carryBytes),
		collector: newCollector(),
		conns:     map[*conn]struct{}{},
	}
	s.refusals = refusals{log: o.Logger, metrics: s.metrics}
	s.full = outage{log: o.Logger}
	s.networks.Store(&o.Networks)
	return s, nil
}

// Stats returns the input's numbers, for status. Safe for concurrent use.
func (s *Source) Stats() ingest.Stats { return s.metrics.Stats() }

// SetNetworks changes who may send. Open connections from elsewhere are closed. It refuses what New would refuse. Safe for concurrent use.
func (s *Source) SetNetworks(networks []netip.Prefix) error {
	if err := s.o.checkAccess(networks); err != nil {
		return err
	}
	s.networks.Store(&networks)
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if !s.allowed(c.peer.Addr()) {
			s.refusals.add(reasonNetwork, c.peer, nil)
			c.Close()
		}
	}
	return nil
}

// allowed reports whether the address may send.
func (s *Source) allowed(a netip.Addr) bool {
	networks := *s.networks.Load()
	return len(networks) == 0 || within(networks, a)
}

// within reports whether one of the networks contains the address.
func within(networks []netip.Prefix, a netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// Run takes messages and puts them into out until ctx ends; then it closes what it listens on, takes what is already on its way, and
// returns. When somebody else closes the listeners, it serves the connections that there are until the last one ends. It returns early with relay.ErrBroken or relay.ErrClosed when out says so.
func (s *Source) Run(ctx context.Context, out relay.Sink) error {
	s.o.Pulse.Beat(relay.StateIdle)
	defer s.o.Pulse.Beat(relay.StateDone)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range s.o.Listeners {
		g.Go(func() error { return s.accept(ctx, g, l, out) })
	}
	for _, c := range s.o.PacketConns {
		g.Go(func() error { return s.receive(ctx, c, out) })
	}
	stopped := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(stopped)
		s.stop()
	})
	collected := make(chan error, 1) // the collector outlives the connections
	go func() {
		err := s.collector.run(newPutter(ctx, s, out))
		if err != nil {
			cancel()
		}
		collected <- err
	}()
	err := g.Wait()
	if !unhook() {
		<-stopped
	}
	close(s.collector.stop)
	err = keep(err, <-collected)
	if err == nil || isFinal(err) && !isGone(err) { // told already: the buffer was full when we had to end
		return nil
	}
	return fmt.Errorf("input %s: %w", s.o.Name, err)
}

// isGone reports whether err means that the sink takes nothing any more.
func isGone(err error) bool {
	return errors.Is(err, relay.ErrBroken) || errors.Is(err, relay.ErrClosed)
}

// stop closes the sockets that are listened on and wakes the connections.
func (s *Source) stop() {
	for _, l := range s.o.Listeners {
		l.Close()
	}
	for _, c := range s.o.PacketConns {
		c.SetReadDeadline(time.Unix(1, 0))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.wake()
	}
}

// accept takes the connections of one listener and serves each in a goroutine of g. They share ctx, which has to be the one that
// stop follows: a context below it would end a moment later, and a connection that is woken between would wait again.
func (s *Source) accept(ctx context.Context, g *errgroup.Group, l net.Listener, out relay.Sink) error {
	for ctx.Err() == nil {
		nc, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				break
			}
			s.refusals.add(reasonSocket, netip.AddrPort{}, err)
			select {
			case <-ctx.Done():
			case <-time.After(socketPause):
			}
			continue
		}
		c := s.admit(ctx, nc, out)
		if c == nil {
			nc.Close()
			continue
		}
		g.Go(func() error {
			defer s.leave(c)
			return c.serve()
		})
	}
	return nil
}

// admit registers a new connection, or refuses it and returns nil.
func (s *Source) admit(ctx context.Context, nc net.Conn, out relay.Sink) *conn {
	peer := addrOf(nc.RemoteAddr())
	c, err := newConn(ctx, s, nc, out)
	if err != nil {
		s.refusals.add(reasonSocket, peer, err)
		return nil
	}
	c.peer, c.proxied = peer, within(s.o.ProxyTrusted, peer.Addr())
	s.mu.Lock() // with it SetNetworks either sees the connection or is seen here
	defer s.mu.Unlock()
	// Where ctx has ended, the connection sees that by itself, and takes what its sender may have written already.
	switch {
	case !c.proxied && !s.allowed(peer.Addr()):
		s.refusals.add(reasonNetwork, peer, nil)
		return nil
	case len(s.conns) >= s.o.MaxConnections && !s.makeRoom():
		s.refusals.add(reasonLimit, peer, nil)
		return nil
	}
	s.conns[c] = struct{}{}
	s.metrics.Opened()
	return c
}

// makeRoom ends a connection that has been at its handshake for long, if it finds one: strangers, who never get through it, must not keep others out. It
// looks at some, in the random order of a map. It is called with mu held.
func (s *Source) makeRoom() bool {
	looked := 0
	for c := range s.conns {
		if !c.inside && time.Since(c.began) > longHandshake {
			delete(s.conns, c)
			c.Close()
			s.refusals.add(reasonHandshake, c.peer, nil)
			return true
		}
		if looked++; looked == maxLooked {
			break
		}
	}
	return false
}

func (s *Source) leave(c *conn) {
	c.Close()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.metrics.Closed()
}

// addrOf returns the address of a TCP or UDP peer, or the zero value for one without (unix sockets).
func addrOf(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
	}
	return netip.AddrPort{}
}
