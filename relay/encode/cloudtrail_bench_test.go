package encode_test

import (
	"encoding/json"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
)

// trailRecords are management and data events and logins of CloudTrail from testdata, and their size.
func trailRecords(tb testing.TB) (recs []relay.Record, size int64) {
	tb.Helper()
	for _, name := range []string{"cloudtrail/management", "cloudtrail/data", "cloudtrail/logins"} {
		recs = append(recs, unnamedRecords(tb, name)...)
	}
	for i := range recs {
		size += int64(len(recs[i].Raw))
	}
	return recs, size
}

// BenchmarkCloudTrail is the way of events of CloudTrail from custody to OCSF; BenchmarkCloudTrailMap is what reading them into a map and
// writing that costs.
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
