package s3

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// widest remembers the most origins that a batch had.
type widest struct {
	relay.Sink
	most int
}

func (w *widest) Put(ctx context.Context, b *relay.Batch) error {
	w.most = max(w.most, len(b.Origins))
	return w.Sink.Put(ctx, b)
}

// TestManyOriginsInOneObject: the buffer takes no batch whose origins alone are larger than a block, and such an object would come again and again.
func TestManyOriginsInOneObject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Workers = 1
		w := &widest{Sink: r.sink}
		r.out = w
		var body strings.Builder
		var want []string
		for i := range 3 * ingest.MaxOrigins {
			want = append(want, fmt.Sprint("message ", i))
			fmt.Fprintf(&body, `{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s%d","logEvents":[{"id":"1","timestamp":1,"message":%q}]}`, i, want[i])
		}
		r.queue.send(r.store.put("logs", "a", body.String()))
		r.start()
		after(time.Minute)
		r.want(want...)
		if w.most > ingest.MaxOrigins {
			t.Errorf("a batch with %d origins", w.most)
		}
		_ = r.end()
	})
}
