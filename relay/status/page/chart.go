package page

import (
	"fmt"
	"strings"
	"time"

	"logrelay/relay/status"
)

// Size of a drawing, in its own units.
const (
	chartWidth  = 600
	chartHeight = 100
	chartTop    = 4 // the highest value is this far below the edge
)

// chart is one drawing. What it shows stands in Summary too, for who cannot see it.
type chart struct {
	ID      string
	Window  string // "last hour"
	Summary string
	Line    string // of a polyline, and Area below it
	Area    string
	To      time.Time
}

// plot is one kind of chart. side says of what it is beside the relay: of inputs, of outputs, or, where it is empty, of both.
type plot struct {
	id, title, all, unit string // all is added to the title where it is of the relay
	side                 status.Side
	value                func(s *sample) float64
}

// plots are the charts that there are, each of an hour and of a day.
var plots = []plot{
	{"in", "Received", "", "records/s", status.SideInput, func(s *sample) float64 { return perSecond(s.in, s.span) }},
	{"out", "Delivered", ", all outputs", "records/s", status.SideOutput, func(s *sample) float64 { return perSecond(s.out, s.span) }},
	{"lag", "Waiting", ", all outputs", "records", status.SideOutput, func(s *sample) float64 { return float64(s.waiting) }},
	{"errors", "Failed sends, refused requests, dead letters", "", "a minute", "", func(s *sample) float64 { return 60 * perSecond(s.errors, s.span) }},
}

func perSecond(n uint64, span time.Duration) float64 {
	if span <= 0 {
		return 0
	}
	return float64(n) / span.Seconds()
}

// draw makes one chart of what happened in the window before now.
func (pl *plot) draw(id string, samples []sample, window time.Duration, now time.Time) chart {
	c, from := chart{ID: id, Window: "Last hour", To: now}, now.Add(-window)
	if window > time.Hour {
		c.Window = "Last day"
	}
	most, last, when, n := 0.0, 0.0, now, 0
	for i := range samples {
		if s := &samples[i]; s.at.After(from) {
			n++
			if last = pl.value(s); last > most {
				most, when = last, s.at
			}
		}
	}
	if n == 0 {
		c.Summary = "no figures yet"
		return c
	}
	c.Summary = fmt.Sprintf("now %s, highest %s %s", figure(last), figure(most), pl.unit)
	if most > 0 {
		c.Summary += " at " + when.UTC().Format("15:04") + " UTC"
	}
	var line strings.Builder
	first, x := 0.0, 0.0
	for i := range samples {
		s := &samples[i]
		if !s.at.After(from) {
			continue
		}
		x = chartWidth * (1 - now.Sub(s.at).Seconds()/window.Seconds())
		if line.Len() == 0 {
			first = x
		}
		y := float64(chartHeight)
		if most > 0 {
			y -= (chartHeight - chartTop) * pl.value(s) / most
		}
		fmt.Fprintf(&line, "%.1f,%.1f ", x, y)
	}
	c.Line = strings.TrimSuffix(line.String(), " ")
	c.Area = fmt.Sprintf("%.1f,%d %s %.1f,%d", first, chartHeight, c.Line, x, chartHeight)
	return c
}

// chartRow is one kind of chart over an hour and over a day.
type chartRow struct {
	Title     string
	Hour, Day chart
}

// charts draws all that there are of a subject, as of the newest sample: between two samples they stay the same.
func (h *history) charts(of subject) []chartRow {
	hour, day := h.samples(of)
	now := time.Time{}
	if len(hour) > 0 {
		now = hour[len(hour)-1].at
	}
	rows := make([]chartRow, 0, len(plots))
	for i := range plots {
		pl := &plots[i]
		title := pl.title
		switch of.side {
		case "":
			title += pl.all
		case pl.side:
		default:
			if pl.side != "" {
				continue
			}
		}
		rows = append(rows, chartRow{title, pl.draw(pl.id+"-hour", hour, time.Hour, now), pl.draw(pl.id+"-day", day, 24*time.Hour, now)})
	}
	return rows
}
