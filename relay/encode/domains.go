package encode

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"logrelay/relay"
)

// maxDomain is the length of a name in the DNS (RFC 1035, section 2.3.4), without its last dot.
const maxDomain = 253

// splitDomain cuts a name without last dot by the Public Suffix List: "www.example.co.uk" has the top-level domain "co.uk", the registered domain
// "example.co.uk" and the subdomain "www". A suffix of the list's private part ("s3.amazonaws.com") counts as a registered
// domain, as it does in Elasticsearch. All are empty for a name below no listed suffix. scratch is written to.
//
// It costs an allocation of 48 bytes, and for a suffix of several labels another: the library looks whether the name is an address, and how netip refuses
// one that is not.
func splitDomain(scratch []byte, name string) (registered, subdomain, top string) {
	if len(name) == 0 || len(name) > maxDomain || name[0] == '.' {
		return "", "", ""
	}
	lower := name
	if strings.IndexFunc(name, func(r rune) bool { return 'A' <= r && r <= 'Z' }) >= 0 {
		scratch = append(scratch[:0], name...)
		for i, c := range scratch {
			if isUpper(c) {
				scratch[i] = c | 0x20
			}
		}
		lower = relay.View(scratch)
	}
	suffix, icann := publicsuffix.PublicSuffix(lower)
	if icann && strings.IndexByte(suffix, '.') >= 0 { // the library may have said it of a longer name of which the list has but longer ones
		_, icann = publicsuffix.PublicSuffix(suffix)
	}
	at := len(name) - len(suffix) // where the registered domain begins
	switch {
	case icann && at == 0:
		return "", "", name
	case icann:
		top = name[at:]
		at = strings.LastIndexByte(name[:at-1], '.') + 1
	case strings.IndexByte(suffix, '.') >= 0:
		top = name[at+strings.IndexByte(name[at:], '.')+1:]
	default:
		return "", "", ""
	}
	if at > 1 {
		subdomain = name[:at-1]
	}
	return name[at:], subdomain, top
}

// Suffixes of the names that stand for addresses: RFC 1035, section 3.5; RFC 3596, section 2.5.
const (
	reverse4 = ".in-addr.arpa"
	reverse6 = ".ip6.arpa"
)

// isReverse reports whether a name without last dot stands for an address.
func isReverse(name string) bool {
	return hasSuffixFold(name, reverse4) || hasSuffixFold(name, reverse6)
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// appendReverse appends the address that a reverse name stands for: "1.2.0.192.in-addr.arpa" is 192.0.2.1. An address of version 6 is written in
// full. Nothing is appended for a name that stands for a network, or for nothing.
func appendReverse(dst []byte, name string) []byte {
	if hasSuffixFold(name, reverse6) {
		name = name[:len(name)-len(reverse6)]
		if len(name) != 63 {
			return dst
		}
		for i := 62; i >= 0; i-- {
			c := name[i]
			switch {
			case i%2 == 1 && c != '.', i%2 == 0 && !(c-'0' <= 9 || (c|0x20)-'a' <= 5):
				return dst
			}
		}
		for i := 62; i >= 0; i -= 2 {
			if dst = append(dst, name[i]|0x20); i > 0 && i%8 == 0 {
				dst = append(dst, ':')
			}
		}
		return dst
	}
	if !hasSuffixFold(name, reverse4) {
		return dst
	}
	at := len(dst)
	name = name[:len(name)-len(reverse4)]
	for n := 1; ; n++ {
		dot := strings.LastIndexByte(name, '.')
		part := name[dot+1:]
		if !isOctet(part) || n > 4 || n == 4 && dot >= 0 || n < 4 && dot < 0 {
			return dst[:at]
		}
		dst = append(dst, part...)
		if dot < 0 {
			return dst
		}
		dst = append(dst, '.')
		name = name[:dot]
	}
}

func isOctet(s string) bool {
	n := 0
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
		n = n*10 + int(s[i]-'0')
	}
	return len(s) > 0 && len(s) <= 3 && n <= 255 && (s[0] != '0' || len(s) == 1)
}
