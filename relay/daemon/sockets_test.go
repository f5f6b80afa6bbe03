package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"logrelay/relay/config"
)

func TestSameAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		listen, bound string
		want          bool
	}{
		{":5443", "[::]:5443", true},
		{":5443", "0.0.0.0:5443", true},
		{"0.0.0.0:5443", "[::]:5443", true},
		{"127.0.0.1:5443", "127.0.0.1:5443", true},
		{"127.0.0.1:5443", "[::ffff:127.0.0.1]:5443", true},
		{"[::1]:5443", "[::1]:5443", true},
		{"localhost:5443", "127.0.0.1:5443", true},
		{"127.0.0.1:0", "127.0.0.1:41001", true},
		{":5443", "[::]:5444", false},
		{":5443", "127.0.0.1:5443", false},
		{"127.0.0.1:5443", "[::]:5443", false},
		{"192.0.2.1:5443", "192.0.2.2:5443", false},
		{"localhost:5443", "127.0.0.1:5444", false},
		{":5443", "/run/socket", false},
		{"5443", "[::]:5443", false},
	} {
		if got := sameAddress(tt.listen, boundTo{"tcp", tt.bound}); got != tt.want {
			t.Errorf("%s and %s: %t", tt.listen, tt.bound, got)
		}
	}
}

// What systemd 252 prints for its units.
const shownUnits = `Listen=[::]:5443 (Stream)
FileDescriptorName=https
Id=logrelay.socket
ActiveState=active

Listen=[::]:6514 (Stream)
FileDescriptorName=syslog
Id=logrelay-syslog.socket
ActiveState=active

Listen=[::]:514 (Datagram)
Listen=/run/logrelay/x (FIFO)
FileDescriptorName=syslog-udp
Id=logrelay-syslog-udp.socket
ActiveState=active

Listen=[::]:443 (Stream)
FileDescriptorName=https-443
Id=logrelay-https-443.socket
ActiveState=inactive
`

func TestCheckSockets(t *testing.T) {
	t.Parallel()
	c := config.Default()
	syslog := func(transport, listen string) *config.SyslogInput {
		in := config.NewInput("syslog").(*config.SyslogInput)
		in.Transport, in.Listen = transport, listen
		return in
	}
	https := config.NewInput("https").(*config.HTTPSInput)
	https.Listen = ":5443"
	c.Inputs["https"], c.Inputs["syslog"], c.Inputs["syslog-udp"] = https, syslog("tls", ":6515"), syslog("tcp", ":514")
	asked := 0
	o := CheckOptions{systemctl: func(_ context.Context, args ...string) (string, error) {
		asked++
		if slices.Contains(args, "logrelay.service") {
			return "logrelay.socket logrelay-syslog.socket logrelay-syslog-udp.socket logrelay-https-443.socket\n", nil
		}
		if !slices.Equal(args[2:], []string{"logrelay.socket", "logrelay-syslog.socket", "logrelay-syslog-udp.socket", "logrelay-https-443.socket"}) {
			t.Errorf("asked for %q", args)
		}
		return shownUnits, nil
	}}
	results, held := checkSockets(t.Context(), c, o)
	if len(held) != 1 || held["https"].unit != "logrelay.socket" {
		t.Errorf("right: %+v", held)
	}
	if len(results) != 2 || results[0].Result != CheckFailed || results[1].Result != CheckFailed || results[0].Hint == "" ||
		!strings.Contains(results[0].Detail, "input syslog-udp is to listen on :514/tcp, and the unit has [::]:514/udp") ||
		!strings.Contains(results[1].Detail, "input syslog is to listen on :6515/tcp, and the unit has [::]:6514/tcp") {
		t.Errorf("wrong: %+v", results)
	}
	delete(c.Inputs, "syslog")
	c.Inputs["syslog-udp"] = syslog("udp", ":514")
	results, held = checkSockets(t.Context(), c, o)
	if len(held) != 2 || len(results) != 1 || !strings.Contains(results[0].Detail, `for an input "syslog", which there is not: the relay would not start`) {
		t.Errorf("a socket without an input: %+v, %+v", results, held)
	}

	asked = 0
	if results, held := checkSockets(t.Context(), c, CheckOptions{ConfigOnly: true, systemctl: o.systemctl}); results != nil || held != nil || asked != 0 {
		t.Errorf("with --config-only: %+v, %+v, asked %d times", results, held, asked)
	}
	o.systemctl = func(context.Context, ...string) (string, error) { return "", errNoSystemd }
	if results, _ := checkSockets(t.Context(), c, o); results != nil {
		t.Errorf("without systemd: %+v", results)
	}
	o.systemctl = func(context.Context, ...string) (string, error) { return "", errors.New("no bus") }
	if results, _ := checkSockets(t.Context(), c, o); len(results) != 1 || results[0].Result != CheckNotTested || !strings.Contains(results[0].Detail, "no bus") {
		t.Errorf("a systemd that does not answer: %+v", results)
	}
	o.systemctl = func(context.Context, ...string) (string, error) { return "\n", nil }
	if results, held := checkSockets(t.Context(), c, o); results != nil || len(held) != 0 {
		t.Errorf("no sockets: %+v, %+v", results, held)
	}
	c.StateDir = "/elsewhere"
	if results, held := checkSockets(t.Context(), c, o); results != nil || held != nil {
		t.Errorf("a relay of another place: %+v, %+v", results, held)
	}
}
