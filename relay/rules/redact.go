package rules

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"regexp"
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// Mode is what redacting puts in the place of a value.
type Mode string

// Modes.
const (
	Mask   Mode = "mask"   // "<redacted>"; of an address the network: 192.0.2.0, 2001:db8:1::
	Hash   Mode = "hash"   // HMAC-SHA-256 under the rule's key, its first 16 bytes in hex; of an address one in fd00::/8 made of it
	Remove Mode = "remove" // nothing: the field is absent
)

const redacted = "<redacted>"

// redaction changes the places that it names.
type redaction struct {
	places  []place
	mode    Mode
	key     []byte
	pattern *regexp.Regexp // only what it matches; nil: the whole value
}

// place is a field, or a member of JSON.
type place struct {
	field      *Field
	address    bool
	root, path string
}

func (r *redaction) redact(es *relay.Events, e *relay.Event) {
	for i := range r.places {
		p := &r.places[i]
		if p.field == nil {
			rewriteJSON(e, p.root, p.path, r.json)
			continue
		}
		if at := p.field.place(e); at != nil && *at != "" {
			*at = es.Text([]byte(r.value(*at, p.address)))
		}
	}
}

// value returns what comes in the place of a value.
func (r *redaction) value(v string, address bool) string {
	if r.pattern != nil {
		return r.pattern.ReplaceAllStringFunc(v, func(s string) string { return r.whole(s, false) })
	}
	return r.whole(v, address)
}

func (r *redaction) whole(v string, address bool) string {
	switch r.mode {
	case Remove:
		return ""
	case Hash:
		mac := hmac.New(sha256.New, r.key)
		mac.Write([]byte(v))
		sum := mac.Sum(nil)[:16]
		if address {
			sum[0] = 0xfd
			return netip.AddrFrom16([16]byte(sum)).String()
		}
		return hex.EncodeToString(sum)
	}
	if address {
		return maskedAddress(v)
	}
	return redacted
}

// maskedAddress returns the network of an address: 24 bits of IPv4, 48 of IPv6. "" for what is no address.
func maskedAddress(v string) string {
	a, err := netip.ParseAddr(v)
	if err != nil {
		return ""
	}
	bits := 48
	if a.Unmap().Is4() {
		a, bits = a.Unmap(), 24
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return p.Addr().String()
}

// json returns what comes in the place of a member of JSON. Only strings are redacted in part; all else as a whole.
func (r *redaction) json(v jsondoc.Value) string {
	if r.mode == Remove && r.pattern == nil {
		return ""
	}
	var es relay.Events
	text := v.Raw()
	if v.IsString() {
		text = v.Text(&es)
	} else if r.pattern != nil {
		if !r.pattern.MatchString(text) {
			return text
		}
		return quote(r.whole(text, false))
	}
	return quote(r.value(text, false))
}

// newPlace finds what path names.
func newPlace(path string) (place, bool) {
	if f := lookup(path); f != nil {
		return place{field: f, address: strings.HasSuffix(path, ".ip")}, f.Writable()
	}
	root, members, ok := jsonPath(path)
	return place{root: root, path: members}, ok
}
