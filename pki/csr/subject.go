package csr

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// attributeType is a kind of part that a subject has. Limits are in characters: RFC 5280 appendix A.1, upper bounds.
type attributeType struct {
	short, long string
	oid         asn1.ObjectIdentifier
	tag         int // of the string: UTF8String unless the standard wants another
	min, max    int
}

func x520(n int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 4, n} }

var attributeTypes = []attributeType{
	{"C", "countryName", x520(6), asn1.TagPrintableString, 2, 2},
	{"ST", "stateOrProvinceName", x520(8), asn1.TagUTF8String, 1, 128},
	{"L", "localityName", x520(7), asn1.TagUTF8String, 1, 128},
	{"O", "organizationName", x520(10), asn1.TagUTF8String, 1, 64},
	{"OU", "organizationalUnitName", x520(11), asn1.TagUTF8String, 1, 64},
	{"CN", "commonName", x520(3), asn1.TagUTF8String, 1, 64},
	{"emailAddress", "emailAddress", asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, asn1.TagIA5String, 1, 128},
	{"serialNumber", "serialNumber", x520(5), asn1.TagPrintableString, 1, 64},
	{"street", "streetAddress", x520(9), asn1.TagUTF8String, 1, 128},
	{"postalCode", "postalCode", x520(17), asn1.TagUTF8String, 1, 40},
	{"title", "title", x520(12), asn1.TagUTF8String, 1, 64},
	{"description", "description", x520(13), asn1.TagUTF8String, 1, 1024},
	{"businessCategory", "businessCategory", x520(15), asn1.TagUTF8String, 1, 128},
	{"name", "name", x520(41), asn1.TagUTF8String, 1, 32768},
	{"GN", "givenName", x520(42), asn1.TagUTF8String, 1, 32768},
	{"SN", "surname", x520(4), asn1.TagUTF8String, 1, 32768},
	{"initials", "initials", x520(43), asn1.TagUTF8String, 1, 32768},
	{"generationQualifier", "generationQualifier", x520(44), asn1.TagUTF8String, 1, 32768},
	{"dnQualifier", "dnQualifier", x520(46), asn1.TagPrintableString, 1, 64},
	{"pseudonym", "pseudonym", x520(65), asn1.TagUTF8String, 1, 128},
	{"organizationIdentifier", "organizationIdentifier", x520(97), asn1.TagUTF8String, 1, 128},
	{"DC", "domainComponent", asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}, asn1.TagIA5String, 1, 63},
	{"UID", "userId", asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}, asn1.TagUTF8String, 1, 256},
}

func attributeNamed(name string) *attributeType {
	for i := range attributeTypes {
		if t := &attributeTypes[i]; strings.EqualFold(name, t.short) || strings.EqualFold(name, t.long) {
			return t
		}
	}
	return nil
}

// Attribute is one part of a subject: "CN" is "relay.example.com". NewAttribute makes it.
type Attribute struct {
	Value  string
	Joined bool // it shares its place with the part before it
	typ    *attributeType
}

// NewAttribute checks a value for the attribute of a name: "CN" or "commonName", in any case.
func NewAttribute(name, value string) (Attribute, error) {
	t := attributeNamed(name)
	if t == nil {
		return Attribute{}, fmt.Errorf("subject: unknown attribute %q", name)
	}
	n := utf8.RuneCountInString(value)
	switch {
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		return Attribute{}, fmt.Errorf("subject: %s %q: not plain text in UTF-8", t.long, value)
	case t.tag == asn1.TagPrintableString && strings.ContainsFunc(value, notPrintableString), t.tag == asn1.TagIA5String && !isASCII(value):
		return Attribute{}, fmt.Errorf("subject: %s %q: a character that this attribute cannot hold", t.long, value)
	case t.min == t.max && n != t.min:
		return Attribute{}, fmt.Errorf("subject: %s %q: it has to have %d characters", t.long, value, t.min)
	case n < t.min || n > t.max:
		return Attribute{}, fmt.Errorf("subject: %s %q: %d characters; allowed: %d to %d", t.long, value, n, t.min, t.max)
	}
	return Attribute{Value: value, typ: t}, nil
}

// notPrintableString: X.680 section 41.4.
func notPrintableString(r rune) bool {
	return (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)) && !strings.ContainsRune(" '()+,-./:=?", r)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// Subject is whom a certificate is for, in the order in which it is written.
type Subject []Attribute

// ParseSubject reads the form of openssl's -subj: "/C=US/O=Example/CN=relay.example.com", with "+" between parts that share a place and "\" before
// characters that would mean something else. Parts without a value are left out, as openssl does it.
func ParseSubject(text string) (Subject, error) {
	if !strings.HasPrefix(text, "/") {
		return nil, fmt.Errorf(`subject %q: it begins with "/", as in /C=US/O=Example/CN=relay.example.com`, text)
	}
	var s Subject
	joined := false
	for rest := text[1:]; rest != ""; {
		part, end := cutPart(rest)
		rest = rest[end:]
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, fmt.Errorf(`subject %q: %q is not "name=value"`, text, part)
		}
		if value = unescape(value); value != "" {
			a, err := NewAttribute(strings.TrimSpace(name), value)
			if err != nil {
				return nil, err
			}
			a.Joined = joined && len(s) > 0
			s = append(s, a)
		}
		joined = strings.HasPrefix(rest, "+")
		rest = strings.TrimLeft(rest, "+/")
	}
	if len(s) == 0 {
		return nil, errors.New("subject: it is empty")
	}
	return s, nil
}

// cutPart returns the text up to the next "/" or "+" that is not escaped.
func cutPart(text string) (part string, end int) {
	for end < len(text) && text[end] != '/' && text[end] != '+' {
		if text[end] == '\\' && end+1 < len(text) {
			end++
		}
		end++
	}
	return text[:end], end
}

func unescape(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// CommonName returns the last common name, or "".
func (s Subject) CommonName() string {
	name := ""
	for _, a := range s {
		if a.typ.short == "CN" {
			name = a.Value
		}
	}
	return name
}

// String writes the subject as "openssl req -text" does: C = US, CN = relay.example.com.
func (s Subject) String() string {
	var out strings.Builder
	for i, a := range s {
		if i > 0 && a.Joined {
			out.WriteString(" + ")
		} else if i > 0 {
			out.WriteString(", ")
		}
		out.WriteString(a.typ.short + " = " + a.Value)
	}
	return out.String()
}

func (s Subject) encode() ([]byte, error) {
	var rdns pkix.RDNSequence
	for _, a := range s {
		v := pkix.AttributeTypeAndValue{Type: a.typ.oid, Value: asn1.RawValue{Tag: a.typ.tag, Bytes: []byte(a.Value)}}
		if a.Joined && len(rdns) > 0 {
			last := &rdns[len(rdns)-1]
			*last = append(*last, v)
		} else {
			rdns = append(rdns, pkix.RelativeDistinguishedNameSET{v})
		}
	}
	return asn1.Marshal(rdns)
}
