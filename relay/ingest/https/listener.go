package https

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"logrelay/relay"

	"github.com/pires/go-proxyproto"
)

// conns is the set of open connections: it bounds them, and lets SetAuth close some.
type conns struct {
	net.Listener
	s     *Server
	limit int

	mu   sync.Mutex
	open map[*conn]struct{}
}

// conn is one connection, below TLS.
type conn struct {
	net.Conn
	set  *conns
	once sync.Once
	idle atomic.Int64 // since when it rests: nanoseconds since 1970; 0 while a request is under way
	http atomic.Int32 // major version of its requests; 0 before the first
	peer atomic.Pointer[netip.Addr]

	mu      sync.Mutex
	chain   []*x509.Certificate // of the client, once it was used to get in
	checked *authState          // that chain was last verified for
	trusted bool
}

type connKey struct{}

// listen wraps the listener: PROXY protocol first, then counting.
func (s *Server) listen(l net.Listener) *conns {
	if len(s.opt.ProxyFrom) > 0 {
		l = &proxyproto.Listener{Listener: l, ReadHeaderTimeout: s.limits.HeaderTime, ConnPolicy: func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
			from := peerAddr(o.Upstream.String())
			for _, p := range s.opt.ProxyFrom {
				if p.Contains(from) {
					return proxyproto.USE, nil
				}
			}
			return proxyproto.SKIP, nil
		}}
	}
	return &conns{Listener: l, s: s, limit: s.limits.Connections, open: make(map[*conn]struct{})}
}

// Accept returns the next connection. At the limit the one that has rested longest makes room; where none rests, the new one is closed.
func (l *conns) Accept() (net.Conn, error) {
	for {
		l.s.opt.Pulse.Beat(relay.StateIdle)
		c, err := l.Listener.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				l.s.opt.Pulse.Beat(relay.StateWaiting)
			}
			return nil, relay.AcceptError(err)
		}
		l.s.opt.Pulse.Beat(relay.StateWorking)
		nc := &conn{Conn: c, set: l}
		nc.idle.Store(time.Now().UnixNano())
		if l.add(nc) {
			l.s.metrics.Opened()
			return nc, nil
		}
		c.Close()
		l.s.reject("connections", "too many connections", "")
	}
}

func (l *conns) add(c *conn) bool {
	l.mu.Lock()
	var victim *conn
	if len(l.open) >= l.limit {
		if victim = l.longestIdle(); victim == nil {
			l.mu.Unlock()
			return false
		}
		delete(l.open, victim)
	}
	l.open[c] = struct{}{}
	l.mu.Unlock()
	if victim != nil {
		victim.Close()
		l.s.reject("idle_evicted", "at the limit of connections an idle one made room", "")
	}
	return true
}

// longestIdle looks at some connections, in the random order of a map, and returns the one of them that has rested longest.
func (l *conns) longestIdle() (found *conn) {
	oldest, looked := time.Now().Add(-time.Second).UnixNano(), 0
	for c := range l.open {
		if at := c.idle.Load(); at != 0 && at < oldest {
			found, oldest = c, at
		}
		if looked++; looked == 64 {
			break
		}
	}
	return found
}

// closeWhere closes the connections that f picks.
func (l *conns) closeWhere(f func(*conn) bool) {
	l.mu.Lock()
	var picked []*conn
	for c := range l.open {
		if f(c) {
			picked = append(picked, c)
		}
	}
	l.mu.Unlock()
	for _, c := range picked {
		c.Close()
	}
}

// Close closes the connection, once.
func (c *conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		err = c.Conn.Close()
		c.set.mu.Lock()
		delete(c.set.open, c)
		c.set.mu.Unlock()
		c.set.s.metrics.Closed()
	})
	return err
}

// CloseWrite lets net/http end a connection without losing the last answer.
func (c *conn) CloseWrite() error {
	inner := c.Conn
	if p, ok := inner.(*proxyproto.Conn); ok {
		inner = p.Raw()
	}
	if w, ok := inner.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return c.Close()
}

// certified verifies the client's certificate once for each Auth.
func (c *conn) certified(a *authState, chain []*x509.Certificate) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.checked != a {
		c.chain, c.checked, c.trusted = chain, a, a.trusts(chain)
	}
	return c.trusted
}

// admitted reports whether what is known of the connection still lets it in.
func (c *conn) admitted(a *authState) bool {
	if p := c.peer.Load(); p != nil && !a.allows(*p) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chain == nil || a.Certificates && a.admits(c.chain[0]) && a.trusts(c.chain)
}

// below returns our connection under TLS.
func below(c net.Conn) *conn {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = t.NetConn()
	}
	nc, _ := c.(*conn)
	return nc
}

func connContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, below(c))
}

func connState(c net.Conn, state http.ConnState) {
	nc := below(c)
	switch {
	case nc == nil:
	case state == http.StateActive:
		nc.idle.Store(0)
	case state == http.StateIdle:
		nc.idle.Store(time.Now().UnixNano())
	}
}
