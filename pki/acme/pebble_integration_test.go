//go:build integration

package acme

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/mholt/acmez/v3/acme"
	"golang.org/x/net/dns/dnsmessage"

	"logrelay/relay/relaytest"
)

// pebble is Let's Encrypt's small CA for tests. For it every name leads to loopback.
type pebble struct {
	directory        string
	httpAt, alpnAt   string // where it looks at challenges, in the place of ports 80 and 443
	management, self string
	roots            *x509.CertPool // of its own HTTPS
	config           string         // file
}

// newPebble makes a CA ready whose certificates are good for so long. start starts it.
func newPebble(t *testing.T, validity time.Duration) *pebble {
	t.Helper()
	ca := relaytest.NewCA()
	p := &pebble{
		httpAt: relaytest.FreeAddr(t), alpnAt: relaytest.FreeAddr(t), management: relaytest.FreeAddr(t), self: relaytest.FreeAddr(t), roots: ca.Pool(),
		config: filepath.Join(t.TempDir(), "pebble.json"),
	}
	p.directory = "https://" + p.self + "/dir"
	cert := ca.Server()
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, b *pem.Block) string {
		file := filepath.Join(filepath.Dir(p.config), name)
		if err := os.WriteFile(file, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	text, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": p.self, "managementListenAddress": p.management, "httpPort": portOf(t, p.httpAt), "tlsPort": portOf(t, p.alpnAt),
		"certificate": write("cert.pem", &pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}),
		"privateKey":  write("key.pem", &pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"retryAfter":  map[string]int{"authz": 1, "order": 1}, "keyAlgorithm": "ecdsa",
		"profiles": map[string]any{"default": map[string]any{"description": "for tests", "validityPeriod": int(validity / time.Second)}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// start runs the CA until the test ends, and waits until it answers.
func (p *pebble) start(t *testing.T) {
	t.Helper()
	file := os.Getenv("LOGRELAY_TEST_PEBBLE")
	if file == "" {
		t.Skip("Pebble is not here: LOGRELAY_TEST_PEBBLE names no program")
	}
	cmd := exec.Command(file, "-config", p.config, "-dnsserver", dnsServer(t))
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("Pebble said:\n%s", out.String())
		}
	})
	await(t, "Pebble", func() bool {
		resp, err := p.client().Get(p.directory)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err == nil
	})
}

func (p *pebble) client() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.roots}, DisableKeepAlives: true}}
}

// issuers returns what the CA signs with.
func (p *pebble) issuers(t *testing.T) *x509.CertPool {
	t.Helper()
	resp, err := p.client().Get("https://" + p.management + "/roots/0")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatalf("no root: %v in %s", err, text)
	}
	return pool
}

// dnsServer says that every name is on loopback, and returns its address. Pebble asks over TCP.
func dnsServer(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() { _ = ln.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(10 * time.Second))
				for answerDNS(c) == nil {
				}
			})
		}
	})
	return ln.Addr().String()
}

// answerDNS answers one query (RFC 1035 section 4.2.2).
func answerDNS(c net.Conn) error {
	var length [2]byte
	if _, err := io.ReadFull(c, length[:]); err != nil {
		return err
	}
	query := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(c, query); err != nil {
		return err
	}
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return err
	}
	answer := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true}, Questions: m.Questions}
	if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
		answer.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	packed, err := answer.Pack()
	if err != nil {
		return err
	}
	_, err = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...))
	return err
}

// pebbleOptions fit a test that lets its own certificate serve while there is none of the CA.
func pebbleOptions(t *testing.T, p *pebble, challenge Challenge, names ...string) Options {
	t.Helper()
	o := options(t, names...)
	o.Directory, o.Roots, o.Challenge, o.Listen = p.directory, p.roots, challenge, p.httpAt
	if challenge == TLSALPN01 {
		o.Listen = p.alpnAt
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
	p := newPebble(t, 90*24*time.Hour)
	p.start(t)
	o := pebbleOptions(t, p, HTTP01, "a.http.example.com", "b.http.example.com")
	m := newManager(t, o)
	stop := run(t, m)
	issued(t, m)
	roots := p.issuers(t)
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
	p := newPebble(t, 90*24*time.Hour)
	p.start(t)
	m := newManager(t, pebbleOptions(t, p, TLSALPN01, "alpn.example.com"))
	run(t, m)
	issued(t, m)
}

// An input that asks for client certificates already has the port: it answers the CA all the same.
func TestTLSALPN01ByAnInput(t *testing.T) {
	t.Parallel()
	p := newPebble(t, 90*24*time.Hour)
	p.start(t)
	m := newManager(t, pebbleOptions(t, p, TLSALPN01, "input.example.com"))
	ln, err := tls.Listen("tcp", p.alpnAt, m.ServerConfig(&tls.Config{ClientAuth: tls.RequireAnyClientCert}))
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
			_ = c.SetDeadline(time.Now().Add(10 * time.Second))
			_ = c.(*tls.Conn).Handshake()
			_ = c.Close()
		}
	}()
	run(t, m)
	issued(t, m)
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	p := newPebble(t, 12*time.Second)
	p.start(t)
	m := newManager(t, pebbleOptions(t, p, HTTP01, "renewal.example.com"))
	run(t, m)
	issued(t, m)
	first := served(t, m, "renewal.example.com")
	await(t, "a renewed certificate", func() bool { return !served(t, m, "renewal.example.com").Equal(first) })
}

func TestOutageAtStart(t *testing.T) {
	t.Parallel()
	p := newPebble(t, 90*24*time.Hour)
	o := pebbleOptions(t, p, HTTP01, "outage.example.com")
	var ours *x509.Certificate
	o.Fallback, ours = own(t)
	m := newManager(t, o)
	run(t, m)
	await(t, "a problem", func() bool { return m.States()[0].Problem != "" })
	if !served(t, m, "outage.example.com").Equal(ours) {
		t.Error("during the outage something else than the relay's own certificate serves")
	}
	p.start(t)
	issued(t, m)
	await(t, "the end of the problem", func() bool { return m.States()[0].Problem == "" })
}

// A certificate that the CA takes back is replaced as soon as the CA's renewal information is looked at again.
func TestRevocation(t *testing.T) {
	t.Parallel()
	const name = "revoked.example.com"
	p := newPebble(t, 90*24*time.Hour)
	p.start(t)
	o := pebbleOptions(t, p, HTTP01, name)
	m := newManager(t, o)
	stop := run(t, m)
	issued(t, m)
	stop()
	cert, err := m.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	client := acme.Client{Directory: p.directory, HTTPClient: p.client()}
	if err := client.RevokeCertificate(t.Context(), acme.Account{}, cert.Leaf, cert.PrivateKey.(crypto.Signer), acme.ReasonCessationOfOperation); err != nil {
		t.Fatal(err)
	}
	p.renewNow(t, cert.Leaf)
	lookAgain(t, o.Dir)
	again := newManager(t, o)
	run(t, again)
	await(t, "another certificate", func() bool { return !served(t, again, name).Equal(cert.Leaf) })
}

// renewNow has the CA answer for a certificate as Let's Encrypt does when it is revoked: with half an hour that is over. Pebble's own answer is a
// single second, which our client takes for a malformed one.
func (p *pebble) renewNow(t *testing.T, leaf *x509.Certificate) {
	t.Helper()
	over := time.Now().Add(-time.Hour).UTC()
	body, err := json.Marshal(map[string]string{
		"certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})),
		"ariResponse": fmt.Sprintf(`{"suggestedWindow":{"start":%q,"end":%q}}`, over.Format(time.RFC3339), over.Add(30*time.Minute).Format(time.RFC3339)),
	})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.client().Post("https://"+p.management+"/set-renewal-info/", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("setting the renewal information: %s", resp.Status)
	}
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
