package s3

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
)

func TestObjectsIntoCustody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		a, text := lines("a", 3)
		b, more := lines("b", 10_000) // several batches
		r.queue.send(r.store.put("logs", "a b+c.log", text), r.store.put("logs", "b.log.gz", zipped(more)))
		r.queue.send(`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"logs"}`)
		r.start()
		after(time.Second)
		r.want(append(a, b...)...)
		r.wantEmpty()
		p := r.src.Pull()
		if p.Taken != 2 || p.Messages != 0 || p.Objects != 0 || p.Problem != nil || p.LastReceived.IsZero() {
			t.Errorf("status %+v", p)
		}
		if s := r.src.Stats(); s.Records != 10_003 {
			t.Errorf("%d records counted", s.Records)
		}
		for i, rec := range r.sink.Records() {
			o := rec.Origin
			if o.Input != "trail" || o.Tenant != "acme" || !strings.HasPrefix(o.Peer, "s3://logs/") || o.Delivery == "" || o.DeliveryID.IsZero() {
				t.Fatalf("record %d of %+v", i, o)
			}
		}
		if err := r.end(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestOrdinalsAreUnbroken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		want, text := lines("a", 10_000)
		r.queue.send(r.store.put("logs", "a", text))
		r.start()
		after(time.Second)
		for i, rec := range r.sink.Records() {
			if rec.Ordinal != uint64(i) || string(rec.Raw) != want[i] {
				t.Fatalf("record %d has ordinal %d: %q", i, rec.Ordinal, rec.Raw)
			}
		}
		r.want(want...)
		_ = r.end()
	})
}

func TestRepeatsAddNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		a, text := lines("a", 5)
		body := r.store.put("logs", "a", text)
		for range 40 { // at the same time, more than there are workers
			r.queue.send(body)
		}
		r.start()
		after(time.Second)
		r.queue.send(body) // and later
		after(time.Second)
		r.want(a...)
		r.wantEmpty()
		if n := r.store.requests(""); n != 1 {
			t.Errorf("the object was asked for %d times", n)
		}
		if p := r.src.Pull(); p.Repeated != 40 || p.Taken != 1 {
			t.Errorf("%d repeats, %d taken", p.Repeated, p.Taken)
		}
		_ = r.end()
	})
}

func TestVersionsAreObjectsOfTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.store.keeps = map[string]bool{"logs": true}
		one := r.store.put("logs", "a", "first\n")
		two := r.store.put("logs", "a", "second\n")
		r.queue.send(two, one)
		// CloudTrail tells of keys alone: the answer says which version it is.
		r.queue.send(`{"s3Bucket":"logs","s3ObjectKey":["a"]}`)
		r.start()
		after(time.Second)
		r.want("first", "second")
		r.wantEmpty()
		_ = r.end()
	})
}

func TestOverwrittenObject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		one := r.store.put("logs", "a", "first\n")
		two := r.store.put("logs", "a", "second\n")
		r.queue.send(one, two)
		r.start()
		after(time.Second)
		r.want("second")
		r.wantEmpty()
		_ = r.end()
	})
}

func TestWhatIsNotWanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Buckets, r.opt.Include, r.opt.Exclude = []string{"logs-*"}, []string{"AWSLogs/**"}, []string{"**/*.tmp"}
		r.queue.send(
			r.store.put("logs-1", "AWSLogs/x/y.log", "yes\n"),
			r.store.put("logs-1", "AWSLogs/x/y.tmp", "no\n"),
			r.store.put("logs-1", "other/y.log", "no\n"),
			r.store.put("logs-1", "AWSLogs/123456789012/CloudTrail-Digest/eu-west-1/2026/01/02/x.json.gz", "{}\n"),
			r.store.put("strange", "AWSLogs/x/y.log", "no\n"),
		)
		r.start()
		after(2 * time.Minute)
		r.want("yes")
		r.wantEmpty()
		if n := r.store.requests("strange"); n != 0 {
			t.Errorf("%d requests to a bucket that is not allowed", n)
		}
		if p := r.src.Pull(); p.Problem != nil {
			t.Errorf("problem %+v", p.Problem)
		}
		l := r.letters.all()
		if len(l) != 1 || l[0].Record.Origin.Peer != "s3://strange/AWSLogs/x/y.log" || l[0].Output != "input/trail" {
			t.Errorf("dead letters %+v", l)
		}
		_ = r.end()
	})
}

func TestRulesFixKinds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Kind = "text"
		r.opt.Rules = []Rule{{Prefix: "flow/", Kind: relay.KindVPCFlow, Columns: "version srcaddr dstaddr"}, {Prefix: "flow", Kind: "other"}}
		r.queue.send(r.store.put("logs", "flow/a", "5 10.0.0.1 10.0.0.2\n"), r.store.put("logs", "x/a", "[1]\n"), r.store.put("logs", "flows", "z\n"))
		r.start()
		after(time.Second)
		got := map[string]string{}
		for _, rec := range r.sink.Records() {
			got[string(rec.Raw)] = fmt.Sprint(rec.Origin.Kind, "|", rec.Origin.Columns)
		}
		want := map[string]string{"5 10.0.0.1 10.0.0.2": "vpcflow|version srcaddr dstaddr", "[1]": "text|", "z": "other|"}
		for raw, w := range want {
			if got[raw] != w {
				t.Errorf("%s is %q, want %q", raw, got[raw], w)
			}
		}
		_ = r.end()
	})
}

func TestOneOfSeveralObjectsFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var ill atomic.Bool
		ill.Store(true)
		r.store.onGet = func(q Request) error {
			if ill.Load() && q.Key == "b" {
				return storeError(Throttled, "SlowDown", q)
			}
			return nil
		}
		r.queue.send(event(r.store.write("logs", "a", "A\n"), r.store.write("logs", "b", "B\n"), r.store.write("logs", "c", "C\n")))
		r.start()
		after(5 * time.Second)
		r.want("A", "C")
		if r.queue.left() != 1 {
			t.Fatal("the message was deleted before all of it was in custody")
		}
		ill.Store(false)
		after(10 * time.Minute)
		r.want("A", "B", "C")
		r.wantEmpty()
		_ = r.end()
	})
}

func TestFullBuffer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sink.Fail(relay.ErrFull)
		var want []string
		for i := range 100 {
			recs, text := lines(fmt.Sprint("o", i), 2)
			want = append(want, recs...)
			r.queue.send(r.store.put("logs", fmt.Sprint("o", i), text))
		}
		r.start()
		after(3 * time.Hour)
		p := r.src.Pull()
		if !p.Full || p.Messages > r.src.o.Workers || p.Messages == 0 {
			t.Errorf("with a full buffer: %+v", p)
		}
		if got := r.queue.seen().receipts; got > r.src.o.Workers {
			t.Errorf("%d messages received", got)
		}
		r.sink.Fail(nil)
		after(10 * time.Minute)
		r.want(want...)
		r.wantEmpty()
		if r.queue.seen().lapsed != 0 {
			t.Errorf("%d messages became visible while they waited", r.queue.seen().lapsed)
		}
		if r.src.Pull().Full {
			t.Error("still full")
		}
		_ = r.end()
	})
}

func TestBrokenSinkEndsRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sink.Fail(relay.ErrBroken)
		r.queue.send(r.store.put("logs", "a", "A\n"))
		r.start()
		after(time.Minute)
		if err := r.end(); err == nil || !strings.Contains(err.Error(), relay.ErrBroken.Error()) {
			t.Errorf("Run: %v", err)
		}
		if r.queue.left() != 1 || r.queue.seen().shown == 0 {
			t.Error("the message was not given back")
		}
	})
}

func TestShutdownGivesMessagesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var want []string
		for i := range 20 {
			recs, text := lines(fmt.Sprint("o", i), 10_000)
			want = append(want, recs...)
			r.queue.send(r.store.put("logs", fmt.Sprint("o", i), text))
		}
		release := r.sink.Hold()
		r.start()
		if err := r.sink.WaitPut(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.stop()
		release()
		_ = r.end()
		if got := r.queue.seen().shown; got != 16 {
			t.Errorf("%d messages were shown again, want 16", got)
		}
		if n := len(r.sink.Records()); n == 0 || n >= len(want) {
			t.Errorf("%d records when it was stopped in the middle", n)
		}
		r.start() // goes on where it was
		after(time.Minute)
		r.want(want...)
		r.wantEmpty()
		_ = r.end()
	})
}

func TestFIFO(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.queue.fifo = true
		var want []string
		for i := range 60 {
			recs, text := lines(fmt.Sprint("o", i), 3)
			want = append(want, recs...)
			r.queue.sendGroup(fmt.Sprint("g", i%3), r.store.put("logs", fmt.Sprint("o", i), text))
		}
		r.start()
		after(10 * time.Minute)
		r.want(want...)
		r.wantEmpty()
		_ = r.end()
	})
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Options){
		"no name":      func(o *Options) { o.Name = "" },
		"no queue":     func(o *Options) { o.Queue = nil },
		"workers":      func(o *Options) { o.Workers = 257 },
		"visibility":   func(o *Options) { o.VisibilityTimeout = time.Second },
		"receives":     func(o *Options) { o.MaxReceives = -1 },
		"record":       func(o *Options) { o.MaxRecord = relay.MaxRecord + 1 },
		"pattern":      func(o *Options) { o.Include = []string{"a["} },
		"long pattern": func(o *Options) { o.Exclude = []string{strings.Repeat("a", 2000)} },
	} {
		r := newRig(t)
		change(&r.opt)
		if _, err := New(r.opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	r := newRig(t)
	src, err := New(r.opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := src.Retry(context.Background(), relay.DeadLetter{}); err == nil {
		t.Error("Retry of a source that does not run")
	}
}
