package ingest

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// MaxDepth is how deep JSON may nest.
const MaxDepth = 512

// SyntaxError says where bytes stop being what they should be.
type SyntaxError struct {
	Offset int // bytes from the start of the (decoded) body
	What   string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.What, e.Offset) }

// ScanValue checks the JSON value (RFC 8259) that starts at b[i], white space before it allowed, and returns the offset
// after its last byte. Strings may hold any bytes that are not control characters: UTF-8 is not checked. It allocates only to
// report an error, which is a *SyntaxError.
func ScanValue(b []byte, i int) (end int, err error) {
	var objects [MaxDepth / 64]uint64 // bit d: level d is an object
	depth := 0

value:
	i = skipSpace(b, i)
	if i >= len(b) {
		return i, cut(i)
	}
	switch c := b[i]; c {
	case '"':
		if i = scanString(b, i+1); i < 0 {
			return -i, stringError(b, -i)
		}
	case '{':
		if i = skipSpace(b, i+1); i < len(b) && b[i] == '}' {
			i++
			break
		}
		if depth == MaxDepth {
			return i, &SyntaxError{i, fmt.Sprintf("JSON nested deeper than %d", MaxDepth)}
		}
		objects[depth>>6] |= 1 << (depth & 63)
		depth++
		goto key
	case '[':
		if i = skipSpace(b, i+1); i < len(b) && b[i] == ']' {
			i++
			break
		}
		if depth == MaxDepth {
			return i, &SyntaxError{i, fmt.Sprintf("JSON nested deeper than %d", MaxDepth)}
		}
		objects[depth>>6] &^= 1 << (depth & 63)
		depth++
		goto value
	case 't':
		i, err = scanWord(b, i, "true")
	case 'f':
		i, err = scanWord(b, i, "false")
	case 'n':
		i, err = scanWord(b, i, "null")
	default:
		i, err = scanNumber(b, i)
	}
	if err != nil {
		return i, err
	}

after:
	if depth == 0 {
		return i, nil
	}
	if i = skipSpace(b, i); i >= len(b) {
		return i, cut(i)
	}
	if d := depth - 1; objects[d>>6]&(1<<(d&63)) != 0 {
		switch b[i] {
		case ',':
			i++
			goto key
		case '}':
			i++
			depth--
			goto after
		}
		return i, &SyntaxError{i, "neither a comma nor the end of the object"}
	}
	switch b[i] {
	case ',':
		i++
		goto value
	case ']':
		i++
		depth--
		goto after
	}
	return i, &SyntaxError{i, "neither a comma nor the end of the array"}

key:
	if i = skipSpace(b, i); i >= len(b) {
		return i, cut(i)
	}
	if b[i] != '"' {
		return i, &SyntaxError{i, "no name of an object member"}
	}
	if i = scanString(b, i+1); i < 0 {
		return -i, stringError(b, -i)
	}
	if i = skipSpace(b, i); i >= len(b) {
		return i, cut(i)
	}
	if b[i] != ':' {
		return i, &SyntaxError{i, "no colon after the name of an object member"}
	}
	i++
	goto value
}

func cut(i int) error { return &SyntaxError{i, "JSON ends too early"} }

func skipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// scanString returns the offset after the quote that ends the string whose text starts at b[i], or, as a negative
// number, the offset of what is wrong. It looks at 8 bytes at a time for a quote, a backslash or a control character.
func scanString(b []byte, i int) int {
	for {
		for ; i <= len(b)-8; i += 8 {
			x := binary.LittleEndian.Uint64(b[i : i+8 : i+8])
			q, s := x^('"'*ones), x^('\\'*ones)
			if m := (((q - ones) &^ q) | ((s - ones) &^ s) | ((x - ' '*ones) &^ x)) & highs; m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
		}
		if uint(i) >= uint(len(b)) {
			return -i
		}
		c := b[i]
		if c == '"' {
			return i + 1
		}
		switch {
		case c == '\\':
			n := escapeLen(b[i:])
			if n == 0 {
				return -i
			}
			i += n
		case c < ' ':
			return -i
		default:
			i++
		}
	}
}

// escapeLen returns the length of the escape sequence that b starts with, or 0 when it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) >= 6 && hex4(b[2:]) >= 0 {
			return 6
		}
	}
	return 0
}

func stringError(b []byte, i int) error {
	switch {
	case i >= len(b):
		return cut(i)
	case b[i] == '\\':
		return &SyntaxError{i, "broken escape sequence in a string"}
	default:
		return &SyntaxError{i, "control character in a string"}
	}
}

func scanWord(b []byte, i int, w string) (int, error) {
	if len(b)-i < len(w) || string(b[i:i+len(w)]) != w {
		return i, &SyntaxError{i, "no JSON value"}
	}
	return i + len(w), nil
}

func scanNumber(b []byte, i int) (int, error) {
	start := i
	if b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	case i < len(b) && b[i] >= '1' && b[i] <= '9':
		i = skipDigits(b, i)
	default:
		return i, &SyntaxError{start, "no JSON value"}
	}
	if i < len(b) && b[i] == '.' {
		n := skipDigits(b, i+1)
		if n == i+1 {
			return i, &SyntaxError{i, "number without digits after the point"}
		}
		i = n
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		e := i + 1
		if e < len(b) && (b[e] == '+' || b[e] == '-') {
			e++
		}
		n := skipDigits(b, e)
		if n == e {
			return i, &SyntaxError{i, "number without digits in the exponent"}
		}
		i = n
	}
	return i, nil
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// hex4 reads 4 hexadecimal digits; -1 when they are not there.
func hex4(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
