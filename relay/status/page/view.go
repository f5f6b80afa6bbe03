package page

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"logrelay/relay/status"
)

// mark signs and words of a line's state, so that colour is never alone.
const (
	good = "good"
	look = "look" // amber
	bad  = "bad"
	none = "none" // nothing has happened yet
)

// light is a line's state: a class of the style sheet, a sign, and the word that a screen reader says.
type light struct{ Class, Sign, Word string }

func lightOf(class, word string) light {
	return light{class, map[string]string{good: "✓", look: "!", bad: "✗", none: "–"}[class], word}
}

type inputRow struct {
	*status.Input
	Light    light
	Rate     float64
	Problems []status.Problem
}

type outputRow struct {
	*status.Output
	Light    light
	Rate     float64
	Problems []status.Problem
}

// Lag says how long the oldest waiting record has waited.
func (o outputRow) Lag() string { return span(time.Duration(o.WaitingFor * float64(time.Second))) }

// StateFor says for how long the output has been in its state.
func (o outputRow) StateFor(now time.Time) string {
	if o.Since == nil {
		return ""
	}
	return span(now.Sub(*o.Since))
}

// view is what the status page shows of one moment.
type view struct {
	frame
	status.Snapshot
	Sum      light
	Headline string // read aloud when it changes: without numbers
	Need     light  // whether somebody is needed; its word is "" when nobody is
	Now      time.Time
	Up       string
	InRows   []inputRow
	OutRows  []outputRow
	FullIn   string
	Of       string   // what the charts are of; "" is the relay
	Subjects []string // that they could be of
	Charts   []chartRow
}

// view makes it of what the visitor may see, with the charts of a subject.
func (p *Page) view(v visitor, of string) *view {
	s := p.o.Snapshot()
	rate, full := p.history.rates(&s), fullIn(&s, p.history.growth(&s))
	if !v.loggedIn() {
		s = s.Public()
	}
	f := p.frame(v, "Status", "/")
	f.Reload = 10
	w := &view{frame: f, Snapshot: s, Now: s.Now, Up: span(s.Now.Sub(s.Started)), FullIn: full}
	w.chart(&p.history, of)
	w.Sum, w.Headline = headline(&s)
	w.Need = need(&s)
	problems := map[string][]status.Problem{}
	for _, pr := range s.Problems {
		problems[pr.Where] = append(problems[pr.Where], pr)
	}
	for i := range s.Inputs {
		in := &s.Inputs[i]
		found := problems["input "+in.Name]
		w.InRows = append(w.InRows, inputRow{in, inputLight(in, found), rate(what{seriesIn, subject{status.SideInput, in.Name}}), found})
	}
	for i := range s.Outputs {
		out := &s.Outputs[i]
		found := problems["output "+out.Name]
		w.OutRows = append(w.OutRows, outputRow{out, outputLight(out, found), rate(what{seriesOut, subject{status.SideOutput, out.Name}}), found})
	}
	return w
}

// chart draws what is asked for; where there is no such thing, the relay.
func (w *view) chart(h *history, of string) {
	var chosen subject
	for _, one := range h.subjects() {
		name := one.String()
		if w.Subjects = append(w.Subjects, name); name == of {
			chosen = one
		}
	}
	w.Of, w.Charts = chosen.String(), h.charts(chosen)
}

// Events is where the changes of this page come from.
func (w *view) Events() string {
	if w.Of == "" {
		return "/events"
	}
	return "/events?" + url.Values{"of": {w.Of}}.Encode()
}

func inputLight(in *status.Input, found []status.Problem) light {
	quiet := lightOf(good, "receiving")
	if in.Records == 0 {
		quiet = lightOf(none, "nothing yet")
	}
	return worst(found, quiet)
}

// outputLight has the state for its word. One that retries is looked at before it is a problem.
func outputLight(out *status.Output, found []status.Problem) light {
	quiet := lightOf(good, out.State)
	switch out.State {
	case "retrying":
		quiet = lightOf(look, out.State)
	case "needs you":
		quiet = lightOf(bad, out.State)
	}
	return worst(found, quiet)
}

// worst is the light of the worst of the problems, else the quiet one.
func worst(found []status.Problem, quiet light) light {
	l := quiet
	for _, pr := range found {
		if pr.Health == status.Red {
			return lightOf(bad, "needs you")
		}
		if l.Class != bad {
			l = lightOf(look, "look at it")
		}
	}
	return l
}

// headline is one sentence on whether all adds up.
func headline(s *status.Snapshot) (light, string) {
	sum, text := lightOf(good, "adds up"), "The sums add up: every record that was received is accounted for."
	for i := range s.Outputs {
		if !s.Outputs[i].Sum.AddsUp {
			sum, text = lightOf(bad, "does not add up"), "The sums do NOT add up at output "+s.Outputs[i].Name+"."
		}
	}
	return sum, text
}

func need(s *status.Snapshot) light {
	switch {
	case !s.Ready:
		return lightOf(bad, "Nothing is accepted at the moment.")
	case s.Health == status.Red:
		return lightOf(bad, "Something needs you.")
	case s.Health == status.Amber:
		return lightOf(look, "Something wants to be looked at.")
	}
	return light{}
}

// fullIn says when the buffer is full if it goes on growing as it did in the last minutes.
func fullIn(s *status.Snapshot, growth float64) string {
	b := &s.Buffer
	switch room := min(int64(b.Quota)-int64(b.Bytes), int64(b.Free)-int64(b.Reserve)); { // #nosec G115 -- sizes of disks
	case b.Full || room <= 0:
		return "full now"
	case growth < 1:
		return "not filling"
	default:
		seconds := float64(room) / growth
		if seconds > 365*24*3600 {
			return "not within a year at this rate"
		}
		return fmt.Sprintf("full in %s at this rate", span(time.Duration(seconds*float64(time.Second))))
	}
}

func (p *Page) status(w http.ResponseWriter, r *http.Request, v visitor) {
	p.show(w, http.StatusOK, "status.html", p.view(v, r.URL.Query().Get("of")))
}
