package encode

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"logrelay/relay"
)

const (
	ones     = 0x0101010101010101
	highBits = 0x8080808080808080
	hex      = "0123456789abcdef"
)

// load reads eight bytes of s.
func load(s string, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

// load4 reads four bytes of s.
func load4(s string, i int) uint32 {
	_ = s[i+3]
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}

// special has its high bits set for the bytes of x that a JSON string cannot hold as they are, and for those that are not ASCII.
// A bit above the lowest one that is set may be wrong.
func special(x uint64) uint64 {
	return (x | (x - ones*0x20) | ((x ^ ones*'"') - ones) | ((x ^ ones*'\\') - ones)) & highBits
}

// plain reports whether s is printable ASCII without a and b.
func plain(s string, a, b byte) bool {
	last := len(s) - 8
	if last < 0 {
		for i := range len(s) {
			if c := s[i]; c < ' ' || c >= 0x7f || c == a || c == b {
				return false
			}
		}
		return true
	}
	as, bs := ones*uint64(a), ones*uint64(b)
	var odd uint64
	for i := 0; i < last+8; i += 8 {
		x := load(s, min(i, last))
		odd |= x | (x - ones*0x20) | (x + ones) | ((x ^ as) - ones) | ((x ^ bs) - ones) // see special
	}
	return odd&highBits == 0
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte { return appendText(append(dst, '"'), s) }

// appendText appends s as what stands between the quotes of a JSON string, and the closing quote. It copies and looks for what must be
// escaped in the same pass, on the assumption that there is nothing.
func appendText(dst []byte, s string) []byte {
	n := len(dst)
	dst = slices.Grow(dst, len(s)+1)[:n+len(s)+1]
	out := dst[n:]
	var odd uint64
	switch last := len(s) - 8; {
	case last >= 0:
		for i := 0; i < last; i += 8 {
			x := load(s, i)
			odd |= special(x)
			binary.LittleEndian.PutUint64(out[i:], x)
		}
		x := load(s, last)
		odd |= special(x)
		binary.LittleEndian.PutUint64(out[last:], x)
	case last >= -4:
		x, y := load4(s, 0), load4(s, len(s)-4)
		odd = special(uint64(x) | uint64(y)<<32)
		binary.LittleEndian.PutUint32(out, x)
		binary.LittleEndian.PutUint32(out[len(s)-4:], y)
	default:
		for i := range len(s) {
			c := s[i]
			out[i] = c
			if c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' {
				odd = 1
			}
		}
	}
	if odd != 0 {
		return append(appendEscaped(dst[:n], s), '"')
	}
	out[len(s)] = '"'
	return dst
}

func appendEscaped(dst []byte, s string) []byte {
	start := 0 // of what is not copied yet
	for i := 0; i < len(s); {
		if i+8 <= len(s) && special(load(s, i)) == 0 {
			i += 8
			continue
		}
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, c)
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\uFFFD"...)
			start = i + 1
		}
		i += n
	}
	return append(dst, s[start:]...)
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// appendJSON appends a valid JSON text on one line: line ends between tokens become blanks, bytes that are not UTF-8 become U+FFFD.
func appendJSON(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		if i+8 <= len(s) {
			if x := load(s, i); (x|(x-ones*0x20)&^x)&highBits == 0 {
				i += 8
				continue
			}
		}
		c := s[i]
		if c >= 0x20 && c < utf8.RuneSelf {
			i++
			continue
		}
		if c < 0x20 {
			dst = append(append(dst, s[start:i]...), ' ')
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(append(dst, s[start:i]...), "\uFFFD"...)
			start = i + 1
		}
		i += n
	}
	return append(dst, s[start:]...)
}

// member appends a member of a JSON object, key being `,"name":"`, unless v is absent.
func member(dst []byte, key, v string) []byte {
	if v == "" {
		return dst
	}
	return appendText(append(dst, key...), v)
}

// memberNumber is member for numbers, key being `,"name":`.
func memberNumber(dst []byte, key string, n relay.Number) []byte {
	if !n.Set {
		return dst
	}
	return appendInt(append(dst, key...), n.Value)
}

// memberStrings is member for arrays of strings, key being `,"name":`. No strings, no member.
func memberStrings(dst []byte, key string, values []string) []byte {
	if len(values) == 0 {
		return dst
	}
	dst = append(dst, key...)
	open := byte('[')
	for _, v := range values {
		dst = appendString(append(dst, open), v)
		open = ','
	}
	return append(dst, ']')
}

// appendFault appends f as part of a JSON string.
func appendFault(dst []byte, f relay.Fault) []byte {
	var text [256]byte
	return appendEscaped(dst, relay.View(f.AppendTo(text[:0])))
}

// open begins an object that is the member key of another. Members are appended with a leading comma each; at is handed to done.
func open(dst []byte, key string) (out []byte, at int) {
	return append(dst, key...), len(dst)
}

// done ends the object begun at at under key, or takes it back when it has no members.
func done(dst []byte, at int, key string) []byte {
	if len(dst) == at+len(key) {
		return dst[:at]
	}
	dst[at+len(key)] = '{'
	return append(dst, '}')
}

// appendFields appends f as members, each with a leading comma.
func appendFields(dst []byte, f []relay.Field) []byte {
	for i := range f {
		dst = append(dst, ',')
		dst = append(appendString(dst, f[i].Name), ':')
		switch f[i].Type {
		case relay.FieldString:
			dst = appendString(dst, f[i].Value)
		default:
			dst = appendJSON(dst, f[i].Value)
		}
	}
	return dst
}
