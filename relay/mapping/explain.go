package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
)

// Row says where one field of a record goes.
type Row struct {
	Field   string   `json:"field"`
	Value   string   `json:"value"`
	Members []string `json:"members"` // of the output that depend on it, in order
	Note    string   `json:"note,omitempty"`
}

// Notes of a Row.
const (
	NoteKind    = "decides what the record is"
	NoteClass   = "decides the class of the event"
	NoteNothing = "nothing depends on it"
	NoteMore    = "this field and those after it were not looked at: the record is too large"
)

// maxProbed bounds the work of an explanation: bytes that are normalized, for all fields together.
const maxProbed = 32 << 20

// Explanation is what became of a record.
type Explanation struct {
	Kind   string   `json:"kind"`
	Fault  string   `json:"parse_error,omitempty"`
	Output []string `json:"output"` // the encoded events
	Rows   []Row    `json:"fields"`
	// Own are members that depend on no field: constants, and what the relay knows. None where not all fields were looked at.
	Own []string `json:"own"`
}

// Explain normalizes r, encodes it in schema and finds out where each of its fields went. It is slow: a field costs a normalization.
func Explain(r *relay.Record, schema string) (*Explanation, error) {
	enc, err := encode.New(schema, encode.Options{})
	if err != nil {
		return nil, fmt.Errorf("explaining a record: %w", err)
	}
	p := &prober{n: normalize.New(), enc: enc, r: r}
	x := &Explanation{}
	base := p.run(r.Raw, x)
	if x.Fault != "" || schema == "raw" {
		return x, nil
	}
	seen := map[string]bool{}
	fields := Fields(r)
	probed := min(len(fields), max(100, maxProbed/max(1, len(r.Raw))), maxFields-1)
	for _, f := range fields[:probed] {
		row := Row{Field: f.Name, Value: f.Value}
		row.Members, row.Note = p.probe(&f, base, x.Kind)
		for _, m := range row.Members {
			seen[m] = true
		}
		x.Rows = append(x.Rows, row)
	}
	if probed < len(fields) {
		x.Rows = append(x.Rows, Row{Field: fields[probed].Name, Value: "…", Note: NoteMore})
		return x, nil
	}
	for _, m := range base.order {
		if !seen[m] {
			x.Own = append(x.Own, m)
		}
	}
	return x, nil
}

// prober encodes variants of one record.
type prober struct {
	n   *normalize.Normalizer
	enc relay.EncodeFunc
	r   *relay.Record
	es  relay.Events
}

// run encodes the record with other bytes. With x it notes what came of it.
func (p *prober) run(raw []byte, x *Explanation) *members {
	r := *p.r
	r.Raw = raw
	p.es.Reset()
	p.n.Append(&p.es, &r)
	m := &members{values: map[string]string{}}
	for i := range p.es.List {
		e := &p.es.List[i]
		m.kind, m.fault = string(e.Kind), e.Fault.Reason != relay.FaultNone
		out := p.enc(nil, e)
		m.add(out)
		if x != nil {
			x.Kind, x.Fault = m.kind, e.Fault.String()
			x.Output = append(x.Output, string(out))
		}
	}
	return m
}

// probe returns the members that change when the field does.
func (p *prober) probe(f *Field, base *members, kind string) (changed []string, note string) {
	other := false
	for _, v := range f.variants() {
		raw := slices.Concat(p.r.Raw[:f.start], []byte(v), p.r.Raw[f.end:])
		m := p.run(raw, nil)
		if m.fault || m.kind != kind {
			other = true
			continue
		}
		if changed = base.differences(m); len(changed) > 0 {
			if slices.Contains(changed, "class_uid") || slices.Contains(changed, "class") {
				note = NoteClass
			}
			return changed, note
		}
	}
	if other {
		return nil, NoteKind
	}
	return nil, NoteNothing
}

// members are the leaves of an encoded event by path. What is not JSON has one member for each key=value, or one line.
type members struct {
	order  []string
	values map[string]string
	kind   string
	fault  bool
}

func (m *members) set(path, value string) {
	if _, ok := m.values[path]; !ok {
		m.order = append(m.order, path)
	}
	m.values[path] += value // several events: both count
}

func (m *members) add(out []byte) {
	var v any
	d := json.NewDecoder(bytes.NewReader(out))
	d.UseNumber()
	if d.Decode(&v) == nil {
		m.walk("", v)
		return
	}
	line := string(out)
	head, extension := line, ""
	switch {
	case strings.HasPrefix(line, "CEF:"):
		head, extension = cutBars(line, 7)
		m.extension(extension)
	case strings.HasPrefix(line, "LEEF:"):
		head, extension = cutBars(line, 6)
		for pair := range strings.SplitSeq(extension, "\t") {
			key, value, _ := strings.Cut(pair, "=")
			m.set(key, value)
		}
	}
	for i, part := range strings.Split(head, "|") {
		m.set("header."+strconv.Itoa(i+1), part)
	}
}

// extension takes the pairs of CEF: a value ends where a blank, a key and a "=" that is not escaped follow.
func (m *members) extension(s string) {
	key, start := "", 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '=':
			blank := strings.LastIndexByte(s[start:i], ' ') + start
			if key != "" {
				m.set(key, s[start:max(blank, start)])
			}
			key, start = s[max(blank+1, start):i], i+1
		}
	}
	if key != "" {
		m.set(key, s[start:])
	}
}

// cutBars cuts line behind its n-th bar.
func cutBars(line string, n int) (head, rest string) {
	for i := range len(line) {
		if line[i] == '|' {
			if n--; n == 0 {
				return line[:i], line[i+1:]
			}
		}
	}
	return line, ""
}

func (m *members) walk(path string, v any) {
	join := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			m.walk(join(name), v[name])
		}
	case []any:
		for i, e := range v {
			m.walk(join(strconv.Itoa(i)), e)
		}
	default:
		m.set(path, fmt.Sprint(v))
	}
}

// differences lists the members of m that other lacks or has otherwise, then those that only other has.
func (m *members) differences(other *members) (changed []string) {
	for _, path := range m.order {
		if v, ok := other.values[path]; !ok || v != m.values[path] {
			changed = append(changed, path)
		}
	}
	for _, path := range other.order {
		if _, ok := m.values[path]; !ok {
			changed = append(changed, path)
		}
	}
	return changed
}
