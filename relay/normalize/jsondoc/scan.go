package jsondoc

import (
	"encoding/binary"
	"math/bits"

	"logrelay/relay"
)

// scanner walks b. Its methods move i over what they recognise and report false, with i where it went wrong.
type scanner struct {
	b      []byte
	i      int
	d      *Doc
	esc    bool              // an escape was read
	fault  relay.FaultReason // where it is not the syntax
	detail string
}

// node notes a value that begins here, under the name that stands at key:keyEnd, and returns its index.
func (s *scanner) node(key, keyEnd int) int32 {
	s.d.nodes = append(s.d.nodes, node{key: int32(key), keyEnd: int32(keyEnd), start: int32(s.i)})
	return int32(len(s.d.nodes) - 1)
}

func (s *scanner) space() {
	for s.i < len(s.b) && s.b[s.i] <= ' ' {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// value reads a value. n is its node, or 0 when it is too deep to have one.
func (s *scanner) value(n int32, depth int) bool {
	if s.i >= len(s.b) {
		return false
	}
	switch c := s.b[s.i]; c {
	case '"':
		return s.str()
	case '{', '[':
		if depth > MaxDepth {
			s.fault, s.detail = relay.FaultDepth, "JSON nested deeper than 256 levels"
			return false
		}
		if n != 0 && depth > s.d.depth {
			n = 0
		}
		if c == '{' {
			return s.object(n, depth)
		}
		return s.array(n, depth)
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

func (s *scanner) object(n int32, depth int) bool {
	s.i++
	s.space()
	if s.i < len(s.b) && s.b[s.i] == '}' {
		s.i++
		return true
	}
	var names nameSet
	escapes := false // in a name of this object
	last := int32(0)
	for {
		s.space()
		if s.i >= len(s.b) || s.b[s.i] != '"' {
			return false
		}
		name := s.i + 1
		s.esc = false
		if !s.str() {
			return false
		}
		escapes = escapes || s.esc
		nameEnd := s.i - 1
		s.space()
		if s.i >= len(s.b) || s.b[s.i] != ':' {
			return false
		}
		s.i++
		s.space()
		child := int32(0)
		if n != 0 {
			if s.known(&names, n, s.b[name:nameEnd], escapes) {
				s.i, s.fault, s.detail = name-1, relay.FaultDuplicate, "a name comes twice in an object"
				return false
			}
			child = s.node(name, nameEnd)
			last = s.link(n, last, child)
		}
		if !s.value(child, depth+1) {
			return false
		}
		if child != 0 && !s.ended(child) {
			return false
		}
		more, ok := s.next('}')
		if !ok || !more {
			return ok
		}
	}
}

func (s *scanner) array(n int32, depth int) bool {
	s.i++
	s.space()
	if s.i < len(s.b) && s.b[s.i] == ']' {
		s.i++
		return true
	}
	last := int32(0)
	for {
		s.space()
		child := int32(0)
		if n != 0 {
			child = s.node(0, 0)
			last = s.link(n, last, child)
		}
		if !s.value(child, depth+1) {
			return false
		}
		if child != 0 && !s.ended(child) {
			return false
		}
		more, ok := s.next(']')
		if !ok || !more {
			return ok
		}
	}
}

// ended notes that a value ends here. It reports false when there are too many.
func (s *scanner) ended(n int32) bool {
	s.d.nodes[n].end = int32(s.i)
	if n >= maxNodes {
		s.fault, s.detail = relay.FaultSize, "a JSON value of more than a million members"
		return false
	}
	return true
}

// link makes child the last child of n, after last, and returns it.
func (s *scanner) link(n, last, child int32) int32 {
	if last == 0 {
		s.d.nodes[n].first = child
	} else {
		s.d.nodes[last].next = child
	}
	return child
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
			if odd := ((x-ones*0x20)&^x | (q-ones)&^q | (e-ones)&^e) & high; odd != 0 {
				s.i += bits.TrailingZeros64(odd) >> 3 // the lowest bit is right, those above it may not be
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
	s.esc = true
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
