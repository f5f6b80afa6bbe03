package main

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"logrelay/relay/status"
)

// TestSocketActivation gives the relay its ports as a service manager does: they stay open over a restart, so that a sender that comes
// while the relay is down just waits.
func TestSocketActivation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	web, tcp := s.inheritable(), s.inheritable()
	s.configure("  web: {type: https, listen: ':1', auth: generated}\n  tcp: {type: syslog, transport: tcp, listen: ':2', networks: [127.0.0.0/8]}\n", s.hecOutput(""))
	start := func(names string) {
		t.Helper()
		c := s.command("run", "--config", "logrelay.yaml")
		// The variables name the process that they are for.
		sh := exec.CommandContext(s.ctx, "sh", append([]string{"-c", `LISTEN_PID=$$ exec "$@"`, "sh"}, c.Args...)...)
		sh.Dir, sh.Env, sh.ExtraFiles = c.Dir, append(c.Env, "LISTEN_FDS=2", "LISTEN_FDNAMES="+names), []*os.File{web.file, tcp.file}
		s.launchCommand(sh)
	}
	start("web:tcp")
	s.up()
	if s.at("web") != web.addr || s.at("tcp") != tcp.addr {
		t.Fatalf("the sockets are not used: %v", s.addr)
	}
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
