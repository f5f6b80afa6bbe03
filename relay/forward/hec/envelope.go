package hec

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net"
	"strconv"
	"strings"
	"unicode/utf8"

	"logrelay/relay"
)

// ourPrefix begins the names of the fields that no sender can set.
const ourPrefix = "logrelay_"

// appendEnvelope appends one event in its envelope.
func (d *Destination) appendEnvelope(dst []byte, e *relay.Event) []byte {
	r := e.Record
	dst = append(dst, `{"time":`...)
	dst = appendTime(dst, e.Time)
	dst = appendMember(dst, "host", first(d.o.Host, r.Attr(relay.AttrHost), hostname(e)))
	dst = appendMember(dst, "source", first(d.o.Source, r.Attr(relay.AttrSource), r.Origin.Source))
	dst = appendMember(dst, "sourcetype", first(d.o.Sourcetype, r.Attr(relay.AttrSourcetype), ""))
	dst = appendMember(dst, "index", first(d.o.Index, r.Attr(relay.AttrIndex), ""))
	dst = append(dst, `,"event":`...)
	from := len(dst)
	if dst = d.o.Encode(dst, e); !d.o.JSON && !isJSON(dst[from:]) {
		dst = quote(dst, from)
	}
	dst = append(dst, `,"fields":{`...)
	if theirs := senderFields(r.Attr(relay.AttrFields)); theirs != "" {
		dst = append(dst, theirs...)
		dst = append(dst, ',')
	}
	dst = append(dst, `"`+ourPrefix+`id":"`...)
	dst = e.AppendID(dst)
	dst = append(dst, '"')
	dst = appendMember(dst, ourPrefix+"input", r.Origin.Input)
	dst = appendMember(dst, ourPrefix+"tenant", r.Origin.Tenant)
	dst = appendMember(dst, ourPrefix+"peer", r.Origin.Peer)
	dst = appendMember(dst, ourPrefix+"identity", r.Origin.Identity)
	if e.Fault.Reason != relay.FaultNone {
		dst = appendMember(dst, ourPrefix+"parse_error", string(e.Fault.AppendTo(nil)))
	}
	return append(dst, "}}"...)
}

// appendTime appends nanoseconds since 1970 UTC as seconds with six digits of fraction.
func appendTime(dst []byte, ns int64) []byte {
	if ns < 0 {
		ns = 0
	}
	dst = strconv.AppendInt(dst, ns/1e9, 10)
	dst = append(dst, '.')
	for div := int64(1e8); div >= 1e3; div /= 10 {
		dst = append(dst, byte('0'+ns/div%10))
	}
	return dst
}

func first(a, b, c string) string {
	if a != "" {
		return a
	}
	if b != "" {
		return b
	}
	return c
}

// hostname is what the message says, else the sender's address.
func hostname(e *relay.Event) string {
	if e.Class != nil && e.Class.Head().Host != "" {
		return e.Class.Head().Host
	}
	if host, _, err := net.SplitHostPort(e.Record.Origin.Peer); err == nil {
		return host
	}
	return ""
}

func isJSON(b []byte) bool {
	return len(b) > 0 && (b[0] == '{' || b[0] == '[' || b[0] == '"') && json.Valid(b) && !bytes.Equal(b, []byte(`""`))
}

// senderFields returns the members of a JSON object without the braces, and without those that have our names.
func senderFields(object string) string {
	inner := strings.TrimSpace(object)
	if len(inner) < 2 || inner[0] != '{' {
		return ""
	}
	if !strings.Contains(inner, ourPrefix) && !strings.Contains(inner, `\u`) {
		if !json.Valid([]byte(inner)) {
			return ""
		}
		return strings.TrimSpace(inner[1 : len(inner)-1])
	}
	var all map[string]json.RawMessage
	if json.Unmarshal([]byte(inner), &all) != nil {
		return ""
	}
	for k := range all {
		if strings.HasPrefix(k, ourPrefix) {
			delete(all, k)
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		return ""
	}
	return string(b[1 : len(b)-1])
}

// appendMember appends ,"name":"value", or nothing for an empty value; right after an opening brace there must be a member before it.
func appendMember(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	dst = append(dst, `":`...)
	return appendString(dst, value)
}

// quote makes dst[from:] a JSON string. An empty event would be refused: it goes out as "-".
func quote(dst []byte, from int) []byte {
	end := len(dst)
	if end == from {
		return append(dst, `"-"`...)
	}
	dst = appendString(dst, relay.View(dst[from:end]))
	return dst[:from+copy(dst[from:], dst[end:])]
}

// special reports whether any of the eight bytes has to be looked at: below a blank, a quote, a backslash, beyond ASCII.
func special(v uint64) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	quote, slash := v^(ones*'"'), v^(ones*'\\')
	return (v|(v-ones*' ')|(quote-ones)|(slash-ones))&high != 0
}

// appendString appends s as a JSON string (RFC 8259 section 7). Bytes that are not UTF-8 become U+FFFD.
func appendString(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	plain := 0
	for i := 0; i < len(s); {
		for i+8 <= len(s) && !special(binary.LittleEndian.Uint64([]byte(s[i:i+8]))) {
			i += 8
		}
		if i == len(s) {
			break
		}
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[plain:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, `\n`...)
			case '\r':
				dst = append(dst, `\r`...)
			case '\t':
				dst = append(dst, `\t`...)
			default:
				dst = append(dst, `\u00`...)
				dst = append(dst, digits[c>>4], digits[c&15])
			}
			i++
			plain = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[plain:i]...)
			dst = append(dst, "\uFFFD"...)
			plain = i + 1
		}
		i += n
	}
	dst = append(dst, s[plain:]...)
	return append(dst, '"')
}
