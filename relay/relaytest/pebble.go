//go:build integration

package relaytest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Pebble is Let's Encrypt's small ACME CA for tests. For it every name leads to loopback.
type Pebble struct {
	Directory      string // URL
	HTTPAt, ALPNAt string // where it looks at challenges, in the place of ports 80 and 443
	CA             *CA    // of its own HTTPS, not of what it issues
	management     string
	config         string // file
}

// NewPebble makes a CA ready whose certificates are good for so long. Start starts it.
func NewPebble(t testing.TB, validity time.Duration) *Pebble {
	t.Helper()
	self := FreeAddr(t)
	p := &Pebble{
		Directory: "https://" + self + "/dir", HTTPAt: FreeAddr(t), ALPNAt: FreeAddr(t), management: FreeAddr(t), CA: NewCA(),
		config: filepath.Join(t.TempDir(), "pebble.json"),
	}
	cert := p.CA.Server()
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
		"listenAddress": self, "managementListenAddress": p.management, "httpPort": portOf(t, p.HTTPAt), "tlsPort": portOf(t, p.ALPNAt),
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

func portOf(t testing.TB, address string) int {
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

// Start runs the CA until the test ends, and waits until it answers. The test is skipped where there is no Pebble. txt gives the TXT records of
// names; nil means that there are none.
func (p *Pebble) Start(t testing.TB, txt func(name string) []string) {
	t.Helper()
	file := os.Getenv("LOGRELAY_TEST_PEBBLE")
	if file == "" {
		t.Skip("Pebble is not here: LOGRELAY_TEST_PEBBLE names no program")
	}
	cmd := exec.Command(file, "-config", p.config, "-dnsserver", dnsServer(t, txt))
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	launch(t, "Pebble", cmd)
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		resp, err := p.Client().Get(p.Directory)
		if err == nil {
			_ = resp.Body.Close()
			return
		}
		if time.Since(begun) > patience {
			t.Fatalf("Pebble does not answer: %v", err)
		}
	}
}

// Client trusts the CA's HTTPS.
func (p *Pebble) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.CA.Pool()}, DisableKeepAlives: true}}
}

// Issuers returns what the CA signs with.
func (p *Pebble) Issuers(t testing.TB) *x509.CertPool {
	t.Helper()
	resp, err := p.Client().Get("https://" + p.management + "/roots/0")
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

// RenewNow has the CA answer for a certificate as Let's Encrypt does when it is revoked: with half an hour that is over. Pebble's own answer is a
// single second, which our client takes for a malformed one.
func (p *Pebble) RenewNow(t testing.TB, leaf *x509.Certificate) {
	t.Helper()
	over := time.Now().Add(-time.Hour).UTC()
	body, err := json.Marshal(map[string]string{
		"certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})),
		"ariResponse": fmt.Sprintf(`{"suggestedWindow":{"start":%q,"end":%q}}`, over.Format(time.RFC3339), over.Add(30*time.Minute).Format(time.RFC3339)),
	})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.Client().Post("https://"+p.management+"/set-renewal-info/", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("setting the renewal information: %s", resp.Status)
	}
}
