package syslog

import (
	"logrelay/relay"
)

// framer turns events into messages on the wire. It is for one goroutine.
type framer struct {
	encode relay.EncodeFunc
	wrap   relay.EncodeFunc // for what encode leaves without a priority
	octets bool             // length before the message
	lines  bool             // LF after it

	digits int // of the length of the message before
}

// append appends one event's frame.
func (f *framer) append(dst []byte, e *relay.Event) []byte {
	start := len(dst)
	if f.octets {
		dst = append(dst, "00000000 "[8-f.digits:]...)
	}
	message := len(dst)
	dst = f.encode(dst, e)
	if !hasPriority(dst[message:]) {
		dst = f.wrap(dst[:message], e)
	}
	if f.lines {
		return append(relay.EscapeLine(dst, message), '\n')
	}
	if f.octets {
		return f.putLength(dst, start, message)
	}
	return dst
}

// putLength writes the length of dst[message:] before it, moving the message when the room at start is not as wide.
func (f *framer) putLength(dst []byte, start, message int) []byte {
	n := len(dst) - message
	width := 1
	for limit := 10; n >= limit; limit *= 10 {
		width++
	}
	if room := message - start - 1; width > room {
		dst = insert(dst, start, "00000000"[:width-room])
	} else if width < room {
		dst = append(dst[:start+width+1], dst[message:]...)
		dst[start+width] = ' '
	}
	for i := start + width - 1; i >= start; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	f.digits = width
	return dst
}

// insert puts s into dst at i.
func insert(dst []byte, i int, s string) []byte {
	dst = append(dst, s...)
	copy(dst[i+len(s):], dst[i:len(dst)-len(s)])
	copy(dst[i:], s)
	return dst
}

// hasPriority reports whether m starts with <0> to <191>, without leading zeros (RFC 5424 section 6.2.1).
func hasPriority(m []byte) bool {
	if len(m) < 3 || m[0] != '<' {
		return false
	}
	n := 0
	for i := 1; i < len(m) && i < 5; i++ {
		c := m[i]
		if c == '>' {
			return i > 1 && n <= 191 && (m[1] != '0' || i == 2)
		}
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return false
}
