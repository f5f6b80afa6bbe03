package main

import (
	"strings"
	"time"
)

// trendLength is how many values a trend shows.
const trendLength = 30

// trend is the course of a counter's rate: as many values as there were, at most trendLength.
type trend struct {
	rates []float64 // a second, oldest first
	at    time.Time
	last  uint64
}

// add takes a value of the counter at a time. A counter that began again counts from 0.
func (t *trend) add(at time.Time, n uint64) {
	if took := at.Sub(t.at).Seconds(); !t.at.IsZero() && took > 0 {
		before := t.last
		if n < before {
			before = 0
		}
		if len(t.rates) == trendLength {
			t.rates = append(t.rates[:0], t.rates[1:]...)
		}
		t.rates = append(t.rates, float64(n-before)/took)
	}
	t.at, t.last = at, n
}

// String draws the rates as blocks, the highest as a full one. It is always trendLength runes wide.
func (t *trend) String() string {
	blocks := []rune(" ▁▂▃▄▅▆▇█")
	top := 0.0
	for _, r := range t.rates {
		top = max(top, r)
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", trendLength-len(t.rates)))
	for _, r := range t.rates {
		i := 0
		if r > 0 {
			i = max(1, int(r/top*float64(len(blocks)-1)))
		}
		b.WriteRune(blocks[i])
	}
	return b.String()
}

// bar draws a share of 100 as a line of blocks.
func bar(percent float64) string {
	const wide = 20
	n := min(max(int(percent*wide/100+0.5), 0), wide)
	return strings.Repeat("█", n) + strings.Repeat("░", wide-n)
}
