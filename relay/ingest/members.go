package ingest

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Members walks the members of a JSON object. It checks the bytes as it goes.
type Members struct {
	b       []byte
	pos     int
	valueAt int // offset of the value last returned
	started bool
	done    bool
	err     error
}

// ReadObject starts the walk over the object at b[i], white space before it allowed.
func ReadObject(b []byte, i int) Members { return Members{b: b, pos: skipSpace(b, i)} }

// maxName is the longest name that is unescaped, in bytes as it stands: nobody looks for a longer one.
const maxName = 1 << 10

// Next returns the next member's name, unescaped unless it is longer than maxName, and value, as it stands. False means the end, or what
// Err says.
func (m *Members) Next() (name, value []byte, ok bool) {
	if m.done || m.err != nil {
		return nil, nil, false
	}
	if m.peek() == '}' && m.started {
		m.pos++
		m.done = true
		return nil, nil, false
	}
	switch c := m.peek(); {
	case !m.started && c == '{':
		m.started = true
		if m.pos = skipSpace(m.b, m.pos+1); m.peek() == '}' {
			m.pos++
			m.done = true
			return nil, nil, false
		}
	case m.started && c == ',':
		m.pos = skipSpace(m.b, m.pos+1)
	default:
		return m.fail("no JSON object")
	}
	if m.peek() != '"' {
		return m.fail("no name of an object member")
	}
	start := m.pos + 1
	end := scanString(m.b, start)
	if end < 0 {
		m.err = stringError(m.b, -end)
		return nil, nil, false
	}
	if name = m.b[start : end-1]; len(name) <= maxName {
		name = Unquote(nil, m.b[start-1:end])
	}
	if m.pos = skipSpace(m.b, end); m.peek() != ':' {
		return m.fail("no colon after the name of an object member")
	}
	start = skipSpace(m.b, m.pos+1)
	end = -1
	if start < len(m.b) && m.b[start] == '"' { // the usual case, without ScanValue's preparations
		end = scanString(m.b, start+1)
	}
	if end < 0 {
		if end, m.err = ScanValue(m.b, start); m.err != nil {
			return nil, nil, false
		}
	}
	m.pos, m.valueAt = skipSpace(m.b, end), start
	return name, m.b[start:end], true
}

// End returns the offset after the object, once Next has returned false and Err nil.
func (m *Members) End() int { return m.pos }

// Err returns what is wrong with the object, a *SyntaxError, or nil.
func (m *Members) Err() error { return m.err }

func (m *Members) peek() byte {
	if m.pos < len(m.b) {
		return m.b[m.pos]
	}
	return 0
}

func (m *Members) fail(what string) (name, value []byte, ok bool) {
	if m.err = cut(m.pos); m.pos < len(m.b) {
		m.err = &SyntaxError{m.pos, what}
	}
	return nil, nil, false
}

// Unquote returns the text of a JSON string that was checked, quotes included: a piece of s where nothing is escaped, else appended to
// dst[:0]. Halves of surrogate pairs that stand alone become U+FFFD.
func Unquote(dst, s []byte) []byte {
	text, _ := UnquoteMax(dst, s, len(s))
	return text
}

// UnquoteMax is Unquote for texts of at most limit bytes. False: it is longer, and no memory was taken for what is beyond limit.
func UnquoteMax(dst, s []byte, limit int) (text []byte, ok bool) {
	s = s[1 : len(s)-1]
	i := bytes.IndexByte(s, '\\')
	if i < 0 {
		return s, len(s) <= limit
	}
	dst = dst[:0]
	for {
		if len(dst)+i > limit {
			return nil, false
		}
		dst = append(dst, s[:i]...)
		if s = s[i:]; len(s) == 0 {
			return dst, true
		}
		dst, s = appendEscape(dst, s)
		if i = bytes.IndexByte(s, '\\'); i < 0 {
			i = len(s)
		}
	}
}

// appendEscape appends what the escape sequence at the start of s stands for, and returns what follows it.
func appendEscape(dst, s []byte) (out, rest []byte) {
	c := s[1]
	switch c {
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		r := hex4(s[2:])
		s = s[6:]
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
				low = hex4(s[2:])
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				s = s[6:]
			}
		}
		return utf8.AppendRune(dst, r), s
	}
	return append(dst, c), s[2:]
}
