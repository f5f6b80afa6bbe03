package https

import (
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

func raw(dst []byte, e *relay.Event) []byte { return append(dst, e.Record.Raw...) }

func TestContract(t *testing.T) {
	t.Parallel()
	for _, how := range []web.Compression{web.None, web.Gzip, web.Zstd} {
		t.Run(string(how), func(t *testing.T) {
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
						Web:    web.Options{URLs: []string{"https://" + addr + "/in"}, TLS: config, Compress: how, ConnectTimeout: time.Minute},
						Format: Lines, Encode: raw,
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
