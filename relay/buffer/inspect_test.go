package buffer

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
)

func TestInspect(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{SegmentSize: 64 << 10})
	c := testCursor(t, l, "siem", FromNow)
	for i := range 60 {
		put(t, l, fmt.Sprintf("%d %s", i, strings.Repeat("x", 2000)))
	}
	object := origin("s3")
	object.DeliveryID = relay.ID{7}
	for range 2 {
		if err := l.Put(t.Context(), batchOf(object, 4, "a", "b")); err != nil {
			t.Fatal(err)
		}
	}
	ls := next(t, c, 7)
	ls.Ack(delivered(ls))
	d, err := Inspect(dir) // while the log is open
	if err != nil {
		t.Fatal(err)
	}
	if d.End != 64 || len(d.Segments) < 2 || d.Cursors[0].Waiting != 57 {
		t.Fatalf("%+v", d)
	}
	var got []uint64
	if err := d.Records(20, 40, func(r *relay.Record) bool { got = append(got, r.Number); return len(got) < 15 }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 15 || got[0] != 20 || got[14] != 34 {
		t.Fatal(got)
	}
	verify := func() (Verification, string) {
		d, err := Inspect(dir)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		v, err := d.Verify(true, func(file string, off int64, s string) { said = append(said, fmt.Sprintf("%s %d: %s", file, off, s)) })
		if err != nil {
			t.Fatal(err)
		}
		return v, strings.Join(said, "\n")
	}
	if v, said := verify(); v.Records != 64 || v.Damaged != 0 || v.Repeated != 2 || v.Problems != 1 {
		t.Fatalf("%+v\n%s", v, said)
	}
	l.Close()
	edit(t, segmentsIn(t, dir)[0], func(b []byte) []byte { b[heads(b)[3].offset+1000] ^= 1; return b })
	if v, said := verify(); v.Records != 63 || v.Damaged != 1 || v.Problems != 2 || !strings.Contains(said, filepath.Base(segmentsIn(t, dir)[0])) {
		t.Fatalf("%+v\n%s", v, said)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	dir := t.TempDir()
	l := testLog(t, filepath.Join(dir, "a"), Options{Metrics: reg})
	d := testDead(t, filepath.Join(dir, "b"), Options{Metrics: reg})
	put(t, l, "a", "b")
	putLetters(t, d, "hec", 0, 1)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]float64)
	for _, f := range families {
		m := f.GetMetric()[0]
		values[f.GetName()] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	for name, want := range map[string]float64{
		"logrelay_buffer_records_total": 2, "logrelay_buffer_commits_total": 1, "logrelay_fsync_seconds": 1,
		"logrelay_buffer_damaged_records_total": 0, "logrelay_buffer_quota_bytes": DefaultQuota, "logrelay_dead_letters_records_total": 1,
	} {
		if got, ok := values[name]; !ok || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if values["logrelay_buffer_bytes"] < 1<<20 {
		t.Errorf("%v", values)
	}
	l.Close()
	testLog(t, filepath.Join(dir, "a"), Options{Metrics: reg}) // the names are free again
}
