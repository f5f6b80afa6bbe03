package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest"

	"github.com/parquet-go/parquet-go"
)

// A buffer that is full for longer than SQS lets messages be kept: they are given back, and come again when there is room.
func TestFullForLongerThanMessagesAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sink.Fail(relay.ErrFull)
		var want []string
		for i := range 30 {
			recs, text := lines(fmt.Sprint("o", i), 2)
			want = append(want, recs...)
			r.queue.send(r.store.put("logs", fmt.Sprint("o", i), text))
		}
		r.start()
		after(30 * time.Hour)
		if n := r.queue.seen().receipts; n > 3*r.src.o.Workers {
			t.Errorf("%d messages received while the buffer was full", n)
		}
		r.sink.Fail(nil)
		after(time.Hour)
		r.want(want...)
		r.wantEmpty()
		_ = r.end()
	})
}

// A backfill or retry that is given up while the buffer is full must not keep the input from receiving.
func TestRetryGivenUpWhileFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.sink.Fail(relay.ErrFull)
		r.store.write("logs", "a", "A\n")
		r.start()
		after(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := r.src.Backfill(ctx, BackfillRequest{Bucket: "logs"}, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a backfill into a full buffer: %v", err)
		}
		r.sink.Fail(nil)
		for _, name := range []string{"b", "c", "d"} {
			r.queue.send(r.store.put("logs", name, name+"\n"))
			after(time.Minute)
		}
		r.want("b", "c", "d")
		r.wantEmpty()
		_ = r.end()
	})
}

// Credentials that end, or a policy that shuts everybody out, after weeks of good work: nothing is taken for deleted, however long it lasts.
func TestLockedOutAfterGoodWork(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"ExpiredToken", "AccessDenied"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.opt.MaxReceives = 4
				var shut atomic.Bool
				r.store.onGet = func(q Request) error {
					if shut.Load() {
						return storeError(Denied, code, q)
					}
					return nil
				}
				r.start()
				r.queue.send(r.store.put("logs", "a", "A\n"))
				after(time.Minute)
				shut.Store(true)
				r.queue.send(r.store.put("logs", "b", "B\n"))
				after(5 * time.Hour)
				if n := r.queue.seen().receipts; n < 6 {
					t.Errorf("%d receipts only", n)
				}
				if l := r.letters.all(); len(l) != 0 || r.queue.left() != 1 {
					t.Errorf("%d messages left; set aside: %+v", r.queue.left(), l)
				}
				shut.Store(false)
				after(time.Hour)
				r.want("A", "B")
				r.wantEmpty()
				_ = r.end()
			})
		})
	}
}

// AWS says that it is the reading which is not allowed: the object is there, and waits for a person, whatever else can be read.
func TestDeniedPrefixIsNotDeleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.MaxReceives = 3
		r.store.onGet = func(q Request) error {
			if strings.HasPrefix(q.Key, "secret/") {
				return &Error{
					Class: Denied, Code: "AccessDenied", Action: "s3:GetObject", Resource: "arn:aws:s3:::logs/" + q.Key,
					Err: errors.New("AccessDenied: User: arn:aws:iam::123456789012:user/relay is not authorized to perform: s3:GetObject on resource: x"),
				}
			}
			return nil
		}
		r.queue.send(r.store.put("logs", "secret/a", "S\n"))
		r.start()
		for i := range 30 {
			r.queue.send(r.store.put("logs", fmt.Sprint("o", i), fmt.Sprint(i, "\n")))
			after(5 * time.Minute)
		}
		if l := r.letters.all(); len(l) != 0 || r.queue.left() != 1 {
			t.Errorf("%d messages left; set aside: %+v", r.queue.left(), l)
		}
		_ = r.end()
	})
}

// Two inputs that are told of the same objects at the same time store each once.
func TestInputsShareFlights(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		flights := new(ingest.Flights)
		one, two := newRig(t), newRig(t)
		one.opt.Flights, two.opt.Flights = flights, flights
		two.store, two.sink, two.out = one.store, one.sink, one.sink
		two.opt.Name, two.opt.Store, two.opt.Ledger = "twin", one.store, one.sink
		var want []string
		for i := range 20 {
			recs, text := lines(fmt.Sprint("o", i), 5000)
			want = append(want, recs...)
			body := one.store.put("logs", fmt.Sprint("o", i), text)
			one.queue.send(body)
			two.queue.send(body)
		}
		one.start()
		two.start()
		after(time.Minute)
		one.want(want...)
		one.wantEmpty()
		two.wantEmpty()
		_ = one.end()
		_ = two.end()
	})
}

// A delivery that one worker has and another waits for, and memory the other way around: nobody waits for what who waits for him holds.
func TestMemoryAndDeliveriesDoNotLock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Budget = relay.NewBudget(2 * memoryFor(-1))
		want, text := lines("o", 50_000)
		full := r.store.put("logs", "o", text)
		r.store.onGet = func(Request) error { time.Sleep(time.Second); return nil }
		r.start()
		for range 2 { // CloudTrail says no more: these have all the memory when they learn what the object is
			r.queue.send(`{"s3Bucket":"logs","s3ObjectKey":["o"]}`)
		}
		after(time.Second / 2)
		r.queue.send(full) // this one has the delivery, and waits for memory
		after(time.Minute)
		r.want(want...)
		r.wantEmpty()
		_ = r.end()
	})
}

// A notification that makes an object smaller than it is does not get it more memory than there is.
func TestLiesOfSize(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Budget = relay.NewBudget(2 * memoryFor(-1))
		var reading, most atomic.Int64
		r.store.body = func(_ Request, rest []byte) io.ReadCloser {
			return &slowBody{Reader: bytes.NewReader(rest), reading: &reading, most: &most}
		}
		var want []string
		for i := range 12 {
			recs, text := lines(fmt.Sprint("o", i), 20_000)
			want = append(want, recs...)
			told := r.store.write("logs", fmt.Sprint("o", i), text)
			told.size = 1
			r.queue.send(event(told))
		}
		r.start()
		after(5 * time.Minute)
		r.want(want...)
		r.wantEmpty()
		if n := most.Load(); n > 2 {
			t.Errorf("%d objects read at a time, with memory for two", n)
		}
		_ = r.end()
	})
}

// slowBody takes its time, and counts how many are being read.
type slowBody struct {
	io.Reader
	reading, most *atomic.Int64
	begun         bool
}

func (b *slowBody) Read(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		b.most.Store(max(b.most.Load(), b.reading.Add(1)))
	}
	time.Sleep(10 * time.Millisecond)
	return b.Reader.Read(p)
}

func (b *slowBody) Close() error {
	if b.begun {
		b.begun = false
		b.reading.Add(-1)
	}
	return nil
}

// Parquet with many large pages waits until it can have the memory, goes on where it was, and is in custody once.
func TestLargeParquetWaitsForMemory(t *testing.T) {
	t.Parallel()
	type row struct{ A, B, C, D, E, F string }
	big := strings.Repeat("v", 64<<10)
	var body bytes.Buffer
	w := parquet.NewGenericWriter[row](&body, parquet.Compression(&parquet.Gzip), parquet.PageBufferSize(8<<20))
	for i := range 40 {
		cells := row{fmt.Sprint(i), big, big, big, big, big}
		if i < 8 { // a row group that takes little
			cells = row{A: fmt.Sprint(i)}
		}
		if _, err := w.Write([]row{cells}); err != nil {
			t.Fatal(err)
		}
		if i == 7 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.opt.Budget = relay.NewBudget(8 << 20)
		for i := range 3 {
			r.queue.send(r.store.put("logs", fmt.Sprint(i, ".parquet"), body.String()))
		}
		recs, text := lines("o", 1000)
		r.queue.send(r.store.put("logs", "o", text))
		r.start()
		after(time.Minute)
		got := map[string]int{}
		for _, rec := range r.sink.Records() {
			got[fmt.Sprint(rec.Origin.DeliveryID, rec.Ordinal)]++
		}
		if len(got) != 3*40+len(recs) {
			t.Errorf("%d different records in custody, want %d", len(got), 3*40+len(recs))
		}
		for id, n := range got {
			if n != 1 {
				t.Errorf("%s is there %d times", id, n)
			}
		}
		if p := r.src.Pull(); p.Taken != 4 || p.Problem != nil {
			t.Errorf("%+v", p)
		}
		r.wantEmpty()
		_ = r.end()
	})
}
