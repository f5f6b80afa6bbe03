package eks

import (
	"bytes"
	"strings"
	"time"

	"logrelay/relay"
)

// IsKlog reports whether a line has the header of klog: Lmmdd hh:mm:ss.uuuuuu thread file:line] text.
func IsKlog(line []byte) bool {
	const shape = "L0000 00:00:00.000000 "
	if len(line) < len(shape)+6 {
		return false
	}
	for i := range len(shape) {
		switch c := line[i]; shape[i] {
		case 'L':
			if c != 'I' && c != 'W' && c != 'E' && c != 'F' {
				return false
			}
		case '0':
			if c-'0' > 9 {
				return false
			}
		default:
			if c != shape[i] {
				return false
			}
		}
	}
	rest := bytes.TrimLeft(line[len(shape):], " ")
	n := 0
	for n < len(rest) && rest[n]-'0' <= 9 {
		n++
	}
	if n == 0 || n == len(rest) || rest[n] != ' ' {
		return false
	}
	place, _, ok := bytes.Cut(rest[n+1:], []byte("]"))
	return ok && bytes.IndexByte(place, ':') > 0 && bytes.IndexByte(place, ' ') < 0
}

// klog reads a line of which IsKlog is true.
func (p *Parser) klog(es *relay.Events, e *relay.Event, line string) *relay.Message {
	m := es.Message()
	switch line[0] {
	case 'I':
		m.Level, m.Severity = "info", relay.SeverityInformational
	case 'W':
		m.Level, m.Severity = "warning", relay.SeverityMedium
	case 'E':
		m.Level, m.Severity = "error", relay.SeverityHigh
	case 'F':
		m.Level, m.Severity = "fatal", relay.SeverityFatal
	}
	const stamp = len("L0000 00:00:00.000000")
	m.TimeText = line[1:stamp]
	if t, ok := yearless(m.TimeText, e.Record.Received); ok {
		e.Time = t
	} // else the time of receipt stands, and TimeText says what the line had
	rest := strings.TrimLeft(line[stamp:], " ")
	m.ProcID, rest, _ = strings.Cut(rest, " ")
	place, text, _ := strings.Cut(rest, "]")
	p.rest.Keep("source", place)
	m.Text = strings.TrimPrefix(text, " ")
	return m
}

// yearless reads mmdd hh:mm:ss.uuuuuu, UTC, with the year that puts it nearest before received, or at most a day after.
func yearless(s string, received int64) (int64, bool) {
	ref := time.Unix(0, received).UTC()
	month, day := number(s[0:2]), number(s[2:4])
	hour, minute, second := number(s[5:7]), number(s[8:10]), number(s[11:13])
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	for year := ref.Year() + 1; year >= ref.Year()-8; year-- {
		t := time.Date(year, time.Month(month), day, hour, minute, second, number(s[14:20])*1000, time.UTC)
		if t.Month() == time.Month(month) && t.Sub(ref) <= 24*time.Hour { // 29 February is not in every year
			return t.UnixNano(), true
		}
	}
	return 0, false
}

func number(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}
