package main

import (
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// TestDrain ends the relay by SIGTERM while the SIEM is slow: what it has is delivered first.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.siem.Set(relaytest.Fault{Refuse: true})
	s.configure(webInput+tlsInput, s.hecOutput("")+s.sysOutput(""))
	s.start()
	n := newNumbers()
	h := s.httpSender(n)
	h.must(500)
	idle := s.dialTLS("tls", s.trust()) // a sender that just stays does not hold up the end
	s.sendSyslog(idle, n, 10)
	s.await("the connection's records are in custody", func(st status.Snapshot) bool { return output(st, "hec").Sum.Accepted == 510 })
	s.siem.Heal()
	s.stop()
	for _, protocol := range []string{"hec", "syslog-tls"} {
		if ids, repeated := s.tally.complete(t, protocol, n); ids != 510 || repeated != 0 {
			t.Errorf("%s: %d records before the end, %d of them twice", protocol, ids, repeated)
		}
	}
	s.start()
	for _, o := range s.status().Outputs {
		if o.Sum.Waiting != 0 || o.Sum.Delivered != 510 {
			t.Errorf("output %s after the restart: %+v", o.Name, o.Sum)
		}
	}
}

// TestSecondSignal cuts the end short: the relay ends at once and delivers the rest after the next start.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	manager := newServiceManager(s)
	s.siem.Set(relaytest.Fault{Hang: true})
	s.configure(webInput, s.hecOutput("")+s.sysOutput(""), "drain_timeout: 1h\n")
	s.start()
	n := newNumbers()
	h := s.httpSender(n)
	h.must(500)
	s.signal(syscall.SIGTERM)
	manager.expect("STOPPING=1")
	s.signal(syscall.SIGTERM)
	if code := s.ended(); code != 0 {
		t.Errorf("status %d after the second signal", code)
	}
	if !strings.Contains(s.log(), "records stay on disk") {
		t.Error("the log does not say that records stay on disk")
	}
	s.siem.Heal()
	s.start()
	s.settled(500)
	for _, protocol := range []string{"hec", "syslog-tls"} {
		if ids, _ := s.tally.complete(t, protocol, n); ids != 500 {
			t.Errorf("%s: %d of 500", protocol, ids)
		}
	}
}

// TestRefusedStarts are the ways in which the relay does not start: it says why, and leaves nothing behind.
func TestRefusedStarts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure(webInput, s.hecOutput(""))

	t.Run("configuration", func(t *testing.T) {
		s.write("bad.yaml", "state_dir: other\ninputs:\n  web: {type: https, lisen: ':0', max_connections: many}\n"+
			"outputs:\n  siem: {type: hec, url: 'ftp://x', token_file: missing}\n")
		s.must(exitUsage, []string{"run", "--config", "bad.yaml"}, "bad.yaml:3:", `did you mean "listen"`, "max_connections", "many", "ftp://x", "token_file", "missing")
		if _, err := net.Dial("unix", s.path("other/admin.sock")); err == nil {
			t.Error("something was started")
		}
		if r := s.run("buffer", "ls", "other/buffer"); r.code == 0 {
			t.Error("a bad configuration made a buffer")
		}
	})
	t.Run("world-readable secret", func(t *testing.T) {
		s.write("open-token", "x")
		chmod(t, s.path("open-token"), 0o644)
		s.write("open.yaml", strings.ReplaceAll(s.read("logrelay.yaml"), "token_file: siem-token", "token_file: open-token"))
		s.must(exitUsage, []string{"run", "--config", "open.yaml"}, "open-token", "token_file")
	})
	t.Run("port taken", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		s.write("taken.yaml", strings.ReplaceAll(s.read("logrelay.yaml"), "127.0.0.1:0", l.Addr().String()))
		s.must(exitUsage, []string{"run", "--config", "taken.yaml"}, l.Addr().String(), "address already in use", "hint: another program has this port")
	})
	t.Run("second process", func(t *testing.T) {
		s.start()
		s.write("second.yaml", strings.ReplaceAll(s.read("logrelay.yaml"), "socket: admin.sock", "socket: second.sock"))
		s.must(exitFailed, []string{"run", "--config", "second.yaml"}, "state/buffer", "hint: one directory serves one logrelay")
		s.httpSender(newNumbers()).must(1) // the first one is not disturbed
		s.settled(1)
	})
}

// TestDemo is the first thing that a newcomer sees.
func TestDemo(t *testing.T) {
	t.Parallel()
	free := []string{"demo", "--once", "--https-port", "0", "--syslog-port", "0", "--admin-port", "0"}
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		s.must(0, append(slices.Clip(free), "--dir", "demo", "--records", "50"), "200 = 200 + 0 + 0", "Some of what the SIEM received")
		if thorough { // the same directory again
			s.must(0, append(slices.Clip(free), "--dir", "demo", "--records", "50"), "400 = 400 + 0 + 0")
		}
	})
	t.Run("port taken", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		newSite(t).must(exitUsage, append(slices.Clip(free), "--dir", "demo", "--https-port", port), "address already in use", "--https-port", "hint: ")
	})
}
