package syslog

import (
	"crypto/tls"
	"net"
	"net/netip"
	"strings"
	"testing"

	"logrelay/relay"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	l := listenTCP(t)
	defer l.Close()
	ls := []net.Listener{l}
	for _, c := range []struct {
		name       string
		o          Options
		says, hint string
	}{
		{"TCP without networks", Options{Transport: TCP, Listeners: ls}, "names no networks", "list the senders' networks"},
		{"TCP with auth none", Options{Transport: TCP, Listeners: ls, AuthNone: true}, "names no networks", "or use TLS"},
		{"UDP without networks", Options{Transport: UDP, PacketConns: []net.PacketConn{nil}}, "syslog over udp names no networks", "networks:"},
		{"TLS open to all", Options{Transport: TLS, Listeners: ls, TLS: &tls.Config{}}, "asks for no client certificate", "client CA"},
		{"TLS that only asks for a certificate", Options{Transport: TLS, Listeners: ls, TLS: &tls.Config{ClientAuth: tls.RequestClientCert}}, "no client certificate", "client CA"},
		{"TLS without certificate", Options{Transport: TLS, Listeners: ls, AuthNone: true}, "no certificate", "certificate and key"},
		{"no listener", Options{Transport: TCP, Networks: loopback}, "no listener", ""},
		{"no socket", Options{Transport: UDP, Networks: loopback}, "no socket", ""},
		{"no transport", Options{Networks: loopback}, "allowed are tls, tcp, udp", ""},
		{"message too long", Options{Transport: TCP, Listeners: ls, Networks: loopback, MaxMessage: relay.MaxRecord + 1}, "480 to 16777216", ""},
		{"too many connections", Options{Transport: TCP, Listeners: ls, Networks: loopback, MaxConnections: 50_001}, "allowed are 1 to 50000", ""},
		{"message too short", Options{Transport: TCP, Listeners: ls, Networks: loopback, MaxMessage: 10}, "480 to 16777216", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.o.Name = "edge"
			_, err := New(c.o)
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "input edge") {
				t.Errorf("error is %v, want %q", err, c.says)
			}
			if hint := relay.HintOf(err); !strings.Contains(hint, c.hint) || (hint == "") != (c.hint == "") {
				t.Errorf("hint is %q, want %q", hint, c.hint)
			}
		})
	}
}

func TestSetNetworks(t *testing.T) {
	t.Parallel()
	out := newMemorySink()
	s, addr, _ := startTCP(t, Options{}, out)
	c := dial(t, addr)
	send(t, c, "<13>a\n")
	out.wait(t, 1)
	if err := s.SetNetworks(nil); err == nil {
		t.Error("no networks at all are accepted")
	}
	if err := s.SetNetworks([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}); err != nil {
		t.Fatal(err)
	}
	closedByPeer(t, c)
	closedByPeer(t, dial(t, addr))
	if err := s.SetNetworks(loopback); err != nil {
		t.Fatal(err)
	}
	send(t, dial(t, addr), "<13>b\n")
	out.wait(t, 2)
}
