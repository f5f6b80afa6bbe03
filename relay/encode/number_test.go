package encode

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

func TestAppendInt(t *testing.T) {
	t.Parallel()
	check := func(n int64) {
		t.Helper()
		if got, want := string(appendInt([]byte("x"), n)), "x"+strconv.FormatInt(n, 10); got != want {
			t.Fatalf("want %s, got %s", want, got)
		}
	}
	for n := range int64(20000) {
		check(n)
		check(n * 9999)
		check(-n)
	}
	for p := int64(1); p < math.MaxInt64/10; p *= 10 {
		check(p - 1)
		check(p)
		check(p + 1)
	}
	check(math.MaxInt64)
	check(math.MinInt64)
	for range 100000 {
		check(rand.Int64() >> rand.IntN(63))
	}
}

func TestAppendTime(t *testing.T) {
	t.Parallel()
	check := func(ns int64) {
		t.Helper()
		got := string(appendTime(nil, ns))
		back, err := time.Parse(time.RFC3339Nano, got)
		if err != nil || back.UnixNano() != ns {
			t.Fatalf("%d: %s: %v", ns, got, err)
		}
	}
	for _, ns := range []int64{0, 1, -1, 999, 1000, 1e6, 1e9 - 1, -1e9, math.MaxInt64, math.MinInt64} {
		check(ns)
	}
	for range 100000 {
		check(int64(rand.Uint64()))
	}
	for day := range int64(150000) {
		check((day - 70000) * 86400e9)
	}
	if got := string(appendTime(nil, 1_795_252_532_120_000_000)); got != "2026-11-21T09:15:32.120Z" {
		t.Error(got)
	}
}
