package encode_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
)

// odd are values that stand where something else is expected, each with what has to be found of it.
var odd = []struct {
	value any
	trace string
}{
	{"odd-value", "odd-value"},
	{[]any{"odd-value"}, "odd-value"},
	{map[string]any{"odd": "odd-value"}, "odd-value"},
	{json.Number("-987654321"), "987654321"},
	{json.Number("98765432109876543210"), "9876543210987654321"},
	{json.Number("0.987654321e+99"), "987654321"},
}

// nothing are values that say nothing, as sources write them.
var nothing = []any{nil, "", "-", []any{}, map[string]any{}}

// TestOddValues puts odd values in the place of every member and element of records: what they become is valid OCSF and ECS, and either the record is marked and whole,
// or the odd value is in the event. A value that says nothing is in no place of the schema.
func TestOddValues(t *testing.T) {
	t.Parallel()
	for _, name := range append([]string{"cloudtrail/changes"}, jsonCases...) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, fields := schemas(t), ecsFields(t)
			enc, err := encode.New("ocsf", encode.Options{})
			if err != nil {
				t.Fatal(err)
			}
			ecs, err := encode.New("ecs", encode.Options{})
			if err != nil {
				t.Fatal(err)
			}
			n := normalize.New()
			origin := &relay.Origin{Input: "main", Kind: relay.Kind(filepath.Dir(name))}
			var es relay.Events
			var out []byte
			for _, r := range unnamedRecords(t, name) {
				if r.Raw[0] != '{' {
					continue
				}
				dec := json.NewDecoder(bytes.NewReader(r.Raw))
				dec.UseNumber()
				var record any
				if err := dec.Decode(&record); err != nil {
					t.Fatal(err)
				}
				become := func(value any, put func(any)) {
					put(value)
					raw, err := json.Marshal(record)
					if err != nil {
						t.Fatal(err)
					}
					es.Reset()
					n.Append(&es, &relay.Record{Raw: raw, Origin: origin, Received: r.Received})
					out = out[:0]
					for i := range es.List {
						checkECS(t, fields, ecs(nil, &es.List[i]))
					}
				}
				eachPlace(record, "", func(path string, put func(any)) {
					for _, value := range nothing {
						if value == "-" && path == ".log" {
							continue // a line that says this
						}
						become(value, put)
						for i := range es.List {
							if err := readOCSF(t).check(decode(t, enc(out[:0], &es.List[i]))); err != nil && es.List[i].Fault.Reason == relay.FaultNone {
								t.Errorf("%v at %s: %v", value, path, err)
							}
						}
					}
					for _, o := range odd {
						become(o.value, put)
						for i := range es.List {
							at := len(out)
							out = enc(out, &es.List[i])
							checkOCSF(t, s, out[at:])
						}
						if !strings.Contains(string(out), o.trace) && !strings.Contains(path, ".sessionIssuer.") { // which its ARN stands for
							t.Errorf("%v at %s is lost: %s", o.value, path, out)
						}
					}
				})
				break // one record of each is enough: a place costs six events, and each is validated
			}
		})
	}
}

// TestOddWords puts odd words in the place of every word of records that are lines: what they become is valid OCSF and ECS, and the odd word is in it, or the record is
// marked and whole. A dash is in no place of the schema.
func TestOddWords(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*", "*", "input"))
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	ocsf, err := encode.New("ocsf", encode.Options{Observables: true})
	if err != nil {
		t.Fatal(err)
	}
	ecs, err := encode.New("ecs", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, fields := readOCSF(t), ecsFields(t)
	words := regexp.MustCompile(`[^\s,=|"<>\[\]()]+`)
	for _, input := range inputs {
		kind := relay.Kind(filepath.Base(filepath.Dir(filepath.Dir(input))))
		if kind == relay.KindText || kind == relay.KindSyslog || !slices.Contains(relay.Kinds[:], kind) {
			continue // what these hold are texts: a dash is one
		}
		b, err := os.ReadFile(input)
		if err != nil {
			t.Fatal(err)
		}
		n := normalize.New()
		recs := records(t, kind, b)
		for _, r := range recs[:min(1, len(recs))] { // one record of each is enough
			if len(r.Raw) == 0 || r.Raw[0] == '{' {
				continue
			}
			for _, at := range words.FindAllIndex(r.Raw, -1) {
				for _, word := range []string{"-", "Odd9word", "odd 9word"} {
					odd := r
					odd.Raw = slices.Concat(r.Raw[:at[0]], []byte(word), r.Raw[at[1]:])
					var es relay.Events
					n.Append(&es, &odd)
					found := false
					for i := range es.List {
						e := &es.List[i]
						b := ocsf(nil, e)
						if err := s.check(decode(t, b)); err != nil && (word != "-" || e.Kind == kind && e.Fault.Reason == relay.FaultNone && !proseDash(b)) {
							t.Errorf("%s: %v in %s\nof %s", kind, err, b, odd.Raw)
						}
						checkECS(t, fields, ecs(nil, e))
						found = found || bytes.Contains(bytes.ToLower(b), []byte("9word"))
					}
					if strings.Contains(word, "9word") && !found && !unsaid(r.Raw, at) {
						t.Errorf("%s: %q is lost of %s", kind, word, odd.Raw)
					}
				}
			}
		}
	}
}

// proseDash reports whether the text of an event is a dash.
func proseDash(b []byte) bool { return bytes.Contains(b, []byte(`"message":"-"`)) }

// unsaid reports whether the word at at is the name of nothing, or of an element of structured data.
func unsaid(line []byte, at []int) bool {
	after := line[at[1]:]
	return bytes.HasPrefix(after, []byte("= ")) || bytes.HasPrefix(after, []byte("=  ")) || at[0] > 0 && line[at[0]-1] == '['
}

// eachPlace calls f for every member and element inside v, with what replaces it. Afterwards all is as it was.
func eachPlace(v any, path string, f func(path string, put func(any))) {
	switch v := v.(type) {
	case map[string]any:
		var names []string
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			was := v[name]
			f(path+"."+name, func(x any) { v[name] = x })
			v[name] = was
			eachPlace(was, path+"."+name, f)
		}
	case []any:
		for i, was := range v {
			at := fmt.Sprintf("%s[%d]", path, i)
			f(at, func(x any) { v[i] = x })
			v[i] = was
			eachPlace(was, at, f)
		}
	}
}
