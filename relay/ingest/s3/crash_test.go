package s3

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
)

// dying takes n more batches and then fails for good. Whether the batch that it dies with is in custody, nobody is told.
type dying struct {
	relay.Sink
	mu   sync.Mutex
	n    int
	kept bool
}

func (d *dying) Put(ctx context.Context, b *relay.Batch) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.n--; d.n < 0 {
		if d.n == -1 && d.kept {
			_ = d.Sink.Put(ctx, b)
		}
		return relay.ErrBroken
	}
	return d.Sink.Put(ctx, b)
}

// The process dies between any two Puts, or after the commit and before it knows: a new one over the same log goes on at the right record.
func TestExactlyOnceOverCrashes(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{false, true} {
		t.Run(fmt.Sprint("kept ", kept), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				var want []string
				for i := range 6 {
					recs, text := lines(fmt.Sprint("o", i), 9_000*(i%3)+5)
					want = append(want, recs...)
					body := r.store.put("logs", fmt.Sprint("o", i), zipped(text))
					r.queue.send(body)
					if i%2 == 0 { // duplicate notifications
						r.queue.send(body)
					}
				}
				crashes := 0
				for n := 0; r.queue.left() > 0 && crashes < 200; n = (n + 1) % 4 {
					r.out = &dying{Sink: r.sink, n: n, kept: kept}
					r.start()
					after(time.Duration(rand.IntN(60)) * time.Second)
					_ = r.end()
					crashes++
				}
				r.want(want...)
				r.wantEmpty()
				seen := map[string]bool{}
				for _, rec := range r.sink.Records() {
					if id := rec.ID(); seen[id] {
						t.Fatalf("id %s twice", id)
					} else {
						seen[id] = true
					}
				}
				if crashes < 6 {
					t.Errorf("only %d crashes", crashes)
				}
			})
		})
	}
}

// The limit on records changes while an object is half read: the ordinals stay those of the beginning.
func TestResumesWithStoredSplitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		want, text := lines("some rather long name of an object", 9_000)
		r.queue.send(r.store.put("logs", "a", text))
		r.out = &dying{Sink: r.sink, n: 1}
		r.start()
		after(time.Second)
		_ = r.end()
		if n := len(r.sink.Records()); n == 0 || n == len(want) {
			t.Fatalf("%d records before the change", n)
		}
		r.out, r.opt.MaxRecord = r.sink, 10
		r.start()
		after(time.Minute)
		r.want(want...)
		_ = r.end()
	})
}
