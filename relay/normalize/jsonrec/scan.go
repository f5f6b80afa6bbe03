package jsonrec

import "encoding/binary"

// MaxDepth bounds the nesting of arrays and objects in a record.
const MaxDepth = 256

// timeNames are the members that may state the event's time, by rank.
var timeNames = [...]string{"time", "@timestamp", "timestamp", "ts", "eventTime", "event_time", "datetime", "date"}

// messageNames are the members that may hold a sentence for people, by rank.
var messageNames = [...]string{"message", "msg", "log"}

// members is what scan found at the top level: pieces of the record.
type members struct {
	times   [len(timeNames)][]byte // strings without quotes, numbers
	message []byte                 // without quotes, escapes as they stand
	rank    int                    // of message in messageNames
	bad     int                    // offset of the first byte that cannot be, when scan failed
}

// scan checks that b is one JSON value, with white space and a byte order mark around it at most, and returns the value.
func scan(b []byte, m *members) ([]byte, bool) {
	*m = members{rank: len(messageNames)}
	s := scanner{b: b, m: m}
	if len(b) >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF {
		s.i = 3
	}
	s.space()
	start := s.i
	if !s.value(1) {
		m.bad = s.i
		return nil, false
	}
	end := s.i
	s.space()
	if s.i != len(b) {
		m.bad = s.i
		return nil, false
	}
	return b[start:end], true
}

// scanner walks b. Its methods move i over what they recognise and report false, with i where it went wrong.
type scanner struct {
	b []byte
	i int
	m *members
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

func (s *scanner) value(depth int) bool {
	if s.i >= len(s.b) {
		return false
	}
	switch c := s.b[s.i]; c {
	case '{':
		return depth <= MaxDepth && s.object(depth)
	case '[':
		return depth <= MaxDepth && s.array(depth)
	case '"':
		return s.str()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		return s.number()
	}
}

func (s *scanner) object(depth int) bool {
	s.i++
	s.space()
	if s.i < len(s.b) && s.b[s.i] == '}' {
		s.i++
		return true
	}
	for {
		s.space()
		if s.i >= len(s.b) || s.b[s.i] != '"' {
			return false
		}
		name := s.i + 1
		if !s.str() {
			return false
		}
		key := s.b[name : s.i-1]
		s.space()
		if s.i >= len(s.b) || s.b[s.i] != ':' {
			return false
		}
		s.i++
		s.space()
		start := s.i
		if !s.value(depth + 1) {
			return false
		}
		if depth == 1 {
			s.m.take(key, s.b[start:s.i])
		}
		more, ok := s.next('}')
		if !ok {
			return false
		}
		if !more {
			return true
		}
	}
}

func (s *scanner) array(depth int) bool {
	s.i++
	s.space()
	if s.i < len(s.b) && s.b[s.i] == ']' {
		s.i++
		return true
	}
	for {
		s.space()
		if !s.value(depth + 1) {
			return false
		}
		more, ok := s.next(']')
		if !ok {
			return false
		}
		if !more {
			return true
		}
	}
}

// next reads what follows a member: a comma, or end.
func (s *scanner) next(end byte) (more, ok bool) {
	s.space()
	if s.i >= len(s.b) || s.b[s.i] != ',' && s.b[s.i] != end {
		return false, false
	}
	s.i++
	return s.b[s.i-1] == ',', true
}

func (s *scanner) word(w string) bool {
	for k := range len(w) {
		if s.i >= len(s.b) || s.b[s.i] != w[k] {
			return false
		}
		s.i++
	}
	return true
}

func (s *scanner) number() bool {
	if s.i < len(s.b) && s.b[s.i] == '-' {
		s.i++
	}
	if s.i < len(s.b) && s.b[s.i] == '0' {
		s.i++
	} else if !s.digits() {
		return false
	}
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		if !s.digits() {
			return false
		}
	}
	if s.i < len(s.b) && s.b[s.i]|0x20 == 'e' {
		s.i++
		if s.i < len(s.b) && (s.b[s.i] == '+' || s.b[s.i] == '-') {
			s.i++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i]-'0' <= 9 {
		s.i++
	}
	return s.i > start
}

// str reads a string, its quotes included. Bytes that are not UTF-8 are let through: encoders repair them.
func (s *scanner) str() bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	b := s.b
	s.i++
	for {
		for s.i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[s.i:])
			q, e := x^ones*'"', x^ones*'\\'
			if ((x-ones*0x20)&^x|(q-ones)&^q|(e-ones)&^e)&high != 0 {
				break
			}
			s.i += 8
		}
		if s.i >= len(b) {
			return false
		}
		switch c := b[s.i]; {
		case c == '"':
			s.i++
			return true
		case c < 0x20:
			return false
		case c == '\\':
			if !s.escape() {
				return false
			}
		default:
			s.i++
		}
	}
}

func (s *scanner) escape() bool {
	s.i++
	if s.i >= len(s.b) {
		return false
	}
	switch s.b[s.i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i++
		return true
	case 'u':
		s.i++
		for range 4 {
			if s.i >= len(s.b) || unhex(s.b[s.i]) < 0 {
				return false
			}
			s.i++
		}
		return true
	}
	return false
}

func unhex(c byte) rune {
	switch {
	case c-'0' <= 9:
		return rune(c - '0')
	case c|0x20-'a' <= 5:
		return rune(c|0x20-'a') + 10
	}
	return -1
}

// take remembers a top-level member if it is one of those that are looked for. value is valid JSON.
func (m *members) take(key, value []byte) {
	if len(key) < 2 || len(key) > 10 {
		return
	}
	isString := value[0] == '"'
	if isString {
		value = value[1 : len(value)-1]
		for i := range m.rank {
			if string(key) == messageNames[i] {
				m.message, m.rank = value, i
				return
			}
		}
	}
	if c := value; len(c) == 0 || !isString && (c[0] == '{' || c[0] == '[' || c[0] >= 'f') {
		return
	}
	for i := range timeNames {
		if string(key) == timeNames[i] {
			m.times[i] = value
			return
		}
	}
}
