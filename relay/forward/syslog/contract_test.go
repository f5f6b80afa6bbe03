package syslog

import (
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/relaytest"
)

// patience bounds what a test waits for; it is never waited for when all is well.
const patience = 4 * time.Minute

func raw(dst []byte, e *relay.Event) []byte { return append(dst, e.Record.Raw...) }

func destination(t testing.TB, o Options) relay.Destination {
	t.Helper()
	o.Encode, o.Wrap = raw, wrapped
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestContract(t *testing.T) {
	t.Parallel()
	for name, newline := range map[string]bool{"octets": false, "newline": true} {
		t.Run("tls "+name, func(t *testing.T) {
			t.Parallel()
			relaytest.TestDestination(t, relaytest.DestinationContract{
				Listen: func(s *relaytest.SIEM) (string, error) { return s.SyslogTLS("127.0.0.1:0") },
				New: func(t *testing.T, addr string, ca *relaytest.CA) relay.Destination {
					config, err := forward.TLSConfig(forward.TLSOptions{CAFile: ca.PEM()})
					if err != nil {
						t.Fatal(err)
					}
					return destination(t, Options{Addresses: []string{addr}, TLS: config, Newline: newline, ConnectTimeout: patience})
				},
			})
		})
		t.Run("tcp "+name, func(t *testing.T) {
			t.Parallel()
			relaytest.TestDestination(t, relaytest.DestinationContract{
				Plain:  true,
				Listen: func(s *relaytest.SIEM) (string, error) { return s.SyslogTCP("127.0.0.1:0") },
				New: func(t *testing.T, addr string, _ *relaytest.CA) relay.Destination {
					return destination(t, Options{Transport: TCP, Addresses: []string{addr}, Newline: newline, ConnectTimeout: patience})
				},
			})
		})
	}
}
