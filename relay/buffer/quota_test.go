package buffer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
)

// settle does what the keeper would do in its time.
func settle(l *Log) {
	l.syncCursors()
	l.reap()
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
	c := testCursor(t, l, "siem", FromNow)
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
	c = testCursor(t, l, "siem", FromNow)
	if _, err := putUntilFull(t, l, "in"); !errors.Is(err, relay.ErrFull) {
		t.Fatal(err)
	}
	if got := drain(t, c); len(got) != n+more {
		t.Fatalf("%d records, want %d", len(got), n+more)
	}
	settle(l)
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
	c := testCursor(t, l, "siem", FromNow)
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
		c = testCursor(t, l, "siem", FromNow)
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
	for err := relay.ErrFull; err != nil; err = l.Put(t.Context(), b) {
		time.Sleep(10 * time.Millisecond) // a full disk is asked again once a second
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

func TestForgetAndDiscard(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	o := Options{SegmentSize: 64 << 10}
	l := testLog(t, dir, o)
	a, b := testCursor(t, l, "a", FromNow), testCursor(t, l, "b", FromNow)
	for i := range 100 {
		put(t, l, fmt.Sprintf("%d %s", i, strings.Repeat("x", 2000)))
	}
	held, released := next(t, a, 5), next(t, a, 5)
	released.Release()
	if n := a.Discard(50); n != 45 {
		t.Fatalf("%d discarded", n)
	}
	if s := a.Stats(); s.Position != 0 || s.Leased != 5 || s.Waiting != 100 {
		t.Fatalf("%+v", s)
	}
	held.Ack(relay.Outcome{DeadLettered: 5})
	balance(t, a)
	if s := a.Stats(); s.Position != 50 || s.Outcome != (relay.Outcome{DeadLettered: 5, Discarded: 45}) {
		t.Fatalf("%+v", s)
	}
	if got := drain(t, a); len(got) != 50 || !strings.HasPrefix(got[0], "50 ") {
		t.Fatal(len(got))
	}
	settle(l)
	if s := l.Stats(); s.Oldest != 0 {
		t.Fatalf("cursor b holds nothing: %+v", s)
	}
	if err := l.Forget("b"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Next(t.Context(), relay.Limit{}); !errors.Is(err, relay.ErrClosed) {
		t.Fatal(err)
	}
	if err := l.Forget("b"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	settle(l)
	if s := l.Stats(); s.Segments > 1 || s.Spares > maxSpares {
		t.Fatalf("%+v", s)
	}
	l.Close()
	l = testLog(t, dir, o)
	if s := l.Stats(); len(s.Cursors) != 1 || s.Cursors[0].Outcome != (relay.Outcome{Delivered: 50, DeadLettered: 5, Discarded: 45}) {
		t.Fatalf("%+v", s)
	}
}

// TestMarks: the ledger knows every committed delivery, after a crash and after the segments are gone.
func TestMarks(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	o := Options{SegmentSize: 64 << 10}
	l := testLog(t, dir, o)
	c := testCursor(t, l, "siem", FromNow)
	mark := func(i int) relay.Mark {
		return relay.Mark{Delivery: relay.ID{9, byte(i)}, Next: uint64(i), Done: i%2 == 0, Splitter: "lines/1"}
	}
	check := func(l *Log) {
		t.Helper()
		for i := range 60 {
			if got, ok, err := l.Lookup(mark(i).Delivery); err != nil || !ok || got != mark(i) {
				t.Fatalf("%d: %+v %v %v", i, got, ok, err)
			}
		}
		if _, ok, err := l.Lookup(relay.ID{8}); ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	for i := range 60 {
		b := batchOf(origin("in"), 0, strings.Repeat("x", 3000))
		if i%3 == 0 {
			b.Reset() // a mark alone
		}
		b.Marks = append(b.Marks, mark(i))
		if err := l.Put(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	check(l)
	check(testLog(t, crashed(t, dir), o))
	if got := drain(t, c); len(got) != 40 {
		t.Fatal(len(got))
	}
	settle(l)
	if s := l.Stats(); s.Segments > 1 {
		t.Fatalf("%+v", s)
	}
	check(testLog(t, crashed(t, dir), o))
	l.Close()
	check(testLog(t, dir, o))
}

// TestDeliveries: the ids of a delivery's records are the delivery's, whatever else is in the block.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{})
	c := testCursor(t, l, "siem", FromNow)
	object := origin("s3")
	object.Delivery, object.DeliveryID = "s3://bucket/key?v=1", relay.ID{7}
	b := batchOf(object, 0, "0", "1", "2")
	b.Use(origin("other"), 0)
	b.Append([]byte("x"), 0, 0)
	for _, b := range []*relay.Batch{b, batchOf(object, 3, "3", "4"), batchOf(object, 100, "100")} {
		if err := l.Put(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	one := func() *request { return &request{done: make(chan error, 1)} }
	build := newBuilder() // in one block, too
	for _, b := range []*relay.Batch{b, batchOf(object, 3, "3", "4"), batchOf(object, 100, "100")} {
		r := one()
		if err := r.prepare(b); err != nil {
			t.Fatal(err)
		}
		build.add(r)
	}
	h := blockHead{offset: headerSize}
	raw := build.append(nil, &h)
	var blk block
	if err := blk.parse(h, raw[blockHeader:blockHeader+h.body], new(originCache)); err != nil {
		t.Fatal(err)
	}
	check := func(r *relay.Record) {
		if string(r.Raw) == "x" {
			if r.Base == object.DeliveryID {
				t.Error("an id of the delivery")
			}
		} else if r.Base != object.DeliveryID || fmt.Sprint(r.Ordinal) != string(r.Raw) {
			t.Errorf("%s has the id %s", r.Raw, r.ID())
		}
	}
	for blk.left() > 0 {
		var r relay.Record
		blk.take(&r)
		check(&r)
	}
	for n := 0; n < 7; {
		ls := next(t, c, 2) // leases that begin in the middle of a block
		for _, r := range ls.Records() {
			check(&r)
			n++
		}
		ls.Ack(delivered(ls))
	}
}

func TestLargestRecord(t *testing.T) {
	t.Parallel()
	l := testLog(t, tempDir(t), Options{Limits: Limits{Quota: 64 << 20}})
	c := testCursor(t, l, "siem", FromNow)
	large := strings.Repeat("x", relay.MaxRecord)
	put(t, l, "small")
	put(t, l, large)
	put(t, l, "small")
	wantTexts(t, drain(t, c), []string{"small", large, "small"})
	b := batchOf(origin("in"), 0, large+strings.Repeat("x", 4<<20))
	if err := l.Put(t.Context(), b); !errors.Is(err, errTooLarge) {
		t.Fatal(err)
	}
}

// TestLeases: they end in any order, and what is released comes first.
func TestLeases(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{SegmentSize: 64 << 10})
	c := testCursor(t, l, "siem", FromNow)
	for i := range 10 {
		put(t, l, numbered(10*i, 10*i+10)...)
	}
	var ls []relay.Lease
	for range 5 {
		ls = append(ls, next(t, c, 7))
	}
	ls[0].Unload()
	ls[3].Ack(relay.Outcome{Delivered: 7})
	ls[1].Release()
	ls[2].Release()
	again := next(t, c, 10)
	if rs := again.Records(); len(rs) != 10 || string(rs[0].Raw) != "record 7" || string(rs[9].Raw) != "record 16" {
		t.Fatalf("%d records from %s", len(rs), rs[0].Raw)
	}
	if s := c.Stats(); s.Position != 0 || s.Leased != 7+10+7 {
		t.Fatalf("%+v", s)
	}
	ls[0].Ack(relay.Outcome{Delivered: 7})
	again.Ack(relay.Outcome{Delivered: 10})
	rest := next(t, c, 10)
	if rs := rest.Records(); len(rs) != 4 || string(rs[0].Raw) != "record 17" {
		t.Fatalf("%d records from %s", len(rs), rs[0].Raw)
	}
	rest.Ack(relay.Outcome{Dropped: 4})
	if s := c.Stats(); s.Position != 28 || s.Outcome.Delivered != 24 || s.Outcome.Dropped != 4 {
		t.Fatalf("%+v", s)
	}
	ls[4].Release()
	wantTexts(t, drain(t, c), numbered(28, 100))
	for name, f := range map[string]func(){
		"ended twice":    func() { ls[0].Release() },
		"wrong outcomes": func() { put(t, l, "x"); next(t, c, 1).Ack(relay.Outcome{Delivered: 2}) },
	} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.HasPrefix(fmt.Sprint(r), "BUG:") {
					t.Errorf("%s: %v", name, r)
				}
			}()
			f()
		}()
	}
}

func TestNextWaits(t *testing.T) {
	t.Parallel()
	l := testLog(t, tempDir(t), Options{})
	c := testCursor(t, l, "siem", FromNow)
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error)
	go func() { _, err := c.Next(ctx, relay.Limit{}); got <- err }()
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	texts := make(chan string)
	go func() {
		for range 2 {
			ls, err := c.Next(t.Context(), relay.Limit{})
			if err != nil {
				t.Error(err)
				close(texts)
				return
			}
			texts <- string(ls.Records()[0].Raw)
			if len(texts) == 0 {
				ls.Ack(delivered(ls))
			}
		}
		_, err := c.Next(context.Background(), relay.Limit{})
		got <- err
	}()
	put(t, l, "one")
	if s := <-texts; s != "one" {
		t.Fatal(s)
	}
	put(t, l, "two")
	if s := <-texts; s != "two" {
		t.Fatal(s)
	}
	l.Close()
	if err := <-got; !errors.Is(err, relay.ErrClosed) {
		t.Fatal(err)
	}
}

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
