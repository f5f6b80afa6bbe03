package s3

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
)

// One bucket into which nobody is let is red, however well the others go, and is forgotten when nobody asks for it any more.
func TestOneBucketDenied(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.store.onGet = func(q Request) error {
			if q.Bucket == "shut" {
				return storeError(DeniedKMS, "AccessDenied", q)
			}
			return nil
		}
		r.queue.send(r.store.put("shut", "a", "S\n"))
		r.start()
		busy := func(minutes int) {
			for i := range minutes {
				r.queue.send(r.store.put("logs", fmt.Sprint("o", time.Now().Unix(), i), time.Now().String()))
				after(time.Minute)
			}
		}
		busy(10)
		if p := r.src.Pull().Problem; p == nil || !p.Red || !strings.Contains(p.Hint, "arn:aws:s3:::shut/") {
			t.Errorf("one bucket is shut: %+v", p)
		}
		r.queue.mu.Lock()
		r.queue.messages = nil // purged
		r.queue.mu.Unlock()
		busy(60)
		if p := r.src.Pull().Problem; p != nil {
			t.Errorf("long after nobody asks for it: %+v", p)
		}
		_ = r.end()
	})
}

// What cannot be retried is told apart from what nothing can be retried for: letters that come after need not wait. A retry turns nothing red.
func TestRetryTellsWhatStands(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Buckets = []string{"logs"}
		r.store.onGet = func(q Request) error {
			switch q.Key {
			case "shut":
				return storeError(Denied, "AccessDenied", q)
			case "slow":
				return storeError(Throttled, "SlowDown", q)
			}
			return nil
		}
		r.store.write("logs", "gone", "")
		r.start()
		after(time.Second)
		letter := func(body string) error {
			return r.src.Retry(t.Context(), relay.DeadLetter{Output: "input/trail", Record: &relay.Record{Raw: []byte(body), Origin: &relay.Origin{}}})
		}
		for body, stands := range map[string]bool{
			"garbage": true,
			event(told{bucket: "logs", key: "nothing", etag: "x"}):                              true,
			event(told{bucket: "strange", key: "a", etag: "x"}):                                 true,
			event(told{bucket: "logs", key: "shut", etag: "x"}):                                 true,
			event(told{bucket: "logs", key: "slow", etag: "x"}):                                 false,
			event(told{bucket: "logs", key: "nothing"}, told{bucket: "logs", key: "slow"}):      false,
			r.store.put("logs", "broken.gz", zipped(strings.Repeat("line\n", 1000))[:40]):       true,
			r.store.put("logs", "zip", "PK\x03\x04 and the rest of what is said to be archive"): true,
		} {
			err := letter(body)
			if reject, ok := errors.AsType[*relay.RejectError](err); err == nil || ok != stands || ok && reject.Answer == "" {
				t.Errorf("%.200s: %v, stands: %t", body, err, ok)
			}
		}
		if p := r.src.Pull().Problem; p == nil || p.Class != "throttled" {
			t.Errorf("problem %+v", p)
		}
		_ = r.end()
	})
}

// An object that is refused is counted and passed over by a backfill; only when none is let through does it end.
func TestBackfillPassesRefusedObjects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		all := false
		r.store.onGet = func(q Request) error {
			if all || q.Key == "o50" || q.Key == "o70" {
				return storeError(DeniedKMS, "AccessDenied", q)
			}
			return nil
		}
		var want []string
		for i := range 100 {
			text := fmt.Sprint("record ", i)
			r.store.write("logs", fmt.Sprint("o", i), text+"\n")
			if i != 50 && i != 70 {
				want = append(want, text)
			}
		}
		r.start()
		after(time.Second)
		var last Progress
		err := r.src.Backfill(t.Context(), BackfillRequest{Bucket: "logs"}, func(p Progress) { last = p })
		if err == nil || !strings.Contains(err.Error(), "2 objects could not be read") || last.Objects != 98 || last.Failed != 2 {
			t.Errorf("%+v: %v", last, err)
		}
		if hint := relay.HintOf(err); !strings.Contains(hint, "s3:GetObject") {
			t.Errorf("hint %q", hint)
		}
		r.want(want...)
		for i := range 1000 {
			r.store.write("logs", fmt.Sprint("p", i), fmt.Sprint("p", i))
		}
		all = true
		err = r.src.Backfill(t.Context(), BackfillRequest{Bucket: "logs", Prefix: "p"}, func(p Progress) { last = p })
		if classOf(err) != DeniedKMS || last.Failed > 100 {
			t.Errorf("nobody is let in: %+v: %v", last, err)
		}
		_ = r.end()
	})
}
