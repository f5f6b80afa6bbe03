package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay"
	"logrelay/relay/ingest/https"
	"logrelay/relay/ingest/syslog"
)

// TestSendToInputs sends by every protocol to the inputs of the relay. It is not parallel, like all tests that run the
// program in the test's process: urfave/cli keeps the help flag of all apps in one variable.
func TestSendToInputs(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pair, ca := selfSigned(t)
	caFile, token := file("ca.pem", "\ufeff"+ca), file("token", "s3cret\n")
	flow := file("flow.log", "version account-id srcaddr\n2 123456789012 192.0.2.1\n2 123456789012 192.0.2.2\n")
	text := file("in.log", "<34>1 2026-01-01T00:00:00Z h app - - - hello\n<34>Jan  1 00:00:00 h app: old\n")
	values := file("in.json", `[{"a":1.0},{"b":[2]}]`)
	const hello, old = "<34>1 2026-01-01T00:00:00Z h app - - - hello", "<34>Jan  1 00:00:00 h app: old"

	for _, c := range []struct {
		name string
		to   func(t *testing.T, s *keptSink) string
		args []string
		want []string
	}{
		{"text", runHTTPS(pair), []string{text}, []string{hello, old}},
		{"kind", runHTTPS(pair), []string{"--kind", "syslog", text}, []string{hello + " syslog", old + " syslog"}},
		{"columns", runHTTPS(pair), []string{"--count", "3", flow}, []string{
			"2 123456789012 192.0.2.1 vpcflow version account-id srcaddr", "2 123456789012 192.0.2.2 vpcflow version account-id srcaddr",
			"2 123456789012 192.0.2.1 vpcflow version account-id srcaddr",
		}},
		{"json", runHTTPS(pair), []string{"--format", "json", values}, []string{`{"a":1.0}`, `{"b":[2]}`}},
		{"ndjson", runHTTPS(pair), []string{"--format", "ndjson", file("in.ndjson", "{\"a\":1}\n{\"b\":2}\n")}, []string{`{"a":1}`, `{"b":2}`}},
		{"basic", runHTTPS(pair), []string{"--user", "anyone", text}, []string{hello, old}},
		{"hec", runHTTPS(pair), []string{"--format", "hec", text}, []string{hello, old}},
		{"hec-raw", runHTTPS(pair), []string{"--format", "hec-raw", text}, []string{hello, old}},
		{"firehose", runHTTPS(pair), []string{"--format", "firehose", text}, []string{hello, old}},
		{"tls", runSyslog(syslog.TLS, pair), []string{text}, []string{hello + " syslog", old + " syslog"}},
		{"tls, newline", runSyslog(syslog.TLS, pair), []string{"--framing", "newline", text}, []string{hello + " syslog", old + " syslog"}},
		{"tcp", runSyslog(syslog.TCP, pair), []string{text}, []string{hello + " syslog", old + " syslog"}},
		{"tcp, octet", runSyslog(syslog.TCP, pair), []string{"--framing", "octet", text}, []string{hello + " syslog", old + " syslog"}},
		{"udp", runSyslog(syslog.UDP, pair), []string{text}, []string{hello + " syslog", old + " syslog"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sink := newKeptSink()
			to := c.to(t, sink)
			args := append([]string{"logrelay", "send", "--to", to}, c.args...)
			if strings.HasPrefix(to, "https") {
				args = append(args, "--token-file", token)
			}
			if !strings.HasPrefix(to, "syslog+tcp") && !strings.HasPrefix(to, "syslog+udp") {
				args = append(args, "--ca-file", caFile)
			}
			var stdout, stderr bytes.Buffer
			if status := execute(args, &stdout, &stderr); status != exitDone {
				t.Fatalf("exit status %d: %s", status, &stderr)
			}
			got := sink.wait(t, len(c.want))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// keptSink keeps records as "RAW KIND COLUMNS".
type keptSink struct {
	mu      sync.Mutex
	records []string
	more    chan struct{}
}

func newKeptSink() *keptSink { return &keptSink{more: make(chan struct{}, 1)} }

func (s *keptSink) Put(_ context.Context, b *relay.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := 0
	for _, e := range b.Entries {
		at += int(e.Meta)
		o := b.Origins[e.Origin]
		s.records = append(s.records, strings.TrimSpace(fmt.Sprintf("%s %s %s", b.Bytes[at:at+int(e.Raw)], o.Kind, o.Columns)))
		at += int(e.Raw)
	}
	select {
	case s.more <- struct{}{}:
	default:
	}
	return nil
}

// wait returns the records when there are n of them.
func (s *keptSink) wait(t *testing.T, n int) []string {
	t.Helper()
	deadline := time.After(patience)
	for {
		s.mu.Lock()
		got := append([]string(nil), s.records...)
		s.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-s.more:
		case <-deadline:
			t.Fatalf("%d of %d records came: %q", len(got), n, got)
		}
	}
}

// runSource runs an input until the test ends.
func runSource(t *testing.T, src relay.Source, sink relay.Sink) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- src.Run(ctx, sink) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func runHTTPS(pair tls.Certificate) func(*testing.T, *keptSink) string {
	return func(t *testing.T, sink *keptSink) string {
		t.Helper()
		l := listen(t)
		src, err := https.New(https.Options{
			Name: "web", Listener: l, TLS: &tls.Config{Certificates: []tls.Certificate{pair}},
			Auth: https.Auth{Tokens: []https.Token{{Name: "test", Secret: "s3cret"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		runSource(t, src, sink)
		return "https://" + l.Addr().String()
	}
}

func runSyslog(transport syslog.Transport, pair tls.Certificate) func(*testing.T, *keptSink) string {
	return func(t *testing.T, sink *keptSink) string {
		t.Helper()
		o := syslog.Options{Name: "in", Transport: transport, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
		var to string
		switch transport {
		case syslog.UDP:
			c, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			o.PacketConns, to = []net.PacketConn{c}, "syslog+udp://"+c.LocalAddr().String()
		default:
			l := listen(t)
			o.Listeners, to = []net.Listener{l}, "syslog+tcp://"+l.Addr().String()
			if transport == syslog.TLS {
				o.TLS, to = &tls.Config{Certificates: []tls.Certificate{pair}}, "syslog+tls://"+l.Addr().String()
			}
		}
		src, err := syslog.New(o)
		if err != nil {
			t.Fatal(err)
		}
		runSource(t, src, sink)
		return to
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// selfSigned returns a pair for 127.0.0.1 and its certificate as PEM.
func selfSigned(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
