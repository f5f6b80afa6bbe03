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

	"logrelay/relay"
)

func TestMissingObject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.queue.send(r.store.put("logs", "gone", "x\n"), r.store.put("logs", "there", "here\n"))
		both := event(r.store.write("logs", "gone too", "x\n"), r.store.write("logs", "there too", "here too\n"))
		r.queue.send(both)
		r.store.remove("logs", "gone")
		r.store.remove("logs", "gone too")
		r.start()
		after(time.Second)
		r.want("here", "here too")
		r.wantEmpty()
		l := r.letters.all()
		if len(l) != 2 {
			t.Fatalf("%d dead letters", len(l))
		}
		for _, d := range l {
			raw := string(d.Record.Raw)
			if !strings.Contains(d.Answer, "NoSuchKey") || !strings.HasPrefix(d.Record.Origin.Peer, "s3://logs/gone") || strings.Contains(raw, "there") {
				t.Errorf("letter of %s: %s: %s", d.Record.Origin.Peer, d.Answer, raw)
			}
			if err := r.src.Retry(t.Context(), d); classOf(err) != Missing {
				t.Errorf("a retry of what is missing: %v", err)
			}
		}
		if len(r.letters.all()) != 2 {
			t.Error("a retry made more letters")
		}
		r.store.write("logs", "gone too", "back\n")
		if err := r.src.Retry(t.Context(), letterOf(l, "s3://logs/gone too")); err != nil {
			t.Errorf("a retry of what came back: %v", err)
		}
		r.want("here", "here too", "back")
		_ = r.end()
	})
}

func letterOf(l []relay.DeadLetter, peer string) relay.DeadLetter {
	for _, d := range l {
		if d.Record.Origin.Peer == peer {
			return d
		}
	}
	return relay.DeadLetter{}
}

// Nobody gets in: red after a minute, nothing deleted, nothing set aside, few receipts; and all is well by itself once the grant is there.
func TestDenied(t *testing.T) {
	t.Parallel()
	for _, class := range []Class{Denied, DeniedKMS, NoBucket} {
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				var open atomic.Bool
				r.store.onGet = func(q Request) error {
					if open.Load() {
						return nil
					}
					return storeError(class, "no", q)
				}
				var want []string
				for i := range 50 {
					recs, text := lines("o"+string(rune('A'+i)), 2)
					want = append(want, recs...)
					r.queue.send(r.store.put("logs", recs[0], text))
				}
				r.start()
				after(30 * time.Second)
				if p := r.src.Pull().Problem; p == nil || p.Red || p.Class != class.String() {
					t.Errorf("after half a minute: %+v", p)
				}
				after(time.Minute)
				if p := r.src.Pull().Problem; p == nil || !p.Red || !strings.Contains(p.Hint, "s3:GetObject") {
					t.Errorf("after a minute and a half: %+v", p)
				}
				after(5 * time.Hour)
				if n := r.queue.seen().receipts; n > 16+5*100 {
					t.Errorf("%d receipts while nobody gets in", n)
				}
				if r.queue.left() != 50 || len(r.letters.all()) != 0 {
					t.Errorf("%d messages left, %d set aside", r.queue.left(), len(r.letters.all()))
				}
				open.Store(true)
				after(time.Hour)
				r.want(want...)
				r.wantEmpty()
				if p := r.src.Pull().Problem; p != nil {
					t.Errorf("in the end: %+v", p)
				}
				_ = r.end()
			})
		})
	}
}

// Without s3:ListBucket, a deleted object answers as a forbidden one. Where others can be read, it is set aside after a number of receipts.
func TestDeletedWithoutListBucket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.store.noList = true
		r.queue.redrive = 100
		r.queue.send(r.store.put("logs", "gone", "x\n"))
		r.store.remove("logs", "gone")
		r.start()
		for range 30 {
			r.queue.send(r.store.put("logs", "there", time.Now().String()))
			after(10 * time.Minute)
		}
		r.wantEmpty()
		if l := r.letters.all(); len(l) != 1 || !strings.Contains(l[0].Answer, "10 receipts") {
			t.Errorf("dead letters %+v", l)
		}
		if p := r.src.Pull().Problem; p != nil {
			t.Errorf("problem %+v", p)
		}
		_ = r.end()
	})
}

func TestPoisonBody(t *testing.T) {
	t.Parallel()
	t.Run("set aside", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			r.opt.MaxReceives = 4
			r.queue.send("garbage", r.store.put("logs", "a", "A\n"))
			r.start()
			after(time.Hour)
			r.want("A")
			r.wantEmpty()
			l := r.letters.all()
			if len(l) != 1 || string(l[0].Record.Raw) != "garbage" || !strings.Contains(l[0].Answer, "4 receipts") {
				t.Errorf("dead letters %+v", l)
			}
			if n := r.queue.seen().receipts; n != 5 {
				t.Errorf("%d receipts", n)
			}
			if p := r.src.Pull().Problem; p != nil {
				t.Errorf("problem %+v", p)
			}
			_ = r.end()
		})
	})
	for name, policy := range map[string]error{"left to the redrive policy": nil, "policy not known": storeError(Denied, "AccessDenied", Request{})} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.opt.MaxReceives = 2
				r.queue.redrive = 5
				r.queue.onPolicy = func() error { return policy }
				r.queue.send("garbage")
				r.start()
				after(time.Hour)
				if len(r.queue.seen().dead) != 1 || len(r.letters.all()) != 0 {
					t.Errorf("%d on the dead-letter queue, %d letters", len(r.queue.seen().dead), len(r.letters.all()))
				}
				_ = r.end()
			})
		})
	}
}

func TestBackOffGrows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.queue.send("garbage")
		r.start()
		after(3 * time.Hour)
		d := r.queue.seen().delays
		if len(d) != 9 {
			t.Fatalf("given back %d times: %v", len(d), d)
		}
		for i, got := range d {
			full := min(firstHiding<<i, maxHiding)
			if got < full/2 || got > full {
				t.Errorf("the %d. time it was hidden for %s, want %s to %s", i+1, got, full/2, full)
			}
		}
		_ = r.end()
	})
}

// An object that breaks in the middle: what could be read is kept once, the rest is reported, a repeat adds nothing, a retry tries the rest.
func TestBrokenContent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ object, answer string }{
		"JSON":      {`[{"a":1},{"a":2},{"a":}]`, "records"},
		"gzip":      {zipped(strings.Repeat("{\"a\":1}\n", 1000))[:30], "compression"},
		"not known": {"PK\x03\x04" + strings.Repeat("x", 100), "zip"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				body := r.store.put("logs", "a", c.object)
				r.queue.send(body, body)
				r.start()
				after(time.Second)
				r.queue.send(body)
				after(time.Minute)
				n := len(r.sink.Records())
				if name == "JSON" {
					r.want(`{"a":1}`, `{"a":2}`)
				}
				r.wantEmpty()
				l := r.letters.all()
				if len(l) != 1 || !strings.Contains(l[0].Answer, "s3://logs/a") || !strings.Contains(l[0].Answer, "at byte") || !strings.Contains(l[0].Answer, c.answer) {
					t.Fatalf("dead letters %+v", l)
				}
				if err := r.src.Retry(t.Context(), l[0]); err == nil {
					t.Error("the retry of a broken object succeeds")
				}
				if len(r.sink.Records()) != n || len(r.letters.all()) != 1 {
					t.Error("a retry added something")
				}
				if p := r.src.Pull(); p.Problem != nil {
					t.Errorf("problem %+v", p.Problem)
				}
				_ = r.end()
			})
		})
	}
}

func TestFullDeadLetters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.letters.err = relay.ErrFull
		r.queue.send(r.store.put("logs", "a", `[{"a":1},{"a":}]`))
		r.start()
		after(5 * time.Hour)
		r.want(`{"a":1}`)
		if r.queue.left() != 1 || r.src.Pull().Problem == nil {
			t.Error("a pointer was lost, or nobody is told")
		}
		r.letters.mu.Lock()
		r.letters.err = nil
		r.letters.mu.Unlock()
		after(time.Hour)
		r.want(`{"a":1}`)
		r.wantEmpty()
		if len(r.letters.all()) != 1 {
			t.Error("nothing was set aside")
		}
		_ = r.end()
	})
}

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
