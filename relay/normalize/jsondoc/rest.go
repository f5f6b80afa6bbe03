package jsondoc

import "logrelay/relay"

// Rest collects what a kind has no place for, for Event.Rest: members as they stand, and of objects and arrays of which it takes a part,
// what it does not take, under the same name. Empty values (Value.Empty) are left out: the dash as well, which many logs write for nothing. The methods that are named after a type return what
// v holds when it is that, and keep it when it is not, so that an odd value is not lost:
//
//	r.Reset(es)
//	for m := root.First(); m.Exists(); m = m.Next() {
//		switch m.Name() {
//		case "srcport":
//			q.Src.Port = r.Port(m)
//		case "srcids":
//			if r.Object(m) {
//				for m := m.First(); … // as above
//				r.Close()
//			}
//		default:
//			r.Add(m)
//		}
//	}
//	e.Rest = r.Fields()
//
// The zero Rest is ready for Reset. It is for one goroutine at a time.
type Rest struct {
	es     *relay.Events
	fields []relay.Field
	open   []part // containers that are open, outermost first
	b      []byte // their text so far

	texts   []string // of a list in hand
	headers []relay.Header
}

// part is a container of which some members are taken.
type part struct {
	v  Value
	at int // where it begins in Rest.b, its name included
}

// What a Rest keeps of its memory for the next record.
const (
	keptFields = 1 << 12
	keptBytes  = 1 << 20
)

// Reset forgets everything. What is kept from now on lives as long as what es hands out.
func (r *Rest) Reset(es *relay.Events) {
	if cap(r.fields) > keptFields {
		r.fields = nil
	}
	if cap(r.b) > keptBytes {
		r.b = nil
	}
	r.es, r.fields, r.open, r.b = es, r.fields[:0], r.open[:0], r.b[:0]
}

// Fields returns what was kept, in memory of the Events.
func (r *Rest) Fields() []relay.Field { return r.es.Fields(r.fields) }

// Add keeps v: a member of the outermost object, or of the container that was opened last.
func (r *Rest) Add(v Value) {
	switch {
	case v.Empty():
	case len(r.open) == 0:
		r.fields = append(r.fields, v.Field(r.es))
	default:
		r.name(v)
		r.b = append(append(r.b, v.Raw()...), ',')
	}
}

// AddField keeps f.
func (r *Rest) AddField(f relay.Field) { r.fields = append(r.fields, f) }

// Object opens v if it is an object: what is added until Close is a part of it. Else it keeps v and reports false. Of an object that is deeper than
// what was noted, all is kept.
func (r *Rest) Object(v Value) bool { return r.begin(v, '{') }

// Array opens v if it is an array; see Object.
func (r *Rest) Array(v Value) bool { return r.begin(v, '[') }

func (r *Rest) begin(v Value, lead byte) bool {
	if v.lead() != lead {
		r.Add(v)
		return false
	}
	r.open = append(r.open, part{v, len(r.b)})
	if len(r.open) > 1 {
		r.name(v)
	}
	r.b = append(r.b, lead)
	if !v.First().Exists() && !v.Empty() {
		s := v.Raw()
		r.b = append(append(r.b, s[1:len(s)-1]...), ',')
	}
	return true
}

// Close ends the container that was opened last. It is not kept if nothing was added to it.
func (r *Rest) Close() {
	p := r.open[len(r.open)-1]
	r.open = r.open[:len(r.open)-1]
	last := &r.b[len(r.b)-1]
	if *last != ',' {
		r.b = r.b[:p.at]
		return
	}
	*last = p.v.lead() + 2 // '}' and ']' are two behind '{' and '['
	if len(r.open) > 0 {
		r.b = append(r.b, ',')
		return
	}
	f := p.v.Field(r.es)
	f.Value = r.es.Text(r.b[p.at:])
	r.fields = append(r.fields, f)
	r.b = r.b[:p.at]
}

// Pick hands the member of that name to take, and keeps the others of v. If v is no object, it keeps v.
func (r *Rest) Pick(v Value, name string, take func(Value)) {
	if !r.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		if m.Name() == name {
			take(m)
		} else {
			r.Add(m)
		}
	}
	r.Close()
}

// name appends the name of v and a colon, if it is a member of an object.
func (r *Rest) name(v Value) {
	if v.node().key != 0 {
		r.b = append(append(append(r.b, '"'), v.Name()...), '"', ':')
	}
}

// Text returns the text of a string, of a number or of a truth as written; "" for what says nothing.
func (r *Rest) Text(v Value) string {
	if v.IsObject() || v.IsArray() {
		r.Add(v)
		return ""
	}
	return v.Word(r.es)
}

// Int returns an integer, see Value.Int.
func (r *Rest) Int(v Value) relay.Number { return r.number(v, v.Int()) }

// Count returns an integer that is not negative.
func (r *Rest) Count(v Value) relay.Number {
	n := v.Int()
	if n.Value < 0 {
		n = relay.Number{}
	}
	return r.number(v, n)
}

// Port returns an integer of 0 to 65535.
func (r *Rest) Port(v Value) relay.Number { return r.number(v, v.Port()) }

func (r *Rest) number(v Value, n relay.Number) relay.Number {
	if !n.Set {
		r.Add(v)
	}
	return n
}

// Addr returns an IP address, see relay.IsAddr.
func (r *Rest) Addr(v Value) string {
	s := v.Addr(r.es)
	if s == "" {
		r.Add(v)
	}
	return s
}

// Time returns a time in nanoseconds since 1970 UTC, see ParseTime; 0 when it is none.
func (r *Rest) Time(v Value) int64 {
	t, ok := v.Time()
	if !ok {
		r.Add(v)
	}
	return t
}
