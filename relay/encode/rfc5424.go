package encode

import (
	"strings"
	"unicode/utf8"

	"logrelay/relay"
)

// ourElement is the SD-ID of the element that carries what the relay knows of an event. 32473 is the enterprise number that RFC 5612
// sets aside for examples; the relay has none of its own.
const ourElement = "logrelay@32473"

// Lengths that RFC 5424 section 6 allows the fields of the header, in bytes.
const (
	maxHostname = 255
	maxAppName  = 48
	maxProcID   = 128
	maxMsgID    = 32
)

// facilityUser is the facility of events that have no priority of their own (RFC 3164 section 4.3.3).
const facilityUser = int64(1 << 3)

// syslogSeverities maps severities to those of RFC 5424 section 6.2.1; events that state none are notices.
var syslogSeverities = [...]int64{
	relay.SeverityUnset: 5, relay.SeverityInformational: 6, relay.SeverityLow: 5, relay.SeverityMedium: 4, relay.SeverityHigh: 3,
	relay.SeverityCritical: 2, relay.SeverityFatal: 0,
}

// RFC5424 returns an encoder of RFC 5424 messages without framing. The header and structured data are the event's; MSG is what body appends,
// with CR, LF and NUL escaped as by relay.EscapeLine.
//
// Structured data begins with the element logrelay@32473: id, and input, tenant, peer, identity and source label where they are known. An element
// of that name that came in goes out as x-logrelay@32473. It is stateless and safe for concurrent use if body is.
func RFC5424(body relay.EncodeFunc) relay.EncodeFunc {
	return func(dst []byte, e *relay.Event) []byte {
		m, isMessage := e.Class.(*relay.Message)
		if !isMessage {
			m = new(relay.Message) // stays on the stack
		}
		h := headOf(e)
		pri := facilityUser | syslogSeverities[h.Severity]
		if m.PRI.Set {
			pri = m.PRI.Value
		}
		dst = appendInt(append(dst, '<'), pri)
		dst = append(dst, ">1 "...)
		dst = appendTime(dst, e.Time/1000*1000) // at most six digits of the second
		host := h.Host
		if host == "" && hasAttrs(e.Record) {
			host = attr(e.Record, relay.AttrHost)
		}
		if host == "" {
			host = peerHost(e.Record.Origin.Peer)
		}
		app := h.App
		if app == "" && !isMessage {
			app = string(e.Kind)
		}
		dst = headerField(append(dst, ' '), host, maxHostname)
		dst = headerField(append(dst, ' '), app, maxAppName)
		dst = headerField(append(dst, ' '), m.ProcID, maxProcID)
		dst = headerField(append(dst, ' '), firstOf(m.MsgID, h.EventCode), maxMsgID)
		dst = sdElements(append(dst, ' '), e, m)
		dst = append(dst, ' ')
		return relay.EscapeLine(body(dst, e), len(dst))
	}
}

// message is the schema rfc5424: the text of messages and lines behind a header, everything else as the schema json.
func (o flat) message(dst []byte, e *relay.Event) []byte {
	switch c := e.Class.(type) {
	case *relay.Message:
		return appendUTF8(dst, c.Text)
	case *relay.Other:
		if c.JSON == "" {
			return appendUTF8(dst, c.Text)
		}
	}
	return o.encode(dst, e)
}

// appendUTF8 appends s with U+FFFD for each byte that is not UTF-8.
func appendUTF8(dst []byte, s string) []byte {
	if utf8.ValidString(s) {
		return append(dst, s...)
	}
	for _, r := range s {
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// headerField appends s with what RFC 5424 does not allow in a header replaced by "_", cut at limit; "-" when it is absent.
func headerField(dst []byte, s string, limit int) []byte {
	if s == "" {
		return append(dst, '-')
	}
	if len(s) > limit {
		s = s[:limit]
	}
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}

// peerHost returns the address of "address:port"; other peers (s3://…) have none.
func peerHost(peer string) string {
	i := strings.LastIndexByte(peer, ':')
	if i < 0 || strings.Contains(peer, "/") {
		return ""
	}
	return strings.Trim(peer[:i], "[]")
}

func sdElements(dst []byte, e *relay.Event, m *relay.Message) []byte {
	o := e.Record.Origin
	dst = append(append(append(dst, '['), ourElement...), ` id="`...)
	dst = append(e.AppendID(dst), '"')
	dst = sdParam(dst, "input", o.Input)
	dst = sdParam(dst, "tenant", o.Tenant)
	dst = sdParam(dst, "peer", o.Peer)
	dst = sdParam(dst, "identity", o.Identity)
	dst = sdParam(dst, "source", o.Source)
	if e.Fault.Reason != relay.FaultNone {
		var text [256]byte
		dst = sdParam(dst, "parse_error", relay.View(e.Fault.AppendTo(text[:0])))
	}
	dst = append(dst, ']')
	for i := 0; i < len(m.Params); {
		id := m.Params[i].Element
		dst = append(dst, '[')
		if id == ourElement {
			dst = append(dst, "x-"...)
		}
		dst = sdName(dst, id)
		for ; i < len(m.Params) && m.Params[i].Element == id; i++ {
			if p := m.Params[i]; p.Name != "" {
				dst = append(sdName(append(dst, ' '), p.Name), `="`...)
				dst = append(sdValue(dst, p.Value), '"')
			}
		}
		dst = append(dst, ']')
	}
	return dst
}

func sdParam(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(append(append(dst, ' '), name...), `="`...)
	return append(sdValue(dst, value), '"')
}

// sdName appends an SD-NAME: printable ASCII without =, ], " and blanks.
func sdName(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || c == '=' || c == ']' || c == '"' {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}

// sdValue appends a PARAM-VALUE: UTF-8 with ", \ and ] escaped; line ends and NUL as \\n, \\r and \\0.
func sdValue(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == ']':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\\n`...)
		case c == '\r':
			dst = append(dst, `\\r`...)
		case c == 0:
			dst = append(dst, `\\0`...)
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		default:
			dst = append(dst, c)
		}
		i++
	}
	return dst
}
