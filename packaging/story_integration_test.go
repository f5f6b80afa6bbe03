//go:build integration

package packaging

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"logrelay/relay/relaytest"
)

// site is a relay that is installed in a box, senders, and the SIEM that it delivers to, on the loopback network of the box.
type site struct {
	*box
	siem   *relaytest.SIEM
	ca     *relaytest.CA // of the SIEM
	client *http.Client  // trusts the relay's certificate; a new connection for each request
	token  string
	sent   uint64 // records that the relay has answered for; numbers run from 0
}

const siemAddress = "127.0.0.1:16514"

func newSite(t *testing.T, name string) *site {
	t.Helper()
	s := &site{box: newBox(t, name), ca: relaytest.NewCA()}
	s.siem = relaytest.NewSIEM(relaytest.Options{TLS: &tls.Config{Certificates: []tls.Certificate{s.ca.Server()}}})
	t.Cleanup(s.siem.Close)
	if err := s.inside(func() error { _, err := s.siem.SyslogTLS(siemAddress); return err }); err != nil {
		t.Fatal(err)
	}
	return s
}

// trust takes the certificates that senders trust.
func (s *site) trust(pem []byte) {
	s.t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		s.t.Fatalf("no certificate:\n%s", pem)
	}
	s.client = &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: s.dial, TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true,
	}}
}

// post sends records and returns the status of the answer.
func (s *site) post(token string, body []byte) (int, error) {
	r, err := http.NewRequest(http.MethodPost, "https://127.0.0.1:5443/ingest/vpcflow", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// push sends n VPC flow records in one request and expects the answer 200.
func (s *site) push(n int) error {
	var body []byte
	for i := range uint64(n) {
		body = append(relaytest.VPCFlow(body, s.sent+i, time.Now()), '\n')
	}
	status, err := s.post(s.token, body)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("answer %d", status)
	}
	s.sent += uint64(n)
	return nil
}

// broken reports whether a connection broke before the answer. Senders try again then: the relay may have been killed.
func broken(err error) bool { return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) }

// mustPush is push, again while connections break.
func (s *site) mustPush(n int) {
	s.t.Helper()
	s.await("a push is answered", func() bool {
		err := s.push(n)
		if err != nil && !broken(err) {
			s.t.Fatalf("pushing: %v", err)
		}
		return err == nil
	})
}

// syslog sends n messages over TLS.
func (s *site) syslog(n int) {
	s.t.Helper()
	c, err := s.dial(s.t.Context(), "tcp", "127.0.0.1:6514")
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	t := tls.Client(c, &tls.Config{RootCAs: s.client.Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "127.0.0.1"})
	for range n {
		message := relaytest.RFC5424(nil, s.sent, time.Now())
		if _, err := fmt.Fprintf(t, "%d %s", len(message), message); err != nil {
			s.t.Fatal(err)
		}
		s.sent++
	}
	if err := t.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// complete waits until the SIEM has every record that the relay answered for.
func (s *site) complete() {
	s.t.Helper()
	missing := func() (n uint64) {
		seen := map[uint64]bool{}
		for _, r := range s.siem.Records() {
			if seq, ok := relaytest.Sequence(r.Data); ok {
				seen[seq] = true
			}
		}
		for i := range s.sent {
			if !seen[i] {
				n++
			}
		}
		return n
	}
	s.await(fmt.Sprintf("%d records arrive", s.sent), func() bool { return missing() == 0 })
}

// under runs do while a sender pushes in a loop, and expects that no connection is refused and no request is turned away. A connection that breaks
// before the answer is tried again, as senders do: its records are not counted as sent.
func (s *site) under(do func()) {
	s.t.Helper()
	ctx, stop := context.WithCancel(s.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			err := s.push(20)
			if err != nil && !broken(err) {
				s.t.Errorf("the sender is turned away: %v", err)
				return
			}
		}
	})
	func() {
		defer wg.Wait()
		defer stop()
		do()
	}()
}

const configuration = `inputs:
  https:
    type: https
    auth: generated
  syslog:
    type: syslog
    transport: tls
    networks: [127.0.0.0/8]
outputs:
  siem:
    type: syslog
    address: ` + siemAddress + `
    tls: {ca_file: /etc/logrelay/siem-ca.pem}
`

// firstLog goes from an installed and running relay to the first log in the SIEM, as README does.
func (s *site) firstLog() {
	s.t.Helper()
	s.await("the relay runs", func() bool { return s.property("logrelay.service", "ActiveState") == "active" })
	s.trust(s.read("/etc/logrelay/tls/logrelay.pem"))
	status, err := s.post("", []byte("x\n"))
	if err != nil || status != http.StatusUnauthorized {
		s.t.Fatalf("a push without a token: %d %v", status, err)
	}
	s.token = strings.TrimSpace(string(s.read("/var/lib/logrelay/tokens/https")))

	s.write("/etc/logrelay/siem-ca.pem", s.ca.PEM())
	s.write("/etc/logrelay/logrelay.yaml", []byte(configuration))
	contains(s.t, s.run("logrelay", "check", "--config-only"), "ok", "check --config-only")
	s.run("systemctl", "reload", "logrelay")
	out := s.run("logrelay", "check")
	contains(s.t, out, "output siem", "check")
	contains(s.t, out, "Connection established", "check")
	s.mustPush(100)
	s.syslog(100)
	s.complete()

	before := s.siem.Stats().Records
	s.write("/root/flows.log", relaytest.VPCFlow(nil, 1<<40, time.Now())) // a number that no other record has
	s.run("logrelay", "send", "--to", "https://127.0.0.1:5443", "--token-file", "/var/lib/logrelay/tokens/https",
		"--ca-file", "/etc/logrelay/tls/logrelay.pem", "--kind", "vpcflow", "/root/flows.log")
	s.await("what logrelay send sent arrives", func() bool { return s.siem.Stats().Records > before })
	s.run("logrelay", "status")
}

// certified has a CA sign the relay's request, and expects that a sender that trusts that CA alone is served after a restart; that a pair that does
// not fit is refused while the last good one serves; and that the pair of old serves when nothing names another.
func (s *site) certified() {
	s.t.Helper()
	own := s.read("/etc/logrelay/tls/logrelay.pem")
	in := func(name string) string { return "/etc/logrelay/tls/" + name }
	s.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Example CA",
		"-keyout", "/root/ca.key", "-out", "/root/ca.pem")
	s.run("logrelay", "csr", "-newkey", "rsa:2048", "-key", in("ca-signed.key"), "-subj", "/O=Example/CN=127.0.0.1", "-out", "/root/relay.csr")
	s.run("openssl", "x509", "-req", "-in", "/root/relay.csr", "-CA", "/root/ca.pem", "-CAkey", "/root/ca.key", "-CAcreateserial", "-days", "1",
		"-copy_extensions", "copyall", "-out", in("ca-signed.pem"))
	s.run("chown", "logrelay:logrelay", in("ca-signed.key"), in("ca-signed.pem"))
	s.run("chmod", "0640", in("ca-signed.key"))
	s.write("/etc/default/logrelay.override", []byte("LOGRELAY_TLS_CERT="+in("ca-signed.pem")+"\nLOGRELAY_TLS_KEY="+in("ca-signed.key")+"\n"))
	s.run("systemctl", "restart", "logrelay")
	s.trust(s.read("/root/ca.pem"))
	s.mustPush(10)

	s.run("cp", "-p", in("logrelay.pem"), in("ca-signed.pem")) // of another key
	s.run("systemctl", "restart", "logrelay")
	s.mustPush(10)
	s.await("status is red", func() bool {
		out, err := s.try("logrelay", "status")
		return err != nil && strings.Contains(out, "certificate")
	})

	s.run("rm", "/etc/default/logrelay.override")
	s.run("systemctl", "restart", "logrelay")
	s.trust(own)
	s.mustPush(10)
	s.complete()
}

// rebooted turns the host off and on again while the SIEM is away, and expects that the relay accepts, and delivers once the SIEM is back.
func (s *site) rebooted() {
	s.t.Helper()
	s.reboot()
	s.await("the relay runs after the boot", func() bool { return s.property("logrelay.service", "ActiveState") == "active" })
	s.mustPush(50) // the network of the box is a new one, and nobody listens in it
	if err := s.inside(func() error { _, err := s.siem.SyslogTLS(siemAddress); return err }); err != nil {
		s.t.Fatal(err)
	}
	s.complete()
}

// brokenReload changes the configuration to one with a mistake and expects that a reload is refused with the reason, and that the relay goes on.
func (s *site) brokenReload() {
	s.t.Helper()
	s.write("/etc/logrelay/logrelay.yaml", []byte(strings.Replace(configuration, "transport", "trnsport", 1)))
	s.fails("systemctl", "reload", "logrelay")
	s.await("the reason is in the journal", func() bool {
		return strings.Contains(s.run("journalctl", "--no-pager", "-u", "logrelay"), `did you mean "transport"`)
	})
	urgent := s.run("journalctl", "--no-pager", "--priority=warning", "--unit=logrelay", "--identifier=logrelay")
	contains(s.t, urgent, "admin change refused", "the journal from warnings up")
	if strings.Contains(urgent, "level=INFO") {
		s.t.Errorf("the journal has no priorities:\n%s", urgent)
	}
	s.mustPush(10)
	s.write("/etc/logrelay/logrelay.yaml", []byte(configuration))
	s.run("systemctl", "reload", "logrelay")
}

// keepSyslogOpen has systemd hold the port of the syslog input too.
func (s *site) keepSyslogOpen() {
	s.t.Helper()
	s.run("systemctl", "enable", "logrelay-syslog.socket")
	s.run("systemctl", "stop", "logrelay.service")
	s.run("systemctl", "start", "logrelay-syslog.socket", "logrelay.service")
	s.syslog(10)
}

// survives kills the relay, and stops it so that the watchdog has to.
func (s *site) survives() {
	s.t.Helper()
	restarts := func() string { return s.property("logrelay.service", "NRestarts") }
	up := func(n string) func() bool {
		return func() bool { return restarts() == n && s.property("logrelay.service", "ActiveState") == "active" }
	}
	s.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "logrelay.service")
	s.mustPush(10) // waits at the socket
	s.await("it is started again after kill -9", up("1"))

	s.run("mkdir", "-p", "/run/systemd/system/logrelay.service.d")
	s.write("/run/systemd/system/logrelay.service.d/fast.conf", []byte("[Service]\nWatchdogSec=3s\n"))
	s.run("systemctl", "daemon-reload")
	s.run("systemctl", "restart", "logrelay.service")
	s.run("systemctl", "kill", "--signal=STOP", "--kill-whom=main", "logrelay.service")
	s.mustPush(10)
	s.await("the watchdog has it started again", up("1"))
	s.run("rm", "-r", "/run/systemd/system/logrelay.service.d")
	s.run("systemctl", "daemon-reload")
}
