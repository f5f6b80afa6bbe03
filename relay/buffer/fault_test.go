package buffer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
)

// custody is what the world outside knows of a log: what was accepted and what an output has.
type custody struct {
	batches  [][]string
	accepted []bool
	ids      map[string]string // by text
	acked    map[string]bool
	cursor   bool // the cursor was made
}

func (k *custody) put(l *Log, rng *rand.Rand) {
	n := len(k.batches)
	var texts []string
	for i := range 1 + rng.IntN(4) {
		texts = append(texts, fmt.Sprintf("%d/%d %s", n, i, strings.Repeat("x", rng.IntN(5000))))
	}
	b := batchOf(origin("in"), 0, texts...)
	if rng.IntN(4) == 0 {
		b.Marks = append(b.Marks, relay.Mark{Delivery: relay.ID{byte(n), 1}, Next: uint64(n), Done: true})
	}
	err := l.Put(context.Background(), b)
	k.batches = append(k.batches, texts)
	k.accepted = append(k.accepted, err == nil)
}

// take delivers what waits, all of it or up to a limit, some of it out of order.
func (k *custody) take(t *testing.T, c *Cursor, rng *rand.Rand, all bool) {
	var held []relay.Lease
	for i := 0; all || i < 3; i++ {
		ls, err := func() (relay.Lease, error) {
			<-c.turn
			defer func() { c.turn <- struct{}{} }()
			return c.tryNext(relay.Limit{Records: 1 + rng.IntN(20)})
		}()
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		if ls == nil {
			break
		}
		held = append(held, ls)
		for _, r := range ls.Records() {
			text := string(r.Raw)
			if id, ok := k.ids[text]; ok && id != r.ID() {
				t.Fatalf("%.20q has the ids %s and %s", text, id, r.ID())
			}
			k.ids[text] = r.ID()
		}
	}
	rng.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	for _, ls := range held {
		if !all && rng.IntN(4) == 0 {
			ls.Release()
			continue
		}
		for _, r := range ls.Records() {
			k.acked[string(r.Raw)] = true
		}
		ls.Ack(delivered(ls))
	}
	balance(t, c)
}

// work is a workload that touches everything: batches, marks, rotation, two cursors, out-of-order acks, deletion.
func (k *custody) work(t *testing.T, fsys *memFS, rng *rand.Rand) {
	l, err := Open("buffer", Options{FS: fsys, SegmentSize: 40 << 10, Limits: Limits{Quota: 400 << 10}})
	if err != nil {
		return
	}
	defer l.Close()
	c, err := l.Cursor("siem", FromOldest)
	if err != nil {
		return
	}
	k.cursor = true
	for range 7 {
		for range 4 {
			k.put(l, rng)
		}
		k.take(t, c, rng, false)
		time.Sleep(syncEvery * 2)
	}
}

// verify opens the log again and checks the promises.
func (k *custody) verify(t *testing.T, fsys *memFS, rng *rand.Rand) {
	l, err := Open("buffer", Options{FS: fsys, SegmentSize: 40 << 10, Limits: Limits{Quota: 4 << 20}})
	if err != nil {
		t.Fatalf("start after a crash: %v", err)
	}
	defer l.Close()
	c, err := l.Cursor("siem", FromOldest)
	if err != nil {
		t.Fatal(err)
	}
	k.put(l, rng)
	if !k.accepted[len(k.accepted)-1] {
		t.Fatal("nothing is accepted after the start")
	}
	before := make(map[string]bool)
	for text := range k.acked {
		before[text] = true
	}
	last, seen := -1, make(map[string]bool)
	var position uint64
	for c.Stats().Waiting > 0 {
		ls, err := c.tryNextForTest()
		if err != nil || ls == nil {
			t.Fatalf("records wait and none comes: %v %+v", err, c.Stats())
		}
		for _, r := range ls.Records() {
			text := string(r.Raw)
			var batch, i int
			fmt.Sscanf(text, "%d/%d", &batch, &i)
			if seen[text] || r.Number < position || batch < last {
				t.Fatalf("%.20q comes twice or out of order", text)
			}
			if id, ok := k.ids[text]; ok && id != r.ID() {
				t.Fatalf("%.20q has the ids %s and %s", text, id, r.ID())
			}
			seen[text], last, position = true, batch, r.Number
		}
		ls.Ack(delivered(ls))
	}
	balance(t, c)
	if s := c.Stats(); s.Outcome.Damaged > 0 {
		t.Fatalf("a crash damages nothing, yet %+v", s)
	}
	for n, texts := range k.batches {
		there := 0
		for _, text := range texts {
			if seen[text] || before[text] {
				there++
			}
		}
		if k.accepted[n] && there < len(texts) {
			t.Fatalf("of batch %d, which was accepted, %d of %d records are there", n, there, len(texts))
		}
		if there > 0 && there < len(texts) {
			t.Fatalf("of batch %d, which was not accepted, %d of %d records are there", n, there, len(texts))
		}
	}
}

// TestEveryFault lets each call of a workload fail, or be the last one, in every way that matters.
func TestEveryFault(t *testing.T) {
	t.Parallel()
	for _, fault := range []struct {
		name string
		err  error
		down bool
	}{
		{"power", errPower, true},
		{"EIO", errDisk, false},
		{"ENOSPC", errNoRoom, false},
		{"ENOSPC lasting", errNoRoom, true},
	} {
		for _, how := range []survival{killed, powerLoss, torn} {
			t.Run(fmt.Sprint(fault.name, " ", how), func(t *testing.T) {
				t.Parallel()
				for n := 1; ; n++ {
					if testing.Short() && n%5 > 0 {
						continue
					}
					if everyFault(t, n, fault.err, fault.down, how) {
						break
					}
					if t.Failed() {
						t.Fatalf("call %d", n)
					}
				}
			})
		}
	}
}

// everyFault runs the workload with fault n. It reports true when the workload has fewer calls.
func everyFault(t *testing.T, n int, fault error, down bool, how survival) (past bool) {
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(uint64(n), 1))
		fsys := newMemFS()
		fsys.failAt, fsys.fail, fsys.down = n, fault, down
		k := &custody{ids: map[string]string{}, acked: map[string]bool{}}
		k.work(t, fsys, rng)
		past = fsys.calls < n
		defer func() {
			if t.Failed() {
				t.Logf("call %d", n)
			}
		}()
		after := fsys.crash(how, rng)
		if how == killed && rng.IntN(2) == 0 { // the power goes after the next start
			if l, err := Open("buffer", Options{FS: after}); err != nil {
				t.Fatalf("start after a crash: %v", err)
			} else {
				l.Close()
			}
			after = after.crash(powerLoss, rng)
		}
		k.verify(t, after, rng)
		if errors.Is(fault, errNoRoom) && !down && k.cursor && !strings.Contains(fmt.Sprint(k.accepted[len(k.accepted)/2:]), "true") {
			t.Fatal("one full disk stopped the log for good")
		}
	})
	return past
}
