package cef

import (
	"strings"

	"logrelay/relay"
)

// header is what stands between the bars.
type header struct {
	leef                               bool
	vendor, product, version, id, name string
	severity                           string
	delimiter                          byte // between pairs: ' ' means that keys tell, as in CEF
	at                                 int  // where the pairs begin
}

// Is reports whether line begins with a header of CEF or LEEF.
func Is(line []byte) bool { return begins(relay.View(line)) }

func begins(s string) bool {
	if len(s) < 8 || s[0] != 'C' && s[0] != 'L' {
		return false
	}
	return strings.HasPrefix(s, "CEF:") && s[4]-'0' <= 9 || strings.HasPrefix(s, "LEEF:") && s[5]-'0' <= 9
}

// readHeader reads the header of s. The values are as they stand, escapes included.
func readHeader(s string) (h header, fault relay.Fault) {
	h.leef = s[0] == 'L'
	fields, at := [7]string{}, 0
	count := 7
	if h.leef {
		count = 5
	}
	for i := range count {
		end := bar(s, at)
		if end < 0 {
			return h, relay.Fault{Reason: relay.FaultTruncated, Offset: len(s), Detail: "the header ends before its last bar"}
		}
		fields[i], at = s[at:end], end+1
	}
	h.vendor, h.product, h.version, h.id = fields[1], fields[2], fields[3], fields[4]
	h.at = at
	if !h.leef {
		h.name, h.severity, h.delimiter = fields[5], fields[6], ' '
		return h, relay.Fault{}
	}
	h.delimiter = '\t'
	if strings.HasPrefix(fields[0], "LEEF:2") {
		if end := bar(s, at); end >= 0 && end-at <= 6 {
			if d, ok := delimiter(s[at:end]); ok {
				h.delimiter, h.at = d, end+1
			}
		}
	}
	if strings.IndexByte(s[h.at:], h.delimiter) < 0 && strings.Count(s[h.at:], "=") > 1 {
		h.delimiter = ' '
	}
	return h, relay.Fault{}
}

// delimiter reads the field of LEEF 2.0: a character, or its number as x09 or 0x09; empty is a tab.
func delimiter(s string) (byte, bool) {
	switch {
	case s == "":
		return '\t', true
	case len(s) == 1:
		return s[0], true
	}
	s = strings.TrimPrefix(s, "0")
	if len(s) < 2 || len(s) > 5 || s[0]|0x20 != 'x' {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s[1:]) {
		switch {
		case c-'0' <= 9:
			n = n<<4 | int(c-'0')
		case c|0x20-'a' <= 5:
			n = n<<4 | int(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return byte(n), n > 0 && n < 128
}

// bar returns the place of the next bar of s from at that is not escaped, or -1.
func bar(s string, at int) int {
	for i := at; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '|':
			return i
		}
	}
	return -1
}

// severities maps CEF's numbers 0 to 10: 0 to 3 low, 4 to 6 medium, 7 and 8 high, 9 and 10 very high.
var severities = [...]relay.Severity{1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 6}

func severityOf(s string) relay.Severity {
	switch s {
	case "10":
		return relay.SeverityFatal
	case "Low":
		return relay.SeverityLow
	case "Medium":
		return relay.SeverityMedium
	case "High":
		return relay.SeverityHigh
	case "Very-High":
		return relay.SeverityCritical
	}
	if len(s) == 1 && s[0]-'0' <= 9 {
		return severities[s[0]-'0']
	}
	return relay.SeverityUnset
}
