package encode

import (
	"slices"

	"logrelay/relay"
)

// maxNames bounds how many names of an object are compared with each other.
const maxNames = 64

// nameSet keeps the names of one object apart, by their hashes: two names that fall together are only ever taken for the same, and the second
// then goes elsewhere.
type nameSet struct {
	fixed []uint64 // of names that the object has in any case
	n     int
	seen  [maxNames]uint64
}

// hashNames returns the hashes of names, and of other, for nameSet.fixed.
func hashNames(names ...string) []uint64 {
	h := []uint64{hashName("other")}
	for _, n := range names {
		h = append(h, hashName(n))
	}
	return h
}

// hashName is FNV-1a.
func hashName[T string | []byte](name T) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return h
}

// add reports whether the name with that hash is new, and there is room to remember it.
func (s *nameSet) add(h uint64) bool {
	for _, f := range s.fixed {
		if f == h {
			return false
		}
	}
	for _, f := range s.seen[:s.n] {
		if f == h {
			return false
		}
	}
	if s.n == maxNames {
		return false
	}
	s.seen[s.n] = h
	s.n++
	return true
}

// key appends `,"name":` with the name as ECS writes names, and reports whether that is a name that the object does not have yet; else
// nothing is appended.
func (s *nameSet) key(dst []byte, name string) ([]byte, bool) {
	at := len(dst)
	dst = append(dst, ',', '"')
	dst = appendSnake(dst, name)
	if !s.add(hashName(dst[at+2:])) {
		return dst[:at], false
	}
	return append(dst, '"', ':'), true
}

// appendSnake appends a name in lower case with underscores between its words: "sharedEventID" and "shared-event-id" become shared_event_id. A dot
// would make an object of a name, and becomes an underscore too. A name with other characters than these is appended as in a string.
func appendSnake(dst []byte, name string) []byte {
	if name == "" {
		return append(dst, '_')
	}
	for i := range len(name) {
		if c := name[i]; !isWord(c) && !isGap(c) {
			dst = appendText(dst, name)
			return dst[:len(dst)-1] // without the quote
		}
	}
	for i := range len(name) {
		switch c := name[i]; {
		case isUpper(c):
			if i > 0 && isWord(name[i-1]) && name[i-1] != '_' && (!isUpper(name[i-1]) || i+1 < len(name) && isLower(name[i+1])) {
				dst = append(dst, '_')
			}
			dst = append(dst, c|0x20)
		case isGap(c):
			dst = append(dst, '_')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func isUpper(c byte) bool { return c-'A' <= 'Z'-'A' }

func isLower(c byte) bool { return c-'a' <= 'z'-'a' }

func isWord(c byte) bool { return isUpper(c) || isLower(c) || c-'0' <= 9 || c == '_' }

func isGap(c byte) bool { return c == '-' || c == '.' || c == ' ' || c == '/' || c == ':' }

// snakeFields appends what a class has no room for as members of the object of which the members so far begin at from, each with a leading comma:
// under names as ECS writes them, and without the fields named in taken. What would come twice, or is one of too many, goes with its own
// name into the array other.
func snakeFields(dst []byte, from int, fields []relay.Field, taken ...string) []byte {
	if len(fields) == 0 {
		return dst
	}
	names := nameSet{fixed: lateFixed}
	for it := (jsonItems{text: relay.View(dst[from:]), named: true, open: true}); it.next() && names.n < maxNames; {
		names.add(hashName(it.name))
	}
	return snakeAll(dst, ownFields{fields: fields, taken: taken}, &names)
}

// lateFixed are the names of members that are appended after snakeFields: those that are long.
var lateFixed = hashNames("request", "response", "headers", "resources")

// snakeFixed is snakeFields for an object that has the names in fixed, in any case.
func snakeFixed(dst []byte, fixed []uint64, fields []relay.Field, taken ...string) []byte {
	return snakeAll(dst, ownFields{fields: fields, taken: taken}, &nameSet{fixed: fixed})
}

// snakeObject is snakeFixed for the members of a JSON object.
func snakeObject(dst []byte, fixed []uint64, object string, taken ...string) []byte {
	return snakeAll(dst, ownFields{object: membersOf(object), taken: taken}, &nameSet{fixed: fixed})
}

// ownFields walks over fields, or over the members of an object; what says nothing is left out.
type ownFields struct {
	fields []relay.Field
	object jsonItems
	taken  []string
}

func (o *ownFields) next() (relay.Field, bool) {
	for {
		var f relay.Field
		switch {
		case len(o.fields) > 0:
			f, o.fields = o.fields[0], o.fields[1:]
		case o.object.next():
			f = relay.Field{Name: o.object.name, Value: o.object.value, Type: relay.FieldJSON}
		default:
			return f, false
		}
		if !slices.Contains(o.taken, f.Name) && (f.Type != relay.FieldJSON || !jsonEmpty(f.Value)) {
			return f, true
		}
	}
}

func snakeAll(dst []byte, all ownFields, names *nameSet) []byte {
	late, again, given := false, all, names.n
	for f, ok := all.next(); ok; f, ok = all.next() {
		if dst, ok = names.key(dst, f.Name); ok {
			dst = ecsValue(dst, &f)
		} else {
			late = true
		}
	}
	if !late {
		return dst
	}
	dst = append(dst, `,"other":[`...)
	names.n = given
	for f, ok := again.next(); ok; f, ok = again.next() {
		at := len(dst)
		if dst, ok = names.key(dst, f.Name); ok {
			dst = dst[:at]
			continue
		}
		dst = appendText(append(dst, `{"name":"`...), f.Name)
		dst = append(appendText(append(dst, `,"value":"`...), f.Value), '}', ',')
	}
	dst[len(dst)-1] = ']'
	return dst
}

// notTaken stands in a list of names for one that was not taken after all. No record has that name.
const notTaken = "\xff"

// tookIf returns name where ok says that its field was taken.
func tookIf(ok bool, name string) string {
	if ok {
		return name
	}
	return notTaken
}

// ecsValue appends the value of a field.
func ecsValue(dst []byte, f *relay.Field) []byte {
	if f.Type == relay.FieldString {
		return appendString(dst, f.Value)
	}
	return appendJSON(dst, f.Value)
}
