package encode

import (
	"logrelay/relay"
)

// eachAttr calls f for every attribute that came beside the record and is not a matter of parsing alone. A record's own attribute
// comes before its origin's of the same name.
func eachAttr(r *relay.Record, f func(key, value string)) {
	relay.EachMeta(r.Meta, func(k, v []byte) bool {
		if key := relay.View(k); wanted(key) {
			f(key, relay.View(v))
		}
		return true
	})
	for _, a := range r.Origin.Attrs {
		if wanted(a.Key) && !inMeta(r.Meta, a.Key) {
			f(a.Key, a.Value)
		}
	}
}

func wanted(key string) bool {
	return key != relay.AttrTime && key != relay.AttrZone && key != relay.AttrProducts
}

func inMeta(meta []byte, key string) bool {
	found := false
	relay.EachMeta(meta, func(k, _ []byte) bool {
		found = string(k) == key
		return !found
	})
	return found
}

// attr is Record.Attr without the copy: the result may point into the record's Meta.
func attr(r *relay.Record, key string) string {
	value := ""
	relay.EachMeta(r.Meta, func(k, v []byte) bool {
		if string(k) == key {
			value = relay.View(v)
		}
		return value == ""
	})
	for i := 0; value == "" && i < len(r.Origin.Attrs); i++ {
		if r.Origin.Attrs[i].Key == key {
			value = r.Origin.Attrs[i].Value
		}
	}
	return value
}

// hasAttrs reports whether eachAttr would find anything to look at.
func hasAttrs(r *relay.Record) bool { return len(r.Meta) > 0 || len(r.Origin.Attrs) > 0 }
