package forward

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
)

// wire is a relay.Stream whose far end takes what is sent after window more Sends, or when it is flushed.
type wire struct {
	far
	window  int
	fail    func(n int) error // of the n-th Send, from 0
	flush   error
	flushes []time.Time
	n       int // Sends
	since   int // Sends since the last error
	onWire  []string
	arrived []string // what the far end has for certain, in order
	pending [][]string
}

func (w *wire) Send(_ context.Context, events []relay.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.n
	w.n++
	if w.fail != nil {
		if err := w.fail(n); err != nil {
			w.since, w.pending = 0, nil
			return err
		}
	}
	var texts []string
	for i := range events {
		texts = append(texts, string(events[i].Record.Raw))
	}
	w.onWire = append(w.onWire, texts...)
	w.pending = append(w.pending, texts)
	w.since++
	return nil
}

// set makes Flush fail with err.
func (w *wire) set(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flush = err
}

func (w *wire) take() {
	w.arrived = append(w.arrived, w.pending[0]...)
	w.pending = w.pending[1:]
}

func (w *wire) Confirmed() (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.pending) > w.window {
		w.take()
	}
	return w.since - len(w.pending), nil
}

func (w *wire) Flush(context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushes = append(w.flushes, time.Now())
	if w.flush != nil {
		w.since, w.pending = 0, nil
		return w.flush
	}
	for len(w.pending) > 0 {
		w.take()
	}
	return nil
}

func TestStreamKeepsLeasesUntilConfirmed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wire{window: 5}
		r := start(t, w, Options{BatchRecords: 10})
		r.cursor.AddRaw("syslog", numbers(0, 200)...)
		synctest.Wait()
		r.want(t, relay.Outcome{Delivered: 150})
		if s := r.Stats(); s.Unconfirmed != 50 {
			t.Errorf("stats %+v", s)
		}
		time.Sleep(defaultIdle)
		synctest.Wait()
		r.want(t, relay.Outcome{Delivered: 200})
		if len(w.flushes) != 1 || r.Stats().Unconfirmed != 0 {
			t.Errorf("flushes %v, stats %+v", w.flushes, r.Stats())
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(w.flushes) != 1 {
			t.Errorf("an idle connection was flushed %d times", len(w.flushes))
		}
		r.cursor.AddRaw("syslog", numbers(200, 5)...) // after a flush too
		r.drained(t)
		r.want(t, relay.Outcome{Delivered: 205})
		if !slices.Equal(w.onWire, numbers(0, 205)) {
			t.Errorf("on the wire: %v", w.onWire)
		}
	})
}

func TestBrokenStreamSendsTheUnconfirmedAgainInOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wire{window: 3}
		w.fail = func(n int) error {
			if n == 10 || n == 30 {
				return errors.New("reset")
			}
			return nil
		}
		r := start(t, w, Options{BatchRecords: 10})
		r.cursor.AddRaw("syslog", numbers(0, 300)...)
		r.drained(t)
		r.want(t, relay.Outcome{Delivered: 300})
		if !slices.Equal(w.arrived, numbers(0, 300)) {
			t.Errorf("%d arrived, not all in order", len(w.arrived))
		}
		if n := len(w.onWire); n != 300+2*30 {
			t.Errorf("%d were sent, want 300 and the unconfirmed 30 again, twice", n)
		}
	})
}

func TestFlushThatFailsSendsAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wire{window: 3, flush: errors.New("the far end does not close")}
		r := start(t, w, Options{})
		r.cursor.AddRaw("syslog", "a")
		time.Sleep(time.Minute)
		r.want(t, relay.Outcome{})
		w.set(nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		r.want(t, relay.Outcome{Delivered: 1})
		if !slices.Equal(w.arrived, []string{"a"}) {
			t.Errorf("arrived: %v", w.arrived)
		}
	})
}

func TestBusyStreamIsRenewed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wire{window: 1000}
		r := start(t, w, Options{MaxAge: time.Minute})
		for i := range 300 {
			r.cursor.AddRaw("syslog", strconv.Itoa(i))
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if n := len(w.flushes); n != 4 {
			t.Errorf("%d flushes in five minutes, want one a minute", n)
		}
		if s := r.Stats(); s.Delivered < 200 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestFlappingStreamBacksOff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wire{window: 3}
		w.fail = func(n int) error { // each connection takes one Send and is reset at the next
			if n%2 == 1 {
				return errors.New("reset")
			}
			return nil
		}
		r := start(t, w, Options{BatchRecords: 1})
		r.cursor.AddRaw("syslog", numbers(0, 1000)...)
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		if w.n > 120 {
			t.Errorf("%d sends in half an hour", w.n)
		}
		if n := strings.Count(r.log.String(), "recovered"); n > 0 {
			t.Errorf("%d times said to have recovered", n)
		}
	})
}

func TestStreamRedelivers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wire{window: 10}
		r := start(t, w, Options{})
		r.cursor.AddRaw("syslog", "a")
		synctest.Wait()
		d := relay.DeadLetter{Output: "out", Record: &relay.Record{Raw: []byte("dead"), Origin: &relay.Origin{}}}
		if err := r.Redeliver(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(w.arrived, []string{"a", "dead"}) {
			t.Errorf("arrived: %v", w.arrived)
		}
		r.want(t, relay.Outcome{Delivered: 1})
		w.set(errors.New("reset"))
		if err := r.Redeliver(t.Context(), d); err == nil {
			t.Error("redelivered although the connection broke")
		}
		w.set(nil)
	})
}

func TestStreamDropsWhatIsNotSelected(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wire{window: 10}
		r := start(t, w, Options{Select: func(*relay.Origin, relay.Kind) bool { return false }})
		r.cursor.AddRaw("syslog", numbers(0, 10)...)
		synctest.Wait()
		r.want(t, relay.Outcome{Dropped: 10})
	})
}
