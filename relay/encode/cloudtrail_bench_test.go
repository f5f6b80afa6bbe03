package encode_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
)

// trailRecords are the events of testdata that management and data events and logins are made of, and their size.
func trailRecords(tb testing.TB) (recs []relay.Record, size int64) {
	tb.Helper()
	o := &relay.Origin{Input: "main", Kind: relay.KindCloudTrail, Tenant: "acme"}
	for _, name := range []string{"management", "data", "logins"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "cloudtrail", name, "input"))
		if err != nil {
			tb.Fatal(err)
		}
		for line := range bytes.Lines(b) {
			line = bytes.TrimSuffix(line, []byte("\n"))
			recs = append(recs, relay.Record{Raw: line, Origin: o, Received: 1_795_252_533_500_000_000, Ordinal: uint64(len(recs))})
			size += int64(len(line))
		}
	}
	return recs, size
}

// BenchmarkCloudTrail is the way of events of CloudTrail from custody to OCSF; BenchmarkCloudTrailMap is what reading them into a map and writing that costs.
func BenchmarkCloudTrail(b *testing.B) {
	recs, size := trailRecords(b)
	enc, err := encode.New("ocsf", encode.Options{})
	if err != nil {
		b.Fatal(err)
	}
	n := normalize.New()
	var es relay.Events
	var dst []byte
	b.SetBytes(size)
	b.ReportAllocs()
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
	b.ReportMetric(float64(size)*float64(b.N)/1e6/(cpuTime()-start).Seconds(), "MB/cpu-s")
}

func BenchmarkCloudTrailMap(b *testing.B) {
	recs, size := trailRecords(b)
	b.SetBytes(size)
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		for i := range recs {
			var v map[string]any
			if err := json.Unmarshal(recs[i].Raw, &v); err != nil {
				b.Fatal(err)
			}
			if _, err := json.Marshal(v); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(size)*float64(b.N)/1e6/(cpuTime()-start).Seconds(), "MB/cpu-s")
}
