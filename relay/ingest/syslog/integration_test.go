//go:build integration

package syslog

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logrelay/relay/relaytest"
)

func run(t *testing.T, stdin, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

func port(t *testing.T, addr string) string {
	t.Helper()
	_, p, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// writePEM writes the certificate for clients that verify it, and returns its path.
func writePEM(t *testing.T, c tls.Certificate) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantText checks that n records came, whole, with the n texts in order at their ends.
func wantText(t *testing.T, out *memorySink, n int, text func(i int) string) {
	t.Helper()
	for i, r := range out.wait(t, n) {
		if !strings.HasSuffix(r.raw, text(i)) || !strings.HasPrefix(r.raw, "<") || r.flags != 0 {
			t.Errorf("record %d is %q with flags %b, want %q", i, r.raw, r.flags, text(i))
		}
	}
}

func TestLogger(t *testing.T) {
	logger := relaytest.Program(t, "logger", "LOGRELAY_TEST_LOGGER")
	out := newMemorySink()
	_, addr, _ := startTCP(t, Options{}, out)
	tcp := []string{"--server", "127.0.0.1", "--port", port(t, addr), "--tcp", "--tag", "test"}
	run(t, "", logger, append(tcp, "--rfc5424", "text 0")...)
	out.wait(t, 1)
	run(t, "", logger, append(tcp, "--rfc3164", "text 1")...)
	out.wait(t, 2)
	run(t, "text 2\ntext 3\ntext 4\n", logger, append(tcp, "--octet-count")...)
	wantText(t, out, 5, func(i int) string { return fmt.Sprintf("text %d", i) })

	datagrams := newMemorySink()
	_, c, _ := startUDP(t, Options{}, datagrams)
	run(t, "text 0\ntext 1\n", logger, "--server", "127.0.0.1", "--port", port(t, c.RemoteAddr().String()), "--udp")
	wantText(t, datagrams, 2, func(i int) string { return fmt.Sprintf("text %d", i) })
}

// TestPythonHandler: Python's SysLogHandler ends a message with NUL and over TCP sends nothing else between two.
func TestPythonHandler(t *testing.T) {
	python := relaytest.Program(t, "python3", "LOGRELAY_TEST_PYTHON")
	const script = `
import logging, logging.handlers, socket, sys
kind = socket.SOCK_STREAM if sys.argv[1] == "tcp" else socket.SOCK_DGRAM
h = logging.handlers.SysLogHandler(("127.0.0.1", int(sys.argv[2])), socktype=kind)
log = logging.getLogger("test")
log.addHandler(h)
for i in range(50):
    log.error("text %d é", i)
h.close()
`
	text := func(i int) string { return fmt.Sprintf("text %d é", i) }
	out := newMemorySink()
	_, addr, _ := startTCP(t, Options{}, out)
	run(t, "", python, "-c", script, "tcp", port(t, addr))
	wantText(t, out, 50, text)
	datagrams := newMemorySink()
	_, c, _ := startUDP(t, Options{}, datagrams)
	run(t, "", python, "-c", script, "udp", port(t, c.RemoteAddr().String()))
	wantText(t, datagrams, 50, text)
}

func TestOpenSSL(t *testing.T) {
	openssl := relaytest.Program(t, "openssl", "LOGRELAY_TEST_OPENSSL")
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		cert := certificate(t, "relay.example.com")
		out := newMemorySink()
		_, addr, _ := startTLS(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}}, out)
		cmd := exec.CommandContext(t.Context(), openssl, "s_client", "-quiet", "-verify_return_error",
			"-CAfile", writePEM(t, cert), "-verify_hostname", "relay.example.com", "-connect", addr, version)
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			fmt.Fprintf(stdin, "<13>text %d\n", i)
		}
		wantText(t, out, 20, func(i int) string { return fmt.Sprintf("text %d", i) })
		stdin.Close()
		cmd.Process.Kill()
		cmd.Wait()
	}
}

// messages sends text over a local TCP socket to a daemon that relays it, waiting until the daemon listens.
func messages(t *testing.T, addr string, n int) {
	t.Helper()
	var c net.Conn
	eventually(t, "the sender listens on "+addr, func() (ok bool) {
		var err error
		c, err = net.DialTimeout("tcp", addr, time.Second)
		return err == nil
	})
	defer c.Close()
	for i := range n {
		if _, err := fmt.Fprintf(c, "<13>Nov 21 09:15:32 host app: text %d\n", i); err != nil {
			t.Fatal(err)
		}
	}
}

// rsyslog starts an rsyslogd that relays what comes to the address it returns, by an action of omfwd with the given parameters.
func rsyslog(t *testing.T, global, action string) (in string) {
	t.Helper()
	rsyslogd := relaytest.Program(t, "rsyslogd", "LOGRELAY_TEST_RSYSLOGD")
	in = relaytest.FreeAddr(t)
	dir := t.TempDir()
	conf := filepath.Join(dir, "rsyslog.conf")
	text := fmt.Sprintf(`global(workDirectory=%q %s)
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port=%q)
*.* action(type="omfwd" target="127.0.0.1" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format" %s)
`, dir, global, port(t, in), action)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-f", conf, "-i", filepath.Join(dir, "pid")}
	if modules := os.Getenv("LOGRELAY_TEST_RSYSLOG_MODULES"); modules != "" {
		args = append(args, "-M", modules)
	}
	relaytest.Background(t, rsyslogd, args...)
	return in
}

func TestRsyslog(t *testing.T) {
	for _, framing := range []string{"traditional", "octet-counted"} {
		out := newMemorySink()
		_, addr, _ := startTCP(t, Options{}, out)
		in := rsyslog(t, "", fmt.Sprintf("port=%q tcp_framing=%q", port(t, addr), framing))
		messages(t, in, 200)
		wantTexts(t, out, 200)
	}
}

// TestRsyslogTLS: both of rsyslog's TLS drivers, with the certificate and its name verified.
func TestRsyslogTLS(t *testing.T) {
	for _, driver := range []string{"gtls", "ossl"} {
		for _, framing := range []string{"traditional", "octet-counted"} {
			t.Run(driver+" "+framing, func(t *testing.T) {
				cert := certificate(t, "relay.example.com")
				out := newMemorySink()
				_, addr, _ := startTLS(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}}, out)
				in := rsyslog(t, fmt.Sprintf("defaultNetstreamDriverCAFile=%q", writePEM(t, cert)), fmt.Sprintf(`port=%q tcp_framing=%q
					streamDriver=%q streamDriverMode="1" streamDriverAuthMode="x509/name" streamDriverPermittedPeers="relay.example.com"`,
					port(t, addr), framing, driver))
				messages(t, in, 1000)
				wantTexts(t, out, 1000)
			})
		}
	}
}

func TestSyslogNG(t *testing.T) {
	syslogng := relaytest.Program(t, "syslog-ng", "LOGRELAY_TEST_SYSLOG_NG")
	modules := os.Getenv("LOGRELAY_TEST_SYSLOG_NG_MODULES")
	cert := certificate(t, "127.0.0.1")
	pool := x509.NewCertPool()
	pool.AddCert(cert.Leaf)
	for _, driver := range []string{"network", "syslog"} { // newline and octet-counted
		out := newMemorySink()
		_, addr, _ := startTLS(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}}, out)
		in, dir := relaytest.FreeAddr(t), t.TempDir()
		conf := filepath.Join(dir, "syslog-ng.conf")
		text := fmt.Sprintf(`@version: 3.38
options { keep-hostname(yes); };
source in { network(ip("127.0.0.1") port(%s) transport("tcp")); };
destination out { %s("127.0.0.1" port(%s) transport("tls") tls(ca-file(%q) peer-verify(required-trusted))); };
log { source(in); destination(out); };
`, port(t, in), driver, port(t, addr), writePEM(t, cert))
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"-F", "--no-caps", "-f", conf, "-R", filepath.Join(dir, "persist"),
			"-p", filepath.Join(dir, "pid"), "-c", filepath.Join(dir, "ctl")}
		if modules != "" {
			args = append(args, "--module-path", modules)
		}
		relaytest.Background(t, syslogng, args...)
		messages(t, in, 1000)
		wantTexts(t, out, 1000)
	}
}

// wantTexts checks that the n texts are among the records, each once, whole and in order: daemons send words of their own between.
func wantTexts(t *testing.T, out *memorySink, n int) {
	t.Helper()
	var texts []string
	eventually(t, "all texts", func() bool {
		texts = texts[:0]
		for _, r := range out.wait(t, 0) {
			if k := strings.Index(r.raw, "text "); k >= 0 {
				if !strings.HasPrefix(r.raw, "<13>") || !strings.Contains(r.raw[:k], " host app") || r.flags != 0 {
					t.Fatalf("%q with flags %b", r.raw, r.flags)
				}
				texts = append(texts, strings.TrimSpace(r.raw[k:]))
			}
		}
		return len(texts) >= n
	})
	for i, got := range texts {
		if got != fmt.Sprintf("text %d", i) {
			t.Fatalf("text %d is %q", i, got)
		}
	}
}
