package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"logrelay/relay/config"
)

// sameAddress reports whether a socket is where an input is to listen. All addresses of the host are the same, with IPv4 or without.
func sameAddress(listen string, bound net.Addr) bool {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	boundHost, boundPort, err := net.SplitHostPort(bound.String())
	if err != nil || port != boundPort && port != "0" {
		return false
	}
	want, err := netip.ParseAddr(host)
	if err != nil && host != "" {
		return true // a name: where it leads is not ours to say
	}
	got, err := netip.ParseAddr(boundHost)
	if err != nil {
		return false
	}
	all := host == "" || want.IsUnspecified()
	return all && got.IsUnspecified() || want.Unmap() == got.Unmap()
}

const hintElsewhere = "make them the same: listen in the configuration, or ListenStream= (ListenDatagram=) with systemctl edit; or disable the socket unit, and the relay opens the port itself"

// unitSocket is a socket that systemd holds for the relay.
type unitSocket struct {
	unit, input string
	network     string // "tcp" or "udp"
	address     string // as [::]:5443
}

const (
	serviceUnit = "logrelay.service"
	// systemctlTime bounds what asking systemd may take.
	systemctlTime = 10 * time.Second
)

// systemctl runs systemctl. Its error is errNoSystemd where the host has none.
func systemctl(ctx context.Context, args ...string) (string, error) {
	if _, err := os.Stat("/run/systemd/system"); err != nil { // sd_booted(3)
		return "", errNoSystemd
	}
	ctx, cancel := context.WithTimeout(ctx, systemctlTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, "systemctl", args...).Output()
	if err != nil {
		return "", fmt.Errorf("asking systemd: %w", err)
	}
	return string(out), nil
}

var errNoSystemd = errors.New("there is no systemd")

// unitSockets returns the sockets that systemd holds for the service now.
func unitSockets(ctx context.Context, systemctl func(context.Context, ...string) (string, error)) ([]unitSocket, error) {
	units, err := systemctl(ctx, "show", "--property=TriggeredBy", "--value", serviceUnit)
	if err != nil || strings.TrimSpace(units) == "" {
		return nil, err
	}
	shown, err := systemctl(ctx, append([]string{"show", "--property=Id,ActiveState,FileDescriptorName,Listen"}, strings.Fields(units)...)...)
	if err != nil {
		return nil, err
	}
	return parseUnitSockets(shown), nil
}

// parseUnitSockets reads what systemctl show prints of socket units: a block of lines each. Those that are not active hold nothing.
func parseUnitSockets(text string) (all []unitSocket) {
	for block := range strings.SplitSeq(text, "\n\n") {
		s, active := unitSocket{}, false
		var listens []string
		for line := range strings.Lines(block) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			switch key {
			case "Id":
				s.unit = value
			case "FileDescriptorName":
				s.input = value
			case "ActiveState":
				active = value == "active"
			case "Listen":
				listens = append(listens, value)
			}
		}
		for _, l := range listens {
			address, kind, _ := strings.Cut(l, " ")
			s.address, s.network = address, map[string]string{"(Stream)": "tcp", "(Datagram)": "udp"}[kind]
			if active && s.network != "" {
				all = append(all, s)
			}
		}
	}
	return all
}

// boundTo is the address of a socket that another process holds.
type boundTo struct{ network, address string }

func (b boundTo) Network() string { return b.network }
func (b boundTo) String() string  { return b.address }

// checkSockets compares what systemd holds for the relay with the configuration. held has the sockets that are right, by the name of their input.
func checkSockets(ctx context.Context, c *config.Config, o CheckOptions) (results []CheckResult, held map[string]unitSocket) {
	if o.ConfigOnly || c.StateDir != config.Default().StateDir {
		return nil, nil // the units are those of the relay that a package has set up
	}
	sockets, err := unitSockets(ctx, o.systemctl)
	switch {
	case errors.Is(err, errNoSystemd):
		return nil, nil
	case err != nil:
		return []CheckResult{{Name: "sockets", Result: CheckNotTested, Detail: "what systemd holds for the relay: " + err.Error()}}, nil
	}
	held = map[string]unitSocket{}
	for _, s := range sockets {
		r := CheckResult{Name: "socket " + s.unit, Result: CheckFailed}
		in, ok := c.Inputs[s.input].(config.ListeningInput)
		if !ok {
			r.Detail = fmt.Sprintf("it passes %s for an input %q, which there is not: the relay would not start", s.address, s.input)
			r.Hint = "give the input that name, or FileDescriptorName= the input's with systemctl edit " + s.unit + ", or disable the unit"
		} else if listen := in.Listening().Listen; networkOf(in) != s.network || !sameAddress(listen, boundTo{s.network, s.address}) {
			r.Detail = fmt.Sprintf("input %s is to listen on %s/%s, and the unit has %s/%s: that is what counts", s.input, listen, networkOf(in), s.address, s.network)
			r.Hint = hintElsewhere
		} else {
			held[s.input] = s
			continue
		}
		results = append(results, r)
	}
	slices.SortFunc(results, func(a, b CheckResult) int { return strings.Compare(a.Name, b.Name) })
	return results, held
}

// networkOf is what an input listens on: "tcp" or "udp".
func networkOf(in config.Input) string {
	if s, ok := in.(*config.SyslogInput); ok && s.Transport == "udp" {
		return "udp"
	}
	return "tcp"
}
