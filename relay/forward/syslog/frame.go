package syslog

import (
	"strconv"

	"logrelay/relay"
	"logrelay/relay/forward"
)

// framer turns events into messages on the wire. It is for one goroutine.
type framer struct {
	encode relay.EncodeFunc
	header bool // always a header of ours
	octets bool // length before the message
	lines  bool // LF after it

	digits  int // of the length of the message before
	scratch []byte
	clock   clock
}

// append appends one event's frame.
func (f *framer) append(dst []byte, e *relay.Event) []byte {
	start := len(dst)
	if f.octets {
		dst = append(dst, "00000000 "[8-f.digits:]...)
	}
	message := len(dst)
	if f.header {
		dst = f.appendHeader(dst, e)
	}
	dst = f.encode(dst, e)
	if !f.header && !hasPriority(dst[message:]) {
		f.scratch = f.appendHeader(f.scratch[:0], e)
		dst = insert(dst, message, f.scratch)
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
func insert[S string | []byte](dst []byte, i int, s S) []byte {
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

const (
	// defaultPriority is what a relay gives a message that has none (RFC 3164 section 4.3.3): user, notice.
	defaultPriority = 13
	// sdID names our structured data. 32473 is the number that RFC 5612 sets aside for those without one of their own.
	sdID = "logrelay@32473"
	// Lengths of RFC 5424 section 6.
	maxHost, maxApp, maxProc, maxMsgID = 255, 48, 128, 32
)

// appendHeader appends a header of RFC 5424 with structured data of ours and the blank before MSG.
func (f *framer) appendHeader(dst []byte, e *relay.Event) []byte {
	m, _ := e.Class.(*relay.Message)
	if m == nil {
		m = &noMessage
	}
	priority := int64(defaultPriority)
	if m.PRI.Set && m.PRI.Value >= 0 && m.PRI.Value <= 191 {
		priority = m.PRI.Value
	}
	dst = append(dst, '<')
	dst = strconv.AppendInt(dst, priority, 10)
	dst = append(dst, ">1 "...)
	dst = f.clock.append(dst, e.Time)
	dst = append(dst, ' ')
	r := e.Record
	host := m.Hostname
	if host == "" {
		if host = r.Attr(relay.AttrHost); host == "" {
			host = peerHost(r.Origin.Peer)
		}
	}
	app := m.App
	if app == "" {
		app = string(e.Kind)
	}
	dst = appendName(dst, host, maxHost)
	dst = appendName(dst, app, maxApp)
	dst = appendName(dst, m.ProcID, maxProc)
	dst = appendName(dst, m.MsgID, maxMsgID)
	dst = append(dst, "["+sdID+` id="`...)
	dst = e.AppendID(dst)
	dst = append(dst, '"')
	dst = appendParam(dst, "input", r.Origin.Input)
	dst = appendParam(dst, "tenant", r.Origin.Tenant)
	dst = appendParam(dst, "source", r.Origin.Source)
	dst = appendParam(dst, "peer", r.Origin.Peer)
	dst = appendParam(dst, "identity", r.Origin.Identity)
	dst = appendParam(dst, "kind", string(e.Kind))
	dst = appendParam(dst, "parse_error", e.ParseError)
	return append(dst, "] "...)
}

var noMessage = relay.Message{}

// peerHost cuts the port off an address, without allocating.
func peerHost(peer string) string {
	for i := len(peer) - 1; i > 0; i-- {
		if peer[i] == ':' {
			peer = peer[:i]
			if n := len(peer); n > 1 && peer[0] == '[' && peer[n-1] == ']' {
				peer = peer[1 : n-1]
			}
			return peer
		}
	}
	return peer
}

// appendName appends a header field and a blank: printable US-ASCII, bounded, "-" when empty.
func appendName(dst []byte, s string, limit int) []byte {
	if s == "" {
		return append(dst, "- "...)
	}
	for i := 0; i < len(s) && i < limit; i++ {
		c := s[i]
		if c <= ' ' || c > '~' {
			c = '_'
		}
		dst = append(dst, c)
	}
	return append(dst, ' ')
}

// appendParam appends a parameter of structured data, or nothing for an empty value.
func appendParam(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, `="`...)
	for i := range len(value) {
		c := value[i]
		if c == '"' || c == '\\' || c == ']' {
			dst = append(dst, '\\')
		}
		if c < ' ' {
			c = ' '
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
