package jsondoc

import "logrelay/relay"

// Detail returns the member `detail` of an event as EventBridge hands it on; the zero Value when v is no such event.
//
// Source: Amazon EventBridge user guide, "AWS service event metadata".
func Detail(v Value) Value {
	if d := v.Get("detail"); d.IsObject() && v.Get("detail-type").IsString() && v.Get("source").IsString() {
		return d
	}
	return Value{}
}

// maxCompared bounds the fields among which a name is looked for: where more were kept, every name counts as one of theirs.
const maxCompared = 256

// Beside keeps the members of v other than taken. Those that are named like something that was kept already go into an object
// `envelope`, so that no name comes twice. Nothing may be open.
func (r *Rest) Beside(v, taken Value) {
	kept, at := len(r.fields), len(r.b)
	for m := v.First(); m.Exists(); m = m.Next() {
		switch {
		case m == taken || m.Empty():
		case kept > maxCompared || r.has(m.fieldName(r.es), kept):
			if len(r.b) == at {
				r.b = append(r.b, '{')
			}
			r.name(m)
			r.b = append(append(r.b, m.Raw()...), ',')
		default:
			r.Add(m)
		}
	}
	if len(r.b) > at {
		r.b[len(r.b)-1] = '}'
		r.AddField(relay.Field{Name: "envelope", Value: r.es.Text(r.b[at:]), Type: relay.FieldJSON})
		r.b = r.b[:at]
	}
}

// has reports whether one of the first n fields has that name.
func (r *Rest) has(name string, n int) bool {
	for i := range r.fields[:n] {
		if r.fields[i].Name == name {
			return true
		}
	}
	return false
}
