package encode

import (
	"strings"

	"logrelay/relay"
)

// extension appends key=value pairs: those of CEF and of LEEF differ in what separates and escapes them.
type extension struct {
	dst       []byte
	start     int // of the event in dst
	separator byte
	escape    func(dst []byte, value string) []byte
	first     bool
	cut       int64                   // values that are not whole
	arrived   bool                    // the record was CEF or LEEF: its keys keep their names
	rename    func(key string) string // of the dictionary's keys; nil: they stay. "" leaves the pair out
}

// text appends a pair unless the value is absent.
func (x *extension) text(key, value string) {
	if value != "" && x.key(key) {
		x.value(value)
	}
}

// key begins a pair, and reports whether there is to be one.
func (x *extension) key(key string) bool {
	if x.rename != nil {
		if key = x.rename(key); key == "" {
			return false
		}
	}
	if !x.first {
		x.dst = append(x.dst, x.separator)
	}
	x.first = false
	x.dst = append(append(x.dst, key...), '=')
	return true
}

// list appends values as one, with commas between them.
func (x *extension) list(key string, values []string) {
	for i, v := range values {
		x.item(key, i, v)
	}
}

// item appends the i-th value of a list; those of one list come one after the other.
func (x *extension) item(key string, i int, value string) {
	if i == 0 {
		x.extraKey("ad.", key)
	} else {
		x.dst = append(x.dst, ',')
	}
	x.value(value)
}

func (x *extension) value(value string) {
	room := maxCEF - (len(x.dst) - x.start)
	value, cut := cutText(value, max(0, min(maxCEFValue, room)))
	if cut {
		x.cut++
	}
	x.dst = x.escape(x.dst, value)
}

func (x *extension) number(key string, n int64) {
	if x.key(key) {
		x.dst = appendInt(x.dst, n)
	}
}

func (x *extension) optional(key string, n relay.Number) {
	if n.Set {
		x.number(key, n.Value)
	}
}

func (x *extension) optionalExtra(key string, n relay.Number) {
	if n.Set {
		x.extraKey("ad.", key)
		x.dst = appendInt(x.dst, n.Value)
	}
}

// extraTime appends a time of additional data in milliseconds since 1970.
func (x *extension) extraTime(key string, t int64) {
	if t != 0 {
		x.optionalExtra(key, relay.NumberOf(t/1e6))
	}
}

func (x *extension) truth(key string, t relay.Truth) {
	switch t {
	case relay.TruthYes:
		x.extra("ad.", key, "true")
	case relay.TruthNo:
		x.extra("ad.", key, "false")
	}
}

// time appends a time in milliseconds since 1970.
func (x *extension) time(key string, t int64) {
	if t != 0 {
		x.number(key, t/1e6)
	}
}

// extra appends a pair whose key may hold anything: what keys cannot have becomes "_". A reserved one gets an "x" before it.
func (x *extension) extra(prefix, key, value string) {
	if value == "" {
		return
	}
	if len(x.dst)-x.start >= maxCEF {
		x.cut++
		return
	}
	x.extraKey(prefix, key)
	x.value(value)
}

// part is extra for additional data that several objects of an event may have. Names are put together for what is there alone.
func (x *extension) part(of, key, value string) {
	if value != "" {
		x.extra("ad.", of+key, value)
	}
}

func (x *extension) extraKey(prefix, key string) {
	if !x.first {
		x.dst = append(x.dst, x.separator)
	}
	x.first = false
	x.dst = append(x.dst, prefix...)
	if prefix != "" && x.rename != nil {
		x.dst[len(x.dst)-1] = '_' // keys of LEEF have no dots
	}
	if prefix == "" && reserved(key) {
		x.dst = append(x.dst, 'x')
	}
	key, _ = cutText(key, maxCEFKey)
	at := len(x.dst)
	x.dst = append(append(x.dst, key...), '=')
	own := x.dst[at : at+len(key)]
	for i, c := range own {
		if c|0x20-'a' > 25 && c-'0' > 9 && c != '.' || c == '.' && x.rename != nil {
			own[i] = '_'
		}
	}
}

// reserved reports whether a key of a record would pass for one of the relay's, or for a field of the header: there are readers that put header and extension
// into one map, where a record could then name a product that its input does not let through.
func reserved(key string) bool {
	if len(key) >= len(relayKey) && strings.EqualFold(key[:len(relayKey)], relayKey) {
		return true
	}
	return len(key) >= len("deviceVendor") && (strings.EqualFold(key, "deviceVendor") || strings.EqualFold(key, "deviceProduct") || strings.EqualFold(key, "deviceVersion"))
}

const (
	relayKey  = "logrelay"
	maxCEFKey = 128
)

// bare returns the value of f as text: that of a JSON string without its quotes, unless there are escapes in it.
func bare(f *relay.Field) string {
	v := f.Value
	if f.Type != relay.FieldJSON || len(v) < 2 || v[0] != '"' || strings.IndexByte(v, '\\') >= 0 {
		return v
	}
	return v[1 : len(v)-1]
}

// finish appends what the class has no place for and what the relay knows.
func (x *extension) finish(e *relay.Event, o Options) []byte {
	own := "ad."
	if x.arrived {
		own = ""
	}
	for i := range e.Rest {
		name := e.Rest[i].Name
		if x.arrived && x.rename != nil {
			name = firstOf(x.rename(name), name)
		}
		x.extra(own, name, bare(&e.Rest[i]))
	}
	r := e.Record
	if hasAttrs(r) {
		eachAttr(r, func(k, v string) { x.extra("ad.", k, v) })
	}
	if o.Raw || e.Fault.Reason != relay.FaultNone {
		x.extra("ad.", "raw", relay.View(r.Raw))
	}
	x.start = len(x.dst) - maxCEF/2 // there is always room for what follows
	if x.key("logrelayId") {
		x.dst = e.AppendID(x.dst)
	}
	x.text("logrelayInput", r.Origin.Input)
	x.text("logrelayTenant", r.Origin.Tenant)
	x.text("logrelayPeer", r.Origin.Peer)
	x.text("logrelayIdentity", r.Origin.Identity)
	x.text("logrelaySource", r.Origin.Source)
	if f := &e.Fault; f.Reason != relay.FaultNone && x.key("logrelayParseError") {
		x.value(f.Reason.String())
		x.dst = append(x.dst, ": "...)
		x.value(f.Detail)
		if f.Offset >= 0 {
			x.dst = appendInt(append(x.dst, ", at byte "...), int64(f.Offset))
		}
	}
	if x.cut > 0 {
		x.number("logrelayCut", x.cut)
	}
	return x.dst
}
