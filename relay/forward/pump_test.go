package forward

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

// far is a destination that a test's function plays.
type far struct {
	mu    sync.Mutex
	sends []call
	took  []string // events acknowledged, in order
	send  func(ctx context.Context, texts []string) error
}

// call is one Send.
type call struct {
	at    time.Time
	texts []string
	err   error
}

func (f *far) Send(ctx context.Context, events []relay.Event) error {
	var texts []string
	for i := range events {
		texts = append(texts, string(events[i].Record.Raw))
	}
	at := time.Now()
	var err error
	if f.send != nil {
		err = f.send(ctx, texts)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sends = append(f.sends, call{at, texts, err})
	partial, _ := errors.AsType[*relay.PartialError](err)
	for i, text := range texts {
		if err == nil || partial != nil && slices.Contains(partial.Delivered, i) {
			f.took = append(f.took, text)
		}
	}
	return err
}

func (f *far) Close() error { return nil }

func (f *far) calls() []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sends)
}

func (f *far) delivered() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.took)
}

// graves keeps dead letters.
type graves struct {
	mu      sync.Mutex
	letters []relay.DeadLetter
	err     error
}

func (g *graves) Put(_ context.Context, d relay.DeadLetter) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return g.err
	}
	g.letters = append(g.letters, d)
	return nil
}

func (g *graves) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = err
}

func (g *graves) texts() (all []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, d := range g.letters {
		all = append(all, string(d.Record.Raw))
	}
	return all
}

// journal is the log as text.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// rig is a pump between a cursor in memory and a far end, inside a synctest bubble.
type rig struct {
	*Pump
	cursor relaytest.Cursor
	graves graves
	log    journal
	cancel context.CancelFunc
	done   chan error
}

func start(t *testing.T, d relay.Destination, o Options) *rig {
	t.Helper()
	r := &rig{done: make(chan error, 1)}
	o.Name, o.Cursor, o.Destination, o.DeadLetters = "out", &r.cursor, d, &r.graves
	o.Logger = slog.New(slog.NewTextHandler(&r.log, nil))
	r.Pump = NewPump(o)
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() { r.done <- r.Run(ctx) }()
	t.Cleanup(func() { r.stop(t) })
	return r
}

// stop ends the pump and checks that no lease is left open.
func (r *rig) stop(t *testing.T) {
	t.Helper()
	r.cancel()
	if err, ok := <-r.done; ok {
		close(r.done)
		if err != nil {
			t.Errorf("Run: %v", err)
		}
		if _, open := r.cursor.Outcome(); open != 0 {
			t.Errorf("%d leases are open after Run", open)
		}
	}
}

func (r *rig) drained(t *testing.T) {
	t.Helper()
	r.Drain()
	if err := <-r.done; err != nil {
		t.Errorf("Run: %v", err)
	}
	close(r.done)
	if _, open := r.cursor.Outcome(); open != 0 {
		t.Errorf("%d leases are open after Run", open)
	}
}

func (r *rig) want(t *testing.T, want relay.Outcome) {
	t.Helper()
	if got, _ := r.cursor.Outcome(); got != want {
		t.Errorf("outcome %+v, want %+v", got, want)
	}
}

func numbers(from, n int) (all []string) {
	for i := range n {
		all = append(all, strconv.Itoa(from+i))
	}
	return all
}

func sorted(all []string) []string {
	slices.SortFunc(all, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	return all
}

// bubble runs f with a fake clock.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

func TestDeliversAndDrains(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{}
		r := start(t, f, Options{BatchRecords: 10})
		r.cursor.AddRaw("text", numbers(0, 1000)...)
		synctest.Wait()
		if s := r.Stats(); s.State != StateIdle || s.Delivered != 1000 || s.LastSuccess.IsZero() || s.InFlight != 0 {
			t.Errorf("stats %+v", s)
		}
		r.cursor.AddRaw("text", numbers(1000, 500)...)
		r.drained(t)
		if got := sorted(f.delivered()); !slices.Equal(got, numbers(0, 1500)) {
			t.Errorf("delivered %d", len(got))
		}
		r.want(t, relay.Outcome{Delivered: 1500})
	})
}

func TestLoneRecordGoesAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{}
		r := start(t, f, Options{})
		for i := range 3 {
			time.Sleep(time.Minute)
			at := time.Now()
			r.cursor.AddRaw("text", strconv.Itoa(i))
			synctest.Wait()
			if c := f.calls(); len(c) != i+1 || !c[i].at.Equal(at) {
				t.Fatalf("record %d was not sent at once", i)
			}
		}
	})
}

func TestRetriesWithoutEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var up atomic.Bool
		f := &far{}
		f.send = func(context.Context, []string) error {
			if !up.Load() {
				return errors.New("connection refused")
			}
			return nil
		}
		r := start(t, f, Options{Ordered: true})
		r.cursor.AddRaw("text", numbers(0, 10)...)
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		calls := f.calls()
		// Full jitter below 1 s, 2 s, 4 s ... 5 min: some 250 in ten hours.
		if len(calls) < 120 || len(calls) > 500 {
			t.Errorf("%d attempts in ten hours", len(calls))
		}
		for i := 1; i < len(calls); i++ {
			limit := maxBackoff
			if i < 10 {
				limit = min(limit, time.Second<<(i-1))
			}
			if d := calls[i].at.Sub(calls[i-1].at); d > limit {
				t.Errorf("attempt %d came after %s, the limit is %s", i, d, limit)
			}
		}
		if s := r.Stats(); s.State != StateRetrying || s.Error != "connection refused" || s.Attempts != len(calls) || s.Retries != uint64(len(calls)) {
			t.Errorf("stats %+v", s)
		}
		if n := strings.Count(r.log.String(), "delivery fails"); n < 40 || n > 65 {
			t.Errorf("a failure of ten hours was logged %d times, want about each tenth minute", n)
		}
		up.Store(true)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		r.want(t, relay.Outcome{Delivered: 10})
		if s := r.Stats(); s.State != StateIdle || s.Error != "" {
			t.Errorf("stats %+v", s)
		}
		if want := fmt.Sprintf("msg=recovered component=forward output=out attempts=%d after=10h", len(calls)); strings.Count(r.log.String(), want) != 1 {
			t.Errorf("the log does not say once: %s", want)
		}
	})
}

func TestRetryAfterWins(t *testing.T) {
	for name, c := range map[string]struct{ after, want time.Duration }{
		"stated":        {77 * time.Second, 77 * time.Second},
		"above the cap": {time.Hour, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f := &far{}
				failed := false
				f.send = func(context.Context, []string) error {
					if failed {
						return nil
					}
					failed = true
					return &relay.RetryError{After: c.after, Err: errors.New("429")}
				}
				r := start(t, f, Options{})
				r.cursor.AddRaw("text", "a")
				time.Sleep(time.Hour)
				calls := f.calls()
				if len(calls) != 2 || calls[1].at.Sub(calls[0].at) != c.want {
					t.Errorf("calls %v", calls)
				}
			})
		})
	}
}

func TestOneWorkerTriesForAll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{}
		f.send = func(context.Context, []string) error {
			return &relay.HoldError{Hint: "mend it", Err: errors.New("401")}
		}
		r := start(t, f, Options{BatchRecords: 1, MaxConcurrency: 16})
		r.cursor.AddRaw("text", numbers(0, 100)...)
		time.Sleep(time.Hour + time.Second)
		if n := len(f.calls()); n < 58 || n > 64 {
			t.Errorf("%d attempts in an hour of a hold, want one a minute", n)
		}
		if s := r.Stats(); s.State != StateHolding || s.Hint != "mend it" {
			t.Errorf("stats %+v", s)
		}
		if log := r.log.String(); strings.Count(log, "delivery needs you") > 8 || !strings.Contains(log, "mend it") {
			t.Errorf("log: %s", log)
		}
	})
}

func TestBadBatchDoesNotStopTheOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{}
		f.send = func(_ context.Context, texts []string) error {
			if slices.Contains(texts, "5") {
				return errors.New("500")
			}
			return nil
		}
		r := start(t, f, Options{BatchRecords: 10})
		for i := range 600 {
			r.cursor.AddRaw("text", numbers(i*10, 10)...)
			time.Sleep(time.Second)
		}
		time.Sleep(10 * time.Second)
		r.want(t, relay.Outcome{Delivered: 5990})
		bad := 0
		for _, c := range f.calls() {
			if c.err != nil {
				bad++
			}
		}
		if bad < 4 || bad > 40 {
			t.Errorf("the batch that always fails was tried %d times in ten minutes", bad)
		}
	})
}

func TestCancelIsNoFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{send: func(ctx context.Context, _ []string) error {
			<-ctx.Done()
			return fmt.Errorf("sending: %w", ctx.Err())
		}}
		r := start(t, f, Options{BatchRecords: 10})
		r.cursor.AddRaw("text", numbers(0, 100)...)
		synctest.Wait()
		if s := r.Stats(); s.State != StateDelivering || s.InFlight == 0 {
			t.Errorf("stats %+v", s)
		}
		r.stop(t)
		if r.log.String() != "" || r.Stats().Retries != 0 {
			t.Errorf("log %q, %d retries", r.log.String(), r.Stats().Retries)
		}
		r.want(t, relay.Outcome{})
	})
}

func TestOrderedIsOneAtATimeInOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{}
		flying, most, n := 0, 0, 0
		f.send = func(context.Context, []string) error {
			flying++
			most = max(most, flying)
			time.Sleep(time.Second)
			flying--
			if n++; n%3 == 0 {
				return errors.New("now and then")
			}
			return nil
		}
		r := start(t, f, Options{Ordered: true, BatchRecords: 10, MaxConcurrency: 8})
		r.cursor.AddRaw("text", numbers(0, 500)...)
		r.drained(t)
		if most != 1 || !slices.Equal(f.delivered(), numbers(0, 500)) {
			t.Errorf("%d at a time, %v", most, f.delivered())
		}
	})
}

// serial is a destination that asks for one lease at a time.
type serial struct{ far }

func (*serial) Serial() bool { return true }

func TestSerialDestinationKeepsTheOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &serial{}
		r := start(t, f, Options{BatchRecords: 10, MaxConcurrency: 8})
		r.cursor.AddRaw("text", numbers(0, 500)...)
		r.drained(t)
		if !slices.Equal(f.delivered(), numbers(0, 500)) {
			t.Errorf("delivered %v", f.delivered())
		}
	})
}

func TestConcurrencyAdapts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{}
		var mu sync.Mutex
		flying, most, busy := 0, 0, false
		f.send = func(context.Context, []string) error {
			mu.Lock()
			flying++
			most = max(most, flying)
			refuse := busy
			mu.Unlock()
			time.Sleep(100 * time.Millisecond)
			mu.Lock()
			flying--
			mu.Unlock()
			if refuse {
				return &relay.RetryError{After: time.Second, Err: errors.New("429")}
			}
			return nil
		}
		r := start(t, f, Options{BatchRecords: 10, MaxConcurrency: 6})
		r.cursor.AddRaw("text", numbers(0, 5000)...)
		time.Sleep(8 * time.Second)
		synctest.Wait()
		if r.Stats().Concurrency != 6 || most != 6 {
			t.Errorf("with a backlog %d of 6 were in flight, limit %d", most, r.Stats().Concurrency)
		}
		mu.Lock()
		busy = true
		mu.Unlock()
		r.cursor.AddRaw("text", numbers(0, 5000)...)
		time.Sleep(10 * time.Second)
		if n := r.Stats().Concurrency; n > 1 {
			t.Errorf("a busy far end gets %d at a time", n)
		}
	})
}

func TestBudgetLimitsLeasesBeyondTheFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{}
		var mu sync.Mutex
		flying, most := 0, 0
		f.send = func(context.Context, []string) error {
			mu.Lock()
			flying++
			most = max(most, flying)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			flying--
			mu.Unlock()
			return nil
		}
		budget := relay.NewBudget(2 * 1024 * memoryFactor)
		r := start(t, f, Options{BatchRecords: 10, BatchBytes: 1024, MaxConcurrency: 8, Budget: budget})
		r.cursor.AddRaw("text", numbers(0, 3000)...)
		r.drained(t)
		if most != 3 {
			t.Errorf("%d leases at a time, want the first and two that the budget covers", most)
		}
		if budget.Used() != 0 {
			t.Errorf("%d bytes of the budget are not given back", budget.Used())
		}
	})
}

func TestSelect(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{}
		asked := 0
		r := start(t, f, Options{Ordered: true, Select: func(o *relay.Origin, k relay.Kind) bool {
			asked++
			return o.Input == "yes" && k != "json"
		}, Normalize: func() relay.NormalizeFunc {
			return func(es *relay.Events, r *relay.Record) {
				k := r.Origin.Kind
				if k == relay.KindAuto {
					k = "json"
				}
				es.Add(r, k)
			}
		}})
		yes, no, auto := &relay.Origin{Input: "yes", Kind: "text"}, &relay.Origin{Input: "no", Kind: "text"}, &relay.Origin{Input: "yes"}
		var all []relay.Record
		for i, o := range []*relay.Origin{yes, no, auto} {
			for j := range 100 {
				all = append(all, relay.Record{Raw: []byte(strconv.Itoa(i*100 + j)), Origin: o})
			}
		}
		r.cursor.Add(all...)
		r.drained(t)
		r.want(t, relay.Outcome{Delivered: 100, Dropped: 200})
		if !slices.Equal(f.delivered(), numbers(0, 100)) {
			t.Errorf("delivered %v", f.delivered())
		}
		if asked > 300 {
			t.Errorf("asked %d times for 300 records", asked)
		}
		if s := r.Stats(); s.Dropped != 200 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestParserPanicIsContained(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{}
		r := start(t, f, Options{Normalize: func() relay.NormalizeFunc {
			return func(es *relay.Events, r *relay.Record) {
				e := es.Add(r, "text")
				if string(r.Raw) == "3" {
					panic("secret record content is not logged")
				}
				if string(r.Raw) == "5" {
					e.Fault = relay.Fault{Reason: relay.FaultSyntax, Offset: -1, Detail: "no"}
				}
			}
		}})
		r.cursor.AddRaw("text", numbers(0, 10)...)
		r.drained(t)
		r.want(t, relay.Outcome{Delivered: 10})
		if got := sorted(f.delivered()); !slices.Equal(got, numbers(0, 10)) {
			t.Errorf("delivered %v", got)
		}
		if s := r.Stats(); s.Unparsed != 2 {
			t.Errorf("%d unparsed, want 2", s.Unparsed)
		}
	})
}

// shyCursor cannot be read a few times.
type shyCursor struct {
	relay.Cursor
	fails atomic.Int64
	err   error
}

func (c *shyCursor) Next(ctx context.Context, l relay.Limit) (relay.Lease, error) {
	if c.fails.Add(-1) >= 0 {
		return nil, c.err
	}
	return c.Cursor.Next(ctx, l)
}

// TestCursorThatCannotBeRead: too many open files pass; the program does not end for them.
func TestCursorThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]relay.Destination{"answers": &far{}, "stream": &wire{}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				memory := &relaytest.Cursor{}
				memory.AddRaw(relay.KindText, numbers(0, 10)...)
				c := &shyCursor{Cursor: memory, err: errors.New("too many open files")}
				c.fails.Store(4)
				p := NewPump(Options{Name: "siem", Cursor: c, Destination: d})
				p.Drain()
				began := time.Now()
				if err := p.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				if sum, open := memory.Outcome(); sum.Delivered != 10 || open != 0 {
					t.Errorf("%+v, %d open", sum, open)
				}
				if time.Since(began) == 0 {
					t.Error("it was tried again without a pause")
				}
			})
		})
	}
}

func TestClosedBufferEndsThePump(t *testing.T) {
	t.Parallel()
	for _, d := range []relay.Destination{&far{}, &wire{}} {
		c := &shyCursor{Cursor: &relaytest.Cursor{}, err: relay.ErrClosed}
		c.fails.Store(1 << 40)
		if err := NewPump(Options{Name: "siem", Cursor: c, Destination: d}).Run(t.Context()); !errors.Is(err, relay.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
}
