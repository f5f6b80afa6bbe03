package syslogmsg

import "time"

// civil is a time as it is written. A year of 0 and an unknown offset are to be filled in.
type civil struct {
	year, month, day, hour, min, sec, nano int
	offset                                 int // seconds east of UTC
	zoned                                  bool
	epoch                                  int64 // nanoseconds since 1970 UTC; the rest is unused when it is set
}

// unix resolves t to nanoseconds since 1970 UTC. A missing year is the one that puts the time nearest to received and not after it by
// more than a day; 29 February is looked for in leap years. False: there is no such day, or nanoseconds cannot express it.
func (t *civil) unix(loc *time.Location, received int64) (int64, bool) {
	if t.epoch != 0 {
		return t.epoch, true
	}
	if !t.exists() {
		return 0, false
	}
	if t.year != 0 {
		if t.year < 1678 || t.year > 2261 {
			return 0, false
		}
		return t.at(t.year, loc), true
	}
	const day = int64(24 * time.Hour)
	now := time.Unix(0, received).UTC().Year()
	best, found := int64(0), false
	for year := min(now+1, 2261); year >= now-8 && year >= 1678; year-- {
		if t.day > daysIn(t.month, year) {
			continue
		}
		ns := t.at(year, loc)
		if ns-received > day {
			continue
		}
		if !found || received-ns < abs(best-received) {
			best, found = ns, true
		}
		if ns < received {
			break // earlier years are farther away
		}
	}
	return best, found
}

// exists reports whether the calendar has such a day and the clock such a time.
func (t *civil) exists() bool {
	if t.month < 1 || t.month > 12 || t.day < 1 || t.hour > 23 || t.min > 59 || t.sec > 60 {
		return false
	}
	return t.year == 0 && t.day <= 31 || t.day <= daysIn(t.month, t.year)
}

func abs(n int64) int64 { return max(n, -n) }

func (t *civil) at(year int, loc *time.Location) int64 {
	if !t.zoned && loc != time.UTC {
		return time.Date(year, time.Month(t.month), t.day, t.hour, t.min, t.sec, t.nano, loc).UnixNano()
	}
	s := daysSince1970(year, t.month, t.day)*86400 + int64(t.hour*3600+t.min*60+t.sec-t.offset)
	return s*1e9 + int64(t.nano)
}

// daysSince1970 counts in eras of 400 years that begin on 1 March, so that leap days end the years.
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	yoe := year - era*400
	doy := (153*(month-3)+2)/5 + day - 1
	return int64(era)*146097 + int64(yoe*365+yoe/4-yoe/100+doy) - 719468
}

func daysIn(month, year int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// num reads exactly n digits at i.
func num(s string, i, n int) (int, bool) {
	if i+n > len(s) {
		return 0, false
	}
	v := 0
	for _, c := range []byte(s[i : i+n]) {
		if c-'0' > 9 {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

// clock reads hh:mm:ss and a fraction after "." or "," and returns what follows.
func (t *civil) clock(s string) (rest string, ok bool) {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return s, false
	}
	var a, b, c bool
	t.hour, a = num(s, 0, 2)
	t.min, b = num(s, 3, 2)
	t.sec, c = num(s, 6, 2)
	if !a || !b || !c {
		return s, false
	}
	s = s[8:]
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || s[1]-'0' > 9 {
		return s, true
	}
	i, unit := 1, 100_000_000
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		t.nano += int(s[i]-'0') * unit
		unit /= 10
	}
	return s[i:], true
}

// isoTime reads 2026-11-21T09:15:32 with fraction and zone; the T may be a blank, the zone may be missing. It returns the text of the time and
// what follows.
func isoTime(s string) (t civil, text, rest string, ok bool) {
	if len(s) < 19 || s[4] != '-' || s[7] != '-' || s[10] != 'T' && s[10] != 't' && s[10] != ' ' {
		return t, "", s, false
	}
	var a, b, c bool
	t.year, a = num(s, 0, 4)
	t.month, b = num(s, 5, 2)
	t.day, c = num(s, 8, 2)
	if !a || !b || !c {
		return t, "", s, false
	}
	if t.year == 0 {
		t.year = 400 // 0 would mean that it is missing; 0400 is as far out of range and has the same days
	}
	if rest, ok = t.clock(s[11:]); !ok {
		return t, "", s, false
	}
	rest = t.numericZone(rest)
	return t, s[:len(s)-len(rest)], rest, true
}

// numericZone reads Z, +hh:mm, +hhmm or nothing.
func (t *civil) numericZone(s string) (rest string) {
	if s == "" {
		return s
	}
	switch s[0] {
	case 'Z', 'z':
		t.zoned = true
		return s[1:]
	case '+', '-':
		h, ok := num(s, 1, 2)
		at := 3
		if ok && at < len(s) && s[at] == ':' {
			at++
		}
		m, ok2 := num(s, at, 2)
		if !ok || !ok2 || h > 23 || m > 59 {
			return s
		}
		t.zoned, t.offset = true, h*3600+m*60
		if s[0] == '-' {
			t.offset = -t.offset
		}
		return s[at+2:]
	}
	return s
}

// epochTime reads seconds since 1970 with or without a fraction, or milliseconds, before a blank.
func epochTime(s string) (t civil, text, rest string, ok bool) {
	text, rest = cut(s)
	n, i := int64(0), 0
	for ; i < len(text) && i < 14 && text[i]-'0' <= 9; i++ {
		n = n*10 + int64(text[i]-'0')
	}
	switch {
	case i == 13 && len(text) == 13:
		t.epoch = n * 1e6
		return t, text, rest, true
	case (i == 9 || i == 10) && n < 9_200_000_000 && n > 0:
		t.epoch = n * 1e9
		if i == len(text) {
			return t, text, rest, true
		}
		if text[i] != '.' || i+1 == len(text) {
			return t, "", s, false
		}
		unit := int64(100_000_000)
		for i++; i < len(text); i++ {
			if text[i]-'0' > 9 {
				return t, "", s, false
			}
			t.epoch += int64(text[i]-'0') * unit
			unit /= 10
		}
		return t, text, rest, true
	}
	return t, "", s, false
}
