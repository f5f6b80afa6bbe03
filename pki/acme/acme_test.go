package acme

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"logrelay/relay/relaytest"
)

// own is a certificate that stands for the relay's own.
func own(t *testing.T) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), *x509.Certificate) {
	t.Helper()
	cert := relaytest.NewCA().Server()
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }, leaf
}

func options(t *testing.T, names ...string) Options {
	t.Helper()
	return Options{
		Dir: t.TempDir(), Names: names, Directory: "https://127.0.0.1:1/dir", Email: "ops@example.com", Challenge: HTTP01, Listen: "127.0.0.1:0",
		pause: 100 * time.Millisecond, first: 50 * time.Millisecond,
	}
}

func newManager(t *testing.T, o Options) *Manager {
	t.Helper()
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// run runs m until stop is called, at the latest at the end of the test.
func run(t *testing.T, m *Manager) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { m.Run(ctx) })
	stop = func() { cancel(); running.Wait() }
	t.Cleanup(stop)
	return stop
}

// patience is for machines that are ten times slower.
const patience = 4 * time.Minute

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for begun := time.Now(); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > patience {
			t.Fatalf("waited for %s in vain", what)
		}
	}
}

// served returns the certificate that a client gets which asks for a name.
func served(t *testing.T, m *Manager, name string) *x509.Certificate {
	t.Helper()
	cert, err := m.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

// With a CA that nobody answers for, the relay's own certificate serves, and it is said why.
func TestCAThatIsDown(t *testing.T) {
	t.Parallel()
	fallback, ours := own(t)
	var out lockedBuffer
	o := options(t, "relay.example.com")
	o.Fallback, o.Logger = fallback, slog.New(slog.NewTextHandler(&out, nil))
	m := newManager(t, o)
	if !served(t, m, "relay.example.com").Equal(ours) {
		t.Error("before Run another certificate serves")
	}
	stop := run(t, m)
	await(t, "a problem", func() bool { return m.States()[0].Problem != "" })
	s := m.States()[0]
	if s.Name != "relay.example.com" || s.Leaf != nil || !strings.Contains(s.Problem, "connection refused") || !strings.Contains(s.Hint, "reaches https://127.0.0.1:1/dir") || s.Next.IsZero() {
		t.Errorf("State = %+v", s)
	}
	if !served(t, m, "relay.example.com").Equal(ours) {
		t.Error("while the CA is down another certificate serves")
	}
	stop()
	if text := out.String(); !strings.Contains(text, "no certificate from the CA") || !strings.Contains(text, "level=WARN") {
		t.Errorf("the log lacks the failure, or certmagic's own words:\n%s", text)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// A CA that says "too often" is left alone for an hour.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	ca := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		url := "https://" + r.Host
		w.Header().Set("Replay-Nonce", "abc")
		switch r.URL.Path {
		case "/dir":
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]string{"newNonce": url + "/nonce", "newAccount": url + "/account", "newOrder": url + "/order"})
		case "/account":
			asked.Add(1)
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte(`{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates","status":429}`))
		}
	}))
	defer ca.Close()
	o := options(t, "relay.example.com")
	o.Directory, o.Roots = ca.URL+"/dir", x509.NewCertPool()
	o.Roots.AddCert(ca.Certificate())
	o.Fallback, _ = own(t)
	m := newManager(t, o)
	stop := run(t, m)
	await(t, "a problem", func() bool { return m.States()[0].Problem != "" })
	s := m.States()[0]
	if !strings.Contains(s.Problem, "too many certificates") || !strings.Contains(s.Hint, "asks again later") || time.Until(s.Next) < 50*time.Minute {
		t.Errorf("State = %+v, next attempt in %s; want about an hour", s, time.Until(s.Next))
	}
	stop()
	if n := asked.Load(); n != 1 {
		t.Errorf("the CA was asked %d times", n)
	}
}

// keep puts a certificate where an earlier run would have left it.
func keep(t *testing.T, o Options, name string) *x509.Certificate {
	t.Helper()
	cert := relaytest.NewCA().Issue(name, time.Now().Add(time.Hour), name)
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	dir := filepath.Join(o.Dir, "certificates", "127.0.0.1-1-dir", strings.ReplaceAll(name, "*", "wildcard_"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for ext, text := range map[string][]byte{".crt": certPEM, ".key": keyPEM} {
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(dir)+ext), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func TestNamesAreServedWithTheirCertificates(t *testing.T) {
	t.Parallel()
	o := options(t, "Relay.example.com", "*.logs.example.com", "none.example.com")
	fallback, ours := own(t)
	o.Fallback = fallback
	relay, logs := keep(t, o, "relay.example.com"), keep(t, o, "*.logs.example.com")
	m := newManager(t, o)
	for name, want := range map[string]*x509.Certificate{
		"relay.example.com": relay, "RELAY.example.com": relay, "relay.example.com.": relay, "": relay, "other.example.com": relay,
		"a.logs.example.com": logs, "a.b.logs.example.com": relay, "none.example.com": ours,
	} {
		if got := served(t, m, name); !got.Equal(want) {
			t.Errorf("%q is served %s, want %s", name, got.DNSNames, want.DNSNames)
		}
	}
	for i, want := range []*x509.Certificate{relay, logs, nil} {
		if got := m.States()[i].Leaf; !got.Equal(want) {
			t.Errorf("State %d has another certificate", i)
		}
	}
}

func TestDamagedCertificateIsAskedForAnew(t *testing.T) {
	t.Parallel()
	o := options(t, "relay.example.com")
	keep(t, o, "relay.example.com")
	file := filepath.Join(o.Dir, "certificates", "127.0.0.1-1-dir", "relay.example.com", "relay.example.com.key")
	if err := os.WriteFile(file, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	fallback, ours := own(t)
	o.Fallback = fallback
	if !served(t, newManager(t, o), "relay.example.com").Equal(ours) {
		t.Error("something else than the fallback serves")
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Options){
		"no names":     func(o *Options) { o.Names = nil },
		"no directory": func(o *Options) { o.Dir = "" },
		"no address":   func(o *Options) { o.Email = "" },
		"challenge":    func(o *Options) { o.Challenge = "smtp-01" },
		"listen":       func(o *Options) { o.Listen = "80" },
		"port":         func(o *Options) { o.Listen = ":http" },
	} {
		o := options(t, "a.example.com")
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A client that wants other protocols than those of the challenge is let in as before.
func TestChallengeDoesNotDisturbOthers(t *testing.T) {
	t.Parallel()
	o := options(t, "relay.example.com")
	o.Challenge = TLSALPN01
	fallback, ours := own(t)
	o.Fallback = fallback
	c := newManager(t, o).ServerConfig(&tls.Config{ClientAuth: tls.RequireAnyClientCert})
	client := relaytest.NewCA().Server()
	for _, protocols := range [][]string{nil, {"syslog-tls"}, {"h2", "acme-tls/1"}} {
		if got := shake(t, c, &tls.Config{ServerName: "relay.example.com", NextProtos: protocols, Certificates: []tls.Certificate{client}}); !got.Equal(ours) {
			t.Errorf("%v: another certificate", protocols)
		}
	}
	if got := shake(t, c, &tls.Config{ServerName: "relay.example.com", NextProtos: []string{"acme-tls/1"}}); got != nil {
		t.Error("a challenge is answered that nobody asked for")
	}
}

// shake returns what the client sees; nil: no handshake.
func shake(t *testing.T, server, client *tls.Config) *x509.Certificate {
	t.Helper()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	var serving sync.WaitGroup
	defer serving.Wait()
	serving.Go(func() {
		if c, err := ln.Accept(); err == nil {
			_ = c.(*tls.Conn).Handshake()
			_ = c.Close()
		}
	})
	client.InsecureSkipVerify = true
	c, err := tls.Dial("tcp", ln.Addr().String(), client)
	if err != nil {
		return nil
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0]
}

func TestZapLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	z := zapLogger(slog.New(slog.NewJSONHandler(&out, nil))).Named("obtain").With(zap.String("ca", "x"))
	z.Info("not seen")
	z.Error("failed", zap.Strings("names", []string{"a", "b"}), zap.Error(context.Canceled))
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	if line["level"] != "WARN" || line["msg"] != "failed" || line["logger"] != "obtain" || line["ca"] != "x" || line["error"] != "context canceled" || len(line["names"].([]any)) != 2 {
		t.Errorf("line = %v", line)
	}
}
