package syslog

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
)

// patience bounds what a test waits for; it is never waited for when all is well.
const patience = 4 * time.Minute

// memorySink keeps what is put. Its err, when set, is asked before each Put.
type memorySink struct {
	mu      sync.Mutex
	cond    *sync.Cond
	records []record
	fail    func() error
}

type record struct {
	raw    string
	flags  relay.Flag
	part   string
	origin *relay.Origin
}

func newMemorySink() *memorySink {
	s := &memorySink{}
	s.cond = sync.NewCond(&s.mu)
	return s
}

func (s *memorySink) Put(_ context.Context, b *relay.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(); err != nil {
			return err
		}
	}
	s.records = append(s.records, recordsOf(b)...)
	s.cond.Broadcast()
	return nil
}

func recordsOf(b *relay.Batch) []record {
	var rs []record
	at := 0
	for _, e := range b.Entries {
		meta := b.Bytes[at : at+int(e.Meta)]
		at += int(e.Meta)
		r := record{raw: string(b.Bytes[at : at+int(e.Raw)]), flags: e.Flags}
		at += int(e.Raw)
		if len(b.Origins) > 0 {
			r.origin = b.Origins[e.Origin].Origin
		}
		relay.EachMeta(meta, func(k, v []byte) bool {
			if string(k) == relay.AttrPart {
				r.part = string(v)
			}
			return true
		})
		rs = append(rs, r)
	}
	return rs
}

// wait returns the records once there are n of them.
func (s *memorySink) wait(t testing.TB, n int) []record {
	t.Helper()
	stop := time.AfterFunc(patience, func() { s.cond.Broadcast() })
	defer stop.Stop()
	deadline := time.Now().Add(patience)
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.records) < n {
		if time.Now().After(deadline) {
			t.Fatalf("%d records came, want %d", len(s.records), n)
		}
		s.cond.Wait()
	}
	return append([]record(nil), s.records...)
}

func (s *memorySink) setFail(f func() error) {
	s.mu.Lock()
	s.fail = f
	s.mu.Unlock()
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func listenTCP(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// start runs a source until the test ends, or until stop is called, which returns what Run returned.
func start(t testing.TB, o Options, out relay.Sink) (s *Source, stop func() error) {
	t.Helper()
	o.Name = "in"
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, out) }()
	stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(patience):
			t.Error("Run does not end")
			return nil
		}
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return s, stop
}

// startTCP runs a plain TCP source on loopback and returns its address.
func startTCP(t testing.TB, o Options, out relay.Sink) (*Source, string, func() error) {
	t.Helper()
	l := listenTCP(t)
	o.Transport, o.Listeners = TCP, []net.Listener{l}
	if o.Networks == nil {
		o.Networks = loopback
	}
	s, stop := start(t, o, out)
	return s, l.Addr().String(), stop
}

// startTLS is startTCP with TLS.
func startTLS(t testing.TB, o Options, out relay.Sink) (*Source, string, func() error) {
	t.Helper()
	l := listenTCP(t)
	o.Transport, o.Listeners = TLS, []net.Listener{l}
	if o.Networks == nil && !o.AuthNone {
		o.Networks = loopback
	}
	if o.TLS == nil {
		o.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t, "relay.example.com")}}
	}
	s, stop := start(t, o, out)
	return s, l.Addr().String(), stop
}

// certificate makes a self-signed certificate for a server or a client.
func certificate(t testing.TB, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"Example"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		DNSNames:     []string{name},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func dialTLS(t testing.TB, addr string, o *tls.Config) *tls.Conn {
	t.Helper()
	if o == nil {
		o = &tls.Config{}
	}
	o.InsecureSkipVerify = true
	c, err := tls.Dial("tcp", addr, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func send(t testing.TB, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func raws(rs []record) []string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = r.raw
	}
	return out
}

// rejected returns how often the input refused for the reason.
func rejected(t testing.TB, reg *prometheus.Registry, reason string) int {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "logrelay_input_rejected_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "reason" && l.GetValue() == reason {
					return int(m.GetCounter().GetValue())
				}
			}
		}
	}
	return 0
}

// closedByPeer waits until the far end closes the connection.
func closedByPeer(t testing.TB, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("the connection stays open")
	}
}

// eventually waits until ok.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func tcpAddr(s string) *net.TCPAddr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }
