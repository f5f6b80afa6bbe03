package encode_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
)

// unnamedRecords returns the records of a case in testdata, of no known kind.
func unnamedRecords(t testing.TB, name string) []relay.Record {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", name, "input"))
	if err != nil {
		t.Fatal(err)
	}
	o := &relay.Origin{Input: "main", Tenant: "acme", Peer: "192.0.2.7:41532"}
	var out []relay.Record
	for line := range bytes.Lines(b) {
		out = append(out, relay.Record{Raw: bytes.TrimSuffix(line, []byte("\n")), Origin: o, Received: 1_795_252_533_500_000_000})
	}
	return out
}

// jsonCases are cases of the kinds that are JSON as a rule.
var jsonCases = []string{"cloudtrail/management", "cloudtrail/logins", "guardduty/findings", "securityhub/lists", "route53/resolver", "waf/requests", "k8saudit/events", "suricata/events", "networkfirewall/logs", "container/lines"}

// BenchmarkCase is the way of records that nobody named to OCSF.
func BenchmarkCase(b *testing.B) {
	for _, name := range append(jsonCases, "route53/zones", "eks/control-plane") {
		b.Run(name, func(b *testing.B) {
			enc, err := encode.New("ocsf", encode.Options{})
			if err != nil {
				b.Fatal(err)
			}
			n, recs := normalize.New(), unnamedRecords(b, name)
			var es relay.Events
			var dst []byte
			bytes := 0
			for i := range recs {
				bytes += len(recs[i].Raw)
			}
			b.ReportAllocs()
			b.SetBytes(int64(bytes))
			start := cpuTime()
			for b.Loop() {
				es.Reset()
				dst = dst[:0]
				for i := range recs {
					n.Append(&es, &recs[i])
				}
				for i := range es.List {
					dst = enc(dst, &es.List[i])
				}
			}
			used := cpuTime() - start
			b.ReportMetric(float64(bytes)*float64(b.N)/1e6/used.Seconds(), "MB/cpu-s")
		})
	}
}

// TestNoAllocationsOfKinds: in the steady state a record that nobody named costs no allocation.
func TestNoAllocationsOfKinds(t *testing.T) {
	enc, err := encode.New("ocsf", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(jsonCases, "route53/zones", "eks/control-plane") {
		n, recs := normalize.New(), unnamedRecords(t, name)
		var es relay.Events
		var dst []byte
		got := testing.AllocsPerRun(100, func() {
			es.Reset()
			dst = dst[:0]
			for i := range recs {
				n.Append(&es, &recs[i])
			}
			for i := range es.List {
				dst = enc(dst, &es.List[i])
			}
		})
		if got != 0 {
			t.Errorf("%s: %v allocations for %d records", name, got, len(recs))
		}
	}
}
