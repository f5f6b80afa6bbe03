package s3

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
)

func TestBackfill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Buckets, r.opt.Exclude = []string{"other"}, []string{"**/*.tmp"}
		r.store.keeps = map[string]bool{"logs": true}
		r.store.put("logs", "p/old", "old\n")
		time.Sleep(24 * time.Hour)
		since := time.Now()
		var want []string
		for i := range 60 {
			recs, text := lines(fmt.Sprint("o", i), 2)
			want = append(want, recs...)
			r.store.put("logs", fmt.Sprintf("p/%02d", i), text)
		}
		r.store.put("logs", "p/x.tmp", "no\n")
		r.store.put("logs", "q/other", "no\n")
		r.store.put("logs", "p/zz", `[{"a":1},{"b":}]`)
		time.Sleep(time.Hour)
		until := time.Now()
		r.store.put("logs", "p/new", "new\n")
		r.start()
		synctest.Wait()
		req := BackfillRequest{Bucket: "logs", Prefix: "p/", Since: since, Until: until, Kind: "text"}
		var last Progress
		if err := r.src.Backfill(t.Context(), req, func(p Progress) { last = p }); err != nil {
			t.Fatal(err)
		}
		r.want(append(want, `[{"a":1},{"b":}]`)...) // the kind asked for makes lines of it
		if last.Found != 62 || !last.Listed || last.Objects != 62 || last.Skipped != 1 || last.Before != 0 || last.Records != 121 || last.Bytes != last.FoundBytes {
			t.Errorf("progress %+v", last)
		}
		if k := r.sink.Records()[0].Origin.Kind; k != relay.KindText {
			t.Errorf("kind %q", k)
		}

		// Again: nothing is stored twice. And a notification, which names the version, adds nothing either.
		if err := r.src.Backfill(t.Context(), req, func(p Progress) { last = p }); err != nil {
			t.Fatal(err)
		}
		if last.Before != 61 || last.Records != 0 {
			t.Errorf("the second time: %+v", last)
		}
		r.src.o.Buckets = nil
		r.queue.send(event(told{"logs", "p/05", "v1", etagOf([]byte("o5 record 0\no5 record 1\n")), 24}))
		after(time.Minute)
		r.want(append(want, `[{"a":1},{"b":}]`)...)
		r.wantEmpty()
		_ = r.end()
	})
}

// The body of an object that is in custody is not asked for when a listing names its entity tag.
func TestBackfillAfterNotification(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.queue.send(r.store.put("logs", "a", "A\n"))
		r.start()
		after(time.Second)
		if err := r.src.Backfill(t.Context(), BackfillRequest{Bucket: "logs"}, nil); err != nil {
			t.Fatal(err)
		}
		r.want("A")
		if n := r.store.requests(""); n != 1 {
			t.Errorf("%d requests", n)
		}
		_ = r.end()
	})
}

func TestBackfillRateAndErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for i := range 100 {
			r.store.put("logs", fmt.Sprint("k", i), "x\n")
		}
		r.start()
		synctest.Wait()
		begin := time.Now()
		if err := r.src.Backfill(t.Context(), BackfillRequest{Bucket: "logs", Rate: 2}, nil); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(begin); d < 49*time.Second || d > 52*time.Second {
			t.Errorf("100 objects at 2 a second took %s", d)
		}
		if err := r.src.Backfill(t.Context(), BackfillRequest{Bucket: "none"}, nil); classOf(err) != NoBucket {
			t.Errorf("a bucket that is not there: %v", err)
		}
		r.store.put("logs", "new", "x\n")
		r.store.onGet = func(q Request) error { return storeError(Denied, "AccessDenied", q) }
		if err := r.src.Backfill(t.Context(), BackfillRequest{Bucket: "logs"}, nil); classOf(err) != Denied || relay.HintOf(err) == "" {
			t.Errorf("denied: %v", err)
		}
		r.store.onGet = func(q Request) error { return storeError(Transient, "InternalError", q) }
		var last Progress
		err := r.src.Backfill(t.Context(), BackfillRequest{Bucket: "logs"}, func(p Progress) { last = p })
		if err == nil || !strings.Contains(err.Error(), "1 objects could not be read") || last.Failed != 1 {
			t.Errorf("transient: %v, %+v", err, last)
		}
		_ = r.end()
	})
}

func TestMatch(t *testing.T) {
	t.Parallel()
	f := func(pattern, name string, want bool) {
		t.Helper()
		if err := CheckPattern(pattern); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
		if got := Match(pattern, name); got != want {
			t.Errorf("Match(%q, %q) = %t", pattern, name, got)
		}
	}
	f("logs", "logs", true)
	f("logs-*", "logs-1", true)
	f("logs-*", "xlogs-1", false)
	f("*", "a/b", false)
	f("**", "a/b/c", true)
	f("**", "", true)
	f("a/**", "a/b/c", true)
	f("a/**", "b/c", false)
	f("**/*.gz", "x.gz", true)
	f("**/*.gz", "a/b/x.gz", true)
	f("**/*.gz", "a/b/x.gz/y", false)
	f("a/**/c/**/e", "a/c/e", true)
	f("a/**/c/**/e", "a/b/c/d/d/e", true)
	f("a/**/c/**/e", "a/b/d/d/e", false)
	f("AWSLogs/*/CloudTrail/**", "AWSLogs/123456789012/CloudTrail/eu-west-1/2026/x.json.gz", true)
	f(`a\*`, "a*", true)
	f("[a-c]?", "bx", true)
	f(strings.Repeat("**/a/", 60)+"b", strings.Repeat("a/", 500)+"c", false) // in no time
	for _, bad := range []string{"", "a[", "x/[b", strings.Repeat("x", 1025)} {
		if CheckPattern(bad) == nil {
			t.Errorf("pattern %.20q is taken", bad)
		}
	}
}

// A rate of next to nothing is not one without a limit.
func TestBackfillAtTinyRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for _, key := range []string{"a", "b", "c"} {
			r.store.write("logs", key, key+"\n")
		}
		r.start()
		after(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_ = r.src.Backfill(ctx, BackfillRequest{Bucket: "logs", Rate: 1e-300}, nil)
		r.want("a")
		_ = r.end()
	})
}
