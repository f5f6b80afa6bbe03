package buffer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"logrelay/relay"
)

// patience bounds what a test waits for; it is never waited for when all is well.
const patience = 4 * time.Minute

// testLog opens a log in dir that is closed when the test ends.
func testLog(t testing.TB, dir string, o Options) *Log {
	t.Helper()
	if o.Keeper == nil {
		o.Keeper = new(relay.Pulse) // for settle
	}
	l, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func testCursor(t testing.TB, l *Log, name string, from From) *Cursor {
	t.Helper()
	c, err := l.Cursor(name, from)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tempDir(t testing.TB) string { return filepath.Join(t.TempDir(), "buffer") }

func origin(input string) *relay.Origin {
	return &relay.Origin{Input: input, Tenant: "acme", Peer: "192.0.2.7:41532", Kind: relay.KindText}
}

// batchOf returns a batch with the texts as its records.
func batchOf(o *relay.Origin, first uint64, texts ...string) *relay.Batch {
	b := new(relay.Batch)
	b.Use(o, first)
	for i, s := range texts {
		b.Append([]byte(s), 1_700_000_000_000_000_000+int64(i), 0)
	}
	return b
}

func put(t testing.TB, l *Log, texts ...string) {
	t.Helper()
	if err := l.Put(t.Context(), batchOf(origin("in"), 0, texts...)); err != nil {
		t.Fatal(err)
	}
}

func numbered(from, to int) []string {
	var s []string
	for i := from; i < to; i++ {
		s = append(s, fmt.Sprintf("record %d", i))
	}
	return s
}

// next leases up to n records.
func next(t testing.TB, c *Cursor, n int) relay.Lease {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ls, err := c.Next(ctx, relay.Limit{Records: n})
	if err != nil {
		t.Fatal(err)
	}
	return ls
}

func delivered(ls relay.Lease) relay.Outcome {
	return relay.Outcome{Delivered: uint64(len(ls.Records()))}
}

// drain delivers all that waits and returns the texts.
func drain(t testing.TB, c *Cursor) []string {
	t.Helper()
	var got []string
	for c.Stats().Waiting > 0 {
		ls, err := c.tryNextForTest()
		if err != nil {
			t.Fatal(err)
		}
		if ls == nil {
			break
		}
		for _, r := range ls.Records() {
			got = append(got, string(r.Raw))
		}
		ls.Ack(delivered(ls))
	}
	balance(t, c)
	return got
}

func (c *Cursor) tryNextForTest() (relay.Lease, error) {
	<-c.turn
	defer func() { c.turn <- struct{}{} }()
	return c.tryNext(relay.Limit{})
}

// balance checks that accepted = outcomes + waiting.
func balance(t testing.TB, c *Cursor) {
	t.Helper()
	s := c.Stats()
	if s.Start+s.Outcome.Sum() != s.Position || s.Position+s.Waiting != s.End {
		t.Fatalf("the sum does not hold: %+v", s)
	}
}

func wantTexts(t testing.TB, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d records, want %d\n%.300q", len(got), len(want), got)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("record %d is %.100q, want %.100q", i, got[i], want[i])
		}
	}
}

func TestPutAndNext(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{})
	c := testCursor(t, l, "siem", FromNow)
	o := origin("in")
	b := batchOf(o, 0, "a", "", "bb")
	b.AppendMeta([]byte("raw"), relay.AppendMeta(nil, "host", "web-1"), 77, relay.FlagMore|relay.FlagContinued)
	if err := l.Put(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	ls := next(t, c, 0)
	rs := ls.Records()
	if len(rs) != 4 || string(rs[0].Raw) != "a" || len(rs[1].Raw) != 0 || string(rs[2].Raw) != "bb" {
		t.Fatalf("%+v", rs)
	}
	if r := rs[3]; string(r.Raw) != "raw" || r.Attr("host") != "web-1" || r.Flags != relay.FlagMore|relay.FlagContinued || r.Number != 3 || r.Ordinal != 3 {
		t.Fatalf("%+v", r)
	}
	if fmt.Sprint(*rs[0].Origin) != fmt.Sprint(*o) {
		t.Fatalf("origin %+v, want %+v", rs[0].Origin, o)
	}
	id := rs[0].ID()
	ls.Release()
	if ls = next(t, c, 2); ls.Records()[0].ID() != id {
		t.Fatal("the id changed with redelivery")
	}
	ls.Ack(delivered(ls))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Put(t.Context(), b); !errors.Is(err, relay.ErrClosed) {
		t.Fatalf("Put after Close: %v", err)
	}
	l = testLog(t, dir, Options{})
	c = testCursor(t, l, "siem", FromNow)
	put(t, l, "later")
	wantTexts(t, drain(t, c), []string{"bb", "raw", "later"})
	if s := c.Stats(); s.Outcome.Delivered != 5 || s.Start != 0 {
		t.Fatalf("%+v", s)
	}
}

func TestManyCallers(t *testing.T) {
	t.Parallel()
	l := testLog(t, tempDir(t), Options{SegmentSize: 1 << 20})
	c := testCursor(t, l, "siem", FromNow)
	const callers, each = 16, 200
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			o := origin(fmt.Sprint("in", i))
			for k := range each {
				if err := l.Put(context.Background(), batchOf(o, 0, fmt.Sprint(k))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := make(map[string]int)
	for n := 0; n < callers*each; {
		ls := next(t, c, 0)
		for _, r := range ls.Records() {
			if string(r.Raw) != fmt.Sprint(seen[r.Origin.Input]) {
				t.Fatalf("%s: %s out of order", r.Origin.Input, r.Raw)
			}
			seen[r.Origin.Input]++
			n++
		}
		ls.Ack(delivered(ls))
	}
	wg.Wait()
	balance(t, c)
}
