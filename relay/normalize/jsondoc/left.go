package jsondoc

import "logrelay/relay"

// Left builds the JSON text of what a kind has no place for in an object of which it took some members: an object with the others,
// names and values as they stand. Empty ones (Value.Empty) are left out. The zero Left is ready. It is for one goroutine at a time.
//
//	l.Reset()
//	for m := v.First(); m.Exists(); m = m.Next() {
//		switch m.Name() { case "known": …; default: l.Add(m) }
//	}
//	if f, ok := l.Field(es, v); ok { rest = append(rest, f) }
type Left struct {
	b     []byte
	marks []int // where the objects begin that are open
}

// Reset begins an object.
func (l *Left) Reset() { l.b, l.marks = append(l.b[:0], '{'), l.marks[:0] }

// Add adds a member. It does nothing for an absent or empty value.
func (l *Left) Add(v Value) {
	if v.Empty() {
		return
	}
	l.name(v)
	l.b = append(append(l.b, v.Raw()...), ',')
}

// Open begins an object inside, under the name of v.
func (l *Left) Open(v Value) {
	l.marks = append(l.marks, len(l.b))
	l.name(v)
	l.b = append(l.b, '{')
}

// Close ends what Open began, and takes it back if nothing was added.
func (l *Left) Close() {
	at := l.marks[len(l.marks)-1]
	l.marks = l.marks[:len(l.marks)-1]
	if l.b[len(l.b)-1] == '{' {
		l.b = l.b[:at]
		return
	}
	l.b[len(l.b)-1] = '}'
	l.b = append(l.b, ',')
}

// Field returns the object under the name of v; false when nothing was added. It ends the object.
func (l *Left) Field(es *relay.Events, v Value) (relay.Field, bool) {
	if len(l.b) < 2 {
		return relay.Field{}, false
	}
	l.b[len(l.b)-1] = '}'
	f := v.Field(es)
	f.Value = es.Text(l.b)
	return f, true
}

func (l *Left) name(v Value) {
	l.b = append(append(append(l.b, '"'), v.Name()...), '"', ':')
}
