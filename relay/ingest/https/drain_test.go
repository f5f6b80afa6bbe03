package https

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"logrelay/relay/relaytest"
)

// talker is a sender that keeps its connection.
type talker struct {
	t testing.TB
	net.Conn
	answers *bufio.Reader
}

func (r *running) talk(t testing.TB) *talker {
	t.Helper()
	c := r.dial(t)
	return &talker{t, c, bufio.NewReader(c)}
}

// ask posts a record, expects 200, and reports whether the answer ends the connection.
func (k *talker) ask() (last bool) {
	k.t.Helper()
	fmt.Fprintf(k, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nAuthorization: Bearer %s\r\n\r\nx", secret)
	res, err := http.ReadResponse(k.answers, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != 200 {
		k.t.Fatalf("%s, %v", res.Status, err)
	}
	return res.Close
}

// ended expects that the server ends the connection in order, with nothing more to say.
func (k *talker) ended() {
	k.t.Helper()
	if b, err := io.ReadAll(k.answers); err != nil || len(b) > 0 {
		k.t.Errorf("the connection is not ended in order: %q, %v", b, err)
	}
}

func (r *running) waitLeaving() {
	for !r.leaving.Load() {
		runtime.Gosched()
	}
}

// TestDrain ends the server while connections are in every stage.
func TestDrain(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Limits: Limits{DrainTime: patience}})
	fresh, busy, rested := r.talk(t), r.talk(t), r.talk(t)
	busy.ask()
	rested.ask()
	r.waitConns(t, 3)
	r.conns.mu.Lock()
	for c := range r.conns.open {
		switch c.RemoteAddr().String() {
		case rested.LocalAddr().String():
			c.idle.Store(time.Now().Add(-time.Minute).UnixNano())
		case fresh.LocalAddr().String():
			c.idle.Store(time.Now().Add(patience).UnixNano()) // it stays fresh, however slow we are
		}
	}
	r.conns.mu.Unlock()
	entered, release := make(chan struct{}), make(chan struct{})
	r.sink.setFail(func(put int) error {
		if put == 2 {
			close(entered)
			<-release
		}
		return nil
	})
	var senders sync.WaitGroup
	senders.Go(func() {
		if a, err := r.try("POST", "/", strings.NewReader("y"), nil); err != nil || a.status != 200 {
			t.Errorf("a request that was under way: %d, %v", a.status, err)
		}
	})
	<-entered
	stopped := make(chan struct{})
	go func() { r.stop(); close(stopped) }()
	r.waitLeaving()
	if c, err := net.Dial("tcp", r.address()); err == nil {
		c.Close()
		t.Error("a new connection was taken")
	}
	if !busy.ask() {
		t.Error("a sender that sends one request after the other is not told to make a new connection")
	}
	busy.ended()
	if !fresh.ask() {
		t.Error("a sender that has just connected is not told to make a new connection")
	}
	fresh.ended()
	rested.ended()
	select {
	case <-stopped:
		t.Error("Run returned with a request under way")
	default:
	}
	close(release)
	senders.Wait()
	<-stopped
	wantRecords(t, r.sink.take(), "x", "x", "x", "x", "y")
}

// TestDrainTLS ends the server while a handshake is under way, and while an HTTP/2 connection has not said anything.
func TestDrainTLS(t *testing.T) {
	t.Parallel()
	ca := relaytest.NewCA()
	r := start(t, Options{TLS: &tls.Config{Certificates: []tls.Certificate{ca.Server()}}})
	var senders sync.WaitGroup
	for _, two := range []bool{false, true} {
		for _, shake := range []bool{false, true} {
			c := r.dial(t)
			s := tls.Client(c, &tls.Config{RootCAs: ca.Pool(), ServerName: "localhost", NextProtos: map[bool][]string{true: {"h2"}}[two]})
			if shake {
				if err := s.HandshakeContext(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			transport := &http.Transport{DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				r.waitLeaving()
				return s, s.HandshakeContext(ctx)
			}, ForceAttemptHTTP2: two}
			senders.Go(func() {
				defer transport.CloseIdleConnections()
				if res := get200(t, &http.Client{Transport: transport}, r.url); res.StatusCode != 200 || res.ProtoMajor == 2 != two {
					t.Errorf("HTTP/2 %t, handshake done %t: %s over %s", two, shake, res.Status, res.Proto)
				}
			})
		}
	}
	r.waitConns(t, 4)
	r.stop()
	senders.Wait()
}

// A request whose Put never ends in time is cut off, and Run still waits for it. A sender that never says anything holds nothing up.
func TestDrainTime(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Limits: Limits{DrainTime: 50 * time.Millisecond}})
	mute := r.talk(t)
	r.waitConns(t, 1)
	entered, release := make(chan struct{}), make(chan struct{})
	r.sink.setFail(func(int) error {
		close(entered)
		<-release
		return nil
	})
	failed := make(chan error, 1)
	go func() {
		_, err := r.try("POST", "/", strings.NewReader("x"), nil)
		failed <- err
	}()
	<-entered
	stopped := make(chan struct{})
	go func() { r.stop(); close(stopped) }()
	if err := <-failed; err == nil {
		t.Error("the request was answered")
	}
	select {
	case <-stopped:
		t.Error("Run returned with a Put under way")
	default:
	}
	close(release)
	<-stopped
	mute.ended()
}

// TestLeave closes the listener from outside, as a reload does: a connection that is there gets its next request answered, and is told to end.
func TestLeave(t *testing.T) {
	t.Parallel()
	r := start(t, Options{})
	c := r.talk(t)
	if c.ask() {
		t.Error("the connection is ended for no reason")
	}
	r.opt.Listener.Close()
	r.waitLeaving()
	if !c.ask() {
		t.Error("the sender is not told to make a new connection")
	}
	c.ended()
	wantRecords(t, r.sink.take(), "x", "x")
	r.stop() // at once, and without an error
}
