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

// place is a field, or something with a name that is the sender's: a member of JSON, a header.
type place struct {
	field      *Field
	address    bool
	root, path string
}

// redact reports false when a place could not be looked for.
func (r *redaction) redact(es *relay.Events, e *relay.Event) bool {
	ok := true
	for i := range r.places {
		p := &r.places[i]
		switch {
		case p.field == nil:
			ok = r.members(es, e, p) && ok
		case p.field.place(e) != nil:
			ok = r.whereverField(es, e, p) && ok
		}
	}
	return ok
}

// whereverField redacts a field, and what holds the same: the addresses on the way of an address, the member that the message of a record that is
// JSON was taken from.
func (r *redaction) whereverField(es *relay.Events, e *relay.Event, p *place) bool {
	at := p.field.place(e)
	was := *at
	r.text(es, at, p.address)
	switch p.field.Name {
	case "src.ip":
		r.way(es, src(e))
		if h := request(e); h != nil {
			h.XForwardedFor = r.list(es, h.XForwardedFor)
		}
	case "dst.ip":
		r.way(es, dst(e))
	case "message":
		o, is := e.Class.(*relay.Other)
		if !is || o.JSON == "" || was == "" {
			return true
		}
		members := func(root jsondoc.Value, f func(jsondoc.Value)) {
			for m := root.First(); m.Exists(); m = m.Next() {
				if m.IsString() && m.Text(es) == was {
					f(m)
				}
			}
		}
		var ok bool
		o.JSON, ok = replaceJSON(o.JSON, members, r.jsonOf(es))
		return ok
	}
	return true
}

// way redacts the addresses that an endpoint had on the way.
func (r *redaction) way(es *relay.Events, p *relay.Endpoint) {
	r.text(es, &p.HopIP, true)
	p.Intermediates = r.list(es, p.Intermediates)
}

// list returns addresses redacted; those of which nothing is left are left out.
func (r *redaction) list(es *relay.Events, addresses []string) []string {
	if len(addresses) == 0 {
		return nil
	}
	out := make([]string, 0, len(addresses))
	for _, a := range addresses {
		if a = r.value(a, true); a != "" {
			out = append(out, a)
		}
	}
	return es.Strings(out)
}

// text redacts *at unless it is absent.
func (r *redaction) text(es *relay.Events, at *string, address bool) {
	if *at != "" {
		*at = es.Text([]byte(r.value(*at, address)))
	}
}

// members redacts what has names that are the sender's.
func (r *redaction) members(es *relay.Events, e *relay.Event, p *place) bool {
	change := r.jsonOf(es)
	find := func(root jsondoc.Value, f func(jsondoc.Value)) { members(es, root, p.path, f) }
	ok := true
	in := func(text *string) {
		if *text != "" {
			var read bool
			*text, read = replaceJSON(*text, find, change)
			ok = ok && read
		}
	}
	switch p.root {
	case headerRoot:
		if h := request(e); h != nil {
			for i := range h.Headers {
				if strings.EqualFold(h.Headers[i].Name, p.path) {
					r.text(es, &h.Headers[i].Value, false)
				}
			}
		}
		return true
	case requestRoot:
		if a := api(e); a != nil {
			in(&a.Request)
		}
		return r.rest(es, e, "requestParameters."+p.path) && ok // where schemas demand that it stays with the rest
	case responseRoot:
		if a := api(e); a != nil {
			in(&a.Response)
		}
		return r.rest(es, e, "responseElements."+p.path) && ok
	}
	switch c := e.Class.(type) {
	case *relay.Other:
		if message := c.Message; message != "" {
			change = func(v jsondoc.Value) string {
				if v.IsString() && v.Text(es) == message {
					c.Message = es.Text([]byte(r.value(message, false)))
				}
				return r.json(es, v)
			}
		}
		in(&c.JSON)
	case *relay.Message:
		if left, is := below(p.path, structuredData); is {
			for i := range c.Params {
				if q := &c.Params[i]; left == "" || left == q.Element || left == q.Element+"."+q.Name {
					r.text(es, &q.Value, false)
				}
			}
		}
	}
	return r.rest(es, e, p.path) && ok
}

// rest redacts fields that the class has no place for, or members of them.
func (r *redaction) rest(es *relay.Events, e *relay.Event, path string) bool {
	ok := true
	for i := range e.Rest {
		f := &e.Rest[i]
		left, is := below(path, f.Name)
		switch {
		case !is:
		case f.Type == relay.FieldJSON:
			var read bool
			find := func(root jsondoc.Value, f func(jsondoc.Value)) { members(es, root, left, f) }
			f.Value, read = replaceJSON(f.Value, find, r.jsonOf(es))
			ok = ok && read
		case left == "":
			if f.Value = r.value(f.Value, false); f.Value == "" {
				f.Value = "null"
			} else {
				f.Value = quote(f.Value)
			}
			f.Type = relay.FieldJSON
		}
	}
	return ok
}

// value returns what comes in the place of a value. An address of which a part is redacted is none, and is left out.
func (r *redaction) value(v string, address bool) string {
	if r.pattern == nil {
		return r.whole(v, address)
	}
	v = r.pattern.ReplaceAllStringFunc(v, func(s string) string { return r.whole(s, false) })
	if address && !relay.IsAddr(v) {
		return ""
	}
	return v
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
func (r *redaction) json(es *relay.Events, v jsondoc.Value) string {
	if r.mode == Remove && r.pattern == nil {
		return ""
	}
	text := v.Raw()
	if v.IsString() {
		text = v.Text(es)
	} else if r.pattern != nil {
		if !r.pattern.MatchString(text) {
			return text
		}
		return quote(r.whole(text, false))
	}
	return quote(r.value(text, false))
}

func (r *redaction) jsonOf(es *relay.Events) func(jsondoc.Value) string {
	return func(v jsondoc.Value) string { return r.json(es, v) }
}

// newPlace finds what path names.
func newPlace(path string) (place, bool) {
	if f := lookup(path); f != nil {
		return place{field: f, address: f.address()}, f.Writable()
	}
	root, members, ok := jsonPath(path)
	return place{root: root, path: members}, ok
}
