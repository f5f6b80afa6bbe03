package field

import (
	"strings"
	"time"
)

// zones are the abbreviations that senders write and that mean one thing, in hours east of UTC.
var zones = map[string]int{
	"UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}

// Zone returns what an abbreviation of a time zone means, in seconds east of UTC. False: it is unknown, or means several.
func Zone(name string) (seconds int, ok bool) {
	hours, ok := zones[name]
	return hours * 3600, ok
}

// Stamp reads Mmm dd [yyyy] hh:mm:ss[.fraction] [zone], as nanoseconds since 1970 UTC. A missing zone is loc. A missing year is the one that puts the time nearest to
// received and not after it by more than a day. False: there is no such time, or nobody knows what the zone means.
func Stamp(s string, loc *time.Location, received int64) (int64, bool) {
	if len(s) < 14 || s[3] != ' ' {
		return 0, false
	}
	month := Month(s[:3])
	word, rest, _ := strings.Cut(strings.TrimLeft(s[4:], " "), " ")
	day := digits(word)
	if month < 0 || word == "" || len(word) > 2 {
		return 0, false
	}
	clock, zone, _ := strings.Cut(rest, " ")
	year := 0
	if len(clock) == 4 {
		year = digits(clock)
		clock, zone, _ = strings.Cut(zone, " ")
	}
	var offset int64
	if zone != "" {
		seconds, known := Zone(zone)
		offset, loc = int64(seconds)*int64(time.Second), time.UTC
		if !known {
			if offset, known = Offset(zone); !known {
				return 0, false
			}
		}
	}
	if year != 0 {
		ns, ok := At(year, month, day, clock, loc)
		return ns - offset, ok
	}
	last := time.Unix(0, received).UTC().Year() + 1
	for year = last; year > last-10; year-- { // 29 February may be as far away
		if ns, ok := At(year, month, day, clock, loc); ok && ns-offset-received <= int64(24*time.Hour) {
			return ns - offset, true
		}
	}
	return 0, false
}
