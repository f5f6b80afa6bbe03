package encode

import (
	"unicode/utf8"

	"logrelay/relay"
)

// cef writes the Common Event Format, version 0: CEF:0|Vendor|Product|Version|SignatureID|Name|Severity|extension.
//
// The header is the product that wrote the record and what sort of event it is; severity is OCSF's 1 to 6 as 1, 3, 5, 7, 9, 10. The extension
// has the dictionary's keys for what classes hold; IPv6 addresses go to c6a2 and c6a3 with their labels, as version 0 wants it. What the class has no
// place for follows: of a record that was CEF under its own keys, of all others as ad.NAME, the prefix for additional data. What the
// relay knows stands under keys that no record can write (a record's key that begins like them, or names vendor, product or version as the header does,
// gets an "x" before it):
//
//	logrelayId, logrelayInput, logrelayTenant, logrelayPeer, logrelayIdentity, logrelaySource, logrelayParseError
//
// Values are cut at maxCEFValue bytes and the event at maxCEF, at the border of a character: logrelayCut then counts what is not whole.
//
// Source: Micro Focus ArcSight Common Event Format, Implementation Standard, version 25.
type cef Options

// Bounds of an event in CEF and LEEF, in bytes. SIEMs take 64 KiB with the header of syslog.
const (
	maxCEF      = 60 << 10
	maxCEFValue = 8000
)

// cefSeverities maps relay.Severity.
var cefSeverities = [...]string{"1", "1", "3", "5", "7", "9", "10"}

func (o cef) encode(dst []byte, e *relay.Event) []byte {
	x := extension{dst: dst, start: len(dst), separator: ' ', escape: appendCEFValue}
	h := headOf(e)
	vendor, product := productOf(h)
	x.dst = append(x.dst, "CEF:0|"...)
	x.dst = append(appendCEFHeader(x.dst, vendor), '|')
	x.dst = append(appendCEFHeader(x.dst, product), '|')
	x.dst = append(appendCEFHeader(x.dst, h.Product.Version), '|')
	id, name := signature(e)
	x.dst = append(appendCEFHeader(x.dst, id), '|')
	x.dst = append(appendCEFHeader(x.dst, name), '|')
	x.dst = append(append(x.dst, cefSeverities[min(int(h.Severity), 6)]...), '|')
	x.first = true

	x.event(e, h)
	return x.finish(e, Options(o))
}

// headOf returns what the classes have in common; that of an event without a class is empty.
func headOf(e *relay.Event) *relay.Common {
	if e.Class == nil {
		return &relay.Common{}
	}
	return e.Class.Head()
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// productOf names the product; where the record tells none, the relay stands for it.
func productOf(h *relay.Common) (vendor, product string) {
	return firstOf(h.Product.Vendor, "logrelay"), firstOf(h.Product.Name, "logrelay")
}

// signature returns what sort of event it is: an id that is the same for all of the sort, and words for people.
func signature(e *relay.Event) (id, name string) {
	h := headOf(e)
	if e.Kind == relay.KindCEF || e.Kind == relay.KindLEEF {
		for i := range e.Rest {
			if e.Rest[i].Name == "name" {
				name = e.Rest[i].Value
			}
		}
		if m, ok := e.Class.(*relay.Message); ok {
			return h.EventCode, firstOf(name, m.Text, h.EventCode)
		}
		return h.EventCode, firstOf(name, h.Message, h.EventCode)
	}
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		if c.Quiet {
			return firstOf(h.EventCode, c.StatusCode, "flow"), firstOf(h.Message, "No network flow")
		}
		return firstOf(h.EventCode, c.Verdict.Word, "flow"), firstOf(h.Message, "Network flow")
	case *relay.APICall:
		return firstOf(c.API.Operation, h.EventCode, "call"), firstOf(h.Message, c.API.Operation, "API call")
	case *relay.DNSQuery:
		return firstOf(h.EventCode, c.Rcode, "query"), "DNS query"
	case *relay.HTTPRequest:
		return firstOf(h.EventCode, c.Verdict.Word, c.HTTP.Method, "request"), firstOf(h.Message, "HTTP request")
	case *relay.Authentication:
		return firstOf(h.EventCode, c.API.Operation, authNames[c.Activity], "login"), firstOf(h.Message, c.ActivityName, authNames[c.Activity], "Authentication")
	case *relay.Finding:
		id := c.Detector
		if len(c.Types) > 0 {
			id = c.Types[0]
		}
		return firstOf(id, h.EventCode, "finding"), firstOf(c.Title, h.Message, "Finding")
	case *relay.Message:
		return firstOf(h.EventCode, c.MsgID, c.App, "syslog"), firstOf(c.App, "Message")
	}
	return firstOf(h.EventCode, string(e.Kind), "event"), firstOf(string(e.Kind), "Event")
}

// authNames are the words for activities of a login.
var authNames = map[relay.AuthActivity]string{
	relay.AuthLogon: "Logon", relay.AuthLogoff: "Logoff", relay.AuthTicket: "Authentication Ticket", relay.AuthServiceTicket: "Service Ticket Request",
	relay.AuthTicketRenewal: "Service Ticket Renew", relay.AuthPreauth: "Preauth", relay.AuthAccountSwitch: "Account Switch",
}

// appendCEFHeader appends a field of the header: "|" and "\" are escaped, control characters become blanks.
func appendCEFHeader(dst []byte, s string) []byte {
	s, _ = cutText(s, maxCEFHeader)
	if plain(s, '|', '\\') {
		return append(dst, s...)
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '|' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c == 0x7f:
			dst = append(dst, ' ')
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n - 1
		}
	}
	return dst
}

// maxCEFHeader bounds a field of the header, in bytes.
const maxCEFHeader = 512

// appendCEFValue appends a value of the extension: "=" and "\" are escaped, line ends written as \n and \r, other control characters
// become blanks. Blanks at the end, which readers would lose with the next key, are kept as they are: the format has no way.
func appendCEFValue(dst []byte, s string) []byte {
	if plain(s, '=', '\\') {
		return append(dst, s...)
	}
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c < 0x7f && c != '=' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch {
		case c == '=' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c < ' ' || c == 0x7f:
			dst = append(dst, ' ')
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n - 1
			start = i + 1
		}
	}
	return append(dst, s[start:]...)
}

// cutText cuts s at limit bytes, not in the middle of a character.
func cutText(s string, limit int) (string, bool) {
	if len(s) <= limit {
		return s, false
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit], true
}
