package normalize

import (
	"encoding/json"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

// TestVendorSamples: what firewalls and hosts send over syslog is recognised behind its header, and the others' messages are not taken for theirs.
func TestVendorSamples(t *testing.T) {
	t.Parallel()
	kinds := map[string]relay.Kind{
		"test_cisco_asa/": relay.KindCiscoASA, "test_cisco_firepower/": relay.KindCiscoASA, "test_palo_alto/": relay.KindPaloAlto, "test_fortinet_ngfw/": relay.KindFortinet, "test_fortinet_web/": relay.KindFortinet,
		"test_checkpoint/": relay.KindCheckPoint, "test_checkpoint_syslog_rfc5424/": relay.KindCheckPoint, "test_ubiquiti_unifi/test_ubiquiti_unifi_usg/": relay.KindNetfilter,
	}
	for _, line := range relaytest.Lines(t, "samples", "syslog", "sc4s-vendor-messages.jsonl") {
		var sample struct{ ID, Message string }
		if err := json.Unmarshal([]byte(line), &sample); err != nil {
			t.Fatal(err)
		}
		want := relay.Kind("")
		for prefix, kind := range kinds {
			if strings.HasPrefix(sample.ID, prefix) {
				want = kind
			}
		}
		e := one(t, New(), &relay.Record{Raw: []byte(strings.TrimSuffix(sample.Message, "\n")), Origin: &relay.Origin{}, Received: 1_795_252_533_500_000_000})
		if want != "" && e.Kind != want {
			t.Errorf("%s is %s: %s", sample.ID, e.Kind, sample.Message)
		}
		switch e.Kind {
		case relay.KindCiscoASA, relay.KindPaloAlto, relay.KindFortinet, relay.KindCheckPoint, relay.KindNetfilter, relay.KindFilterlog, relay.KindWindows:
			if want == "" && !strings.Contains(sample.Message, "%ASA-") && !strings.Contains(sample.Message, "%FTD-") && !strings.Contains(sample.Message, "%FWSM-") {
				t.Errorf("%s is taken for %s: %s", sample.ID, e.Kind, sample.Message)
			}
		}
	}
}

// TestHostSamples: the same lines as they stand in files, without a priority.
func TestHostSamples(t *testing.T) {
	t.Parallel()
	for file, kind := range map[string]relay.Kind{
		"iptables-scan-multi-port.log": relay.KindNetfilter, "fortinet-vpn-bf.log": relay.KindFortinet, "sshd-success-logs.log": relay.KindLinuxAuth, "sshd-invalid-bf.log": relay.KindLinuxAuth,
		"aws-alb-logs.log": relay.KindELB, "aws-cloudfront-logs.log": relay.KindCloudFront,
	} {
		for _, line := range relaytest.Lines(t, "samples", "syslog", "crowdsec", file) {
			if e := one(t, New(), &relay.Record{Raw: []byte(line), Origin: &relay.Origin{}, Received: 1_795_252_533_500_000_000}); e.Kind != kind || e.Fault.Reason != relay.FaultNone {
				t.Errorf("%s is %s %s: %s", file, e.Kind, e.Fault.String(), line)
			}
		}
	}
}

// TestNamedContent: a kind in the configuration takes its texts with and without a header, leaves other messages messages, and marks what is neither.
func TestNamedContent(t *testing.T) {
	t.Parallel()
	const asa = "%ASA-6-302013: Built inbound TCP connection 1 for outside:192.0.2.1/1 (192.0.2.1/1) to inside:192.0.2.2/2 (192.0.2.2/2)"
	for raw, want := range map[string]struct {
		kind   relay.Kind
		reason relay.FaultReason
	}{
		asa:                            {relay.KindCiscoASA, relay.FaultNone},
		"<166>Nov 21 09:15:32: " + asa: {relay.KindCiscoASA, relay.FaultNone},
		"<166>Nov 21 09:15:32 h sshd[1]: Server listening": {relay.KindSyslog, relay.FaultNone},
		"hello": {relay.KindCiscoASA, relay.FaultKind},
	} {
		if e := one(t, New(), &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{Kind: relay.KindCiscoASA}}); e.Kind != want.kind || e.Fault.Reason != want.reason {
			t.Errorf("%s: %s %s", raw, e.Kind, e.Fault.String())
		}
	}
}

// BenchmarkForeign is the cost of messages that no content knows: all of them look at each.
func BenchmarkForeign(b *testing.B) {
	for name, raw := range map[string]string{
		"rfc3164": "<30>Nov 21 09:15:32 host dockerd[4711]: time for a message that nobody knows, of the usual length of such messages",
		"rfc5424": `<30>1 2026-11-21T09:15:32.123456Z host.example.com app 4711 ID47 [origin@32473 ip="192.0.2.10"] a message that nobody knows, of the usual length of such messages`,
		"kernel":  "<6>Nov 21 09:15:32 host kernel: [19955416.516358] eth0: link is up, at 1000 megabits a second",
		"text":    "a line of text that nobody knows, of the usual length of such lines of text in files",
	} {
		for _, contents := range []bool{true, false} {
			label := name
			if !contents {
				label += "/alone"
			}
			b.Run(label, func(b *testing.B) {
				n := New()
				if !contents {
					n.contents = nil
				}
				var es relay.Events
				r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: 1_795_252_533_500_000_000}
				b.ReportAllocs()
				for b.Loop() {
					es.Reset()
					n.Append(&es, r)
				}
			})
		}
	}
}
