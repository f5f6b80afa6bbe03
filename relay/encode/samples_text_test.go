package encode_test

import (
	"encoding/json"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
	"logrelay/relay/relaytest"
)

// TestTextSamples: the lines of load balancers, S3 and CloudFront, and what devices and hosts send over syslog, become valid OCSF, whether a content knows them or not.
func TestTextSamples(t *testing.T) {
	t.Parallel()
	s := schemas(t)
	enc, err := encode.New("ocsf", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range [][]string{
		{"elb", "opensearch-catalog-alb.log"}, {"s3access", "opensearch-catalog-s3access.log"}, {"cloudfront", "opensearch-catalog-cloudfront.log"},
		{"syslog", "sc4s-vendor-messages.jsonl"}, {"syslog", "crowdsec", "iptables-scan-multi-port.log"}, {"syslog", "crowdsec", "sshd-logs.log"}, {"syslog", "crowdsec", "pam-logs.log"},
		{"syslog", "crowdsec", "unifi-logs.log"}, {"syslog", "crowdsec", "fortinet-vpn-bf.log"}, {"syslog", "crowdsec", "aws-alb-logs.log"},
	} {
		n := normalize.New()
		for i, line := range relaytest.Lines(t, append([]string{"samples"}, file...)...) {
			if strings.HasSuffix(file[len(file)-1], ".jsonl") {
				var sample struct{ Message string }
				if err := json.Unmarshal([]byte(line), &sample); err != nil {
					t.Fatal(err)
				}
				line = strings.TrimSuffix(sample.Message, "\n")
			}
			var es relay.Events
			n.Append(&es, &relay.Record{Raw: []byte(line), Origin: &relay.Origin{Input: "main"}, Received: 1_795_252_533_500_000_000, Ordinal: uint64(i)})
			for j := range es.List {
				checkOCSF(t, s, enc(nil, &es.List[j]))
			}
		}
	}
}
