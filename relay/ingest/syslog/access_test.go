package syslog

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"

	"github.com/pires/go-proxyproto"
	"github.com/prometheus/client_golang/prometheus"
)

func TestNetworkRefused(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	_, addr, _ := startTCP(t, Options{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Registerer: reg}, newMemorySink())
	closedByPeer(t, dial(t, addr))
	if rejected(t, reg, reasonNetwork) != 1 {
		t.Error("not counted")
	}
}

func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	reg, out := prometheus.NewRegistry(), newMemorySink()
	_, addr, _ := startTCP(t, Options{MaxConnections: 2, Registerer: reg}, out)
	a, b := dial(t, addr), dial(t, addr)
	send(t, a, "<13>a\n")
	send(t, b, "<13>b\n")
	out.wait(t, 2)
	closedByPeer(t, dial(t, addr))
	if rejected(t, reg, reasonLimit) != 1 {
		t.Error("not counted")
	}
	a.Close()
	eventually(t, "a free place", func() bool {
		c := dial(t, addr)
		if _, err := c.Write([]byte("<13>c\n")); err != nil {
			return false
		}
		out.mu.Lock()
		defer out.mu.Unlock()
		return len(out.records) > 2
	})
}

// TestSilentStrangersMakeRoom: who connects and does not get through the handshake keeps no place from those who do.
func TestSilentStrangersMakeRoom(t *testing.T) {
	t.Parallel()
	reg, out := prometheus.NewRegistry(), newMemorySink()
	s, addr, _ := startTLS(t, Options{MaxConnections: 3, Registerer: reg}, out)
	first := dialTLS(t, addr, nil)
	send(t, first, "<13>first\n")
	out.wait(t, 1)
	dial(t, addr)
	dial(t, addr)
	eventually(t, "two strangers", func() bool { return s.Stats().Connections == 3 })
	eventually(t, "a place", func() bool {
		c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return false
		}
		t.Cleanup(func() { c.Close() })
		send(t, c, "<13>late\n")
		return true
	})
	send(t, first, "<13>first again\n")
	for _, r := range out.wait(t, 3)[1:] {
		if r.raw != "<13>late" && r.raw != "<13>first again" {
			t.Errorf("stored %q", r.raw)
		}
	}
	if rejected(t, reg, reasonHandshake) != 1 {
		t.Error("not counted")
	}
}

func TestClientCertificate(t *testing.T) {
	t.Parallel()
	client, stranger := certificate(t, "fw1.example.com"), certificate(t, "stranger.example.com")
	pool := x509.NewCertPool()
	pool.AddCert(client.Leaf)
	reg, out := prometheus.NewRegistry(), newMemorySink()
	_, addr, _ := startTLS(t, Options{Registerer: reg, AuthNone: true, TLS: &tls.Config{
		Certificates: []tls.Certificate{certificate(t, "relay.example.com")},
		ClientCAs:    pool,
		ClientAuth:   tls.RequireAndVerifyClientCert,
	}}, out)
	send(t, dialTLS(t, addr, &tls.Config{Certificates: []tls.Certificate{client}}), "<13>a\n")
	if got := out.wait(t, 1)[0].origin.Identity; got != "CN=fw1.example.com,O=Example" {
		t.Errorf("identity is %q", got)
	}
	for _, c := range []*tls.Config{{}, {Certificates: []tls.Certificate{stranger}}} {
		conn := dialTLS(t, addr, c) // TLS 1.3: the client learns of the refusal when it reads
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("a stranger is let in")
		}
	}
	eventually(t, "two refusals counted", func() bool { return rejected(t, reg, reasonTLS) == 2 })
}

// TestChallengeOfACMECarriesNoMessages: a CA that looks at the relay (RFC 8737) needs no client certificate, and whoever looks like one sends nothing.
func TestChallengeOfACMECarriesNoMessages(t *testing.T) {
	t.Parallel()
	client, server := certificate(t, "fw1.example.com"), certificate(t, "relay.example.com")
	pool := x509.NewCertPool()
	pool.AddCert(client.Leaf)
	out := newMemorySink()
	const protocol = "acme-tls/1"
	_, addr, _ := startTLS(t, Options{AuthNone: true, TLS: &tls.Config{
		Certificates: []tls.Certificate{server}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == protocol {
				return &tls.Config{Certificates: []tls.Certificate{server}, NextProtos: []string{protocol}}, nil
			}
			return nil, nil
		},
	}}, out)
	stranger := dialTLS(t, addr, &tls.Config{NextProtos: []string{protocol}})
	_, _ = stranger.Write([]byte("<13>from a stranger\n"))
	closedByPeer(t, stranger.NetConn())
	send(t, dialTLS(t, addr, &tls.Config{Certificates: []tls.Certificate{client}}), "<13>a\n")
	if got := out.wait(t, 1); got[0].raw != "<13>a" {
		t.Errorf("stored %q", got[0].raw)
	}
}

func TestTLSRefuses(t *testing.T) {
	t.Parallel()
	reg, out := prometheus.NewRegistry(), newMemorySink()
	_, addr, _ := startTLS(t, Options{Registerer: reg}, out)
	plain := dial(t, addr)
	send(t, plain, "<13>not TLS\n")
	closedByPeer(t, plain)
	old := tls.Client(dial(t, addr), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	if err := old.Handshake(); err == nil {
		t.Error("TLS 1.1 is accepted")
	}
	broken := dialTLS(t, addr, nil)
	send(t, broken, "<13>a\n")
	out.wait(t, 1)
	send(t, broken.NetConn(), "\x17\x03\x03\x00\x20................................")
	closedByPeer(t, broken.NetConn())
	eventually(t, "three refusals counted", func() bool { return rejected(t, reg, reasonTLS) == 3 })
}

func TestProxyProtocol(t *testing.T) {
	t.Parallel()
	from := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	v2 := func(src, dst string) string {
		h := proxyproto.HeaderProxyFromAddrs(2, tcpAddr(src), tcpAddr(dst))
		b, err := h.Format()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, c := range []struct {
		name, header, peer, refused string
		trusted                     []netip.Prefix
	}{
		{"version 1", "PROXY TCP4 192.0.2.7 198.51.100.1 41532 514\r\n", "192.0.2.7:41532", "", loopback},
		{"version 1, IPv6", "PROXY TCP6 2001:db8::7 2001:db8::1 41532 514\r\n", "[2001:db8::7]:41532", "", loopback},
		{"version 2", v2("192.0.2.7:41532", "198.51.100.1:514"), "192.0.2.7:41532", "", loopback},
		{"sender not allowed", "PROXY TCP4 203.0.113.7 198.51.100.1 41532 514\r\n", "", reasonNetwork, loopback},
		{"no header", "<13>hello\n", "", reasonProxy, loopback},
		{"broken", "PROXY TCP4 a b c d\r\n", "", reasonProxy, loopback},
		{"too long", "PROXY TCP4 " + string(make([]byte, 200)), "", reasonProxy, loopback},
		{"version 2 too long", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff", "", reasonProxy, loopback},
		{"not trusted", "PROXY TCP4 192.0.2.7 198.51.100.1 41532 514\r\n", "", reasonProxy, nil},
		{"not trusted, version 2", v2("192.0.2.7:41532", "198.51.100.1:514"), "", reasonProxy, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, transport := range []Transport{TCP, TLS} {
				reg, out := prometheus.NewRegistry(), newMemorySink()
				o := Options{ProxyTrusted: c.trusted, Networks: from, Registerer: reg}
				if c.trusted == nil {
					o.Networks = loopback
				}
				begin := startTCP
				if transport == TLS {
					begin = startTLS
				}
				_, addr, stop := begin(t, o, out)
				conn := dial(t, addr)
				for _, b := range []byte(c.header[:3]) { // in small pieces
					conn.Write([]byte{b}) // may be refused already
				}
				if c.trusted == nil {
					conn.Close()
					conn = dial(t, addr)
					send(t, conn, c.header)
				} else {
					conn.Write([]byte(c.header[3:]))
				}
				if c.refused != "" {
					closedByPeer(t, conn)
					eventually(t, "counted", func() bool { return rejected(t, reg, c.refused) > 0 })
					stop()
					continue
				}
				if transport == TLS {
					tc := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
					io.WriteString(tc, "<13>hello\n")
				} else {
					send(t, conn, "<13>hello\n")
				}
				got := out.wait(t, 1)[0]
				if got.raw != "<13>hello" || got.origin.Peer != c.peer && got.origin.Peer != conn.LocalAddr().String() {
					t.Errorf("%s: got %q from %s", transport, got.raw, got.origin.Peer)
				}
				stop()
			}
		})
	}
}

// TestProxyStatesNoAddress: what comes behind such a header is the proxy's own, and taken where the proxy itself may send. A health check is
// no refusal.
func TestProxyStatesNoAddress(t *testing.T) {
	t.Parallel()
	local, err := (&proxyproto.Header{Version: 2, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}).Format()
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for _, header := range []string{string(local), "PROXY UNKNOWN\r\n"} {
		reg, out := prometheus.NewRegistry(), newMemorySink()
		_, addr, _ := startTCP(t, Options{ProxyTrusted: loopback, Networks: elsewhere, Registerer: reg}, out)
		check := dial(t, addr)
		send(t, check, header)
		check.CloseWrite()
		closedByPeer(t, check)
		if n := rejected(t, reg, reasonNetwork); n != 0 {
			t.Errorf("%q: %d refusals for a health check", header, n)
		}
		for _, pieces := range [][]string{{header + "<13>a\n"}, {header, "<13>b\n"}} {
			c := dial(t, addr)
			for _, p := range pieces {
				send(t, c, p)
			}
			closedByPeer(t, c)
		}
		eventually(t, "two refusals counted", func() bool { return rejected(t, reg, reasonNetwork) == 2 })
		if got := out.wait(t, 0); len(got) > 0 {
			t.Errorf("%q: records %q", header, raws(got))
		}

		out = newMemorySink()
		_, addr, _ = startTCP(t, Options{ProxyTrusted: loopback, Networks: loopback}, out)
		c := dial(t, addr)
		send(t, c, header+"<13>hello\n")
		if got := out.wait(t, 1)[0]; got.raw != "<13>hello" || got.origin.Peer != c.LocalAddr().String() {
			t.Errorf("%q: %q from %s", header, got.raw, got.origin.Peer)
		}
	}
}

// FuzzProxyHeader: a size is found within bounds or not at all, and more bytes do not change it.
func FuzzProxyHeader(f *testing.F) {
	f.Add([]byte("PROXY TCP4 192.0.2.7 198.51.100.1 41532 514\r\n<13>a\n"))
	f.Add([]byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c............rest"))
	f.Fuzz(func(t *testing.T, b []byte) {
		size, err := proxyHeaderSize(b)
		if size > len(b) || size > proxyV2Fixed+maxProxyV2 {
			t.Fatalf("size %d of %d bytes", size, len(b))
		}
		if more, merr := proxyHeaderSize(append(b, "xyz"...)); size > 0 && (more != size || merr != nil) || err != nil && merr == nil {
			t.Fatalf("%d %v becomes %d %v", size, err, more, merr)
		}
	})
}

// hookedConn calls hook when its socket is asked for, which is while it is being admitted.
type hookedConn struct {
	*net.TCPConn
	hook func()
}

func (c *hookedConn) SyscallConn() (syscall.RawConn, error) {
	c.hook()
	return c.TCPConn.SyscallConn()
}

// TestNetworksWhileAdmitting: a connection that is being admitted when its network is taken off the list does not slip in.
func TestNetworksWhileAdmitting(t *testing.T) {
	t.Parallel()
	l := listenTCP(t)
	s, err := New(Options{Name: "in", Transport: TCP, Listeners: []net.Listener{l}, Networks: loopback})
	if err != nil {
		t.Fatal(err)
	}
	dial(t, l.Addr().String())
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	elsewhere := &hookedConn{nc.(*net.TCPConn), func() {
		if err := s.SetNetworks([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}); err != nil {
			t.Error(err)
		}
	}}
	if c := s.admit(t.Context(), elsewhere, newMemorySink()); c != nil {
		t.Error("admitted")
	}
}
