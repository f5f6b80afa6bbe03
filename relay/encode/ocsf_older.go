package encode

import (
	"slices"

	"logrelay/relay"
)

// ocsfMoved is the member of unmapped that holds what an older version has no place for, by the path of its attribute in 1.8.0.
const ocsfMoved = "ocsf_1.8.0"

// ocsfOlder rewrites the event of 1.8.0 that stands from start on in 1.1.0, by the tables of ocsf_110.go. It goes through the event twice:
// for what stays, and for what goes to unmapped.
func ocsfOlder(dst []byte, start int) []byte {
	n := len(dst)
	event := dst[start:n]
	w := older{dst: dst}
	w.classify(event)
	var path [ocsfPath]byte
	var unmapped []byte
	eachMember(event, func(name, value []byte) bool {
		if string(name) == "unmapped" {
			unmapped = value
		} else {
			w.member("", append(path[:0], name...), name, value)
		}
		return true
	})

	var at, inner int
	const moved = `,"` + ocsfMoved + `":`
	w.dst, at = open(w.dst, ocsfUnmapped)
	w.dst, inner = open(w.dst, moved)
	w.moving = true
	eachMember(event, func(name, value []byte) bool {
		w.member("", append(path[:0], name...), name, value)
		return true
	})
	w.dst = done(w.dst, inner, moved)
	w.dst = appendUnmapped(w.dst, unmapped)
	w.dst = append(done(w.dst, at, ocsfUnmapped), '}')
	w.dst[n] = '{'
	return w.dst[:start+copy(w.dst[start:], w.dst[n:])]
}

// appendUnmapped appends the members of unmapped as they were; one that has the name of ours makes them an object of their own, source.
func appendUnmapped(dst, unmapped []byte) []byte {
	if len(unmapped) == 0 {
		return dst
	}
	forged := false
	eachMember(unmapped, func(name, _ []byte) bool {
		forged = string(name) == ocsfMoved
		return !forged
	})
	if forged {
		return append(append(dst, `,"source":`...), unmapped...)
	}
	return append(append(dst, ','), unmapped[1:len(unmapped)-1]...)
}

// older is the pass over one event.
type older struct {
	dst    []byte
	class  string // class_uid
	moving bool   // what goes to unmapped is written, else what stays
}

// classify finds the class of an event: 0 where it lacks what 1.1.0 requires of its own.
func (w *older) classify(event []byte) {
	missing := 0
	eachMember(event, func(name, value []byte) bool {
		if string(name) == "class_uid" {
			w.class = relay.View(value)
			missing = len(ocsf110Classes[w.class])
		} else if slices.Contains(ocsf110Classes[w.class], relay.View(name)) {
			missing--
		}
		return true
	})
	if missing > 0 {
		w.class = "0"
	}
}

// difference looks an attribute up.
func (w *older) difference(object, attribute string) (ocsfDifference, bool) {
	var room [2 * ocsfPath]byte
	key := append(append(room[:0], w.class...), '.')
	switch {
	case object == "metadata":
		key = append(key, "metadata."...)
	case isEndpoint(object):
		d, ok := ocsf110[string(append(append(room[:0], "endpoint."...), attribute...))]
		return d, ok
	}
	if d, ok := ocsf110[string(append(key, attribute...))]; ok && (object == "" || object == "metadata") {
		return d, true
	}
	if object == "" {
		object = "*"
	}
	d, ok := ocsf110[string(append(append(append(room[:0], object...), '.'), attribute...))]
	return d, ok
}

// member writes a member where this pass is the one for it.
func (w *older) member(object string, path, name, value []byte) {
	attribute := relay.View(name)
	if object == "" && w.class == "0" {
		if head, ok := ocsf110Head[attribute]; ok {
			w.keep(attribute, head)
			return
		}
		if !slices.Contains(ocsf110Base, attribute) {
			w.move(path, value)
			return
		}
	}
	d, different := w.difference(object, attribute)
	to, replaced := d.values[string(value)]
	switch {
	case !different || d.stays || d.values != nil && !replaced:
		w.descend(path, name, value)
	case d.gone:
	case d.name != "":
		w.rename(d, value)
	case len(d.without) > 0:
		w.without(name, value, d.without)
	case to != "":
		w.keep(attribute, to)
	default:
		w.move(path, value)
	}
}

// keep writes a member that stays.
func (w *older) keep(name, value string) {
	if !w.moving {
		w.dst = append(append(append(w.dst, ',', '"'), name...), '"', ':')
		w.dst = append(w.dst, value...)
	}
}

// move writes a member that goes to unmapped.
func (w *older) move(path, value []byte) {
	if w.moving {
		w.dst = append(append(append(w.dst, ',', '"'), path...), '"', ':')
		w.dst = append(w.dst, value...)
	}
}

// rename writes a member under another name; of a list of one object, the member of it that d names.
func (w *older) rename(d ocsfDifference, value []byte) {
	if d.inner == "" {
		w.keep(d.name, relay.View(value))
		return
	}
	eachElement(value, func(element []byte) {
		eachMember(element, func(name, value []byte) bool {
			if string(name) == d.inner {
				w.keep(d.name, relay.View(value))
			}
			return true
		})
	})
}

// without writes a list of texts without some of them, unless none is left.
func (w *older) without(name, value []byte, words []string) {
	if w.moving {
		return
	}
	at := len(w.dst)
	w.keep(relay.View(name), "")
	start := len(w.dst)
	eachElement(value, func(element []byte) {
		if !slices.Contains(words, relay.View(element[1:len(element)-1])) {
			w.dst = append(append(w.dst, ','), element...)
		}
	})
	if len(w.dst) == start {
		w.dst = w.dst[:at]
		return
	}
	w.dst[start] = '['
	w.dst = append(w.dst, ']')
}

// descend writes a member with what is below it.
func (w *older) descend(path, name, value []byte) {
	attribute := relay.View(name)
	list := value[0] == '[' && len(value) > 2 && value[1] == '{'
	switch {
	case ocsfOpaque(attribute) || value[0] != '{' && !list:
		w.keep(attribute, relay.View(value))
	case w.moving && list:
		eachElement(value, func(element []byte) { w.object(attribute, path, element) })
	case w.moving:
		w.object(attribute, path, value)
	default:
		w.rewrite(attribute, path, value, list)
	}
}

// rewrite writes an object, or a list of objects, with what stays of it, if anything does.
func (w *older) rewrite(attribute string, path, value []byte, list bool) {
	at := len(w.dst)
	w.keep(attribute, "")
	start := len(w.dst)
	if list {
		eachElement(value, func(element []byte) {
			const comma = `,`
			var inner int
			w.dst, inner = open(w.dst, comma)
			w.object(attribute, path, element)
			w.dst = done(w.dst, inner, comma)
		})
	} else {
		w.object(attribute, path, value)
	}
	switch {
	case len(w.dst) == start:
		w.dst = w.dst[:at]
	case list:
		w.dst[start] = '['
		w.dst = append(w.dst, ']')
	default:
		w.dst[start] = '{'
		w.dst = append(w.dst, '}')
	}
}

// object writes the members of an object, and those that it must have.
func (w *older) object(object string, path, value []byte) {
	eachMember(value, func(name, value []byte) bool {
		w.member(object, append(append(path, '.'), name...), name, value)
		return true
	})
	if w.moving {
		return
	}
	for i := range ocsf110Required {
		r := &ocsf110Required[i]
		if r.object != object && !(r.object == "endpoint" && isEndpoint(object)) {
			continue
		}
		found, text := false, r.text
		eachMember(value, func(name, value []byte) bool {
			found = found || slices.Contains(r.unless, relay.View(name))
			if string(name) == r.from {
				text = relay.View(value)
			}
			return true
		})
		if !found && text != "" {
			w.keep(r.name, text)
		}
	}
}
