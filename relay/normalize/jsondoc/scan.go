package jsondoc

import (
	"encoding/binary"
	"math/bits"

	"logrelay/relay"
)

// scanner walks b. Its methods are given where something begins and return where it ends, or stopped, with at where it went wrong: so the place
// stays in a register.
type scanner struct {
	b      []byte
	d      *Doc
	esc    bool // a string since this was cleared has escapes
	at     int
	fault  relay.FaultReason // where it is not the syntax
	detail string

	once bool  // members that are said again, byte for byte, are noted in cuts instead
	cuts []cut // in the order of the text, none inside another
}

// stopped is what methods of a scanner return when the text is no JSON.
const stopped = -1

func (s *scanner) stop(i int) int {
	s.at = i
	return stopped
}

func (s *scanner) stopFor(i int, why relay.FaultReason, detail string) int {
	s.fault, s.detail = why, detail
	return s.stop(i)
}

// node notes a value that begins at start, under the name that stands at key:keyEnd, and returns its index.
func (s *scanner) node(key, keyEnd, start int) int32 {
	s.d.nodes = append(s.d.nodes, node{key: int32(key), keyEnd: int32(keyEnd), start: int32(start)})
	return int32(len(s.d.nodes) - 1)
}

// space steps over white space.
func space(b []byte, i int) int {
	const blanks = 1<<' ' | 1<<'\t' | 1<<'\n' | 1<<'\r'
	for i < len(b) && uint64(blanks)>>b[i]&1 != 0 && b[i] <= ' ' {
		i++
	}
	return i
}

// value reads a value. n is its node, or 0 when it is too deep to have one.
func (s *scanner) value(i int, n int32, depth int) int {
	if i >= len(s.b) {
		return s.stop(i)
	}
	switch c := s.b[i]; c {
	case '"':
		return s.str(i)
	case '{', '[':
		if depth > MaxDepth {
			return s.stopFor(i, relay.FaultDepth, "JSON nested deeper than 256 levels")
		}
		if depth > s.d.depth {
			n = 0
		}
		if c == '{' {
			return s.object(i, n, depth)
		}
		return s.array(i, n, depth)
	case 't':
		return s.word(i, "true")
	case 'f':
		return s.word(i, "false")
	case 'n':
		return s.word(i, "null")
	}
	return s.number(i)
}

func (s *scanner) object(i int, n int32, depth int) int {
	b := s.b
	i = space(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	var names nameSet
	escapes := false // in a name of this object
	last := int32(0)
	comma := 0 // the one before the member
	for {
		if i >= len(b) || b[i] != '"' {
			return s.stop(i)
		}
		name := i + 1
		s.esc = false
		if i = s.str(i); i < 0 {
			return i
		}
		nameEnd := i - 1
		escapes = escapes || s.esc
		if i = space(b, i); i >= len(b) || b[i] != ':' {
			return s.stop(i)
		}
		i = space(b, i+1)
		child, first, start := int32(0), int32(0), i
		if n != 0 {
			if first = s.known(&names, n, b[name:nameEnd], escapes); first == 0 {
				child = s.node(name, nameEnd, i)
				last = s.link(n, last, child)
			} else if !s.once {
				return s.stopFor(name-1, relay.FaultDuplicate, "a name comes twice in an object")
			}
		}
		if i = s.value(i, child, depth+1); i < 0 {
			return i
		}
		if child != 0 && !s.ended(child, i) || first != 0 && !s.repeats(first, comma, start, i) {
			return stopped
		}
		i = space(b, i)
		switch {
		case i < len(b) && b[i] == ',':
			comma = i
			i = space(b, i+1)
		case i < len(b) && b[i] == '}':
			return i + 1
		default:
			return s.stop(i)
		}
	}
}

func (s *scanner) array(i int, n int32, depth int) int {
	b := s.b
	i = space(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	last := int32(0)
	for {
		child := int32(0)
		if n != 0 {
			child = s.node(0, 0, i)
			last = s.link(n, last, child)
		}
		if i = s.value(i, child, depth+1); i < 0 {
			return i
		}
		if child != 0 && !s.ended(child, i) {
			return stopped
		}
		i = space(b, i)
		switch {
		case i < len(b) && b[i] == ',':
			i = space(b, i+1)
		case i < len(b) && b[i] == ']':
			return i + 1
		default:
			return s.stop(i)
		}
	}
}

// ended notes that a value ends before i. It reports false when there are too many.
func (s *scanner) ended(n int32, i int) bool {
	s.d.nodes[n].end = int32(i)
	if n >= maxNodes {
		s.stopFor(i, relay.FaultSize, "a JSON value of more than a million members")
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

func (s *scanner) word(i int, w string) int {
	if len(s.b)-i >= len(w) && string(s.b[i:i+len(w)]) == w {
		return i + len(w)
	}
	for k := 0; i < len(s.b) && s.b[i] == w[k]; k++ {
		i++
	}
	return s.stop(i)
}

func (s *scanner) number(i int) int {
	b := s.b
	if i < len(b) && b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else if i = s.digits(i); i < 0 {
		return i
	}
	if i < len(b) && b[i] == '.' {
		if i = s.digits(i + 1); i < 0 {
			return i
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return s.digits(i)
	}
	return i
}

// digits steps over one digit or more.
func (s *scanner) digits(i int) int {
	start := i
	for i < len(s.b) && s.b[i]-'0' <= 9 {
		i++
	}
	if i == start {
		return s.stop(i)
	}
	return i
}

// str reads a string, its quotes included. Bytes that are not UTF-8 are let through: encoders repair them.
func (s *scanner) str(i int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	b := s.b
	i++
	for {
		for i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[i:])
			q, e := x^ones*'"', x^ones*'\\'
			if odd := ((x-ones*0x20)&^x | (q-ones)&^q | (e-ones)&^e) & high; odd != 0 {
				i += bits.TrailingZeros64(odd) >> 3 // the lowest bit is right, those above it may not be
				break
			}
			i += 8
		}
		if i >= len(b) {
			return s.stop(i)
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c < 0x20:
			return s.stop(i)
		case c == '\\':
			if i = s.escape(i); i < 0 {
				return i
			}
		default:
			i++
		}
	}
}

func (s *scanner) escape(i int) int {
	s.esc = true
	b := s.b
	i++
	if i >= len(b) {
		return s.stop(i)
	}
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for range 4 {
			i++
			if i >= len(b) || unhex(b[i]) < 0 {
				return s.stop(i)
			}
		}
		return i + 1
	}
	return s.stop(i)
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
