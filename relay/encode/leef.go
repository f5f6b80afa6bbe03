package encode

import (
	"unicode/utf8"

	"logrelay/relay"
)

// leef writes the Log Event Extended Format, version 2.0, with tabs between pairs: LEEF:2.0|Vendor|Product|Version|EventID|x09|pairs.
//
// Keys are LEEF's predefined ones where it has one for what a class holds, else those of CEF (see cef); additional data are ad_NAME. devTime is in
// milliseconds since 1970, which needs no devTimeFormat. The format has no escapes: tabs and line ends in values become blanks.
//
// Source: IBM QRadar, Log Event Extended Format (LEEF), version 2.
type leef Options

func (o leef) encode(dst []byte, e *relay.Event) []byte {
	x := extension{dst: dst, start: len(dst), separator: '\t', escape: appendLEEFValue, rename: leefKey}
	h := headOf(e)
	vendor, product := productOf(h)
	id, name := signature(e)
	x.dst = append(x.dst, "LEEF:2.0|"...)
	x.dst = append(appendLEEFHeader(x.dst, vendor), '|')
	x.dst = append(appendLEEFHeader(x.dst, product), '|')
	x.dst = append(appendLEEFHeader(x.dst, h.Product.Version), '|')
	x.dst = append(appendLEEFHeader(x.dst, id), "|x09|"...)
	if _, ok := e.Class.(*relay.Authentication); ok {
		x.rename = leefLoginKey
	}
	x.event(e, h)
	x.text("sev", cefSeverities[min(int(h.Severity), 6)])
	x.text("eventName", name)
	return x.finish(e, Options(o))
}

// leefKey returns the key of LEEF for one of CEF's dictionary; "" where LEEF has no use for the pair.
func leefKey(key string) string {
	switch key {
	case "rt":
		return "devTime"
	case "c6a2":
		return "src"
	case "c6a3":
		return "dst"
	case "c6a2Label", "c6a3Label":
		return ""
	case "spt":
		return "srcPort"
	case "dpt":
		return "dstPort"
	case "smac":
		return "srcMAC"
	case "dmac":
		return "dstMAC"
	case "in":
		return "srcBytes"
	case "out":
		return "dstBytes"
	case "suser":
		return "usrName"
	case "sntdom":
		return "domain"
	case "request":
		return "url"
	case "act":
		return "action"
	case "sourceTranslatedAddress":
		return "srcPostNAT"
	case "destinationTranslatedAddress":
		return "dstPostNAT"
	case "sourceTranslatedPort":
		return "srcPostNATPort"
	case "destinationTranslatedPort":
		return "dstPostNATPort"
	}
	return key
}

// leefLoginKey is leefKey for logins, where the user is the one who logs in.
func leefLoginKey(key string) string {
	switch key {
	case "duser":
		return "usrName"
	case "suser":
		return "actorName"
	case "dntdom":
		return "domain"
	case "sntdom":
		return "actorDomain"
	}
	return leefKey(key)
}

// appendLEEFHeader appends a field of the header: bars and control characters become blanks.
func appendLEEFHeader(dst []byte, s string) []byte {
	s, _ = cutText(s, maxCEFHeader)
	n := len(dst)
	dst = appendLEEFValue(dst, s)
	for i := n; i < len(dst); i++ {
		if dst[i] == '|' {
			dst[i] = ' '
		}
	}
	return dst
}

// appendLEEFValue appends a value: control characters become blanks.
func appendLEEFValue(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c < 0x7f {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		if c < utf8.RuneSelf {
			dst = append(dst, ' ')
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		dst = utf8.AppendRune(dst, r)
		i += n - 1
		start = i + 1
	}
	return append(dst, s[start:]...)
}
