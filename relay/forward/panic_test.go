package forward

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"logrelay/relay"
)

// panicky is a stream whose encoder fails at some events.
type panicky struct {
	*wire
	bad []string
}

func (p panicky) Send(ctx context.Context, events []relay.Event) error {
	for i := range events {
		if slices.Contains(p.bad, string(events[i].Record.Raw)) {
			panic("index out of range")
		}
	}
	return p.wire.Send(ctx, events)
}

// TestEncoderPanicIsContained: the event becomes a dead letter, all others arrive, and nothing ends.
func TestEncoderPanicIsContained(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{send: func(_ context.Context, texts []string) error {
			if slices.Contains(texts, "377") {
				panic("index out of range")
			}
			return nil
		}}
		r := start(t, f, Options{Ordered: true})
		r.cursor.AddRaw("text", numbers(0, 1000)...)
		r.drained(t)
		r.want(t, relay.Outcome{Delivered: 999, DeadLettered: 1})
		if got := r.graves.texts(); !slices.Equal(got, []string{"377"}) {
			t.Errorf("dead letters %q", got)
		}
		if n := strings.Count(r.log.String(), "index out of range"); n != 1 {
			t.Errorf("said %d times: %s", n, r.log.String())
		}
	})
}

func TestEncoderPanicOfAStreamIsContained(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wire{window: 3}
		w.fail = func(n int) error { // so that what was sent in parts comes again
			if n == 7 {
				return errors.New("reset")
			}
			return nil
		}
		r := start(t, panicky{w, []string{"0", "12", "13", "19", "25"}}, Options{BatchRecords: 10})
		r.cursor.AddRaw("syslog", numbers(0, 60)...)
		r.drained(t)
		r.want(t, relay.Outcome{Delivered: 55, DeadLettered: 5})
		want := slices.DeleteFunc(numbers(0, 60), func(s string) bool { return slices.Contains([]string{"0", "12", "13", "19", "25"}, s) })
		if !slices.Equal(w.arrived, want) {
			t.Errorf("arrived: %v", w.arrived)
		}
		letters := r.graves.texts()
		slices.Sort(letters)
		if got := slices.Compact(letters); !slices.Equal(got, []string{"0", "12", "13", "19", "25"}) {
			t.Errorf("dead letters %q", got)
		}
	})
}

// TestFullStoreDoesNotKeepAStreamFromRedelivering: who retries dead letters keeps others from dropping them, which is what makes room.
func TestFullStoreDoesNotKeepAStreamFromRedelivering(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wire{window: 3}
		r := start(t, panicky{w, []string{"12"}}, Options{BatchRecords: 10})
		r.graves.fail(fmt.Errorf("dead letters: %w", relay.ErrFull))
		r.cursor.AddRaw("syslog", numbers(0, 20)...)
		synctest.Wait()
		if s := r.Stats(); s.State != StateHolding {
			t.Fatalf("stats %+v", s)
		}
		d := relay.DeadLetter{Output: "out", Record: &relay.Record{Raw: []byte("again"), Origin: &relay.Origin{}}}
		done := make(chan error, 1)
		go func() { done <- r.Redeliver(t.Context(), d) }()
		synctest.Wait()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Error("it waits for the store")
		}
		r.want(t, relay.Outcome{Delivered: 10}) // and nothing of the lease whose event waits for room
		r.graves.fail(nil)
		r.drained(t)
		r.want(t, relay.Outcome{Delivered: 19, DeadLettered: 1})
	})
}
