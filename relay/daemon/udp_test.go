package daemon

import (
	"net"
	"os"
	"testing"

	"logrelay/relay/config"
)

// TestReloadOfAUDPInputWithAPassedSocket: the service manager holds the socket, so that nobody can bind its port a second time.
func TestReloadOfAUDPInputWithAPassedSocket(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	passed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer passed.Close()
	f, err := passed.(*net.UDPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	s.sockets.inherited["udp"] = []*os.File{f}
	sender, err := net.Dial("udp", passed.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	for n, tenant := range []string{"a", "b", "c"} {
		s.edit(func(c *config.Config) {
			in := s.syslogInput(passed.LocalAddr().String())
			in.Transport, in.Tenant = "udp", tenant
			c.Inputs["udp"] = in
		})
		if err := s.reload(t); err != nil {
			t.Fatal(err)
		}
		say(t, sender, tenant)
		s.arrived(t, uint64(n+1))
	}
	if err := s.sockets.leftOver(); err != nil {
		t.Error(err)
	}
}
