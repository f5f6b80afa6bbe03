package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"logrelay/relay"
	"logrelay/relay/config"
	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// watching is a live tail under way.
type watching struct {
	mu    sync.Mutex
	lines []status.TailLine
}

// watch starts a tail and returns when it is attached.
func (s *site) watch(t *testing.T, q status.TailQuery) *watching {
	t.Helper()
	w, attached, done := &watching{}, make(chan struct{}), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	once := sync.OnceFunc(func() { close(attached) })
	go func() {
		done <- actions{s.Daemon}.Tail(ctx, q, func(l *status.TailLine) error {
			once()
			w.mu.Lock()
			defer w.mu.Unlock()
			if l != nil {
				w.lines = append(w.lines, *l)
			}
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	<-attached
	return w
}

func (w *watching) all() []status.TailLine {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lines)
}

func TestTailShowsRecordsOnBothSides(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *site) {
		out := s.output()
		out.Schema, out.Bearer = "json", config.NewSecret("hush-hush-token")
		out.Insecure = true
		out.Rules = []config.Rule{{Name: "noise", Drop: `message contains "noise"`}}
		s.cfg.Outputs["siem"] = out
	})
	in := s.watch(t, status.TailQuery{Side: status.SideInput, Name: "in"})
	all := s.watch(t, status.TailQuery{Side: status.SideInput, Normalized: true})
	out := s.watch(t, status.TailQuery{Side: status.SideOutput, Name: "siem", Normalized: true})
	some := s.watch(t, status.TailQuery{Side: status.SideInput, Text: "NOI"})
	other := s.watch(t, status.TailQuery{Side: status.SideInput, Text: "hush"})
	say(t, s.dial(t, "in"), "a hush-hush-token \x1b[31mred\xff \u202edab", "mere noise")
	for name, w := range map[string]*watching{"in": in, "all": all, "out": out} {
		until(t, name+" sees both", func() bool { return len(w.all()) == 2 })
	}
	until(t, "the filter finds one", func() bool { return len(some.all()) == 1 })
	first := in.all()[0]
	if want := `<13>1 - h a - - - a <secret> \x1b[31mred\xff \u202edab`; first.Raw != want || first.Events != nil {
		t.Errorf("input: %q %q, want %q", first.Raw, first.Events, want)
	}
	if first.Input != "in" || !strings.HasPrefix(first.Peer, "127.0.0.1:") || first.Received.IsZero() {
		t.Errorf("input: %+v", first)
	}
	if l := all.all()[0]; l.Kind != "syslog" || len(l.Events) != 1 || !strings.Contains(l.Events[0], `a <secret>`) || strings.Contains(l.Events[0], "hush") ||
		!strings.HasPrefix(l.Events[0], `{"time":`) {
		t.Errorf("input, normalized: %+v", l)
	}
	lines := out.all()
	if l := lines[0]; l.Output != "siem" || l.ID == "" || l.Dropped || len(l.Events) != 1 || strings.Contains(l.Events[0], "hush") {
		t.Errorf("output: %+v", l)
	}
	if l := lines[1]; !l.Dropped || !strings.Contains(l.Raw, "noise") || l.Events != nil {
		t.Errorf("a record that a rule drops: %+v", l)
	}
	if l := some.all()[0]; !strings.Contains(l.Raw, "noise") {
		t.Errorf("filter: %+v", l)
	}
	if l := other.all(); len(l) != 0 {
		t.Errorf("the filter finds a secret: %+v", l)
	}
	err := actions{s.Daemon}.Tail(t.Context(), status.TailQuery{Side: status.SideOutput, Name: "in"}, nil)
	if err == nil || relay.HintOf(err) != "there are: siem" {
		t.Errorf("no such output: %v, hint %q", err, relay.HintOf(err))
	}
}

// A watcher that takes nothing keeps no record from its way, and is told later how many it has not seen.
func TestSlowWatcherSlowsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	resume, shown, missed := make(chan struct{}), 0, 0
	var mu sync.Mutex
	ctx, cancel := context.WithCancel(context.Background())
	done, attached := make(chan error, 1), make(chan struct{})
	go func() {
		done <- actions{s.Daemon}.Tail(ctx, status.TailQuery{Side: status.SideInput}, func(l *status.TailLine) error {
			if l == nil {
				select {
				case <-attached:
				default:
					close(attached)
				}
				return nil
			}
			<-resume
			mu.Lock()
			defer mu.Unlock()
			if l.Missed > 0 {
				missed += int(l.Missed)
			} else {
				shown++
			}
			return nil
		})
	}()
	<-attached
	const n = 4 * maxTappedRecords
	c := s.dial(t, "in")
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "<13>1 - h a - - - %d\n", i)
	}
	if _, err := c.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	s.arrived(t, n)
	close(resume)
	until(t, "all accounted for", func() bool { mu.Lock(); defer mu.Unlock(); return shown+missed == n })
	if missed == 0 || shown == 0 || shown > 3*maxTappedRecords {
		t.Errorf("%d shown, %d missed", shown, missed)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if s.tap.watchers.Load() != nil {
		t.Error("the watcher was not detached")
	}
}

func TestTapBounds(t *testing.T) {
	t.Parallel()
	var p tap
	b := &relay.Batch{}
	b.Use(&relay.Origin{Input: "in"}, 0)
	b.Append(make([]byte, 2*maxTappedBytes), 1, 0)
	w := &watcher{side: status.SideInput, wake: make(chan struct{}, 1)}
	if err := p.attach(w); err != nil {
		t.Fatal(err)
	}
	put := func() {
		if err := (tappedSink{new(relaytest.Sink), &p, "in"}).Put(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	put()
	put()
	if list, missed := w.take(); len(list) != 1 || missed != 1 {
		t.Errorf("%d large records taken, %d missed; want 1 and 1", len(list), missed)
	}
	for range maxWatchers - 1 {
		if err := p.attach(&watcher{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.attach(&watcher{}); !errors.Is(err, errManyWatchers) {
		t.Errorf("one watcher too many: %v", err)
	}
}

// Not parallel: AllocsPerRun counts what others allocate too.
func TestTapCostsNothingUnwatched(t *testing.T) {
	var p tap
	if n := testing.AllocsPerRun(100, func() { p.watchersOf(status.SideInput, "in") }); n != 0 {
		t.Errorf("%g allocations with nobody watching", n)
	}
}
