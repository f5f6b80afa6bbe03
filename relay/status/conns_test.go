package status

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay/relaytest"
)

// A crowd of connections is bounded, and locks nobody out who has something to ask.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	loopback, _, _ := testServer(t, io.Discard)
	at := strings.TrimPrefix(loopback, "http://")
	const more = 50
	var crowd []net.Conn
	for range maxConnections + more {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		crowd = append(crowd, c)
	}
	if code, _ := get(t, &http.Client{Transport: &http.Transport{}}, loopback+"/healthz"); code != http.StatusOK {
		t.Errorf("somebody who asks: %d", code)
	}
	for _, c := range crowd[:more+1] { // those that have waited longest
		if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
			t.Fatalf("one connection too many is kept: %v", err)
		}
	}
}

// A connection that is answered is not ended for another one: a new one has to go when all are.
func TestWhichConnectionEnds(t *testing.T) {
	t.Parallel()
	cs := newConnections(2)
	var near, far [4]net.Conn
	for i := range near {
		near[i], far[i] = net.Pipe()
		t.Cleanup(func() { near[i].Close() })
	}
	ended := func(i int) bool {
		_ = far[i].SetReadDeadline(time.Now().Add(-time.Second))
		_, err := far[i].Read(make([]byte, 1))
		return err == io.EOF
	}
	cs.state(near[0], http.StateNew)
	cs.state(near[0], http.StateActive)
	cs.state(near[1], http.StateNew)
	cs.state(near[2], http.StateNew)
	if ended(0) || !ended(1) || ended(2) {
		t.Errorf("ended: %v %v %v, want the one that waits", ended(0), ended(1), ended(2))
	}
	cs.state(near[1], http.StateClosed) // the server has noticed
	cs.state(near[2], http.StateActive)
	cs.state(near[3], http.StateNew)
	if ended(0) || ended(2) || !ended(3) {
		t.Errorf("ended: %v %v %v, want the new one", ended(0), ended(2), ended(3))
	}
	cs.state(near[0], http.StateClosed)
	cs.state(near[2], http.StateIdle)
	if len(cs.since) != 1 || cs.since[near[2]] == 0 {
		t.Errorf("left: %v", cs.since)
	}
}

// Who asks and takes nothing of the answer holds a connection, and what serves it, no longer than the patience lasts.
func TestSlowReadersEnd(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	gone, done := make(chan struct{}), make(chan error, 1)
	endless := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		defer close(gone)
		for text := make([]byte, 1<<16); ; {
			if _, err := w.Write(text); err != nil {
				return
			}
		}
	})
	go func() { done <- New(Options{}).serve(ctx, l, endless, 50*time.Millisecond) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-gone:
	case <-time.After(time.Minute):
		t.Error("a client that takes nothing is waited for")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// leavingPage knows somebody until they have gone.
type leavingPage struct {
	fakePage
	gone *atomic.Bool
}

func (p leavingPage) User(*http.Request) string {
	if p.gone.Load() {
		return ""
	}
	return "mary"
}

// Records are shown for as long as somebody is logged in, and not for as long as the connection lives.
func TestTailEndsWithTheSession(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	s := New(Options{Actions: &fakeActions{}, Page: leavingPage{gone: &gone}, Gatherer: prometheus.NewRegistry(), Logger: slog.New(slog.DiscardHandler)})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.RunAddress(ctx, l) }()
	defer func() { cancel(); <-done }()
	res, err := http.Get("http://" + l.Addr().String() + "/api/v1/tail?name=often")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadFull(res.Body, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	gone.Store(true)
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Error(err)
	}
}

// TestAcceptFails: accept(2) passes on what is wrong with one connection. That must not end the door, and with it the relay.
func TestAcceptFails(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{Alive: func() error { return nil }, Gatherer: prometheus.NewRegistry(), Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.RunAddress(ctx, relaytest.NewTroubled(l, 3)) }()
	if code, _ := get(t, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}, "http://"+l.Addr().String()+"/healthz"); code != http.StatusOK {
		t.Errorf("after failures: %d", code)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
