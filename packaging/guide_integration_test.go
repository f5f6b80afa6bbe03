//go:build integration

package packaging

import (
	"crypto/tls"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"logrelay/relay/relaytest"
)

// guide is what README has under "From nothing to the first log": the texts of the fenced blocks of each step, from step 1 at 0.
func guide(t testing.TB) [][]string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(readme), "### From nothing to the first log\n")
	text, _, _ = strings.Cut(text, "\n### ")
	var steps [][]string
	for _, step := range regexp.MustCompile(`(?m)^\d+\. `).Split(text, -1)[1:] {
		var blocks []string
		for _, m := range regexp.MustCompile("(?ms)^   ```(?:yaml)?\n(.*?\n)   ```$").FindAllStringSubmatch(step, -1) {
			blocks = append(blocks, regexp.MustCompile(`(?m)^   `).ReplaceAllString(m[1], ""))
		}
		steps = append(steps, blocks)
	}
	if len(steps) != 6 {
		t.Fatalf("README has %d steps to the first log, and this test knows 6", len(steps))
	}
	return steps
}

// block returns the text of a block of a step; both count from 1.
func (s *site) block(step, block int) string {
	s.t.Helper()
	blocks := guide(s.t)[step-1]
	if len(blocks) < block {
		s.t.Fatalf("README has no block %d in step %d", block, step)
	}
	return blocks[block-1]
}

// follow runs each line of a block in /root, as a reader would, and returns what was printed. What the comment of a line has in quotes has to be in what
// it prints.
func (s *site) follow(step, block int) string {
	s.t.Helper()
	var all strings.Builder
	for _, line := range lines(s.block(step, block)) {
		command, comment, _ := strings.Cut(line, " # ")
		out := s.run("sh", "-c", "cd /root && "+command)
		for _, m := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(comment, -1) {
			contains(s.t, out, m[1], command)
		}
		all.WriteString(out)
	}
	return all.String()
}

// install runs the line of step 1 that begins with a word, and returns what it prints. The package is in /root.
func (s *site) install(word string) string {
	s.t.Helper()
	for _, line := range lines(s.block(1, 1)) {
		if strings.HasPrefix(line, word) {
			if runtime.GOARCH == "arm64" {
				line = strings.NewReplacer("amd64", "arm64", "x86_64", "aarch64").Replace(line)
			}
			return s.run("sh", "-c", "cd /root && "+line)
		}
	}
	s.t.Fatalf("step 1 of README has no line for %s", word)
	return ""
}

// firstLog goes from an installed relay to the first log in the SIEM, steps 2 to 5.
func (s *site) firstLog() {
	s.t.Helper()
	s.await("the relay runs", func() bool { return s.property("logrelay.service", "ActiveState") == "active" })
	s.run("sh", "-c", "echo 127.0.0.1 siem.example.com relay.example.com >>/etc/hosts")
	s.await("the relay has made a certificate", func() bool { _, err := s.try("test", "-s", "/etc/logrelay/tls/logrelay.pem"); return err == nil })
	s.trust(s.read("/etc/logrelay/tls/logrelay.pem"), "127.0.0.1")
	if status, err := s.post("", []byte("x\n")); err != nil || status != http.StatusUnauthorized {
		s.t.Fatalf("a push without a token: %d %v", status, err)
	}
	s.follow(2, 1)

	// The stand-in listens on this very host, where the relay has the port, and so do the senders.
	s.configure(strings.NewReplacer("siem.example.com:6514", siemAddress, "10.0.0.0/8", "127.0.0.0/8").Replace(s.block(3, 1)))
	s.write("/root/siem-ca.pem", s.ca.PEM())
	s.follow(3, 2)
	s.follow(4, 1)

	s.token = strings.TrimSpace(string(s.read("/var/lib/logrelay/tokens/https")))
	s.mustPush(100)
	s.syslog(100)
	s.complete()
	before := s.siem.Stats().Records
	s.write("/root/flows.log", relaytest.VPCFlow(nil, 1<<40, time.Now())) // a number that no other record has
	s.follow(5, 1)
	s.await("what logrelay send sent arrives", func() bool { return s.siem.Stats().Records > before })
}

// configure writes the configuration of the relay.
func (s *site) configure(yaml string) {
	s.t.Helper()
	s.configuration = yaml
	s.write("/etc/logrelay/logrelay.yaml", []byte(yaml))
}

// certified is step 6, and what it promises: a sender that trusts the CA alone is served; where the pair does not fit the last good one serves, and
// status is red; a certificate that takes the place of the file is served after a reload.
func (s *site) certified() {
	s.t.Helper()
	own := s.read("/etc/logrelay/tls/logrelay.pem")
	s.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Example CA",
		"-keyout", "/root/ca.key", "-out", "/root/ca.pem")
	sign := func(days, to string) {
		s.t.Helper()
		s.run("openssl", "x509", "-req", "-in", "/root/relay.csr", "-CA", "/root/ca.pem", "-CAkey", "/root/ca.key", "-CAcreateserial", "-days", days,
			"-copy_extensions", "copyall", "-out", to)
	}
	s.follow(6, 1)
	sign("1", "/root/relay.pem")
	s.follow(6, 2)
	s.trust(s.read("/root/ca.pem"), "relay.example.com")
	s.mustPush(10)
	first := s.serial()

	s.run("cp", "/etc/logrelay/tls/logrelay.pem", "/etc/logrelay/tls/relay.pem") // of another key
	s.run("systemctl", "restart", "logrelay")
	s.mustPush(10)
	if s.serial() != first {
		s.t.Error("the pair does not fit, and what serves is not the last good certificate")
	}
	s.await("status is red", func() bool {
		out, err := s.try("logrelay", "status")
		return err != nil && strings.Contains(out, "certificate")
	})

	sign("2", "/etc/logrelay/tls/relay.pem")
	s.run("systemctl", "reload", "logrelay")
	if s.serial() == first {
		s.t.Error("after the reload it does not serve the certificate that took the place of the file")
	}
	s.mustPush(10)

	s.run("rm", "/etc/default/logrelay.override")
	s.run("systemctl", "restart", "logrelay")
	s.trust(own, "127.0.0.1")
	s.mustPush(10)
	s.complete()
}

// serial returns the serial number of the certificate that is served.
func (s *site) serial() string {
	s.t.Helper()
	c, err := s.dial(s.t.Context(), "tcp", "127.0.0.1:5443")
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	client := tls.Client(c, s.client.Transport.(*http.Transport).TLSClientConfig)
	if err := client.HandshakeContext(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return client.ConnectionState().PeerCertificates[0].SerialNumber.String()
}
