package s3

import (
	"fmt"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/buffer"
)

// With the real log on disk: cut off while it is under way, again and again, each time with a log opened anew, it holds each record once.
func TestExactlyOnceInTheLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newRig(t)
	want := map[string]bool{}
	for i := range 12 {
		recs, text := lines(fmt.Sprint("o", i), 9_000*(i%3)+3)
		for _, rec := range recs {
			want[rec] = true
		}
		body := r.store.put("logs", fmt.Sprint("o", i), zipped(text))
		r.queue.send(body, body)
	}
	ids, records := map[string]bool{}, 0
	for round := 0; r.queue.left() > 0; round++ {
		if round == 100 {
			t.Fatalf("%d messages left after %d rounds", r.queue.left(), round)
		}
		log, err := buffer.Open(dir, buffer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r.opt.Ledger = log
		r.out = &dying{Sink: log, n: round + 1, kept: round%2 == 0}
		r.start()
		for len(r.ended) == 0 && r.queue.left() > 0 {
			time.Sleep(time.Millisecond)
		}
		_ = r.end()
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	log, err := buffer.Open(dir, buffer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cursor, err := log.Cursor("test", buffer.FromOldest)
	if err != nil {
		t.Fatal(err)
	}
	for records < len(want) {
		lease, err := cursor.Next(t.Context(), relay.Limit{})
		if err != nil {
			t.Fatal(err)
		}
		list := lease.Records()
		for i := range list {
			if records++; !want[string(list[i].Raw)] || ids[list[i].ID()] {
				t.Fatalf("%s: %q is not expected, or there twice", list[i].ID(), list[i].Raw)
			}
			ids[list[i].ID()] = true
			delete(want, string(list[i].Raw))
			want["done: "+string(list[i].Raw)] = true
		}
		lease.Ack(relay.Outcome{Delivered: uint64(len(list))})
	}
	if s := log.Stats(); s.Records != uint64(records) {
		t.Errorf("the log holds %d records, want %d", s.Records, records)
	}
}
