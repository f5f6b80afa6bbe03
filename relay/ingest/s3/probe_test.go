package s3

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
)

// A probe shows the message that it saw to others at once, and reads the object that Run would read.
func TestProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Buckets = []string{"logs-*"}
		r.queue.send(r.store.put("logs-a", "x.log", "one\ntwo\n"))
		p := Probe(t.Context(), r.opt, "")
		if err := errors.Join(p.RedrivesErr, p.ReceiveErr, p.ShowErr, p.ObjectErr); err != nil {
			t.Fatal(err)
		}
		if p.Message == nil || p.Message.Receives != 1 || p.Object != "s3://logs-a/x.log" || p.Size != 8 || p.Untried != "" {
			t.Errorf("probe found %+v", p)
		}
		began := time.Now()
		if again := Probe(t.Context(), r.opt, ""); again.Message == nil || again.Message.Receives != 2 || time.Since(began) != 0 {
			t.Errorf("after a probe the message is not there for others: %+v", again)
		}
		if got := r.letters.all(); len(got) > 0 || r.queue.left() != 1 {
			t.Errorf("a probe left %d letters and %d messages", len(got), r.queue.left())
		}
	})
}

// What is not tried is said, with the reason; an object can be named.
func TestProbeWithoutAnObject(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, named, object, want string }{
		{"empty queue", "", "", "", "no message told of an object"},
		{"garbage", "hello", "", "", "the message names no object: "},
		{"test event", `{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-01T00:00:00.000Z","Bucket":"b","RequestId":"x","HostId":"y"}`, "", "", "the message names no object to read"},
		{"foreign bucket", event(told{bucket: "other", key: "x.log"}), "", "", "s3://other/x.log is not read: its bucket is not among those that may be"},
		{"excluded", event(told{bucket: "logs", key: "tmp/x.log"}), "", "", "s3://logs/tmp/x.log is not read: include and exclude say so"},
		{"named", "", "s3://logs/x.log", "s3://logs/x.log", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.opt.Buckets, r.opt.Exclude = []string{"logs"}, []string{"tmp/**"}
				r.store.put("logs", "x.log", "one\n")
				if tt.body != "" {
					r.queue.send(tt.body)
				}
				p := Probe(t.Context(), r.opt, tt.named)
				if p.Object != tt.object || !strings.HasPrefix(p.Untried, tt.want) || p.ObjectErr != nil {
					t.Errorf("probe found %+v", p)
				}
			})
		})
	}
}

// hanging is a store that never answers.
type hanging struct{ *memStore }

func (hanging) Get(ctx context.Context, _ Request) (*Object, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// An endpoint that never answers costs a probe a bounded time, and is named as such.
func TestProbeOfWhatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Store = hanging{r.store}
		began := time.Now()
		p := Probe(t.Context(), r.opt, "s3://logs/x")
		if p.ObjectErr == nil || !strings.Contains(p.ObjectErr.Error(), "no answer within 10s") || !strings.Contains(relay.HintOf(p.ObjectErr), "endpoint") {
			t.Errorf("the object: %v", p.ObjectErr)
		}
		if took := time.Since(began); p.ReceiveErr != nil || took > pollTime+callTime {
			t.Errorf("it took %s, receiving: %v", took, p.ReceiveErr)
		}
	})
}
