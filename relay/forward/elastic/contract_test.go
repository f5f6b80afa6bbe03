package elastic

import (
	"encoding/json"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
	"logrelay/relay/forward/web"
	"logrelay/relay/relaytest"
)

// message is an encoder of the raw record in an object.
func message(dst []byte, e *relay.Event) []byte {
	text, err := json.Marshal(string(e.Record.Raw))
	if err != nil {
		panic(err)
	}
	return append(append(append(dst, `{"message":`...), text...), '}')
}

const key = "aWQ6c2VjcmV0"

func credentials() ([]web.Credential, error) { return []web.Credential{web.APIKey(key)}, nil }

func TestContract(t *testing.T) {
	t.Parallel()
	for name, index := range map[string]string{"data stream": "logs-test-default", "index": "test-{kind}"} {
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
							URLs: []string{"https://" + addr + "/elastic"}, TLS: config, Compress: web.Gzip, Credentials: credentials,
							ConnectTimeout: time.Minute,
						},
						Encode: message, Index: index, DataStream: name == "data stream", Timestamp: true,
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
