package page

import (
	"fmt"
	"html/template"
	"strconv"
	"time"
)

// words are the functions of the templates.
var words = template.FuncMap{
	"count": grouped, "size": size, "figure": figure, "span": span, "seconds": func(s float64) string { return span(time.Duration(s * float64(time.Second))) },
	"ago":   func(now time.Time, t *time.Time) string { return span(now.Sub(*t)) + " ago" },
	"stamp": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
	"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"link": func(here, path, text string) any {
		return struct {
			Path, Text string
			Here       bool
		}{path, text, here == path}
	},
	"clock": func(t time.Time) string { return t.UTC().Format("15:04") },
}

// grouped writes 1234567 as 1,234,567.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// figure writes a number with as many places as matter.
func figure(f float64) string {
	switch {
	case f <= 0:
		return "0"
	case f < 0.1:
		return "< 0.1"
	case f < 10:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return grouped(uint64(f + 0.5))
}

// size writes bytes in powers of 1024.
func size(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f /= 1024
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

// span writes a duration in its largest unit, and in two where that is not enough.
func span(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}
