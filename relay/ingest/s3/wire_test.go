package s3

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A connection that breaks after every single byte.
func TestCutsAtEachByte(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{"reset": errLost, "early end": io.EOF, "unexpected": io.ErrUnexpectedEOF} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				want, text := lines("a", 20)
				r.store.body = func(_ Request, rest []byte) io.ReadCloser {
					return &cutReader{r: bytes.NewReader(rest), left: 1, err: fault}
				}
				r.queue.send(r.store.put("logs", "a", zipped(text)))
				r.start()
				after(time.Minute)
				r.want(want...)
				r.wantEmpty()
				if n := len(r.letters.all()); n != 0 {
					t.Errorf("%d dead letters", n)
				}
				_ = r.end()
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // one cut, at each place
		r := newRig(t)
		var want []string
		cut := map[string]int{}
		for i := range 120 {
			recs, text := lines("o"+string(rune('a'+i)), 20)
			want = append(want, recs...)
			text = zipped(text)
			r.queue.send(r.store.put("logs", recs[0], text))
			cut[recs[0]] = min(i, len(text))
		}
		var mu sync.Mutex
		r.store.body = func(q Request, rest []byte) io.ReadCloser {
			mu.Lock()
			defer mu.Unlock()
			at, first := cut[q.Key]
			delete(cut, q.Key)
			if !first {
				at = len(rest)
			}
			return &cutReader{r: bytes.NewReader(rest), left: at, err: errLost}
		}
		r.start()
		after(time.Minute)
		r.want(want...)
		r.wantEmpty()
		_ = r.end()
	})
}

func TestStalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var n atomic.Int32
		r.store.body = func(_ Request, rest []byte) io.ReadCloser {
			if n.Add(1) <= 3 {
				return stalled{}
			}
			return io.NopCloser(bytes.NewReader(rest))
		}
		r.queue.send(r.store.put("logs", "a", "A\n"))
		r.start()
		after(10 * time.Minute)
		r.want("A")
		r.wantEmpty()
		_ = r.end()
	})
}

// An endpoint that is ill for hours: nothing is lost, and the input says so meanwhile.
func TestTransientFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var ill atomic.Bool
		ill.Store(true)
		r.store.onGet = func(q Request) error {
			if ill.Load() {
				return storeError(Throttled, "SlowDown", q)
			}
			return nil
		}
		r.queue.send(r.store.put("logs", "a", "A\n"))
		r.start()
		after(4 * time.Hour)
		p := r.src.Pull()
		if r.queue.left() != 1 || p.Problem == nil || p.Problem.Red || p.Errors["throttled"] == 0 {
			t.Errorf("while the store is ill: %+v", p)
		}
		ill.Store(false)
		after(30 * time.Minute)
		r.want("A")
		r.wantEmpty()
		_ = r.end()
	})
}

// An object is overwritten while it is read: what was read is kept, the rest is reported, and the new object is taken.
func TestChangedWhileRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		old, text := lines("old", 9_000) // more than a batch
		body := r.store.put("logs", "a", text)
		var once sync.Once
		r.store.body = func(_ Request, rest []byte) io.ReadCloser {
			left := len(rest)
			once.Do(func() {
				left /= 2
				r.store.objects["logs"]["a"] = []kept{{data: []byte("new\n"), etag: "other"}}
			})
			return &cutReader{r: bytes.NewReader(rest), left: left, err: errLost}
		}
		r.queue.send(body)
		r.start()
		after(time.Minute)
		r.wantEmpty()
		got := r.sink.Records()
		n := len(got) - 1
		if n < 1000 || n > 8000 || string(got[n].Raw) != "new" {
			t.Fatalf("%d records, the last %q", len(got), got[len(got)-1].Raw)
		}
		r.want(append(old[:n:n], "new")...)
		if l := r.letters.all(); len(l) != 1 || !strings.Contains(l[0].Answer, "at byte") {
			t.Errorf("dead letters %+v", l)
		}
		r.queue.send(body)
		after(time.Minute)
		if len(r.sink.Records()) != n+1 {
			t.Error("a repeat added something")
		}
		_ = r.end()
	})
}

func TestQueueFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var mu sync.Mutex
		var fault error = &Error{Class: Denied, Action: "sqs:ReceiveMessage", Resource: "arn:aws:sqs:eu-west-1:1:q", Advice: "allow sqs:ReceiveMessage", Err: errors.New("AccessDenied")}
		calls := 0
		r.queue.onReceive = func() error {
			mu.Lock()
			defer mu.Unlock()
			calls++
			return fault
		}
		r.queue.send(r.store.put("logs", "a", "A\n"))
		r.start()
		after(time.Hour)
		if p := r.src.Pull().Problem; p == nil || !p.Red || p.Hint != "allow sqs:ReceiveMessage" {
			t.Errorf("problem %+v", p)
		}
		mu.Lock()
		if fault = nil; calls > 2*130 {
			t.Errorf("%d calls in an hour", calls)
		}
		mu.Unlock()
		after(2 * time.Minute)
		r.want("A")
		if p := r.src.Pull().Problem; p != nil {
			t.Errorf("problem %+v", p)
		}
		_ = r.end()
	})
}

// Entries of a batch fail one by one; the others are deleted, and these are tried again.
func TestDeletingFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		fails := map[string]int{"m3": 2, "m7": 1000}
		r.queue.onDelete = func(id string) error { // called twice a failure
			if fails[id]--; fails[id] >= 0 {
				return &Error{Action: "sqs:DeleteMessage", Err: errors.New("InternalError")}
			}
			return nil
		}
		for i := range 10 {
			r.queue.send(r.store.put("logs", string(rune('a'+i)), "x\n"))
		}
		r.start()
		after(time.Minute)
		if n := r.queue.left(); n != 1 {
			t.Errorf("%d messages left", n)
		}
		if n := len(r.sink.Records()); n != 10 {
			t.Errorf("%d records", n)
		}
		after(2 * time.Hour)
		if n := len(r.sink.Records()); n != 10 {
			t.Errorf("%d records after the message came again", n)
		}
		r.queue.mu.Lock()
		fails["m7"] = 0
		r.queue.mu.Unlock()
		after(time.Hour)
		r.wantEmpty()
		_ = r.end()
	})
}
