package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slow gives a byte a second.
type slow struct{ r io.Reader }

func (s *slow) Read([]byte) (int, error) { panic("BUG: read without a context") }
func (s *slow) Close() error             { return nil }
func (s *slow) ReadContext(ctx context.Context, p []byte) (int, error) {
	if err := sleep(ctx, time.Second); err != nil {
		return 0, err
	}
	return s.r.Read(p[:1])
}

// Half an hour of work on one object: it stays hidden, and so do those that wait for a worker.
func TestVisibilityOfLongWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Workers = 2
		r.store.body = func(q Request, rest []byte) io.ReadCloser {
			if q.Key == "big" {
				return &slow{bytes.NewReader(rest)}
			}
			return io.NopCloser(bytes.NewReader(rest))
		}
		var flaky atomic.Int32
		r.queue.onHide = func(string) error { // every other extension fails
			if flaky.Add(1)%4 < 2 {
				return &Error{Class: Throttled, Action: "sqs:ChangeMessageVisibility", Err: errors.New("RequestThrottled")}
			}
			return nil
		}
		r.queue.send(r.store.put("logs", "big", strings.Repeat("x", 1799)+"\n"))
		r.queue.send(event(r.store.write("logs", "big", "1\n"), r.store.write("logs", "big", strings.Repeat("y", 1799)+"\n"))) // waits for the first, then is done
		r.start()
		after(29 * time.Minute)
		p := r.src.Pull()
		if p.Messages != 2 || time.Since(p.OldestSent) < 29*time.Minute {
			t.Errorf("in hand: %+v", p)
		}
		after(90 * time.Minute)
		if r.queue.seen().lapsed != 0 || r.queue.seen().receipts != 2 {
			t.Errorf("%d messages became visible, %d receipts", r.queue.seen().lapsed, r.queue.seen().receipts)
		}
		r.wantEmpty()
		_ = r.end()
	})
}

// A message cannot be kept for more than 12 hours: it is given back before, and the next receipt goes on where this one was.
func TestTwelveHours(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		want, text := lines("a", 4000) // 56 kB: 15 hours
		var again atomic.Bool
		r.store.body = func(_ Request, rest []byte) io.ReadCloser {
			if again.Swap(true) {
				return io.NopCloser(bytes.NewReader(rest))
			}
			return &slow{bytes.NewReader(rest)}
		}
		r.queue.send(r.store.put("logs", "a", text))
		r.start()
		after(maxInHand - time.Minute)
		if r.queue.seen().receipts != 1 {
			t.Errorf("%d receipts within the limit", r.queue.seen().receipts)
		}
		after(2 * time.Minute)
		if r.queue.seen().receipts != 2 || r.queue.seen().lapsed != 0 {
			t.Errorf("%d receipts after the limit, %d lapsed", r.queue.seen().receipts, r.queue.seen().lapsed)
		}
		after(time.Minute)
		r.want(want...)
		if first := r.sink.Records(); first[3000].Received-first[0].Received > int64(time.Minute) {
			t.Error("what was read before the limit was not kept")
		}
		r.wantEmpty()
		_ = r.end()
	})
}

// Nothing is asked for that cannot be begun.
func TestReceivesWhatItCanStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Workers = 3
		for i := range 40 {
			r.queue.send(r.store.put("logs", string(rune('a'+i)), strings.Repeat("z", 20)+"\n"))
		}
		r.store.body = func(_ Request, rest []byte) io.ReadCloser { return &slow{bytes.NewReader(rest)} }
		r.start()
		after(10 * time.Second)
		if n := r.queue.seen().receipts; n != 3 {
			t.Errorf("%d messages received with 3 workers", n)
		}
		after(time.Hour)
		r.wantEmpty()
		if r.store.peak() > 3 {
			t.Errorf("%d objects read at a time", r.store.peak())
		}
		for _, n := range r.queue.seen().asked {
			if n > 3 {
				t.Errorf("asked for %d messages", n)
			}
		}
		_ = r.end()
	})
}

// A receipt handle that is no longer good: the work goes on, the repeat adds nothing.
func TestLostReceipt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.queue.onHide = func(string) error { return gone("sqs:ChangeMessageVisibility") }
		r.store.body = func(_ Request, rest []byte) io.ReadCloser { return &slow{bytes.NewReader(rest)} }
		r.queue.send(r.store.put("logs", "a", strings.Repeat("x", 300)+"\n"))
		r.start()
		after(20 * time.Minute)
		r.want(strings.Repeat("x", 300))
		r.wantEmpty()
		if p := r.src.Pull().Problem; p != nil {
			t.Errorf("problem %+v", p)
		}
		_ = r.end()
	})
}
