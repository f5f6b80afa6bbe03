package buffer

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"logrelay/relay"
)

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
	for range 2 { // nothing is left of the segments, and their numbers are not used again
		l.Close()
		l = testLog(t, dir, o)
		testCursor(t, l, "siem", FromNow)
		settle(l)
	}
	if s := l.Stats(); s.Segments != 0 {
		t.Fatalf("%+v", s)
	}
	b := batchOf(origin("in"), 0)
	b.Marks = append(b.Marks, relay.Mark{Delivery: relay.ID{8}, Next: 5})
	if err := l.Put(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	l = testLog(t, crashed(t, dir), o)
	if m, ok, err := l.Lookup(relay.ID{8}); !ok || err != nil || m.Next != 5 {
		t.Fatal(m, ok, err)
	}
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
