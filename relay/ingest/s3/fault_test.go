package s3

import (
	"strings"
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
