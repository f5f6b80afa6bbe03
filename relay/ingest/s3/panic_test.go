package s3

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// panicky is a body that makes its reader panic after what it holds, as a decoder with a fault would.
type panicky struct{ io.Reader }

func (p panicky) Read(b []byte) (int, error) {
	if n, _ := p.Reader.Read(b); n > 0 {
		return n, nil
	}
	panic("index out of range")
}

func (panicky) Close() error { return nil }

// TestAnObjectThatMakesADecoderPanic is set aside like a broken one. The process goes on, and no restart meets it again.
func TestAnObjectThatMakesADecoderPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.store.body = func(req Request, rest []byte) io.ReadCloser {
			if req.Key == "bad" {
				return panicky{strings.NewReader(string(rest[:8]))}
			}
			return io.NopCloser(strings.NewReader(string(rest)))
		}
		r.queue.send(r.store.put("logs", "bad", "one\ntwo\nthree\n"), r.store.put("logs", "good", "four\n"))
		r.start()
		after(time.Minute)
		r.wantEmpty()
		if l := r.letters.all(); len(l) != 1 || !strings.Contains(l[0].Answer, "s3://logs/bad") {
			t.Errorf("dead letters %+v", l)
		}
		var good bool
		for _, rec := range r.sink.Records() {
			good = good || string(rec.Raw) == "four"
		}
		if !good {
			t.Error("the other object was not taken")
		}
		_ = r.end()
	})
}
