package field

import (
	"strconv"

	"logrelay/relay"
)

// MaxFields bounds the fields that a record may have: names that come twice are found by comparing pairs of them.
const MaxFields = 512

// Rest collects fields for Event.Rest. A name that comes several times becomes an array of its values, in order. The zero Rest is ready for Reset. It is for one
// goroutine at a time.
type Rest struct {
	es     *relay.Events
	fields []relay.Field
	seen   [16]uint64 // a bit for the hash of each name
	twice  bool       // a name has come again, or may have
}

// Reset forgets everything. What is kept from now on lives as long as what es hands out.
func (r *Rest) Reset(es *relay.Events) {
	r.es, r.fields, r.seen, r.twice = es, r.fields[:0], [16]uint64{}, false
}

// Add adds a field as it is.
func (r *Rest) Add(f relay.Field) {
	bit := hash(f.Name)
	if len(r.fields) >= MaxFields {
		r.twice = true // to compare with that many costs more than to merge them
	} else if word := &r.seen[bit>>6&15]; *word&(1<<(bit&63)) == 0 {
		*word |= 1 << (bit & 63)
	} else if !r.twice {
		for i := range r.fields {
			if r.fields[i].Name == f.Name {
				r.twice = true
				break
			}
		}
	}
	r.fields = append(r.fields, f)
}

func hash(s string) uint32 {
	n := uint32(len(s))
	h := n * 0x9E3779B1
	if n >= 4 {
		h ^= (uint32(s[0]) | uint32(s[1])<<8 | uint32(s[n/2])<<16 | uint32(s[n-2])<<24) * 0x85EBCA77
	}
	if n > 0 {
		h ^= uint32(s[n-1]) * 0xC2B2AE3D
	}
	return h >> 22
}

// Keep adds a field as text. Empty values are left out.
func (r *Rest) Keep(name, value string) {
	if value != "" {
		r.Add(relay.Field{Name: name, Value: value})
	}
}

// Number adds a number.
func (r *Rest) Number(name string, n relay.Number) {
	if n.Set {
		var b [20]byte
		r.Add(relay.Field{Name: name, Value: r.es.Text(strconv.AppendInt(b[:0], n.Value, 10)), Type: relay.FieldNumber})
	}
}

// Column adds a field of a column that nobody has named: column_32 is the 32nd, from 1.
func (r *Rest) Column(i int, value string) {
	var b [32]byte
	r.Keep(r.es.Text(strconv.AppendInt(append(b[:0], "column_"...), int64(i), 10)), value)
}

// Fields returns what was kept, as an event keeps it.
func (r *Rest) Fields() []relay.Field {
	if r.twice {
		r.merge()
	}
	return r.es.Fields(r.fields)
}

// merge makes one field of those with the same name. It costs no more than there are fields, however many a sender makes.
func (r *Rest) merge() {
	n := 0
	places := make(map[string]int, len(r.fields))
	arrays := map[int][]byte{} // by place, of names that come several times
	for _, f := range r.fields {
		i, again := places[f.Name]
		if !again {
			places[f.Name] = n
			r.fields[n] = f
			n++
			continue
		}
		b := arrays[i]
		if b == nil {
			b = appendValue([]byte{'['}, r.fields[i])
		}
		arrays[i] = appendValue(append(b, ','), f)
	}
	for i, b := range arrays {
		r.fields[i].Value, r.fields[i].Type = r.es.Text(append(b, ']')), relay.FieldJSON
	}
	r.fields, r.twice = r.fields[:n], false
}

func appendValue(b []byte, f relay.Field) []byte {
	if f.Type == relay.FieldString {
		return appendString(b, f.Value)
	}
	return append(b, f.Value...)
}

// appendString appends a JSON string. Bytes that are not UTF-8 stay: encoders repair them.
func appendString(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
