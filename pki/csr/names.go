package csr

import (
	"encoding/asn1"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// Kinds of alternative names, as openssl writes them.
const (
	DNS   = "DNS"
	IP    = "IP"
	Email = "email"
	URI   = "URI"
)

// maxNames bounds the alternative names of a request: more than any CA takes.
const maxNames = 1000

// Name is an alternative name. NewName makes it.
type Name struct {
	Kind  string // DNS, IP, Email or URI
	Value string
}

// String writes it as a flag or a file has it: DNS:relay.example.com.
func (n Name) String() string { return n.Kind + ":" + n.Value }

// IsMisplaced reports whether an address stands as a host name, as openssl takes it. Clients look for addresses among the addresses alone.
func (n Name) IsMisplaced() bool {
	_, err := netip.ParseAddr(n.Value)
	return n.Kind == DNS && err == nil
}

// NewName checks a name of a kind; kinds are taken in any case.
func NewName(kind, value string) (Name, error) {
	value = strings.TrimSpace(value)
	n := Name{kind, value}
	switch strings.ToLower(kind) {
	case "dns":
		n.Kind = DNS
		if !isASCII(value) {
			return n, fmt.Errorf("alternative name %s: write it in its ASCII form (xn--…)", n)
		}
		if !isHost(value) && !n.IsMisplaced() {
			return n, fmt.Errorf("alternative name %s: not a host name", n)
		}
	case "ip":
		n.Kind = IP
		ip, err := netip.ParseAddr(value)
		if err != nil || ip.Zone() != "" {
			return n, fmt.Errorf("alternative name %s: not an address", n)
		}
		n.Value = ip.Unmap().String()
	case "email":
		n.Kind = Email
		if !isASCII(value) || strings.ContainsFunc(value, unicode.IsSpace) || !strings.Contains(value, "@") {
			return n, fmt.Errorf("alternative name %s: not a mail address", n)
		}
	case "uri":
		n.Kind = URI
		if !isURI(value) {
			return n, fmt.Errorf("alternative name %s: not a URI", n)
		}
	default:
		return n, fmt.Errorf("alternative name %s: its kind is none of DNS, IP, email, URI", n)
	}
	return n, nil
}

// isHost reports whether s can be a host name in a certificate: letters, digits, "-" and "_" between dots; "*" alone as the first label. An
// address is none.
func isHost(s string) bool {
	labels := strings.Split(strings.TrimPrefix(s, "*."), ".")
	if len(s) > 253 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "-") != l ||
			strings.ContainsFunc(l, func(r rune) bool { return r > unicode.MaxASCII || !isWord(byte(r)) && r != '-' }) {
			return false
		}
	}
	_, err := netip.ParseAddr(s)
	return err != nil
}

// isURI reports whether s is a URI whose host, if it has one, is of labels that can be read again from a certificate.
func isURI(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || !isASCII(s) {
		return false
	}
	if u.Host == "" {
		return true
	}
	for label := range strings.SplitSeq(u.Host, ".") {
		if label == "" || strings.ContainsFunc(label, func(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII }) {
			return false
		}
	}
	return true
}

// HostName turns a name or address, as people write it, into an alternative name. False: it is neither.
func HostName(s string) (Name, bool) {
	if n, err := NewName(IP, s); err == nil {
		return n, true
	}
	n, err := NewName(DNS, s)
	return n, err == nil && !n.IsMisplaced()
}

// ParseNames reads a list as openssl writes it: "DNS:relay.example.com,IP:192.0.2.1". A name or address without its kind is taken too.
func ParseNames(text string) ([]Name, error) {
	var names []Name
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		if item == "" || item == "critical" {
			continue
		}
		if n, ok := HostName(item); ok {
			names = append(names, n)
			continue
		}
		kind, value, ok := strings.Cut(item, ":")
		if !ok {
			return nil, fmt.Errorf("alternative name %q: for example DNS:relay.example.com or IP:192.0.2.1", item)
		}
		n, err := NewName(strings.TrimSpace(kind), value)
		if err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	if len(names) > maxNames {
		return nil, fmt.Errorf("more than %d alternative names", maxNames)
	}
	return names, nil
}

// AddName appends a name that is not there yet. Host names are compared without case.
func AddName(names []Name, n Name) []Name {
	if slices.ContainsFunc(names, func(have Name) bool { return have.Kind == n.Kind && strings.EqualFold(have.Value, n.Value) }) {
		return names
	}
	return append(names, n)
}

// generalNames encodes RFC 5280 section 4.2.1.6.
func generalNames(names []Name) ([]byte, error) {
	var raw []asn1.RawValue
	for _, n := range names {
		v := asn1.RawValue{Class: asn1.ClassContextSpecific, Bytes: []byte(n.Value)}
		switch n.Kind {
		case Email:
			v.Tag = 1
		case DNS:
			v.Tag = 2
		case URI:
			v.Tag = 6
		case IP:
			ip, err := netip.ParseAddr(n.Value)
			if err != nil {
				return nil, fmt.Errorf("alternative name %s: %w", n, err)
			}
			v.Tag, v.Bytes = 7, ip.AsSlice()
		}
		raw = append(raw, v)
	}
	return asn1.Marshal(raw)
}
