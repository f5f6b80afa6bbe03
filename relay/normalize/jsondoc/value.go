package jsondoc

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"logrelay/relay"
)

// Value is a value of a Doc. The zero Value is absent, and everything may be asked of it: it has no members, no text and no number.
type Value struct {
	d *Doc
	n int32
}

func (v Value) node() *node { return &v.d.nodes[v.n] }

// lead returns the first byte of the value: '{', '[', '"', 't', 'f', 'n', '-' or a digit; 0 when it is absent.
func (v Value) lead() byte {
	if v.n == 0 {
		return 0
	}
	return v.d.b[v.node().start]
}

// Exists reports whether the value is there, if only as null.
func (v Value) Exists() bool { return v.n != 0 }

// IsObject reports whether the value is an object.
func (v Value) IsObject() bool { return v.lead() == '{' }

// IsArray reports whether the value is an array.
func (v Value) IsArray() bool { return v.lead() == '[' }

// IsString reports whether the value is a string.
func (v Value) IsString() bool { return v.lead() == '"' }

// IsNumber reports whether the value is a number.
func (v Value) IsNumber() bool { c := v.lead(); return c == '-' || c-'0' <= 9 }

// Empty reports whether the value says nothing: absent, null, "", "-", [] or {}.
func (v Value) Empty() bool {
	switch v.lead() {
	case 0, 'n':
		return true
	case '"':
		n := v.node()
		return n.end-n.start == 2 || n.end-n.start == 3 && v.d.b[n.start+1] == '-'
	case '{', '[':
		b := v.d.b[v.node().start+1 : v.node().end-1]
		for _, c := range b {
			if c > ' ' {
				return false
			}
		}
		return true
	}
	return false
}

// Get returns the member of an object by its name as it stands in the text; the zero Value when there is none. It looks at one member after
// the other.
func (v Value) Get(name string) Value {
	for c := v.First(); c.n != 0; c = c.Next() {
		if n := c.node(); string(v.d.b[n.key:n.keyEnd]) == name {
			return c
		}
	}
	return Value{}
}

// First returns the first member of an object or element of an array that was noted.
func (v Value) First() Value {
	if v.n == 0 {
		return v
	}
	return Value{v.d, v.node().first}
}

// Next returns the member or element after v in the same container.
func (v Value) Next() Value {
	if v.n == 0 {
		return v
	}
	return Value{v.d, v.node().next}
}

// Name returns the name of a member as it stands in the text: escapes are left. It is "" for elements of arrays.
func (v Value) Name() string {
	if v.n == 0 {
		return ""
	}
	n := v.node()
	return relay.View(v.d.b[n.key:n.keyEnd])
}

// Raw returns the JSON text of the value as it stands; "" when it is absent.
func (v Value) Raw() string {
	return relay.View(v.Bytes())
}

// Bytes returns what Raw does, as a part of the bytes that were parsed; nil when it is absent. They must not be changed.
func (v Value) Bytes() []byte {
	if v.n == 0 {
		return nil
	}
	n := v.node()
	return v.d.b[n.start:n.end]
}

// Offset returns where the value begins in the bytes that were parsed; -1 when it is absent.
func (v Value) Offset() int {
	if v.n == 0 {
		return -1
	}
	return int(v.node().start)
}

// Text returns the text of a string, of a number or of a truth as written, and "" for null, containers and what is absent. It points
// into the parsed bytes, or into es when there were escapes.
func (v Value) Text(es *relay.Events) string {
	switch v.lead() {
	case 0, 'n', '{', '[':
		return ""
	case '"':
	default:
		return v.Raw()
	}
	n := v.node()
	s := v.d.b[n.start+1 : n.end-1]
	if bytes.IndexByte(s, '\\') < 0 {
		return relay.View(s)
	}
	v.d.scratch, _ = appendUnescaped(v.d.scratch[:0], s)
	return es.Text(v.d.scratch)
}

// Word is Text for what is no prose: "" for a value that says nothing (Empty), the dash as well.
func (v Value) Word(es *relay.Events) string {
	if v.Empty() {
		return ""
	}
	return v.Text(es)
}

// Int returns an integer: a number without fraction and exponent, or a string that holds one. All else is absent.
func (v Value) Int() relay.Number {
	s := v.Raw()
	if v.IsString() {
		s = s[1 : len(s)-1]
	}
	if len(s) == 0 || len(s) > 20 || s[0] != '-' && s[0]-'0' > 9 {
		return relay.Number{}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return relay.Number{}
	}
	return relay.NumberOf(n)
}

// Float returns a number, or the one that a string holds; false for all else.
func (v Value) Float() (float64, bool) {
	s := v.Raw()
	if v.IsString() {
		s = s[1 : len(s)-1]
	}
	if len(s) == 0 || len(s) > 40 || s[0] != '-' && s[0]-'0' > 9 {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// Truth returns true and false, and what the strings "true" and "false" say in any case.
func (v Value) Truth() relay.Truth {
	s := v.Raw()
	if v.IsString() {
		s = s[1 : len(s)-1]
	}
	switch s {
	case "true", "True", "TRUE":
		return relay.TruthYes
	case "false", "False", "FALSE":
		return relay.TruthNo
	}
	return relay.TruthUnset
}

// Time returns a time in nanoseconds since 1970 UTC; see ParseTime. False: absent, or no time.
func (v Value) Time() (int64, bool) {
	s := v.Raw()
	if v.IsString() {
		s = s[1 : len(s)-1]
	}
	return ParseTime(s)
}

// Field returns the value as a field of Event.Rest under the name it has in its object.
func (v Value) Field(es *relay.Events) relay.Field {
	return relay.Field{Name: v.fieldName(es), Value: v.Raw(), Type: relay.FieldJSON}
}

// fieldName returns the name of a member without escapes.
func (v Value) fieldName(es *relay.Events) string {
	name := v.Name()
	if strings.IndexByte(name, '\\') < 0 {
		return name
	}
	v.d.scratch, _ = appendUnescaped(v.d.scratch[:0], []byte(name))
	return es.Text(v.d.scratch)
}

// Addr returns the text of a string that is an IP address (relay.IsAddr); "" for all else.
func (v Value) Addr(es *relay.Events) string {
	if s := v.Text(es); v.IsString() && relay.IsAddr(s) {
		return s
	}
	return ""
}

// Port returns an integer of 0 to 65535, in a string or not; absent for all else.
func (v Value) Port() relay.Number {
	if n := v.Int(); n.Value >= 0 && n.Value <= 65535 {
		return n
	}
	return relay.Number{}
}
