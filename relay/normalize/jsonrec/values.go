package jsonrec

import (
	"math"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"logrelay/relay"
)

// parseTime reads a time as it stands in JSON, without quotes, into nanoseconds since 1970 UTC.
func parseTime(v []byte) (int64, bool) {
	if len(v) == 0 || len(v) > 40 {
		return 0, false
	}
	s := relay.View(v)
	if len(s) >= 19 && s[4] == '-' {
		return parseText(s)
	}
	return parseEpoch(s)
}

var layouts = [...]string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00"}

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

// appendUnescaped appends the text of a valid JSON string, given without quotes, and reports whether it differs from s.
// A surrogate without its other half becomes U+FFFD.
func appendUnescaped(dst, s []byte) ([]byte, bool) {
	changed := false
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			dst = append(dst, s[i])
			continue
		}
		changed = true
		i++
		switch s[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hex4(s[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				if i+6 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
					if pair := utf16.DecodeRune(r, hex4(s[i+3:])); pair != utf8.RuneError {
						dst = utf8.AppendRune(dst, pair)
						i += 6
						continue
					}
				}
				r = utf8.RuneError
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, s[i])
		}
	}
	return dst, changed
}

func hex4(s []byte) rune {
	return unhex(s[0])<<12 | unhex(s[1])<<8 | unhex(s[2])<<4 | unhex(s[3])
}
