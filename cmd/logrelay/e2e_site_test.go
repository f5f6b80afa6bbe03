package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"logrelay/relay/relaytest"
)

// siemToken is what the stand-in SIEM wants to see.
const siemToken = "e2e-siem-token"

// site is a host with a relay on it, the real program as a child process, and a stand-in SIEM.
type site struct {
	t         testing.TB
	ctx       context.Context
	dir       string
	env       []string // beside PATH
	ca        *relaytest.CA
	siem      *relaytest.SIEM
	http, sys string // the SIEM's addresses: HTTPS and syslog over TLS
	tally     *tally
	relay     *child // nil while it does not run

	mu   sync.Mutex
	down chan struct{} // closed while the relay runs
	addr map[string]string
}

// newSite makes the host and the SIEM. The relay does not run yet.
func newSite(t testing.TB) *site {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the real program")
	}
	dir, err := os.MkdirTemp("", "lr-") // t.TempDir is too long for a unix socket
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), e2ePatience)
	s := &site{t: t, ctx: ctx, dir: dir, ca: relaytest.NewCA(), tally: newTally(), down: make(chan struct{})}
	s.siem = relaytest.NewSIEM(relaytest.Options{
		TLS:   &tls.Config{Certificates: []tls.Certificate{s.ca.Server()}, SessionTicketsDisabled: true}, // so that each connection shows the certificate
		Token: siemToken, Keep: -1, OnRecord: s.tally.add,
	})
	t.Cleanup(func() {
		if s.relay != nil {
			s.relay.kill()
		}
		if t.Failed() {
			t.Logf("the relay's log:\n%s", tail(s.log(), 60))
		}
		cancel()
		s.siem.Close()
		os.RemoveAll(dir)
	})
	if s.http, err = s.siem.HTTP("127.0.0.1:0"); err == nil {
		s.sys, err = s.siem.SyslogTLS("127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	s.write("siem-ca.pem", "\ufeff"+string(s.ca.PEM())) // as some editors write it
	s.write("siem-token", siemToken)
	return s
}

// Inputs and outputs as most tests want them. Names: web, tls; hec, https, sys.
const (
	webInput = "  web: {type: https, listen: '127.0.0.1:0', auth: generated}\n"
	tlsInput = "  tls: {type: syslog, transport: tls, listen: '127.0.0.1:0', networks: [127.0.0.0/8]}\n"
)

func (s *site) hecOutput(more string) string {
	return fmt.Sprintf("  hec: {type: hec, url: 'https://%s', token_file: siem-token, tls: {ca_file: siem-ca.pem}, from: oldest%s}\n", s.http, more)
}

func (s *site) httpsOutput(more string) string {
	return fmt.Sprintf("  https: {type: https, url: 'https://%s/in', bearer_file: siem-token, tls: {ca_file: siem-ca.pem}, from: oldest%s}\n", s.http, more)
}

func (s *site) sysOutput(more string) string {
	return fmt.Sprintf("  sys: {type: syslog, address: '%s', tls: {ca_file: siem-ca.pem}, from: oldest%s}\n", s.sys, more)
}

// configure writes the configuration. more are further top-level keys; buffer is given unless more has it.
func (s *site) configure(inputs, outputs string, more ...string) {
	s.t.Helper()
	rest := strings.Join(more, "")
	if !strings.Contains(rest, "buffer:") {
		rest += "buffer: {quota: 64MiB, reserve: 0}\n"
	}
	if !strings.Contains(rest, "drain_timeout:") {
		rest += "drain_timeout: 2m\n"
	}
	s.write("logrelay.yaml", "state_dir: state\nadmin: {listen: '', socket: admin.sock}\n"+rest+"inputs:\n"+inputs+"outputs:\n"+outputs)
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) read(name string) string {
	s.t.Helper()
	b, err := os.ReadFile(s.path(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// log is what the relay has logged, over all its starts.
func (s *site) log() string {
	b, _ := os.ReadFile(s.path("log"))
	return string(b)
}

// trust returns a pool with the relay's own certificate.
func (s *site) trust() *x509.CertPool {
	s.t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(s.read("state/tls/logrelay.pem"))) {
		s.t.Fatal("the relay's certificate is no PEM")
	}
	return pool
}

func tail(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func chmod(t testing.TB, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
