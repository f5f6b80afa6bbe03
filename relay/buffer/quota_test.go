package buffer

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
)

// settle does what the keeper would do in its time, and waits until the keeper, which may be in the middle of it, is through.
func settle(l *Log) {
	l.syncCursors()
	l.reap()
	for state, _ := l.keeper.Last(); state == relay.StateWorking; state, _ = l.keeper.Last() {
		time.Sleep(time.Millisecond)
	}
}

func putUntilFull(t testing.TB, l *Log, input string) (n int, err error) {
	t.Helper()
	b := batchOf(origin(input), 0, strings.Repeat("x", 4000))
	for ; n < 10_000; n++ {
		if err = l.Put(t.Context(), b); err != nil {
			return n, err
		}
	}
	t.Fatal("the log is never full")
	return 0, nil
}

func TestQuota(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	o := Options{SegmentSize: 128 << 10, Limits: Limits{Quota: 1 << 20}}
	l := testLog(t, dir, o)
	testCursor(t, l, "siem", FromNow)
	n, err := putUntilFull(t, l, "in")
	if !errors.Is(err, relay.ErrFull) || relay.HintOf(err) == "" || !strings.Contains(err.Error(), "quota") {
		t.Fatalf("%v, hint %q", err, relay.HintOf(err))
	}
	if s := l.Stats(); s.Bytes > s.Quota || s.Bytes < s.Quota/2 || s.Full == nil {
		t.Fatalf("%+v", s)
	}
	// A changed quota and segment size take effect on a queue that waits, running or not.
	l.SetLimits(Limits{Quota: 2 << 20})
	more, _ := putUntilFull(t, l, "in")
	if more == 0 {
		t.Fatal("the larger quota does not count")
	}
	l.Close()
	l = testLog(t, dir, Options{SegmentSize: 64 << 10, Limits: Limits{Quota: 512 << 10}})
	c := testCursor(t, l, "siem", FromNow)
	if _, err := putUntilFull(t, l, "in"); !errors.Is(err, relay.ErrFull) {
		t.Fatal(err)
	}
	if got := drain(t, c); len(got) != n+more {
		t.Fatalf("%d records, want %d", len(got), n+more)
	}
	settle(l)
	if s := l.Stats(); s.Full != nil {
		t.Fatalf("space came back and the log is said to be full: %v", s.Full)
	}
	again, _ := putUntilFull(t, l, "in")
	if s := l.Stats(); again == 0 || s.Bytes > s.Quota {
		t.Fatalf("%d more, %+v", again, s)
	}
	if got := drain(t, c); len(got) != again {
		t.Fatalf("%d records, want %d", len(got), again)
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	o := Options{SegmentSize: 64 << 10, Limits: Limits{Quota: 2 << 20, Shares: []Share{{Input: "loud", Bytes: 300 << 10}}}}
	l := testLog(t, dir, o)
	testCursor(t, l, "siem", FromNow)
	n, err := putUntilFull(t, l, "loud")
	if !errors.Is(err, relay.ErrFull) || !strings.Contains(err.Error(), `"loud"`) || n < 70 {
		t.Fatalf("%d, then %v", n, err)
	}
	quiet := batchOf(origin("quiet"), 0, "hello")
	if err := l.Put(t.Context(), quiet); err != nil {
		t.Fatalf("another input: %v", err)
	}
	used := l.Stats().Shares[0].Used
	for _, how := range []func() *Log{
		func() *Log { l.Close(); return testLog(t, dir, o) },
		func() *Log { return testLog(t, crashed(t, dir), o) },
	} {
		l := how()
		if got := l.Stats().Shares[0].Used; got != used {
			t.Fatalf("the share is %d after the start, %d before", got, used)
		}
		if err := l.Put(t.Context(), batchOf(origin("loud"), 0, strings.Repeat("x", 4000))); !errors.Is(err, relay.ErrFull) {
			t.Fatal(err)
		}
		c := testCursor(t, l, "siem", FromNow)
		drain(t, c)
		settle(l)
		if again, _ := putUntilFull(t, l, "loud"); again == 0 {
			t.Fatal("delivery gives no room back")
		}
		l.Close()
	}
}

func TestReserve(t *testing.T) {
	t.Parallel()
	fsys := newMemFS()
	fsys.free = 300 << 10
	l := testLog(t, "buffer", Options{FS: fsys, SegmentSize: 64 << 10, Limits: Limits{Reserve: 280 << 10}})
	if _, err := putUntilFull(t, l, "in"); !errors.Is(err, relay.ErrFull) || !strings.Contains(err.Error(), "reserve") {
		t.Fatal(err)
	}
}

// TestFullDisk: a log on a full disk starts, delivers, and accepts as soon as there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testFullDisk)
}

func testFullDisk(t *testing.T) {
	fsys := newMemFS()
	o := Options{FS: fsys, SegmentSize: 64 << 10}
	l := testLog(t, "buffer", o)
	testCursor(t, l, "siem", FromNow)
	put(t, l, numbered(0, 5)...)
	fsys = fsys.crash(killed, nil)
	fsys.failAt, fsys.fail, fsys.down = 1, errNoRoom, true
	o.FS = fsys
	l = testLog(t, "buffer", o)
	c := testCursor(t, l, "siem", FromNow)
	b := batchOf(origin("in"), 0, "later")
	if err := l.Put(t.Context(), b); !errors.Is(err, relay.ErrFull) || relay.HintOf(err) == "" {
		t.Fatal(err)
	}
	wantTexts(t, drain(t, c), numbered(0, 5))
	if _, err := l.Cursor("new", FromNow); !errors.Is(err, relay.ErrFull) {
		t.Fatal(err)
	}
	fsys.mu.Lock()
	fsys.failAt = 0
	fsys.mu.Unlock()
	time.Sleep(retryFull)
	if err := l.Put(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	wantTexts(t, drain(t, c), []string{"later"})
}

func TestBrokenDisk(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"write", "fsync"} {
		fsys := newMemFS()
		l := testLog(t, "buffer", Options{FS: fsys})
		c := testCursor(t, l, "siem", FromNow)
		put(t, l, "before")
		fsys.mu.Lock()
		fsys.failAt, fsys.fail = fsys.calls+1, errDisk
		if call == "fsync" {
			fsys.failAt++
		}
		fsys.mu.Unlock()
		b := batchOf(origin("in"), 0, "lost")
		for range 2 {
			if err := l.Put(t.Context(), b); !errors.Is(err, relay.ErrBroken) || !errors.Is(err, errDisk) {
				t.Fatalf("%s: %v", call, err)
			}
		}
		<-l.Broken()
		if !errors.Is(l.Err(), relay.ErrBroken) {
			t.Fatal(l.Err())
		}
		wantTexts(t, drain(t, c), []string{"before"})
	}
}

func TestSecondProcess(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{})
	_, err := Open(dir, Options{})
	var locked *LockedError
	if !errors.As(err, &locked) || locked.PID == "" || relay.HintOf(err) == "" {
		t.Fatalf("%v", err)
	}
	l.Close()
	testLog(t, dir, Options{})
}

// TestSmallQuota: a refused large batch leaves room for small ones, and comes in when all is delivered, also when the quota has
// room for few segments.
func TestSmallQuota(t *testing.T) {
	t.Parallel()
	l := testLog(t, tempDir(t), Options{SegmentSize: 64 << 10, Limits: Limits{Quota: 192 << 10}})
	c := testCursor(t, l, "siem", FromNow)
	large := batchOf(origin("in"), 0, strings.Repeat("x", 140<<10))
	put(t, l, "small")
	for range 3 {
		if err := l.Put(t.Context(), large); !errors.Is(err, relay.ErrFull) {
			t.Fatal(err)
		}
		put(t, l, "small")
	}
	if got := drain(t, c); len(got) != 4 {
		t.Fatal(got)
	}
	settle(l)
	if err := l.Put(t.Context(), large); !errors.Is(err, relay.ErrFull) { // notices that all is delivered
		t.Fatal(err)
	}
	settle(l)
	if err := l.Put(t.Context(), large); err != nil {
		t.Fatal(err)
	}
	drain(t, c)
}
