//go:build integration

package acme

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/mholt/acmez/v3/acme"

	"logrelay/relay/relaytest"
)

// pebbleOptions fit a test that lets its own certificate serve while there is none of the CA.
func pebbleOptions(t *testing.T, p *relaytest.Pebble, challenge Challenge, names ...string) Options {
	t.Helper()
	o := options(t, names...)
	o.Directory, o.Roots, o.Challenge, o.Listen = p.Directory, p.CA.Pool(), challenge, p.HTTPAt
	if challenge == TLSALPN01 {
		o.Listen = p.ALPNAt
	}
	o.Fallback, _ = own(t)
	var out lockedBuffer
	o.Logger = slog.New(slog.NewTextHandler(&out, nil))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log:\n%s", out.String())
		}
	})
	return o
}

func issued(t *testing.T, m *Manager) {
	t.Helper()
	await(t, "certificates", func() bool {
		for _, s := range m.States() {
			if s.Leaf == nil {
				return false
			}
		}
		return true
	})
}

// A strict sender trusts what serves; after a restart too, at once.
func TestHTTP01(t *testing.T) {
	t.Parallel()
	p := relaytest.NewPebble(t, 90*24*time.Hour)
	p.Start(t, nil)
	o := pebbleOptions(t, p, HTTP01, "a.http.example.com", "b.http.example.com")
	m := newManager(t, o)
	stop := run(t, m)
	issued(t, m)
	roots := p.Issuers(t)
	trusted := func(m *Manager, name string) *x509.Certificate {
		t.Helper()
		leaf := shake(t, m.ServerConfig(&tls.Config{}), &tls.Config{ServerName: name})
		cert, err := m.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
		if err != nil {
			t.Fatal(err)
		}
		between := x509.NewCertPool()
		for _, der := range cert.Certificate[1:] {
			c, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			between.AddCert(c)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, Intermediates: between}); err != nil {
			t.Errorf("a strict sender: %v", err)
		}
		return leaf
	}
	a := trusted(m, "a.http.example.com")
	trusted(m, "b.http.example.com")
	stop()
	if c, err := net.Dial("tcp", o.Listen); err == nil {
		c.Close()
		t.Error("the port of the challenge stays open")
	}
	if again := trusted(newManager(t, o), "a.http.example.com"); !again.Equal(a) {
		t.Error("after a restart another certificate serves")
	}
}

func TestTLSALPN01(t *testing.T) {
	t.Parallel()
	p := relaytest.NewPebble(t, 90*24*time.Hour)
	p.Start(t, nil)
	m := newManager(t, pebbleOptions(t, p, TLSALPN01, "alpn.example.com"))
	run(t, m)
	issued(t, m)
}

// An input that asks for client certificates already has the port: it answers the CA all the same.
func TestTLSALPN01ByAnInput(t *testing.T) {
	t.Parallel()
	p := relaytest.NewPebble(t, 90*24*time.Hour)
	p.Start(t, nil)
	m := newManager(t, pebbleOptions(t, p, TLSALPN01, "input.example.com"))
	ln, err := tls.Listen("tcp", p.ALPNAt, m.ServerConfig(&tls.Config{ClientAuth: tls.RequireAnyClientCert}))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = ln.Close(); <-done })
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(patience))
			_ = c.(*tls.Conn).Handshake()
			_ = c.Close()
		}
	}()
	run(t, m)
	issued(t, m)
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	p := relaytest.NewPebble(t, 12*time.Second)
	p.Start(t, nil)
	m := newManager(t, pebbleOptions(t, p, HTTP01, "renewal.example.com"))
	run(t, m)
	issued(t, m)
	first := served(t, m, "renewal.example.com")
	await(t, "a renewed certificate", func() bool { return !served(t, m, "renewal.example.com").Equal(first) })
}

func TestOutageAtStart(t *testing.T) {
	t.Parallel()
	p := relaytest.NewPebble(t, 90*24*time.Hour)
	o := pebbleOptions(t, p, HTTP01, "outage.example.com")
	var ours *x509.Certificate
	o.Fallback, ours = own(t)
	m := newManager(t, o)
	run(t, m)
	await(t, "a problem", func() bool { return m.States()[0].Problem != "" })
	if !served(t, m, "outage.example.com").Equal(ours) {
		t.Error("during the outage something else than the relay's own certificate serves")
	}
	p.Start(t, nil)
	issued(t, m)
	await(t, "the end of the problem", func() bool { return m.States()[0].Problem == "" })
}

// A certificate that the CA takes back is replaced as soon as the CA's renewal information is looked at again.
func TestRevocation(t *testing.T) {
	t.Parallel()
	const name = "revoked.example.com"
	p := relaytest.NewPebble(t, 90*24*time.Hour)
	p.Start(t, nil)
	o := pebbleOptions(t, p, HTTP01, name)
	m := newManager(t, o)
	stop := run(t, m)
	issued(t, m)
	stop()
	cert, err := m.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	client := acme.Client{Directory: p.Directory, HTTPClient: p.Client()}
	if err := client.RevokeCertificate(t.Context(), acme.Account{}, cert.Leaf, cert.PrivateKey.(crypto.Signer), acme.ReasonCessationOfOperation); err != nil {
		t.Fatal(err)
	}
	p.RenewNow(t, cert.Leaf)
	lookAgain(t, o.Dir)
	again := newManager(t, o)
	run(t, again)
	await(t, "another certificate", func() bool { return !served(t, again, name).Equal(cert.Leaf) })
}

// lookAgain makes the time pass for which the CA wants no questions about renewal.
func lookAgain(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "certificates", "*", "*", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("what is known of the certificate: %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	pause := regexp.MustCompile(`"_retryAfter": ?"[^"]*"`)
	if !pause.Match(text) {
		t.Fatalf("no renewal information in %s", text)
	}
	if err := os.WriteFile(files[0], pause.ReplaceAll(text, []byte(`"_retryAfter": "2020-01-01T00:00:00Z"`)), 0o600); err != nil {
		t.Fatal(err)
	}
}
