package buffer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"logrelay/relay"
)

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

// TestHeldLeases: the bytes of a lease stay what they are while others come and go, and what was acknowledged behind a held one
// comes again after a crash.
func TestHeldLeases(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{SegmentSize: 256 << 10})
	c := testCursor(t, l, "siem", FromNow)
	const n = 4000
	for i := 0; i < n; i += 40 {
		put(t, l, numbered(i, i+40)...)
	}
	check := func(ls relay.Lease) {
		t.Helper()
		for _, r := range ls.Records() {
			if want := fmt.Sprintf("record %d", r.Number); string(r.Raw) != want || r.Origin.Input != "in" {
				t.Fatalf("%q of %q, want %q", r.Raw, r.Origin.Input, want)
			}
		}
	}
	var held []relay.Lease
	for taken := 0; taken < n; {
		ls := next(t, c, 7)
		check(ls)
		taken += len(ls.Records())
		switch {
		case len(held) < 50:
			held = append(held, ls)
		case taken%3 == 0:
			ls.Unload()
			fallthrough
		default:
			ls.Ack(relay.Outcome{Delivered: ls.(*lease).span.to - ls.(*lease).span.from})
		}
	}
	for _, ls := range held {
		check(ls)
	}
	again := testCursor(t, testLog(t, crashed(t, dir), Options{}), "siem", FromNow)
	wantTexts(t, drain(t, again), numbered(0, n))
	for i := len(held) - 1; i >= 0; i-- {
		check(held[i])
		held[i].Ack(delivered(held[i]))
	}
	if s := c.Stats(); s.Waiting != 0 || s.Outcome.Delivered != n || s.Leased != 0 {
		t.Fatalf("%+v", s)
	}
	again = testCursor(t, testLog(t, crashed(t, dir), Options{}), "siem", FromNow) // kill -9 after the last Ack
	if s := again.Stats(); s.Waiting != 0 || s.Outcome.Delivered != n {
		t.Fatalf("%+v", s)
	}
}
