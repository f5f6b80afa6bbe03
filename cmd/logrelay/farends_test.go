package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// ending is what a far end has read, told when its last connection has ended.
type ending struct {
	mu   sync.Mutex
	text bytes.Buffer
	done chan struct{}
}

// endKey is where a script keeps its last far end, an *ending in a pointer that Setup makes.
type endKey struct{}

func newEnd(ts *testscript.TestScript) *ending {
	e := &ending{done: make(chan struct{})}
	*ts.Value(endKey{}).(**ending) = e
	return e
}

// received FILE
func received(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: received FILE")
	}
	e := *ts.Value(endKey{}).(**ending)
	if e == nil {
		ts.Fatalf("there is no far end")
	}
	select {
	case <-e.done:
	case <-time.After(patience):
		ts.Fatalf("the far end is still reading")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), e.text.Bytes(), 0o600))
}

// httpsEnd serves one answer after another, the last one for ever; without any it says 200. An answer is a status, "503:1"
// with Retry-After, or "400:text" with a body. Requests are in what "received" writes: method, path, what authorized them, body. With the
// path of Firehose the answer is Firehose's.
func httpsEnd(ts *testscript.TestScript, neg bool, args []string) {
	e := newEnd(ts)
	close(e.done) // a request is read before its answer
	answers := args
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		auth := r.Header.Get("Authorization") + r.Header.Get(firehoseKey)
		fmt.Fprintf(&e.text, "%s %s [%s] [%s]\n%s\n", r.Method, r.URL, auth, r.Header.Get("Content-Type"), strings.TrimSuffix(string(body), "\n"))
		answer := "200"
		if len(answers) > 0 {
			answer = answers[0]
		}
		if len(answers) > 1 {
			answers = answers[1:]
		}
		status, text, _ := strings.Cut(answer, ":")
		code, err := strconv.Atoi(status)
		if err != nil {
			code = 500
		}
		if code == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", text)
			text = "buffer full"
		}
		if r.URL.Path == "/firehose" && code == 200 && text == "" {
			w.Header().Set("Content-Type", "application/json")
			text = fmt.Sprintf(`{"requestId":%q,"timestamp":1}`, r.Header.Get(firehoseID))
		}
		w.WriteHeader(code)
		io.WriteString(w, text)
	})
	plain := httptest.NewServer(handler)
	secure := httptest.NewUnstartedServer(handler)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{makeCertificate(ts)}}
	secure.EnableHTTP2 = true
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	ts.Defer(plain.Close)
	ts.Defer(secure.Close)
	ts.Setenv("HTTPS", secure.URL)
	ts.Setenv("HTTPPLAIN", plain.URL)
	ts.Setenv("HTTPSPORT", secure.URL[strings.LastIndexByte(secure.URL, ':')+1:])
}

// syslogEnd reads one connection to its end, or N datagrams.
func syslogEnd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || (args[0] == "udp") != (len(args) == 2) {
		ts.Fatalf("usage: syslog tls|mtls|tcp, syslog udp N")
	}
	e := newEnd(ts)
	if args[0] == "udp" {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		ts.Check(err)
		ts.Defer(func() { c.Close() })
		ts.Setenv("SYSLOG", "syslog+udp://"+c.LocalAddr().String())
		go e.readDatagrams(c, n)
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	scheme := "syslog+tcp://"
	if args[0] != "tcp" {
		scheme = "syslog+tls://"
		conf := &tls.Config{Certificates: []tls.Certificate{makeCertificate(ts)}}
		if args[0] == "mtls" {
			conf.ClientAuth = tls.RequireAnyClientCert
		}
		l = tls.NewListener(l, conf)
	}
	ts.Defer(func() { l.Close() })
	ts.Setenv("SYSLOG", scheme+l.Addr().String())
	ts.Setenv("SYSLOGADDR", l.Addr().String())
	go func() {
		defer close(e.done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b, _ := io.ReadAll(c)
		e.mu.Lock()
		e.text.Write(b)
		e.mu.Unlock()
	}()
}

func (e *ending) readDatagrams(c net.PacketConn, count int) {
	defer close(e.done)
	b := make([]byte, maxDatagram)
	for range count {
		n, _, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		e.mu.Lock()
		e.text.Write(append(b[:n], '\n'))
		e.mu.Unlock()
	}
}

// adminEnd serves the files of the script's folder "admin" on a unix socket: GET /api/v1/status is admin/GET_status.json. A file
// that starts with a number and a line end is an answer with that status. Bodies of POSTs are in what "received" writes.
func adminEnd(ts *testscript.TestScript, neg bool, args []string) {
	e := newEnd(ts)
	close(e.done)
	dir, err := os.MkdirTemp("", "logrelay") // a socket's path is short
	ts.Check(err)
	ts.Defer(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "admin.sock")
	l, err := net.Listen("unix", socket)
	ts.Check(err)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		fmt.Fprintf(&e.text, "%s %s %s\n", r.Method, r.URL, body)
		name := r.Method + strings.ReplaceAll(strings.TrimPrefix(r.URL.Path, "/api/v1"), "/", "_") + ".json"
		answer, err := os.ReadFile(ts.MkAbs(filepath.Join("admin", name)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if line, rest, _ := bytes.Cut(answer, []byte("\n")); !json.Valid(answer) {
			code, _ := strconv.Atoi(string(line))
			w.WriteHeader(code)
			answer = rest
		}
		w.Write(answer)
	}))
	srv.Listener.Close()
	srv.Listener = l
	srv.Start()
	ts.Defer(srv.Close)
	ts.Setenv("ADMIN", socket)
}

// makeCertificate writes ca.pem, and as cert.pem and key.pem a pair for 127.0.0.1, into the script's folder.
func makeCertificate(ts *testscript.TestScript) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "relay.example"}, DNSNames: []string{"relay.example"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	ts.Check(err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	for name, text := range map[string][]byte{"ca.pem": cert, "cert.pem": cert, "key.pem": keyPEM} {
		ts.Check(os.WriteFile(ts.MkAbs(name), text, 0o600))
	}
	pair, err := tls.X509KeyPair(cert, keyPEM)
	ts.Check(err)
	return pair
}
