package jsondoc

import (
	"math"
	"strconv"
	"time"
)

// ParseTime reads the times that JSON logs hold, without quotes, into nanoseconds since 1970 UTC: RFC 3339 and its relatives (a
// blank for the T, no zone, which means UTC, a zone without a colon), the basic form of ISO 8601 in UTC (20261121T091532Z), and seconds, milliseconds, microseconds or nanoseconds since
// 1970. It reports false for what is none of these and for years outside of 1678 to 2261.
func ParseTime(s string) (int64, bool) {
	if len(s) == 0 || len(s) > 40 {
		return 0, false
	}
	if len(s) >= 19 && s[4] == '-' {
		if ns, ok := parseUTC(s); ok {
			return ns, true
		}
		return parseText(s)
	}
	if len(s) == len(basic) && s[8] == 'T' {
		t, err := time.Parse(basic, s)
		return t.UnixNano(), err == nil && t.Year() >= 1678 && t.Year() <= 2261
	}
	return parseEpoch(s)
}

// parseUTC reads the form that nearly all logs have, 2026-11-21T09:15:32Z with or without a fraction of the second, in half of the time that
// parseText takes. It leaves to that what is out of the ordinary: the last days of months too, of which not all exist.
func parseUTC(s string) (int64, bool) {
	if len(s) < 20 || len(s) > 30 || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[len(s)-1] != 'Z' {
		return 0, false
	}
	year, month, day := number(s[:4]), number(s[5:7]), number(s[8:10])
	hour, minute, second, nano := number(s[11:13]), number(s[14:16]), number(s[17:19]), 0
	if fraction := s[19 : len(s)-1]; fraction != "" {
		if fraction[0] != '.' || len(fraction) == 1 {
			return 0, false
		}
		nano = number(fraction[1:])
		for range 10 - len(fraction) {
			nano *= 10
		}
	}
	if year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59 || hour|minute|second|nano < 0 {
		return 0, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, nano, time.UTC).UnixNano(), true
}

// number reads a few digits and nothing else; negative when there is anything else.
func number(s string) int {
	n, rest, ok := digits(s)
	if !ok || rest != "" {
		return -1
	}
	return int(n)
}

var layouts = [...]string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00"}

// basic is the form of times in which old events of CloudTrail say when a session began.
const basic = "20060102T150405Z"

func parseText(s string) (int64, bool) {
	for _, l := range layouts {
		if l[10] != s[10] || !fits(l, s) {
			continue
		}
		if t, err := time.Parse(l, s); err == nil && t.Year() >= 1678 && t.Year() <= 2261 {
			return t.UnixNano(), true
		}
	}
	return 0, false
}

// fits tells apart layouts by their zone, so that time.Parse, whose errors allocate, fails only for times that are none.
func fits(layout, s string) bool {
	zone := s[19:]
	for len(zone) > 0 && (zone[0] == '.' || zone[0] == ',' || zone[0]-'0' <= 9) {
		zone = zone[1:]
	}
	switch layout[19:] {
	case "":
		return zone == ""
	case "Z0700":
		return len(zone) == 5
	case "Z07:00":
		return zone == "Z" || len(zone) == 6
	}
	return zone == "Z" || len(zone) == 6
}

// parseEpoch reads seconds, milliseconds, microseconds or nanoseconds since 1970, with or without a fraction: the unit is the one that puts
// the time between 1973 and 2262.
func parseEpoch(s string) (int64, bool) {
	whole, rest, ok := digits(s)
	if !ok {
		return 0, false
	}
	var billionths int64
	if rest != "" {
		if rest[0] != '.' {
			return 0, false
		}
		fraction := rest[1:min(len(rest), 10)]
		n, more, ok := digits(fraction)
		if !ok || more != "" {
			return 0, false
		}
		for range 9 - len(fraction) {
			n *= 10
		}
		billionths = n
	}
	for _, unit := range [...]int64{1e9, 1e6, 1e3, 1} {
		if whole >= 1e17/unit && whole < math.MaxInt64/unit {
			return whole*unit + billionths/(1e9/unit), true
		}
	}
	return 0, false
}

// digits reads a decimal number of at most 19 digits off s.
func digits(s string) (n int64, rest string, ok bool) {
	i := 0
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		if i == 18 {
			return parseLong(s)
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, s[i:], i > 0
}

// parseLong is digits for a number of 19 digits without anything after it: nanoseconds.
func parseLong(s string) (int64, string, bool) {
	if len(s) != 19 {
		return 0, "", false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, "", err == nil
}
