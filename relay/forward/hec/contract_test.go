package hec

import (
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

func raw(dst []byte, e *relay.Event) []byte { return append(dst, e.Record.Raw...) }

const token = "11111111-2222-4333-8444-555555555555"

func credentials() ([]web.Credential, error) { return []web.Credential{web.Splunk(token)}, nil }

func TestContract(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]bool{"event": false, "raw": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			relaytest.TestDestination(t, relaytest.DestinationContract{
				HTTP:   true,
				Listen: func(s *relaytest.SIEM) (string, error) { return s.HTTP("127.0.0.1:0") },
				New: func(t *testing.T, addr string, ca *relaytest.CA) relay.Destination {
					config, err := forward.TLSConfig(forward.TLSOptions{CAFile: ca.PEM()})
					if err != nil {
						t.Fatal(err)
					}
					d, err := New(Options{
						Web: web.Options{
							URLs: []string{"https://" + addr}, TLS: config, Compress: web.Gzip, Credentials: credentials,
							ConnectTimeout: time.Minute,
						},
						Encode: raw, Raw: lines,
					})
					if err != nil {
						t.Fatal(err)
					}
					return d
				},
			})
		})
	}
}
