package normalize_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
)

// hostile are records that no kind expects.
func hostile() map[string]string {
	big := strings.Repeat("x", 10<<20)
	return map[string]string{
		"empty": "", "blank": "   ", "nul": "\x00\x00\x00", "not UTF-8": "\xff\xfe{\"a\":\"\xc3\x28\"}", "only quotes": `"""`,
		"10 MB field": `{"eventVersion":"1.08","eventSource":"` + big + `","eventName":"` + big[:100] + `"}`, "10 MB line": "<13>Nov 21 09:15:32 h app: " + big,
		"10,000 levels": `{"a":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}", "10,000 open": strings.Repeat(`{"a":`, 10_000),
		"twice":            `{"eventName":"A","eventName":"B","eventSource":"s3.amazonaws.com","eventTime":"2026-11-21T09:15:32Z"}`,
		"year 0000":        `{"eventVersion":"1.08","eventTime":"0000-01-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"x","userIdentity":{"type":"Root"}}`,
		"year 9999":        `{"version":"1.100000","account_id":"1","region":"x","vpc_id":"v","query_timestamp":"9999-12-31T23:59:59Z","query_name":"a.","query_type":"A","query_class":"IN","rcode":"NOERROR","srcaddr":"10.0.0.1","srcport":"1","transport":"UDP"}`,
		"absurd numbers":   `{"timestamp":1e308,"httpRequest":{"clientIp":"999.1.1.1"},"webaclId":"x","action":"ALLOW","formatVersion":99999999999999999999}`,
		"a million commas": strings.Repeat(",", 1<<20), "a million equals": strings.Repeat("=", 1<<20), "a million pairs": strings.Repeat("a=b ", 1<<18),
		"a million tabs": strings.Repeat("\t", 1<<20), "a million bars": "CEF:0" + strings.Repeat("|", 1<<20), "a million members": "{" + strings.Repeat(`"a":1,`, 1<<18) + `"b":2}`,
		"many members": `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"x","verb":"get","user":{"groups":[` + strings.Repeat(`"g",`, 1<<17) + `"g"]}}`,
		"backslashes":  strings.Repeat(`\`, 1<<20), "percents": strings.Repeat("%", 1<<20),
	}
}

// TestHostile: whatever comes under whatever kind, something goes out for it, whole, in every schema, and nothing fails.
func TestHostile(t *testing.T) {
	t.Parallel()
	records := hostile()
	kinds := append(slices.Clone(relay.Kinds[:]), relay.KindAuto)
	for name, text := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := normalize.New()
			var es relay.Events
			for _, kind := range kinds {
				es.Reset()
				r := &relay.Record{Raw: []byte(text), Origin: &relay.Origin{Input: "main", Kind: kind}, Received: 1}
				n.Append(&es, r)
				if len(es.List) == 0 {
					t.Fatalf("%q: nothing goes out", kind)
				}
				for i := range es.List {
					e := &es.List[i]
					if e.Fault.Offset > len(text) || e.Fault.Offset < -1 {
						t.Errorf("%q: the fault is at byte %d of %d", kind, e.Fault.Offset, len(text))
					}
					if o, ok := e.Class.(*relay.Other); e.Fault.Reason != relay.FaultNone && (!ok || o.Text != text) {
						t.Errorf("%q: a record that was not understood is not whole", kind)
					}
				}
			}
		})
	}
}

// corpus returns records of every kind: the cases of testdata.
func corpus(f testing.TB) map[relay.Kind][][]byte {
	f.Helper()
	inputs, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*", "*", "input"))
	if err != nil || len(inputs) == 0 {
		f.Fatalf("no cases: %v", err)
	}
	all := map[relay.Kind][][]byte{}
	for _, input := range inputs {
		kind := relay.Kind(filepath.Base(filepath.Dir(filepath.Dir(input))))
		if !slices.Contains(relay.Kinds[:], kind) {
			continue
		}
		text, err := os.ReadFile(input)
		if err != nil {
			f.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			all[kind] = append(all[kind], bytes.TrimSuffix(line, []byte("\n")))
		}
	}
	return all
}

// TestTruncated: every prefix of every case is delivered, under its kind and under none.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for kind, lines := range corpus(t) {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			n := normalize.New()
			var es relay.Events
			for _, line := range lines {
				step := max(1, len(line)/97)
				for end := 0; end < len(line); end += step {
					for _, k := range []relay.Kind{kind, relay.KindAuto} {
						es.Reset()
						n.Append(&es, &relay.Record{Raw: line[:end], Origin: &relay.Origin{Kind: k}, Received: 1})
						if len(es.List) == 0 {
							t.Fatalf("nothing goes out for %q", line[:end])
						}
					}
				}
			}
		})
	}
}

// FuzzRecord: any record under any kind becomes events, and each of these one line in every schema: valid JSON where the schema is JSON.
func FuzzRecord(f *testing.F) {
	for kind, lines := range corpus(f) {
		at := slices.Index(relay.Kinds[:], kind)
		for i, line := range lines {
			if i < 8 && len(line) < 8<<10 {
				f.Add(uint8(at), line)
			}
		}
	}
	var encoders []relay.EncodeFunc
	for _, schema := range encode.Schemas {
		enc, err := encode.New(schema, encode.Options{Raw: true})
		if err != nil {
			f.Fatal(err)
		}
		if schema != "raw" {
			encoders = append(encoders, enc)
		}
	}
	n := normalize.New()
	var es relay.Events
	f.Fuzz(func(t *testing.T, at uint8, line []byte) {
		for _, kind := range []relay.Kind{relay.Kinds[int(at)%len(relay.Kinds)], relay.KindAuto} {
			es.Reset()
			n.Append(&es, &relay.Record{Raw: line, Origin: &relay.Origin{Input: "main", Kind: kind}, Received: 1})
			for i := range es.List {
				for _, enc := range encoders {
					out := enc(nil, &es.List[i])
					if bytes.ContainsAny(out, "\r\n\x00") || out[0] == '{' && !json.Valid(out) {
						t.Fatalf("%s: %q becomes %q", kind, line, out)
					}
				}
			}
		}
	})
}
