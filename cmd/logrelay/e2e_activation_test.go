package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"logrelay/relay/status"
)

// TestSocketActivation gives the relay its ports as a service manager does: they stay open over a restart, so that a sender that comes
// while the relay is down just waits.
func TestSocketActivation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	web, tcp := s.inheritable(), s.inheritable()
	s.configure("  web: {type: https, listen: ':1', auth: generated}\n  tcp: {type: syslog, transport: tcp, listen: '127.0.0.1:0', networks: [127.0.0.0/8]}\n", s.hecOutput(""))
	start := func(names string) { t.Helper(); s.activate(names, web, tcp) }
	start("web:tcp")
	s.up()
	if s.at("web") != web.addr || s.at("tcp") != tcp.addr {
		t.Fatalf("the sockets are not used: %v", s.addr)
	}
	s.must(0, args("status"), "input web", "listens on "+web.addr+", which the service manager passed, and not on :1", "ListenStream=")
	n := newNumbers()
	h := s.httpSender(n)
	h.must(10)
	s.stop()
	c, err := net.Dial("tcp", tcp.addr) // while the relay is down
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s.sendSyslog(c, n, 10)
	start("web:tcp")
	s.up()
	h.must(10)
	s.await("what was sent meanwhile has come", func(st status.Snapshot) bool { return output(st, "hec").Sum.Accepted == 30 })
	s.settled(30)
	s.tally.complete(t, "hec", n)
	s.stop()

	start("web:other")
	if code := s.ended(); code == 0 {
		t.Error("a socket that no input is named after is let pass")
	}
	if log := s.log(); !strings.Contains(log, "no input is named after: other") || !strings.Contains(log, "FileDescriptorName=") {
		t.Errorf("the relay does not say what is wrong:\n%s", tail(log, 5))
	}
}

// TestRestartTurnsNobodyAway stops and starts the relay, whose port stays open, while senders push: with a connection for each request, some of which are
// slow to say something, and with one that stays. Every connection that was made is served to its end, by the old process or the new one.
func TestRestartTurnsNobodyAway(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	web := s.inheritable()
	s.configure("  web: {type: https, listen: '"+web.addr+"', auth: generated}\n", s.hecOutput(""))
	s.activate("web", web)
	s.up()
	if st := s.status(); len(st.Problems) > 0 {
		t.Errorf("problems: %+v", st.Problems)
	}
	n := newNumbers()
	token, trust := s.token(), s.trust()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	var senders sync.WaitGroup
	for i := range 8 {
		h := s.httpSenderWith(n, token, trust)
		h.addr = web.addr
		transport := h.client.Transport.(*http.Transport)
		transport.DisableKeepAlives, transport.ForceAttemptHTTP2 = i&1 == 0, i&2 == 0
		transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			if err == nil && i&4 == 0 {
				err = sleep(ctx, rand.N(100*time.Millisecond)) // accepted, and nothing said yet
			}
			return c, err
		}
		senders.Go(func() {
			for answered := time.Now(); ctx.Err() == nil; answered = time.Now() {
				_ = sleep(ctx, pace)
				p := &punctual{since: answered}
				res, err := h.post(p.watch(ctx), n.take(5))
				if ctx.Err() == nil && (err != nil && p.inTime() || err == nil && res.StatusCode != http.StatusOK) {
					t.Errorf("sender %d: %v %+v", i, err, res)
				}
			}
		})
	}
	for range 4 {
		if err := n.wait(s.ctx, n.count()+500); err != nil {
			t.Fatal(err)
		}
		s.stop()
		s.activate("web", web)
		s.up()
	}
	if err := n.wait(s.ctx, n.count()+500); err != nil {
		t.Fatal(err)
	}
	cancel()
	senders.Wait()
	s.stop() // delivers what is left
	s.tally.complete(t, "hec", n)
}

// punctual tells whether a sender lets the relay wait for no longer than that waits while it ends: for the first request of a connection, and for the next one
// on a connection that stays. On a slow machine it may not be.
type punctual struct {
	mu     sync.Mutex
	since  time.Time // the answer before, or, with a connection of its own, when that was made
	reused bool
	took   time.Duration // until the request was written; 0: it was not
}

// watch returns a context for one request.
func (p *punctual) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectDone:  func(_, _ string, _ error) { p.mu.Lock(); p.since = time.Now(); p.mu.Unlock() },
		GotConn:      func(i httptrace.GotConnInfo) { p.mu.Lock(); p.reused = i.Reused; p.mu.Unlock() },
		WroteRequest: func(httptrace.WroteRequestInfo) { p.mu.Lock(); p.took = time.Since(p.since); p.mu.Unlock() },
	})
}

func (p *punctual) inTime() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.took == 0 {
		p.took = time.Since(p.since)
	}
	if p.reused {
		return p.took < time.Second/2
	}
	return p.took < 2*time.Second
}

// activate starts the relay with sockets as a service manager passes them.
func (s *site) activate(names string, sockets ...inherited) {
	s.t.Helper()
	c := s.command("run", "--config", "logrelay.yaml")
	// The variables name the process that they are for.
	sh := exec.CommandContext(s.ctx, "sh", append([]string{"-c", `LISTEN_PID=$$ exec "$@"`, "sh"}, c.Args...)...)
	sh.Dir, sh.Env = c.Dir, append(c.Env, fmt.Sprintf("LISTEN_FDS=%d", len(sockets)), "LISTEN_FDNAMES="+names)
	for _, i := range sockets {
		sh.ExtraFiles = append(sh.ExtraFiles, i.file)
	}
	s.launchCommand(sh)
}

// inherited is a listening socket that a service manager holds.
type inherited struct {
	addr string
	file *os.File
}

func (s *site) inheritable() inherited {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { f.Close() })
	return inherited{l.Addr().String(), f}
}
