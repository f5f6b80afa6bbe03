package encode_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
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
