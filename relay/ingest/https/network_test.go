package https

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

func (r *running) address() string { return r.url[strings.Index(r.url, "//")+2:] }

func (r *running) dial(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

func get200(t testing.TB, c *http.Client, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequest("POST", url, strings.NewReader("over TLS\n"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return resp
}

func client(ca *relaytest.CA, http2 bool, certs ...tls.Certificate) *http.Client {
	return &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: http2, TLSClientConfig: &tls.Config{RootCAs: ca.Pool(), Certificates: certs}}}
}

func TestTLSAndHTTP2(t *testing.T) {
	t.Parallel()
	ca := relaytest.NewCA()
	r := start(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{ca.Server()}}})
	for _, two := range []bool{false, true} {
		c := client(ca, two)
		resp := get200(t, c, r.url)
		if want := map[bool]int{false: 1, true: 2}[two]; resp.StatusCode != 200 || resp.ProtoMajor != want {
			t.Errorf("status %d over HTTP/%d, want %d", resp.StatusCode, resp.ProtoMajor, want)
		}
		wantRecords(t, r.sink.take(), "over TLS")
	}
	// Many requests at a time in one HTTP/2 connection, some refused, some large.
	c := client(ca, true)
	large := bytes.Repeat([]byte("a line of a large body\n"), 20_000)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			body, token, want := []byte("x\n"), secret, 200
			switch i % 4 {
			case 1:
				body = large
			case 2:
				body, token, want = large, "wrong", 401
			}
			req, _ := http.NewRequest("POST", r.url, bytes.NewReader(body))
			req.Header.Set("Authorization", "Bearer "+token)
			resp, err := c.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("request %d: %d, want %d", i, resp.StatusCode, want)
			}
		})
	}
	wg.Wait()
	if n := len(r.sink.take()); n != 10+5*20_000 {
		t.Errorf("%d records", n)
	}
	plain := r.dial(t)
	fmt.Fprint(plain, "GET / HTTP/1.0\r\n\r\n")
	if b, _ := io.ReadAll(plain); !strings.HasPrefix(string(b), "HTTP/1.0 400") {
		t.Errorf("plain HTTP got %q", b)
	}
}

func TestClientCertificates(t *testing.T) {
	t.Parallel()
	ca, other := relaytest.NewCA(), relaytest.NewCA()
	auth := Auth{Certificates: true, Admits: func(c *x509.Certificate) bool { return c.Subject.CommonName == "fw-1" }, ClientCAs: ca.Pool()}
	r := start(t, Options{Auth: auth, TLS: &tls.Config{Certificates: []tls.Certificate{ca.Server()}, ClientCAs: ca.Pool(), ClientAuth: tls.VerifyClientCertIfGiven}})
	good := client(ca, false, ca.Client("fw-1"))
	if resp := get200(t, good, r.url); resp.StatusCode != 401 { // its Authorization is looked at first
		t.Errorf("an unknown token beside a certificate: %d", resp.StatusCode)
	}
	send := func(c *http.Client) (int, error) {
		resp, err := c.Post(r.url, "text/plain", strings.NewReader("x"))
		if err != nil {
			return 0, err
		}
		resp.Body.Close()
		return resp.StatusCode, nil
	}
	if status, err := send(good); status != 200 {
		t.Errorf("a certificate: %d, %v", status, err)
	}
	if got := r.sink.take(); len(got) != 1 || got[0].origin.Identity != "fw-1" {
		t.Errorf("records %+v", got)
	}
	if status, err := send(client(ca, false, ca.Client("fw-2"))); status != 403 {
		t.Errorf("another subject: %d, %v", status, err)
	}
	if status, err := send(client(ca, true)); status != 401 {
		t.Errorf("no certificate: %d, %v", status, err)
	}
	if status, err := send(client(ca, false, other.Client("fw-1"))); err == nil {
		t.Errorf("a certificate of another CA: %d", status)
	}
	// The CA is replaced: the connection that is open does not outlive it.
	c, err := tls.Dial("tcp", r.address(), &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost", Certificates: []tls.Certificate{ca.Client("fw-1")}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
	lines := bufio.NewReader(c)
	if resp, err := http.ReadResponse(lines, nil); err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	} else {
		io.Copy(io.Discard, resp.Body)
	}
	auth.ClientCAs = other.Pool()
	if err := r.SetAuth(auth); err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(patience))
	if b, err := io.ReadAll(lines); err == nil && len(b) > 0 {
		t.Errorf("read %q", b)
	} else if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		t.Error("the connection is still open")
	}
}

func TestSlowSenders(t *testing.T) {
	t.Parallel()
	header := start(t, Options{Limits: Limits{HeaderTime: 200 * time.Millisecond}}).dial(t)
	fmt.Fprint(header, "POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	r := start(t, Options{Limits: Limits{BodyTime: 200 * time.Millisecond, BodyRate: 1 << 20}})
	body := r.dial(t)
	fmt.Fprintf(body, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nAuthorization: Bearer %s\r\n\r\nabc", secret)
	refused := r.dial(t) // and it never sends its body
	fmt.Fprint(refused, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nAuthorization: Bearer wrong\r\n\r\n")
	if b, err := io.ReadAll(header); err != nil {
		t.Errorf("a slow header: %q, %v", b, err)
	}
	if b, err := io.ReadAll(body); err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 408 ") {
		t.Errorf("a slow body: %q, %v", b, err)
	}
	if b, err := io.ReadAll(refused); err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 401 ") {
		t.Errorf("a refused request: %q, %v", b, err)
	}
	wantAnswer(t, r.post(t, "/", []byte("x"), nil), 200, "") // which comes together with its header
	wantRecords(t, r.sink.take(), "x")
}

func TestHugeHeader(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Limits: Limits{Header: 8 << 10}})
	wantAnswer(t, r.post(t, "/", []byte("x"), header{"X-Large": strings.Repeat("x", 64<<10)}), 431, "")
	wantAnswer(t, r.post(t, "/", []byte("x"), nil), 200, "")
}

// Idle connections at the limit make room; busy ones do not.
func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Limits: Limits{Connections: 8}})
	release := make(chan struct{})
	entered := make(chan struct{}, 8)
	r.sink.setFail(func(put int) error {
		if put < 7 {
			entered <- struct{}{}
			<-release
		}
		return nil
	})
	var wg sync.WaitGroup
	for range 7 {
		wg.Go(func() {
			a, err := r.try("POST", "/", strings.NewReader("x"), header{"Connection": "close"})
			if err != nil || a.status != 200 {
				t.Errorf("%d, %v", a.status, err)
			}
		})
	}
	for range 7 {
		<-entered
	}
	idle := r.dial(t)
	r.waitConns(t, 8)
	r.conns.mu.Lock()
	for c := range r.conns.open {
		if c.idle.Load() != 0 {
			c.idle.Store(time.Now().Add(-time.Hour).UnixNano())
		}
	}
	r.conns.mu.Unlock()
	c := r.dial(t) // takes the idle one's place
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("the idle connection was not closed")
	}
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nAuthorization: Bearer %s\r\n\r\nx", secret)
	if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("%v, %v", resp, err)
	}
	late := r.dial(t) // all the others are busy, or were just now
	if b, err := io.ReadAll(late); len(b) > 0 {
		t.Errorf("one too many: %q, %v", b, err)
	}
	close(release)
	wg.Wait()
}

func (r *running) waitConns(t testing.TB, n int64) {
	t.Helper()
	for end := time.Now().Add(patience); r.Stats().Connections != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections, want %d", r.Stats().Connections, n)
		}
	}
}

// A sender that dies in the middle of its body stores nothing, and costs nothing afterwards.
func TestSenderDies(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	for _, body := range []string{"line 1\nline 2\n", strings.Repeat("many lines\n", 300_000)} {
		c := r.dial(t)
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nAuthorization: Bearer %s\r\n\r\n%s", len(body)+1, secret, body)
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	r.waitConns(t, 0)
	r.stop()
	if got := r.sink.take(); len(got) > 0 {
		t.Errorf("%d records of bodies that ended too early", len(got))
	}
}

func TestProxyProtocol(t *testing.T) {
	t.Parallel()
	request := fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\nAuthorization: Bearer %s\r\n\r\nx", secret)
	v1 := "PROXY TCP4 192.0.2.9 198.51.100.1 4711 443\r\n"
	v2 := "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x0a\xc6\x33\x64\x01\x12\x67\x01\xbb"
	auth := tokenAuth()
	auth.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	trusted := start(t, Options{Auth: auth, ProxyFrom: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	strange := start(t, Options{ProxyFrom: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}})
	for _, c := range []struct {
		r          *running
		head, peer string
		status     string
	}{
		{trusted, v1, "192.0.2.9:4711", "200"},
		{trusted, v2, "192.0.2.10:4711", "200"},
		{trusted, "", "", "403"}, // the proxy itself is in no network that may push
		{strange, v1, "", "400"},
		{strange, "", "127.0.0.1:", "200"},
	} {
		conn := c.r.dial(t)
		fmt.Fprint(conn, c.head+request)
		b, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 "+c.status) {
			t.Errorf("%q: %q, %v", c.head, b, err)
		}
		if got := c.r.sink.take(); (c.peer == "") != (len(got) == 0) || len(got) > 0 && !strings.HasPrefix(got[0].origin.Peer, c.peer) {
			t.Errorf("%q: %+v", c.head, got)
		}
	}
}

func TestManyIdleConnections(t *testing.T) {
	t.Parallel()
	n := 400
	r := start(t, Options{Limits: Limits{HeaderTime: patience}})
	for range n {
		r.dial(t)
	}
	r.waitConns(t, int64(n))
	wantAnswer(t, r.post(t, "/", []byte("x"), nil), 200, "")
}

// Requests beyond the memory wait for their turn; none is lost and none takes more.
func TestMemoryBudget(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Budget: relay.NewBudget(4 << 20), Limits: Limits{WaitTime: patience}})
	body := bytes.Repeat([]byte("0123456789abcde\n"), 10_000)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			a, err := r.try("POST", "/", bytes.NewReader(body), nil)
			if err != nil || a.status != 200 {
				t.Errorf("%d %s, %v", a.status, a.body, err)
			}
		})
	}
	wg.Wait()
	if n := len(r.sink.take()); n != 16*10_000 {
		t.Errorf("%d records", n)
	}
}

// sender is a client for the contract suite.
type sender struct{ address, token string }

func (s *sender) Send(ctx context.Context, records [][]byte) error {
	req, err := http.NewRequestWithContext(ctx, "POST", "http://"+s.address+"/", bytes.NewReader(bytes.Join(records, []byte("\n"))))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

func (s *sender) Cut(_ context.Context, part []byte) error {
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		return err
	}
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nAuthorization: Bearer %s\r\n\r\n%s", len(part)+10, s.token, part)
	c.(*net.TCPConn).SetLinger(0)
	return c.Close()
}

func (s *sender) Close() error { return nil }

func TestContract(t *testing.T) {
	t.Parallel()
	relaytest.TestSource(t, relaytest.SourceContract{Answers: true, Huge: 1 << 20, New: func(t *testing.T) (relay.Source, relaytest.SourceSender) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(Options{Name: "web", Listener: l, Auth: tokenAuth()})
		if err != nil {
			t.Fatal(err)
		}
		return s, &sender{l.Addr().String(), secret}
	}})
}
