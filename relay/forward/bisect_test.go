package forward

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logrelay/relay"
)

// refusing refuses every Send that holds a text for which bad is true.
func refusing(bad func(n int) bool) *far {
	return &far{send: func(_ context.Context, texts []string) error {
		for _, text := range texts {
			if n, _ := strconv.Atoi(text); bad(n) {
				return &relay.RejectError{Answer: "400: bad event", Err: errors.New("400")}
			}
		}
		return nil
	}}
}

func TestGuiltyEventIsFoundByHalving(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := refusing(func(n int) bool { return n == 377 })
		r := start(t, f, Options{Ordered: true, Now: func() time.Time { return time.Unix(7, 0) }})
		r.cursor.AddRaw("text", numbers(0, 1000)...)
		r.drained(t)
		r.want(t, relay.Outcome{Delivered: 999, DeadLettered: 1})
		if want := slices.Delete(numbers(0, 1000), 377, 378); !slices.Equal(f.delivered(), want) {
			t.Errorf("delivered %d, not all others in order", len(f.delivered()))
		}
		if n := len(f.calls()); n > 22 {
			t.Errorf("%d sends to find one of 1000", n)
		}
		d := r.graves.letters
		if len(d) != 1 || string(d[0].Record.Raw) != "377" || d[0].Output != "out" || d[0].Answer != "400: bad event" || d[0].Refused != 7e9 {
			t.Errorf("dead letters %+v", d)
		}
	})
}

func TestEachRefusedEventHasItsAnswer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := start(t, &far{send: func(_ context.Context, texts []string) error {
			reject := &relay.RejectError{Answer: "400: first", Err: errors.New("400")}
			p := &relay.PartialError{Err: reject}
			for i, text := range texts {
				if text == "2" || text == "5" {
					reject.Events, reject.Answers = append(reject.Events, i), append(reject.Answers, "400: "+text)
					continue
				}
				p.Delivered = append(p.Delivered, i)
			}
			if len(reject.Events) == 0 {
				return nil
			}
			return p
		}}, Options{Ordered: true})
		r.cursor.AddRaw("text", numbers(0, 10)...)
		r.drained(t)
		r.want(t, relay.Outcome{Delivered: 8, DeadLettered: 2})
		for _, d := range r.graves.letters {
			if want := "400: " + string(d.Record.Raw); d.Answer != want {
				t.Errorf("%s: answer %q", d.Record.Raw, d.Answer)
			}
		}
	})
}

func TestLoneRefusedEventWaitsForASuccess(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := refusing(func(n int) bool { return n < 2 })
		r := start(t, f, Options{})
		r.cursor.AddRaw("text", "0")
		time.Sleep(time.Minute)
		r.cursor.AddRaw("text", "1")
		time.Sleep(time.Hour)
		r.want(t, relay.Outcome{})
		if s := r.Stats(); s.SetAside != 2 || s.State != StateIdle {
			t.Errorf("stats %+v", s)
		}
		r.cursor.AddRaw("text", "2")
		synctest.Wait()
		r.want(t, relay.Outcome{Delivered: 1, DeadLettered: 2})
		if !slices.Equal(r.graves.texts(), numbers(0, 2)) || r.Stats().SetAside != 0 {
			t.Errorf("dead letters %v", r.graves.texts())
		}
	})
}

func TestSetAsideComesAgainAfterARestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := start(t, refusing(func(int) bool { return true }), Options{})
		r.cursor.AddRaw("text", "0")
		synctest.Wait()
		r.stop(t) // checks that the lease has ended
		r.want(t, relay.Outcome{})
	})
}

// TestRefusedEverythingHolds mends the far end when the next probe is one of those that were refused, and when it is not: either way none of them is at fault.
func TestRefusedEverythingHolds(t *testing.T) {
	for name, c := range map[string]struct{ batch, probes int }{
		"one lease": {1000, 60}, "one lease, a probe later": {1000, 61}, "single records": {1, 60}, "single records, a probe later": {1, 61},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var mended atomic.Bool
				f := refusing(func(int) bool { return !mended.Load() })
				r := start(t, f, Options{BatchRecords: c.batch})
				r.cursor.AddRaw("text", numbers(0, 300)...)
				synctest.Wait()
				before := len(f.calls())
				if before > 60 {
					t.Errorf("%d sends before the hold", before)
				}
				if s := r.Stats(); s.State != StateHolding || s.Hint == "" || !strings.Contains(s.Error, "20 events") {
					t.Errorf("stats %+v", s)
				}
				time.Sleep(time.Duration(c.probes)*time.Minute + time.Second)
				if n := len(f.calls()) - before; n < c.probes-5 || n > c.probes+1 {
					t.Errorf("%d sends in %d minutes of a hold", n, c.probes)
				}
				if n := len(r.graves.texts()); n != 0 {
					t.Errorf("%d dead letters although nothing ever went through", n)
				}
				mended.Store(true)
				time.Sleep(3 * time.Minute)
				r.want(t, relay.Outcome{Delivered: 300})
				if n := len(r.graves.texts()); n != 0 {
					t.Errorf("%d dead letters although all are good", n)
				}
			})
		})
	}
}

func TestHoldWithoutMoreRecordsEndsToo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var mended atomic.Bool
		r := start(t, refusing(func(int) bool { return !mended.Load() }), Options{})
		r.cursor.AddRaw("text", numbers(0, MaxRefusals)...)
		time.Sleep(10 * time.Minute)
		mended.Store(true)
		time.Sleep(3 * time.Minute)
		r.want(t, relay.Outcome{Delivered: MaxRefusals})
	})
}

func TestManyBadOnesInARowAreFoundOut(t *testing.T) {
	for name, batch := range map[string]int{"one lease": 1000, "single records": 1} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				r := start(t, refusing(func(n int) bool { return n < 50 }), Options{BatchRecords: batch})
				r.cursor.AddRaw("text", numbers(0, 300)...)
				time.Sleep(48 * time.Hour)
				r.cursor.AddRaw("text", "300") // for a bad one that came last
				synctest.Wait()
				r.want(t, relay.Outcome{Delivered: 251, DeadLettered: 50})
				if n := strings.Count(r.log.String(), "dead letters"); n == 0 || n > 10 {
					t.Errorf("50 dead letters make %d lines in the log", n)
				}
				if strings.Contains(r.log.String(), "bad event") {
					t.Error("the far end's answer, which may repeat a record, is in the log")
				}
			})
		})
	}
}

func TestPartialErrors(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := &far{}
		seen := map[string]int{}
		f.send = func(_ context.Context, texts []string) error {
			p := &relay.PartialError{}
			var reject []int
			for i, text := range texts {
				seen[text]++
				switch n, _ := strconv.Atoi(text); {
				case n%10 == 3:
					reject = append(reject, i)
				case n%10 == 7 && seen[text] == 1: // only the others are sent again
				default:
					p.Delivered = append(p.Delivered, i)
				}
			}
			if len(p.Delivered) == len(texts) {
				return nil
			}
			if p.Err = errors.New("busy"); len(reject) > 0 {
				p.Err = &relay.RejectError{Events: reject, Answer: "no", Err: errors.New("no")}
			}
			return p
		}
		r := start(t, f, Options{})
		r.cursor.AddRaw("text", numbers(0, 100)...)
		time.Sleep(time.Minute)
		r.want(t, relay.Outcome{Delivered: 90, DeadLettered: 10})
		for text, n := range seen {
			if want := 1 + map[byte]int{'7': 1}[text[len(text)-1]]; n != want {
				t.Errorf("%s was sent %d times, want %d", text, n, want)
			}
		}
	})
}

func TestFullDeadLetterStoreHolds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		r := start(t, refusing(func(n int) bool { return n == 3 }), Options{})
		r.graves.fail(fmt.Errorf("dead letters: %w", relay.ErrFull))
		r.cursor.AddRaw("text", numbers(0, 10)...)
		time.Sleep(10 * time.Minute)
		if s := r.Stats(); s.State != StateHolding || !strings.Contains(s.Hint, "dead-letters drop") {
			t.Errorf("stats %+v", s)
		}
		r.want(t, relay.Outcome{})
		r.graves.fail(nil)
		time.Sleep(2 * time.Minute)
		r.want(t, relay.Outcome{Delivered: 9, DeadLettered: 1})
		if s := r.Stats(); s.State != StateIdle {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestRecordWithSeveralEventsIsCountedOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := &byEvent{}
		r := start(t, d, Options{Normalize: func() relay.NormalizeFunc {
			return func(es *relay.Events, r *relay.Record) {
				for i := range int32(4) {
					e := es.Add(r, "json")
					e.N, e.Of = i, 4
				}
			}
		}})
		r.cursor.AddRaw("json", numbers(0, 10)...)
		r.drained(t)
		r.want(t, relay.Outcome{Delivered: 9, DeadLettered: 1})
		if n := len(r.graves.letters); n != 2 {
			t.Errorf("%d dead letters, want the two events", n)
		}
		if err := r.Redeliver(t.Context(), r.graves.letters[1]); err == nil {
			t.Error("the event was taken although it is still refused")
		}
		d.mended = true
		if err := r.Redeliver(t.Context(), r.graves.letters[1]); err != nil || d.last != "5/2" {
			t.Errorf("sent %s again: %v", d.last, err)
		}
	})
}

// byEvent refuses events 1 and 2 of record 5.
type byEvent struct {
	mended bool
	last   string
}

func (d *byEvent) Send(_ context.Context, events []relay.Event) error {
	for i := range events {
		d.last = string(events[i].Record.Raw) + "/" + strconv.Itoa(int(events[i].N))
		if !d.mended && (d.last == "5/1" || d.last == "5/2") {
			return &relay.RejectError{Err: errors.New("no")}
		}
	}
	return nil
}

func (d *byEvent) Close() error { return nil }
