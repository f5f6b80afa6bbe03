package pki

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience bounds what a test waits for; it is never waited for when all is well.
const patience = 4 * time.Minute

// handshake connects a client with a server in memory and returns what the client saw. With TLS 1.3 a server refuses after the
// client is done, so both errors count.
func handshake(t testing.TB, server, client *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	near, far := net.Pipe()
	defer func() { _ = near.Close() }()
	failed := make(chan error, 1)
	go func() {
		defer func() { _ = far.Close() }()
		conn := tls.Server(far, server)
		_ = conn.SetDeadline(time.Now().Add(patience))
		err := conn.Handshake()
		if err == nil {
			_, err = conn.Write([]byte("x"))
		}
		failed <- err
	}()
	conn := tls.Client(near, client)
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, err := io.ReadFull(conn, make([]byte, 1))
	state := conn.ConnectionState()
	_ = near.Close()
	return state, errors.Join(err, <-failed)
}

func TestClientCertificates(t *testing.T) {
	t.Parallel()
	ca, caPEM, _ := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: "ca"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	client := func(name string, parent *tls.Certificate) *tls.Certificate {
		c, _, _ := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, parent)
		return c
	}
	pool, err := LoadClientCA(write(t, filepath.Join(t.TempDir(), "ca.pem"), caPEM, 0o644))
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, Options{})
	for _, tt := range []struct {
		name   string
		o      ServerOptions
		client *tls.Certificate
		ok     bool
	}{
		{"none asked", ServerOptions{}, nil, true},
		{"none given", ServerOptions{ClientCAs: pool}, nil, false},
		{"good", ServerOptions{ClientCAs: pool}, client("fw1", ca), true},
		{"of nobody", ServerOptions{ClientCAs: pool}, client("fw1", nil), false},
		{"listed", ServerOptions{ClientCAs: pool, Subjects: []string{"fw1"}}, client("fw1", ca), true},
		{"not listed", ServerOptions{ClientCAs: pool, Subjects: []string{"fw1"}}, client("fw2", ca), false},
		{"by suffix", ServerOptions{ClientCAs: pool, Subjects: []string{"a", ".fw.example.com"}}, client("Site1.FW.example.com", ca), true},
		{"not by suffix", ServerOptions{ClientCAs: pool, Subjects: []string{".fw.example.com"}}, client("evilfw.example.com", ca), false},
		{"modern", ServerOptions{ClientCAs: pool, Modern: true}, client("fw1", ca), true},
		{"optional, none given", ServerOptions{ClientCAs: pool, Optional: true}, nil, true},
		{"optional, bad", ServerOptions{ClientCAs: pool, Optional: true}, client("fw1", nil), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.o.GetCertificate = s.GetCertificate
			c := &tls.Config{InsecureSkipVerify: true} // the server is not what is tested
			if tt.client != nil {
				c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return tt.client, nil }
			}
			if _, err := handshake(t, ServerConfig(tt.o), c); (err == nil) != tt.ok {
				t.Errorf("handshake: %v, want ok %v", err, tt.ok)
			}
		})
	}
}

func TestLoadClientCA(t *testing.T) {
	t.Parallel()
	_, leaf, key := issue(t, named("leaf"), nil)
	_, expired, _ := issue(t, x509.Certificate{IsCA: true, KeyUsage: x509.KeyUsageCertSign, NotAfter: time.Now().Add(-time.Minute)}, nil)
	for name, tt := range map[string]struct {
		text []byte
		want string
	}{
		"leaf":    {leaf, "CN=leaf is not a CA"},
		"expired": {expired, "every CA in this file has expired"},
		"key":     {key, "no certificate in this file"},
	} {
		_, err := LoadClientCA(write(t, filepath.Join(t.TempDir(), "ca.pem"), tt.text, 0o644))
		if err == nil || !strings.Contains(err.Error(), tt.want) || hintOf(err) == "" {
			t.Errorf("%s: %v, hint %q; want %q", name, err, hintOf(err), tt.want)
		}
	}
}

func TestIsSubject(t *testing.T) {
	t.Parallel()
	u, err := url.Parse("spiffe://example.com/fw")
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		Subject: pkix.Name{CommonName: "fw1.example.com", Organization: []string{"Example"}}, DNSNames: []string{"fw1.site.example.net"},
		EmailAddresses: []string{"ops@example.org"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}, URIs: []*url.URL{u},
	}
	for want, is := range map[string]bool{
		"fw1.example.com": true, "fw1.site.example.net": true, "ops@example.org": true, "192.0.2.1": true, "spiffe://example.com/fw": true,
		"CN=fw1.example.com,O=Example": true, ".example.com": true, "*.example.com": true, ".EXAMPLE.net": true, ".site.example.net": true,
		"example.com": false, ".fw1.example.com": false, "w1.example.com": false, ".org": false, ".": false, "*": false, "*.": false, "": false, ".2.1": false,
	} {
		if IsSubject(c, []string{"other", want}) != is {
			t.Errorf("%q: %v, want %v", want, !is, is)
		}
	}
	if IsSubject(&x509.Certificate{Subject: pkix.Name{CommonName: ".example.com"}}, []string{"*.example.com"}) {
		t.Error("the suffix itself is let in as a name")
	}
	if IsSubject(&x509.Certificate{}, []string{"", "."}) {
		t.Error("a certificate without names is let in")
	}
}

// Old clients are served by the one policy and refused by the other.
func TestPolicy(t *testing.T) {
	t.Parallel()
	s := open(t, Options{})
	for _, modern := range []bool{false, true} {
		server := ServerConfig(ServerOptions{GetCertificate: s.GetCertificate, Modern: modern})
		_, err := handshake(t, server, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
		if (err != nil) != modern {
			t.Errorf("modern %v: TLS 1.2 gives %v", modern, err)
		}
		state, err := handshake(t, server, &tls.Config{InsecureSkipVerify: true})
		if err != nil || state.Version != tls.VersionTLS13 {
			t.Errorf("modern %v: %v, version %x; want TLS 1.3", modern, err, state.Version)
		}
	}
}
