package main

import (
	"testing"
	"time"
)

func TestVerifierFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, format := range []string{formatSyslog, formatNDJSON, formatHEC} {
		b, err := newBlock(format, 300, 10, 3)
		if err != nil {
			t.Fatal(err)
		}
		v := newVerifier(ownMark())
		begun := time.Now()
		now := begun.Add(-time.Second).UnixNano()
		hint := v.scan(b.stamp(10, 0, now), 0)    // 0..9
		hint = v.scan(b.stamp(10, 20, now), hint) // 20..29
		hint = v.scan(b.stamp(5, 15, now), hint)  // 15..19, late
		v.scan(b.stamp(2, 0, now), hint)          // 0, 1 again
		got, latency := v.result()
		if got.Messages != 27 || got.Unique != 25 || got.Duplicates != 2 || got.Reordered != 5 || got.Foreign != 0 {
			t.Errorf("%s: %+v", format, got)
		}
		if n := v.missing([]uint64{0, 0, 0, 32}); n != 7 {
			t.Errorf("%s: %d missing, want 10..14 and 30, 31", format, n)
		}
		most := time.Second + time.Since(begun)
		if q := latency.quantile(0.99); q < time.Second || q > most+most/10 {
			t.Errorf("p99 %s of at most %s", q, most)
		}
	}
}

func TestWholeFrames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"": 0, "3 abc": 5, "3 ab": 0, "3 abc4 ab": 5, "line\n3 abc": 10, "line": 0, "12": 0, "5 a\nb\nc": 7} {
		if got := wholeFrames([]byte(in)); got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	h := histogram{}
	for i := range int64(1000) {
		h.add(i * 1000)
	}
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Microsecond, 0.99: 990 * time.Microsecond} {
		if got := h.quantile(q); got < want || got > want+want/14 {
			t.Errorf("quantile %v: %s, want %s", q, got, want)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	blk, err := newBlock(formatSyslog, 300, 500, 0)
	if err != nil {
		b.Fatal(err)
	}
	v := newVerifier(ownMark())
	var n uint64
	hint := 0
	b.SetBytes(int64(len(blk.bytes)))
	for b.Loop() {
		data := blk.stamp(500, n, 1)
		hint = v.scan(data[:wholeFrames(data)], hint)
		n += 500
	}
}
