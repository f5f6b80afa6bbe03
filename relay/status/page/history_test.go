package page

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay"
	"logrelay/relay/status"
)

var web, siem = subject{status.SideInput, "web"}, subject{status.SideOutput, "siem"}

// at is a relay that has received 100 records a second since the beginning, of which half are delivered, and refused one a second.
func at(begin time.Time, after time.Duration) status.Snapshot {
	n := uint64(after / time.Second)
	return status.Snapshot{
		Now: begin.Add(after), Ready: true,
		Inputs:  []status.Input{{Name: "web", Records: 100 * n, Rejected: n}},
		Outputs: []status.Output{{Name: "siem", Sum: status.NewSum(1000+100*n, 50*n, relay.Outcome{Delivered: 1000 + 50*n})}},
		Buffer:  status.Buffer{Bytes: 1000 * n, Quota: 10_000_000, Free: 1 << 40},
	}
}

func TestHistoryIsBoundedAndRight(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var h history
	const days = 2
	end := days * 24 * time.Hour
	for after := time.Duration(0); after <= end; after += fineEvery {
		h.add(at(begin, after))
	}
	hour, day := h.samples(subject{})
	if len(hour) != fineKept || cap(hour) > 2*fineKept || len(day) != coarseKept {
		t.Fatalf("%d samples of an hour, %d of a day", len(hour), len(day))
	}
	if first := hour[0].at; first != begin.Add(end-time.Hour+fineEvery) {
		t.Errorf("the hour begins at %s", first)
	}
	for _, s := range append(hour, day...) {
		if in, out, errors := perSecond(s.in, s.span), perSecond(s.out, s.span), perSecond(s.errors, s.span); in != 100 || out != 50 || errors != 1 {
			t.Fatalf("a sample: %+v", s)
		}
	}
	now := at(begin, end+3*time.Second)
	rate := h.rates(&now)
	if in, out := rate(what{seriesIn, web}), rate(what{seriesOut, siem}); in != 100 || out != 50 || rate(what{seriesIn, subject{status.SideInput, "other"}}) != 0 {
		t.Errorf("rates: %g in, %g out", in, out)
	}
	if g := h.growth(&now); g != 1000 {
		t.Errorf("the buffer grows by %g bytes a second", g)
	}
}

func TestHistoryOfCountersThatBeginAnew(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var h history
	h.add(at(begin, time.Hour))
	s := at(begin, 10*time.Second) // an input and output that were replaced
	s.Now = begin.Add(time.Hour + 10*time.Second)
	s.Outputs = append(s.Outputs, status.Output{Name: "new", Sum: status.NewSum(1e9, 0, relay.Outcome{Delivered: 1e9})})
	h.add(s)
	if hour, _ := h.samples(subject{}); len(hour) != 1 || hour[0].in != 0 || hour[0].out != 0 {
		t.Errorf("samples: %+v", hour)
	}
}

func TestFullIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		b      status.Buffer
		growth float64
		want   string
	}{
		{"quota", status.Buffer{Bytes: 400, Quota: 1000, Free: 1 << 40}, 5, "full in 2 min at this rate"},
		{"disk", status.Buffer{Bytes: 400, Quota: 1 << 40, Free: 3600 * 20, Reserve: 0}, 10, "full in 2 h 0 min at this rate"},
		{"shrinks", status.Buffer{Bytes: 400, Quota: 1000, Free: 1 << 40}, -5, "not filling"},
		{"full", status.Buffer{Bytes: 400, Quota: 1000, Free: 1 << 40, Full: true}, -5, "full now"},
		{"reserve", status.Buffer{Bytes: 400, Quota: 1000, Free: 5, Reserve: 10}, 5, "full now"},
		{"slow", status.Buffer{Bytes: 0, Quota: 1 << 50, Free: 1 << 50}, 1, "not within a year at this rate"},
	} {
		if got := fullIn(&status.Snapshot{Buffer: c.b}, c.growth); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestChartsSayWhatTheyShow(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var h history
	if c := h.charts(subject{})[0].Hour; c.Line != "" || c.Summary != "no figures yet" {
		t.Errorf("a chart of nothing: %+v", c)
	}
	for after := time.Duration(0); after <= time.Minute; after += fineEvery {
		h.add(at(begin, after))
	}
	rows := h.charts(subject{})
	in := rows[0].Hour
	if in.Summary != "now 100, highest 100 records/s at 12:00 UTC" || strings.Count(in.Line, ",") != 6 {
		t.Errorf("received: %+v", in)
	}
	if !strings.HasSuffix(in.Line, "600.0,4.0") || !strings.HasPrefix(in.Area, "591.7,100 ") {
		t.Errorf("drawn: %s | %s", in.Line, in.Area)
	}
	if lag := rows[2].Hour; lag.Summary != "now 3,000, highest 3,000 records at 12:01 UTC" {
		t.Errorf("lag: %s", lag.Summary)
	}
	if errors := rows[3].Day; errors.Summary != "now 60, highest 60 a minute at 12:01 UTC" {
		t.Errorf("errors of the day: %s", errors.Summary)
	}
}

// Each input and output has charts of its own, of what is of it, for as long as it is configured; how many is bounded.
func TestChartsOfOne(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var h history
	end := 2 * time.Hour
	for after := time.Duration(0); after <= end; after += fineEvery {
		s := at(begin, after)
		s.Inputs = append(s.Inputs, status.Input{Name: "other", Records: 7 * s.Inputs[0].Records})
		s.Outputs = append(s.Outputs, status.Output{Name: "quiet"})
		h.add(s)
	}
	said := func(of subject) (all []string) {
		for _, row := range h.charts(of) {
			all = append(all, row.Title+": "+strings.Split(row.Hour.Summary, " at ")[0])
		}
		return all
	}
	for of, want := range map[subject][]string{
		web:                         {"Received: now 100, highest 100 records/s", "Failed sends, refused requests, dead letters: now 60, highest 60 a minute"},
		{status.SideInput, "other"}: {"Received: now 700, highest 700 records/s", "Failed sends, refused requests, dead letters: now 0, highest 0 a minute"},
		siem:                        {"Delivered: now 50, highest 50 records/s", "Waiting: now 360,000, highest 360,000 records", "Failed sends, refused requests, dead letters: now 0, highest 0 a minute"},
		{}: {"Received: now 800, highest 800 records/s", "Delivered, all outputs: now 50, highest 50 records/s", "Waiting, all outputs: now 360,000, highest 360,000 records",
			"Failed sends, refused requests, dead letters: now 60, highest 60 a minute"},
	} {
		if diff := cmp.Diff(want, said(of)); diff != "" {
			t.Errorf("of %q (-want +got):\n%s", of, diff)
		}
	}
	if hour, day := h.samples(siem); len(hour) != fineKept || len(day) != int(end/fineEvery)/coarseOf {
		t.Errorf("%d samples of an hour, %d of a day", len(hour), len(day))
	}
	s := at(begin, end+fineEvery)
	for i := range 3 * maxCourses {
		s.Inputs = append(s.Inputs, status.Input{Name: fmt.Sprint("many", i)})
	}
	if h.add(s); len(h.of) != maxCourses || h.of[web] == nil || h.of[siem] == nil || h.of[subject{status.SideOutput, "quiet"}] != nil {
		t.Errorf("%d courses: %v", len(h.of), h.subjects())
	}
}

func TestLightsAreWordsToo(t *testing.T) {
	t.Parallel()
	red, amber := status.Problem{Health: status.Red}, status.Problem{Health: status.Amber}
	for _, c := range []struct {
		name  string
		in    status.Input
		found []status.Problem
		want  light
	}{
		{"receiving", status.Input{Records: 1}, nil, light{"good", "✓", "receiving"}},
		{"nothing yet", status.Input{}, nil, light{"none", "–", "nothing yet"}},
		{"amber", status.Input{Records: 1}, []status.Problem{amber}, light{"look", "!", "look at it"}},
		{"red wins", status.Input{Records: 1}, []status.Problem{amber, red, amber}, light{"bad", "✗", "needs you"}},
	} {
		if got := inputLight(&c.in, c.found); got != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	s := status.Snapshot{Ready: true, Health: status.Red, Outputs: []status.Output{{Name: "siem", Sum: status.Sum{Accepted: 2, Delivered: 1}}}}
	if l, text := headline(&s); l.Class != bad || !strings.Contains(text, "do NOT add up at output siem") {
		t.Errorf("%+v %s", l, text)
	}
	for want, s := range map[string]status.Snapshot{
		"": {Ready: true, Health: status.Green}, "Something needs you.": s, "Something wants to be looked at.": {Ready: true, Health: status.Amber},
		"Nothing is accepted at the moment.": {Health: status.Red},
	} {
		if got := need(&s); got.Word != want {
			t.Errorf("%q, want %q", got.Word, want)
		}
	}
}
