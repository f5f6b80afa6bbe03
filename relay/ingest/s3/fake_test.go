package s3

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

const testVisibility = 2 * time.Minute

// letters is a dead-letter store in memory.
type letters struct {
	mu   sync.Mutex
	list []relay.DeadLetter
	err  error
}

func (l *letters) Put(_ context.Context, d relay.DeadLetter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	for _, old := range l.list {
		if old.Output == d.Output && old.Record.Base == d.Record.Base && old.Record.Ordinal == d.Record.Ordinal {
			return nil
		}
	}
	l.list = append(l.list, d)
	return nil
}

func (l *letters) all() []relay.DeadLetter {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]relay.DeadLetter(nil), l.list...)
}

// rig is a source between a queue and a store in memory and a sink. It is used inside a synctest bubble.
type rig struct {
	t       testing.TB
	queue   *memQueue
	store   *memStore
	sink    *relaytest.Sink
	out     relay.Sink // the sink, unless a test puts something before it
	letters *letters
	opt     Options
	src     *Source

	stop  context.CancelFunc
	ended chan error
}

func newRig(t testing.TB) *rig {
	r := &rig{t: t, queue: &memQueue{}, store: &memStore{}, sink: &relaytest.Sink{}, letters: &letters{}}
	r.out = r.sink
	r.opt = Options{
		Name: "trail", Queue: r.queue, Store: r.store, Ledger: r.sink, DeadLetters: r.letters, VisibilityTimeout: testVisibility, Tenant: "acme",
	}
	if testing.Verbose() {
		r.opt.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	return r
}

// start makes and runs the source. The test ends with end.
func (r *rig) start() *rig {
	r.t.Helper()
	src, err := New(r.opt)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(r.t.Context())
	r.src, r.stop, r.ended = src, stop, make(chan error, 1)
	go func() { r.ended <- src.Run(ctx, r.out) }()
	return r
}

// end stops the source and checks what holds at any end: Run returned, nothing is in hand, no body is open, all memory is given back.
func (r *rig) end() error {
	r.t.Helper()
	r.stop()
	err := <-r.ended
	if n, _ := r.src.keeper.inHand(); n != 0 {
		r.t.Errorf("%d messages in hand at the end", n)
	}
	if r.store.open != 0 {
		r.t.Errorf("%d bodies open at the end", r.store.open)
	}
	if n := r.src.o.Budget.Used(); n != 0 {
		r.t.Errorf("%d bytes borrowed at the end", n)
	}
	if n := r.src.o.Flights.Len(); n != 0 {
		r.t.Errorf("%d deliveries held at the end", n)
	}
	return err
}

// after lets time pass, until all that can happen has happened.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// want checks that exactly these records are in custody, in any order.
func (r *rig) want(records ...string) {
	r.t.Helper()
	left := map[string]int{}
	for _, w := range records {
		left[w]++
	}
	for _, rec := range r.sink.Records() {
		left[string(rec.Raw)]--
	}
	for raw, n := range left {
		if n != 0 {
			r.t.Errorf("record %.60q: %+d times", raw, -n)
		}
	}
}

// wantEmpty checks that the queue is empty and nothing went to its dead-letter queue.
func (r *rig) wantEmpty() {
	r.t.Helper()
	if n := r.queue.left(); n != 0 {
		r.t.Errorf("%d messages left on the queue", n)
	}
	if len(r.queue.seen().dead) != 0 {
		r.t.Errorf("on the dead-letter queue: %q", r.queue.seen().dead)
	}
}

// lines makes n records of an object and the object.
func lines(name string, n int) (records []string, object string) {
	var b bytes.Buffer
	for i := range n {
		rec := fmt.Sprintf("%s record %d", name, i)
		records = append(records, rec)
		fmt.Fprintln(&b, rec)
	}
	return records, b.String()
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

var errLost = errors.New("connection reset by peer")
