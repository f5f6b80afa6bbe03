package buffer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"logrelay/relay"
)

func testDead(t testing.TB, dir string, o Options) *DeadLetters {
	t.Helper()
	d, err := OpenDeadLetters(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func letter(output string, n int) relay.DeadLetter {
	return relay.DeadLetter{
		Output: output, Event: 2, Answer: "400 no", Refused: 99,
		Record: &relay.Record{
			Raw: fmt.Appendf(nil, "bad %d", n), Meta: relay.AppendMeta(nil, "k", "v"), Origin: origin("in"), Received: 7,
			Number: 1000 + uint64(n), Base: relay.ID{1, 2}, Ordinal: uint64(n), Flags: relay.FlagTruncated,
		},
	}
}

func putLetters(t testing.TB, d *DeadLetters, output string, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := d.Put(t.Context(), letter(output, i)); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t testing.TB, d *DeadLetters, f DeadLetterFilter) []string {
	t.Helper()
	var got []string
	if err := d.Each(f, func(e *Entry) bool {
		got = append(got, e.Output+" "+string(e.Record.Raw))
		return true
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

func wantDead(t testing.TB, d *DeadLetters, want ...DeadLetterStats) {
	t.Helper()
	got, _ := d.Stats()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

func TestDeadLettersSurviveRestarts(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	d := testDead(t, dir, Options{})
	putLetters(t, d, "hec", 0, 4)
	putLetters(t, d, "syslog", 0, 1)
	putLetters(t, d, "hec", 0, 4) // again: not stored twice
	var sent []string
	refuse := errors.New("refused again")
	n, err := d.Retry(t.Context(), DeadLetterFilter{Output: "hec"}, func(_ context.Context, l relay.DeadLetter) error {
		if l.Record.Ordinal == 2 {
			return refuse
		}
		sent = append(sent, l.Record.ID())
		return nil
	})
	if n != 2 || !errors.Is(err, refuse) {
		t.Fatalf("%d retried: %v", n, err)
	}
	if want := letter("hec", 0).Record.ID(); sent[0] != want {
		t.Fatalf("sent %s, want %s", sent[0], want)
	}
	if n, err := d.Drop(DeadLetterFilter{Entries: []uint64{3}}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	for i := range 3 {
		wantDead(t, d, DeadLetterStats{"hec", 1, 2, 1}, DeadLetterStats{"syslog", 1, 0, 0})
		wantTexts(t, open(t, d, DeadLetterFilter{}), []string{"hec bad 2", "syslog bad 0"})
		if i > 0 {
			d.Close()
		} else {
			dir = crashed(t, dir)
		}
		d = testDead(t, dir, Options{})
	}
	putLetters(t, d, "hec", 2, 3) // also after a restart
	err = d.Each(DeadLetterFilter{Output: "hec"}, func(e *Entry) bool {
		want := letter("hec", 2)
		want.Record.Origin, e.Record.Origin = nil, nil
		if fmt.Sprint(*e.Record) != fmt.Sprint(*want.Record) || e.Answer != want.Answer || e.Refused != 99 || e.Event != 2 {
			t.Errorf("got %+v %+v", e, e.Record)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDeadLettersFullAndDropped(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	o := Options{SegmentSize: 64 << 10, Limits: Limits{Quota: 256 << 10}}
	d := testDead(t, dir, o)
	big := letter("hec", 0)
	big.Record.Raw = []byte(strings.Repeat("x", 10<<10))
	stored := 0
	var err error
	for ; err == nil; stored++ {
		big.Record.Ordinal = uint64(stored)
		err = d.Put(t.Context(), big)
	}
	stored--
	if !errors.Is(err, relay.ErrFull) || stored < 10 {
		t.Fatalf("%d stored, then %v", stored, err)
	}
	if n, err := d.Drop(DeadLetterFilter{}); n != stored || err != nil {
		t.Fatal(n, err)
	}
	wantDead(t, d, DeadLetterStats{"hec", 0, 0, uint64(stored)})
	d.log.syncCursors()
	d.log.reap()
	putLetters(t, d, "hec", 1000, 1003)
	d.Close()
	d = testDead(t, dir, o)
	wantDead(t, d, DeadLetterStats{"hec", 3, 0, uint64(stored)})
}
