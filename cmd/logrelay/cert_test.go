package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"logrelay/relay/relaytest"
)

// Root is told what the service's user cannot read, though root can.
func TestCertShowSeesAsTheService(t *testing.T) {
	t.Parallel()
	nobody, err := user.Lookup("nobody")
	if err != nil || os.Geteuid() != 0 {
		t.Skipf("needs root and the user nobody: %v", err)
	}
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key := relaytest.CertPEM(relaytest.NewCA().Issue("relay", time.Now().Add(time.Hour), "relay"))
	for name, text := range map[string][]byte{
		"relay.pem": cert, "relay.key": key,
		"logrelay.yaml": []byte("state_dir: state\ntls: {cert_file: relay.pem, key_file: relay.key}\ninputs: {web: {type: https, auth: none}}\noutputs: {out: {type: stdout, schema: raw}}\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	show := func() (int, string) {
		var out bytes.Buffer
		status := execute([]string{"logrelay", "cert", "show", "--config", filepath.Join(dir, "logrelay.yaml")}, &out, &out)
		return status, out.String()
	}
	if status, text := show(); status != exitDone { // root's own relay
		t.Errorf("status %d:\n%s", status, text)
	}
	if err := os.Chown(filepath.Join(dir, "state"), uid, -1); err != nil {
		t.Fatal(err)
	}
	status, text := show()
	if status != exitUnhealthy || !strings.Contains(text, "relay.key: the user nobody cannot ") || !strings.Contains(text, "logrelay cert import") {
		t.Errorf("status %d:\n%s", status, text)
	}
}

// Far ends that no strict sender would talk to: what is wrong is told, and no flag is recommended that there is not.
func TestCertCheckOfOtherServers(t *testing.T) {
	t.Parallel()
	ca := relaytest.NewCA()
	cert := ca.Issue("127.0.0.1", time.Now().Add(time.Hour), "127.0.0.1")
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		conf *tls.Config
		want string
	}{
		"weak cipher": {&tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256}},
			"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 is weak; strict senders want forward secrecy"},
		"old version": {&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "TLS 1.1 is too old"},
		"no certificate": {&tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, errors.New("no") }},
			"hint: the far end refused before it showed a certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := tls.Listen("tcp", "127.0.0.1:0", tt.conf)
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan struct{})
			go func() {
				defer close(served)
				if c, err := l.Accept(); err == nil {
					_ = c.(*tls.Conn).Handshake()
					_, _ = c.Read(make([]byte, 1)) // until the other side hangs up
					_ = c.Close()
				}
			}()
			var out bytes.Buffer
			status := execute([]string{"logrelay", "cert", "check", "--ca-file", caFile, l.Addr().String()}, &out, &out)
			_ = l.Close()
			<-served
			if status != exitUnhealthy || !strings.Contains(out.String(), tt.want) {
				t.Errorf("status %d, want %d and %q:\n%s", status, exitUnhealthy, tt.want, &out)
			}
		})
	}
}
