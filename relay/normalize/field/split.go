package field

import (
	"strings"

	"logrelay/relay"
)

// Quoted cuts s at runs of blanks into at most limit fields and appends them to dst. A field in double quotes may hold blanks: it ends at a quote before a blank
// or the end, and not at one after a backslash. A field in brackets may hold blanks too. Quotes and brackets are not part of the field; a quoted field keeps its escapes: see
// Unescape. A quote that never ends makes ok false.
func Quoted(dst []string, s string, limit int) (fields []string, ok bool) {
	for {
		for s != "" && s[0] == ' ' {
			s = s[1:]
		}
		if s == "" {
			return dst, true
		}
		if len(dst) == limit {
			return append(dst, s), true
		}
		end, from := 0, 0
		switch s[0] {
		case '"':
			if end = closing(s); end < 0 {
				return dst, false
			}
			from = 1
		case '[':
			if i := strings.IndexByte(s, ']'); i > 0 && (i+1 == len(s) || s[i+1] == ' ') {
				end, from = i, 1
				break
			}
			fallthrough
		default:
			if end = strings.IndexByte(s, ' '); end < 0 {
				return append(dst, s), true
			}
		}
		dst = append(dst, s[from:end])
		s = s[end:]
		if from == 1 {
			s = s[1:]
		}
	}
}

// closing returns where the field that begins with a quote ends.
func closing(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '"' && (i+1 == len(s) || s[i+1] == ' '):
			return i
		}
	}
	return -1
}

// CSV cuts s at commas into at most limit fields and appends them to dst. A field in double quotes may hold commas, and two quotes for one (RFC 4180 section 2);
// these fields are copied into es where they do. A quote that never ends takes the remainder of the line. What is beyond limit comes as one field more, uncut.
func CSV(dst []string, es *relay.Events, s string, limit int) []string {
	for {
		if len(dst) == limit {
			return append(dst, s)
		}
		if s == "" || s[0] != '"' {
			i := strings.IndexByte(s, ',')
			if i < 0 {
				return append(dst, s)
			}
			dst, s = append(dst, s[:i]), s[i+1:]
			continue
		}
		i, doubled := 1, false
		for ; i < len(s); i++ {
			if s[i] != '"' {
				continue
			}
			if i+1 == len(s) || s[i+1] != '"' {
				break
			}
			i, doubled = i+1, true
		}
		f := s[1:min(i, len(s))]
		if doubled {
			f = undouble(es, f)
		}
		dst = append(dst, f)
		s = s[min(i+1, len(s)):]
		if s == "" {
			return dst
		}
		if s[0] != ',' { // bytes after the closing quote: a field of its own rather than lost
			continue
		}
		s = s[1:]
	}
}

func undouble(es *relay.Events, s string) string {
	b := make([]byte, 0, 512)
	for i := 0; i < len(s); i++ {
		b = append(b, s[i])
		if s[i] == '"' {
			i++
		}
	}
	return es.Text(b)
}

// Unescape copies s into es with \xHH, \" and \\ resolved, where it has any.
func Unescape(es *relay.Events, s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, 512)
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			switch c := s[i+1]; {
			case c == '"' || c == '\\':
				i++
			case c == 'x' && i+3 < len(s) && hex(s[i+2]) >= 0 && hex(s[i+3]) >= 0:
				b = append(b, byte(hex(s[i+2])<<4|hex(s[i+3])))
				i += 3
				continue
			}
		}
		b = append(b, s[i])
	}
	return es.Text(b)
}

// Percent copies s into es with %HH resolved, where it has any.
func Percent(es *relay.Events, s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, 512)
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0 {
			b = append(b, byte(hex(s[i+1])<<4|hex(s[i+2])))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return es.Text(b)
}

func hex(c byte) int {
	switch {
	case c-'0' <= 9:
		return int(c - '0')
	case c-'a' <= 5:
		return int(c-'a') + 10
	case c-'A' <= 5:
		return int(c-'A') + 10
	}
	return -1
}

// Pair cuts the first key=value off s, at blanks. A value may stand in double quotes, with backslashes before quotes in it, which it keeps. A word without "=" is a
// name without a value. ok is false at the end.
func Pair(s string) (name, value, rest string, ok bool) {
	for s != "" && s[0] == ' ' {
		s = s[1:]
	}
	if s == "" {
		return "", "", "", false
	}
	i := 0
	for i < len(s) && s[i] != '=' && s[i] != ' ' {
		i++
	}
	if i == len(s) || s[i] == ' ' {
		return s[:i], "", s[i:], true
	}
	name, s = s[:i], s[i+1:]
	if s != "" && s[0] == '"' {
		if end := closing(s); end > 0 {
			return name, s[1:end], s[end+1:], true
		}
	}
	if i = strings.IndexByte(s, ' '); i < 0 {
		i = len(s)
	}
	return name, s[:i], s[i:], true
}
