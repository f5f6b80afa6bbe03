//go:build integration

package forward_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/https"
	"logrelay/relay/forward/syslog"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

// receiver is a server that others wrote: it writes what comes to a file.
type receiver struct {
	addr, file string
	ca         []byte
}

// newReceiver starts a server: arguments makes its command line out of what it needs, where addr is to be its own.
func newReceiver(t *testing.T, program string, arguments func(r receiver, dir, cert, key string) []string) receiver {
	t.Helper()
	ca, dir := relaytest.NewCA(), t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, ca.Server(), cert, key)
	write(t, filepath.Join(dir, "ca.pem"), ca.PEM())
	r := receiver{addr: relaytest.FreeAddr(t), file: filepath.Join(dir, "received"), ca: ca.PEM()}
	relaytest.Background(t, program, arguments(r, dir, cert, key)...)
	return r
}

func writePair(t *testing.T, c tls.Certificate, cert, key string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
	write(t, key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func write(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r receiver) port() string {
	_, port, _ := net.SplitHostPort(r.addr)
	return port
}

// takes delivers n records through the pump and checks that the receiver has written each of them, whole.
func (r receiver) takes(t *testing.T, n int, destination func(*tls.Config) (relay.Destination, error)) {
	t.Helper()
	config, err := forward.TLSConfig(forward.TLSOptions{CAFile: r.ca})
	if err != nil {
		t.Fatal(err)
	}
	d, err := destination(config)
	if err != nil {
		t.Fatal(err)
	}
	var cursor relaytest.Cursor
	at := time.Now()
	for i := range n {
		cursor.Add(relay.Record{Raw: relaytest.RFC5424(nil, uint64(i), at)})
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p := forward.NewPump(forward.Options{Name: "siem", Cursor: &cursor, Destination: d, Idle: 50 * time.Millisecond})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := p.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	var missing int
	for {
		written, _ := os.ReadFile(r.file)
		missing = 0
		for i := range n {
			if line := relaytest.RFC5424(nil, uint64(i), at); !bytes.Contains(written, append(line, '\n')) {
				missing++
			}
		}
		if missing == 0 || ctx.Err() != nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.Drain()
	wg.Wait()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if missing > 0 {
		t.Fatalf("%d of %d records are not in what the receiver wrote", missing, n)
	}
	if got, _ := cursor.Outcome(); got != (relay.Outcome{Delivered: uint64(n)}) {
		t.Errorf("outcome %+v", got)
	}
}

func syslogTo(addr string, newline bool) func(*tls.Config) (relay.Destination, error) {
	return func(config *tls.Config) (relay.Destination, error) {
		return syslog.New(syslog.Options{Addresses: []string{addr}, Newline: newline, Encode: raw, Wrap: raw, TLS: config})
	}
}

// TestRsyslogReceives: both of its TLS drivers, both framings.
func TestRsyslogReceives(t *testing.T) {
	t.Parallel()
	rsyslogd := relaytest.Program(t, "rsyslogd", "LOGRELAY_TEST_RSYSLOGD")
	for _, driver := range []string{"gtls", "ossl"} {
		for _, newline := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s newline=%t", driver, newline), func(t *testing.T) {
				t.Parallel()
				r := newReceiver(t, rsyslogd, func(r receiver, dir, cert, key string) []string {
					conf := filepath.Join(dir, "rsyslog.conf")
					write(t, conf, fmt.Appendf(nil, `global(workDirectory=%q defaultNetstreamDriverCAFile=%q defaultNetstreamDriverCertFile=%q defaultNetstreamDriverKeyFile=%q)
module(load="imtcp" streamDriver.name=%q streamDriver.mode="1" streamDriver.authMode="anon")
template(name="whole" type="string" string="%%rawmsg%%\n")
input(type="imtcp" address="127.0.0.1" port=%q)
*.* action(type="omfile" file=%q template="whole")
`, dir, filepath.Join(dir, "ca.pem"), cert, key, driver, r.port(), r.file))
					args := []string{"-n", "-f", conf, "-i", filepath.Join(dir, "pid")}
					if modules := os.Getenv("LOGRELAY_TEST_RSYSLOG_MODULES"); modules != "" {
						args = append(args, "-M", modules)
					}
					return args
				})
				r.takes(t, 2000, syslogTo(r.addr, newline))
			})
		}
	}
}

func TestSyslogNGReceives(t *testing.T) {
	t.Parallel()
	syslogng := relaytest.Program(t, "syslog-ng", "LOGRELAY_TEST_SYSLOG_NG")
	for driver, newline := range map[string]bool{"syslog": false, "network": true} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, syslogng, func(r receiver, dir, cert, key string) []string {
				conf := filepath.Join(dir, "syslog-ng.conf")
				write(t, conf, fmt.Appendf(nil, `@version: 3.38
source in { %s(ip("127.0.0.1") port(%s) transport("tls") flags(no-parse) tls(key-file(%q) cert-file(%q) peer-verify(optional-untrusted))); };
destination out { file(%q template("${MESSAGE}\n")); };
log { source(in); destination(out); };
`, driver, r.port(), key, cert, r.file))
				return []string{"-F", "--no-caps", "-f", conf, "-R", filepath.Join(dir, "persist"), "-p", filepath.Join(dir, "pid"), "-c", filepath.Join(dir, "ctl")}
			})
			r.takes(t, 2000, syslogTo(r.addr, newline))
		})
	}
}

// TestPythonReceives: the HTTP server of Python's library.
func TestPythonReceives(t *testing.T) {
	t.Parallel()
	python := relaytest.Program(t, "python3", "LOGRELAY_TEST_PYTHON")
	const script = `
import gzip, http.server, ssl, sys
port, cert, key, out = sys.argv[1:]
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with open(out, "ab") as f:
            f.write(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
`
	r := newReceiver(t, python, func(r receiver, _, cert, key string) []string {
		return []string{"-c", script, r.port(), cert, key, r.file}
	})
	r.takes(t, 2000, func(config *tls.Config) (relay.Destination, error) {
		return https.New(https.Options{Format: https.Lines, Encode: raw, Web: web.Options{URLs: []string{"https://" + r.addr}, TLS: config, Compress: web.Gzip}})
	})
}
