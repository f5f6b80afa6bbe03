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

// stats is for records with one letter each.
func stats(output string, open, retried, dropped uint64) DeadLetterStats {
	return DeadLetterStats{output, open, retried, dropped, DeadRecords{open, retried, dropped}}
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
		wantDead(t, d, stats("hec", 1, 2, 1), stats("syslog", 1, 0, 0))
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
	wantDead(t, d, stats("hec", 0, 0, uint64(stored)))
	d.log.syncCursors()
	d.log.reap()
	putLetters(t, d, "hec", 1000, 1003)
	d.Close()
	d = testDead(t, dir, o)
	wantDead(t, d, stats("hec", 3, 0, uint64(stored)))
}

func TestRetryGoesOnPastWhatIsRefusedAgain(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	d := testDead(t, dir, Options{})
	putLetters(t, d, "hec", 0, 4)
	down := errors.New("connection refused")
	answer := "413 too large"
	retry := func() (int, error) {
		return d.Retry(t.Context(), DeadLetterFilter{}, func(_ context.Context, l relay.DeadLetter) error {
			switch l.Record.Ordinal {
			case 0, 1:
				return fmt.Errorf("sending: %w", &relay.RejectError{Answer: answer, Err: errors.New(answer)})
			case 3:
				return down
			}
			return nil
		})
	}
	if n, err := retry(); n != 1 || !errors.Is(err, down) {
		t.Fatalf("%d retried: %v", n, err)
	}
	for i := range 2 {
		wantDead(t, d, stats("hec", 3, 1, 0))
		wantTexts(t, open(t, d, DeadLetterFilter{}), []string{"hec bad 3", "hec bad 0", "hec bad 1"})
		if err := d.Each(DeadLetterFilter{}, func(e *Entry) bool {
			if want := map[bool]string{true: "400 no", false: answer}[e.Record.Ordinal == 3]; e.Answer != want {
				t.Errorf("record %d has the answer %q, want %q", e.Record.Ordinal, e.Answer, want)
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			dir = crashed(t, dir)
			d = testDead(t, dir, Options{})
		}
	}
	records := d.log.endNumber()
	if n, err := retry(); n != 0 || !errors.Is(err, down) {
		t.Fatalf("%d retried: %v", n, err)
	}
	answer = "400 no"
	if d.log.endNumber() != records {
		t.Error("an answer that did not change was stored again")
	}
	putLetters(t, d, "hec", 0, 2) // still known
	putLetters(t, d, "hec", 3, 4)
	if n, err := d.Drop(DeadLetterFilter{}); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	wantDead(t, d, stats("hec", 0, 1, 3))
}

func TestARecordWithSeveralLettersCountsOnce(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	d := testDead(t, dir, Options{})
	for _, n := range []int{0, 1, 2} { // two records with three letters each, interleaved, and one with one
		for event := range int32(3) {
			l := letter("hec", n)
			if l.Event = event; n == 2 && event > 0 {
				continue
			}
			if err := d.Put(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := func(letters DeadLetterStats, records DeadRecords) {
		t.Helper()
		letters.Output, letters.Records = "hec", records
		wantDead(t, d, letters)
	}
	restart := func() {
		dir = crashed(t, dir)
		d = testDead(t, dir, Options{})
	}
	resend := func(entries ...uint64) {
		t.Helper()
		n, err := d.Retry(t.Context(), DeadLetterFilter{Entries: entries}, func(context.Context, relay.DeadLetter) error { return nil })
		if n != len(entries) || err != nil {
			t.Fatal(n, err)
		}
	}
	want(DeadLetterStats{Open: 7}, DeadRecords{Open: 3})
	resend(1, 2, 4)
	want(DeadLetterStats{Open: 4, Retried: 3}, DeadRecords{Open: 3})
	restart()
	want(DeadLetterStats{Open: 4, Retried: 3}, DeadRecords{Open: 3})
	resend(0, 6)
	want(DeadLetterStats{Open: 2, Retried: 5}, DeadRecords{Open: 1, Retried: 2})
	if n, err := d.Drop(DeadLetterFilter{Entries: []uint64{3}}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	restart()
	want(DeadLetterStats{Open: 1, Retried: 5, Dropped: 1}, DeadRecords{Open: 1, Retried: 2})
	resend(5)
	want(DeadLetterStats{Retried: 6, Dropped: 1}, DeadRecords{Retried: 2, Dropped: 1})
	if err := d.Forget("hec"); err != nil {
		t.Fatal(err)
	}
	restart()
	want(DeadLetterStats{}, DeadRecords{})
}

func TestDeadLettersAreDroppedOnAFullDisk(t *testing.T) {
	t.Parallel()
	m := newMemFS()
	o := Options{SegmentSize: 64 << 10, FS: m, Limits: Limits{Quota: 1 << 20, Reserve: 1 << 20}}
	d := testDead(t, "/dead", o)
	big := letter("hec", 0)
	big.Record.Raw = []byte(strings.Repeat("x", 10<<10))
	var err error
	for i := 0; err == nil; i++ {
		if i == 3 {
			m.mu.Lock()
			m.free = 1 << 20 // nothing beyond the reserve
			m.mu.Unlock()
		}
		big.Record.Ordinal = uint64(i)
		err = d.Put(t.Context(), big)
	}
	if !errors.Is(err, relay.ErrFull) {
		t.Fatal(err)
	}
	for n, err := d.log.endNumber(), error(nil); err == nil; n++ { // up to the last byte of the segment
		small := letter("hec", int(n))
		small.Record.Ordinal = n
		err = d.Put(t.Context(), small)
	}
	if _, err := d.Drop(DeadLetterFilter{}); err != nil {
		t.Fatal(err)
	}
}

// TestALetterThatWasResolvedIsStoredAnew: an output that begins again from the oldest record may be refused the same event. Without a new entry the event
// would be in no one's hands.
func TestALetterThatWasResolvedIsStoredAnew(t *testing.T) {
	t.Parallel()
	d := testDead(t, tempDir(t), Options{})
	putLetters(t, d, "hec", 0, 1)
	if n, err := d.Drop(DeadLetterFilter{}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	putLetters(t, d, "hec", 0, 1)
	putLetters(t, d, "hec", 0, 1) // this one is open already
	wantDead(t, d, stats("hec", 1, 0, 1))
	if got := open(t, d, DeadLetterFilter{}); len(got) != 1 {
		t.Errorf("open: %q", got)
	}
}
