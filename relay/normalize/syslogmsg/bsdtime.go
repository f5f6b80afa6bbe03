package syslogmsg

import "logrelay/relay/normalize/field"

// months and weekdays in the order of the calendar, three letters each.
const (
	months   = "janfebmaraprmayjunjulaugsepoctnovdec"
	weekdays = "monduetuewedthufrisatsun"
)

// three returns the place of the first three letters of s in names, from 1; 0 when they are none.
func three(s, names string) int {
	if len(s) < 4 {
		return 0
	}
	for i := 0; i < len(names); i += 3 {
		if s[0]|0x20 == names[i] && s[1]|0x20 == names[i+1] && s[2]|0x20 == names[i+2] {
			return i/3 + 1
		}
	}
	return 0
}

// bsdTime reads [Www ][yyyy ]Mmm dd [yyyy ]hh:mm:ss[.fff][ yyyy][ ZONE]. It returns the text of the time and what follows.
func bsdTime(s string) (t civil, text, rest string, ok bool) {
	rest = s
	weekday := three(rest, weekdays) > 0 && rest[3] == ' '
	if weekday {
		rest = skipBlanks(rest[3:])
	}
	if y, ok := num(rest, 0, 4); ok && len(rest) > 5 && rest[4] == ' ' {
		t.year, rest = y, skipBlanks(rest[4:])
	}
	if t.month = three(rest, months); t.month == 0 || rest[3] != ' ' {
		return t, "", s, false
	}
	rest = skipBlanks(rest[3:])
	n := 0
	for n < len(rest) && n < 2 && rest[n]-'0' <= 9 {
		t.day = t.day*10 + int(rest[n]-'0')
		n++
	}
	if n == 0 || n == len(rest) || rest[n] != ' ' {
		return t, "", s, false
	}
	rest = skipBlanks(rest[n:])
	if y, ok := num(rest, 0, 4); ok && len(rest) > 5 && rest[4] == ' ' && t.year == 0 {
		t.year, rest = y, skipBlanks(rest[4:])
	}
	if rest, ok = t.clock(rest); !ok {
		return t, "", s, false
	}
	if len(rest) >= 5 && rest[0] == ' ' && t.year == 0 {
		if y, ok := num(rest, 1, 4); ok && y >= 1990 && y < 2100 && (len(rest) == 5 || rest[5] == ' ') {
			t.year, rest = y, rest[5:]
		}
	}
	rest = t.namedZone(rest)
	return t, s[:len(s)-len(rest)], rest, true
}

// namedZone reads a zone after a blank: a known abbreviation before a blank or colon, an offset before a blank, or any abbreviation before
// ": %", as Cisco writes; what that means, the configuration knows.
func (t *civil) namedZone(s string) (rest string) {
	if len(s) < 3 || s[0] != ' ' {
		return s
	}
	n := 1
	for n < len(s) && s[n]-'A' <= 25 && n <= 6 {
		n++
	}
	if n == 1 {
		if rest = t.numericZone(s[1:]); rest != "" && rest[0] == ' ' && t.zoned {
			return rest
		}
		t.zoned, t.offset = false, 0
		return s
	}
	name, rest := s[1:n], s[n:]
	offset, known := field.Zone(name)
	switch {
	case known && (rest == "" || rest[0] == ' ' || rest[0] == ':'):
		t.zoned, t.offset = true, offset
		return rest
	case n > 2 && len(rest) > 2 && (rest[:3] == ": %" || len(rest) > 3 && rest[:4] == " : %"):
		return rest
	}
	return s
}
