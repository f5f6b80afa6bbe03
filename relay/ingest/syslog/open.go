package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"logrelay/relay"
)

// maxIdentity bounds the name from a client certificate, in bytes.
const maxIdentity = 256

// open does what comes before the first message: proxy header, TLS handshake. False: the connection is refused.
func (c *conn) open() bool {
	c.setDeadline(time.Now().Add(handshakeTimeout))
	if c.proxied {
		if err := c.readProxyHeader(); err != nil {
			c.refuse(reasonProxy, err)
			return false
		}
		if !c.src.allowed(c.peer.Addr()) {
			if c.proxied || !c.silent() {
				c.refuse(reasonNetwork, nil)
			}
			return false
		}
	}
	identity := ""
	if c.src.o.Transport == TLS {
		var ok bool
		if identity, ok = c.handshake(); !ok {
			return false
		}
	}
	c.origin = c.src.origin(c.peer.String(), identity)
	c.src.mu.Lock()
	c.inside = true
	c.src.mu.Unlock()
	return true
}

// silent reports whether the peer, which is the proxy itself, says nothing until it closes: that is its health check. What it says would be
// in the name of somebody whose address it does not state, and who may not be let in.
func (c *conn) silent() bool { return c.st.buffered() == 0 && c.st.fill() != nil }

// handshake makes the connection a TLS connection and returns the subject of the client certificate.
func (c *conn) handshake() (identity string, ok bool) {
	c.tls = tls.Server(c.st, c.src.o.TLS)
	c.st.waits = true
	err := c.tls.HandshakeContext(c.ctx)
	c.st.waits = false
	switch {
	case err == nil:
	case c.ctx.Err() != nil:
		return "", false
	default:
		if bad, ok := errors.AsType[tls.RecordHeaderError](err); ok && startsProxyHeader(bad.RecordHeader) {
			c.refuse(reasonProxy, errUntrusted)
		} else {
			c.refuse(reasonTLS, err)
		}
		return "", false
	}
	state := c.tls.ConnectionState()
	if state.NegotiatedProtocol != "" && !slices.Contains(c.src.o.TLS.NextProtos, state.NegotiatedProtocol) {
		return "", false // a CA that looks at its challenge (RFC 8737): it has another configuration, which lets everybody in, and nothing to send
	}
	if certs := state.PeerCertificates; len(certs) > 0 {
		identity = certs[0].Subject.String()
		identity = identity[:min(len(identity), maxIdentity)]
	}
	return identity, true
}

// refuse counts the connection as refused, unless it is we who ended it.
func (c *conn) refuse(reason string, err error) {
	if c.ctx.Err() == nil && !errors.Is(err, context.Canceled) && !errors.Is(err, net.ErrClosed) {
		c.src.refusals.add(reason, c.peer, err)
	}
}

// setPeer names the sender behind a proxy.
func (c *conn) setPeer(p netip.AddrPort) {
	c.src.mu.Lock()
	c.peer = p
	c.src.mu.Unlock()
}

// origin returns the origin of records from one sender.
func (s *Source) origin(peer, identity string) *relay.Origin {
	o := &relay.Origin{
		Input:    s.o.Name,
		Kind:     s.o.Kind,
		Tenant:   s.o.Tenant,
		Source:   s.o.Source,
		Peer:     peer,
		Identity: identity,
		Columns:  s.o.Columns,
	}
	if s.o.Zone != "" {
		o.Attrs = []relay.Attr{{Key: relay.AttrZone, Value: s.o.Zone}}
	}
	if len(s.o.Products) > 0 {
		o.Attrs = append(o.Attrs, relay.Attr{Key: relay.AttrProducts, Value: strings.Join(s.o.Products, "\n")})
	}
	return o
}
