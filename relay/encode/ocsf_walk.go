package encode

import (
	"math/bits"
	"strings"

	"logrelay/relay"
)

// eachMember calls f for every member of an object that this package wrote: key without quotes, value as it stands. It stops when f reports
// false. Both are slices of b.
func eachMember(b []byte, f func(key, value []byte) bool) {
	for i := 1; i < len(b) && b[i] != '}'; {
		if b[i] != '"' { // a comma or, in JSON of the source, white space
			i++
			continue
		}
		end := stringEnd(b, i)
		key := b[i+1 : end-1]
		for i = end; b[i] == ':' || b[i] <= ' '; i++ {
		}
		end = valueEnd(b, i)
		if !f(key, b[i:end]) {
			return
		}
		i = end
	}
}

// eachElement is eachMember for the elements of an array.
func eachElement(b []byte, f func(value []byte)) {
	for i := 1; i < len(b) && b[i] != ']'; {
		if b[i] == ',' || b[i] <= ' ' {
			i++
			continue
		}
		end := valueEnd(b, i)
		f(b[i:end])
		i = end
	}
}

// valueEnd returns where the JSON value at i ends.
func valueEnd(b []byte, i int) int {
	switch b[i] {
	case '"':
		return stringEnd(b, i)
	case '{', '[':
		for depth := 0; ; {
			switch b[i] {
			case '"':
				i = stringEnd(b, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			i++
			if depth == 0 {
				return i
			}
		}
	}
	for i < len(b) && b[i] > ' ' && b[i] != ',' && b[i] != '}' && b[i] != ']' {
		i++
	}
	return i
}

// stringEnd returns where the JSON string at i ends. It looks at eight bytes at a time for a quote or a backslash.
func stringEnd(b []byte, i int) int {
	s := relay.View(b)
	for i++; i < len(s); {
		if i+8 <= len(s) {
			x := load(s, i)
			quote, slash := x^ones*'"', x^ones*'\\'
			found := ((quote-ones)&^quote | (slash-ones)&^slash) & highBits
			if found == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(found) / 8
		}
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i += 2
		default:
			i++
		}
	}
	return len(s)
}

// ocsfOpaque reports whether what is under an attribute is JSON of the source, not of the schema.
func ocsfOpaque(attribute string) bool { return attribute == "data" || attribute == "unmapped" }

// isEndpoint reports whether an attribute is an endpoint.
func isEndpoint(attribute string) bool { return strings.HasSuffix(attribute, "_endpoint") }
