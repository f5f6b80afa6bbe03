package encode

import (
	"slices"

	"logrelay/relay"
)

// ocsfMoved is the member of unmapped that holds what an older version has no place for, by the path of its attribute in 1.8.0.
const ocsfMoved = "ocsf_1.8.0"

// ocsfOlder rewrites the event of 1.8.0 that stands from start on in 1.1.0, by the tables of ocsf_110.go. Behind the event
// it leaves room for what goes to unmapped, and behind that writes what stays.
func ocsfOlder(dst []byte, start int) []byte {
	event := dst[start:]
	from, n := len(dst), len(dst)+len(event)+olderRoom
	dst = slices.Grow(dst, n-from+len(event))[:n]
	w := older{dst: dst, moved: dst[from:from:n]}
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
	dst, at = open(w.dst, ocsfUnmapped)
	dst, inner = open(dst, moved)
	dst = done(append(dst, w.moved...), inner, moved)
	dst = appendUnmapped(dst, unmapped)
	dst = append(done(dst, at, ocsfUnmapped), '}')
	dst[n] = '{'
	return dst[:start+copy(dst[start:], dst[n:])]
}

// olderRoom is room for the names of what goes to unmapped, in bytes.
const olderRoom = 2 << 10

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
	dst   []byte // what stays
	moved []byte // what goes to unmapped
	class string // class_uid
}

// classify finds the class of an event: 0 where it lacks what 1.1.0 requires of its own.
func (w *older) classify(event []byte) {
	var required []string
	missing := 0
	eachMember(event, func(name, value []byte) bool {
		if string(name) == "class_uid" {
			w.class = relay.View(value)
			required = ocsf110Classes[w.class]
			missing = len(required)
		} else if slices.Contains(required, relay.View(name)) {
			missing--
		}
		return w.class == "" || missing > 0
	})
	if missing > 0 {
		w.class = "0"
	}
}

// difference looks an attribute up.
func (w *older) difference(object, attribute string) (ocsfDifference, bool) {
	var room [2 * ocsfPath]byte
	if object == "" || object == "metadata" {
		key := append(append(room[:0], w.class...), '.')
		if object != "" {
			key = append(key, "metadata."...)
		}
		if d, ok := ocsf110[string(append(key, attribute...))]; ok {
			return d, true
		}
	}
	switch {
	case object == "":
		object = "*"
	case isEndpoint(object):
		object = "endpoint"
	}
	d, ok := ocsf110[string(append(append(append(room[:0], object...), '.'), attribute...))]
	return d, ok
}

// member writes a member: as it is, as something else, or to what goes to unmapped.
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
	if !ocsf110Names[attribute] {
		w.descend(path, name, value)
		return
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
	w.dst = append(append(append(w.dst, ',', '"'), name...), '"', ':')
	w.dst = append(w.dst, value...)
}

// move writes a member that goes to unmapped.
func (w *older) move(path, value []byte) {
	w.moved = append(append(append(w.moved, ',', '"'), path...), '"', ':')
	w.moved = append(w.moved, value...)
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
	list := value[0] == '[' && value[1] == '{'
	if ocsfOpaque(attribute) || value[0] != '{' && !list {
		w.keep(attribute, relay.View(value))
		return
	}
	w.rewrite(attribute, path, value, list)
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
