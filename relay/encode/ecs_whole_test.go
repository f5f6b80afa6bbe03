package encode_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
	"logrelay/relay/relaytest"
)

// TestECSWhole: every value of a record is in what it becomes, also where the source's fields have names and places of their own.
func TestECSWhole(t *testing.T) {
	t.Parallel()
	enc, err := encode.New("ecs", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"cloudtrail.jsonl", "cloudtrail-iam.jsonl", "route53.jsonl", "vpcflow.jsonl", "waf.jsonl"} {
		n := normalize.New()
		for _, line := range sampleLines(t, relaytest.Reference(t, "ocsf", "examples", file)) {
			var pair struct{ ID, Header, Raw string }
			if err := json.Unmarshal([]byte(line), &pair); err != nil {
				t.Fatal(err)
			}
			var es relay.Events
			n.Append(&es, &relay.Record{Raw: []byte(pair.Raw), Origin: &relay.Origin{Columns: pair.Header}, Received: 1})
			b := bytes.ToLower(enc(nil, &es.List[0]))
			for _, v := range valuesOf(t, pair.Raw) {
				if !bytes.Contains(b, bytes.ToLower(v)) {
					t.Errorf("%s: %s is lost in %s", pair.ID, v, b)
				}
			}
		}
	}
}

// valuesOf lists the strings and numbers of a record as they stand in JSON, without what all schemas write in another way: times, a last dot, and
// the protocol in a version of TLS or HTTP.
func valuesOf(t *testing.T, raw string) (values [][]byte) {
	t.Helper()
	add := func(s string) {
		s = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(s, "."), "TLSv"), "HTTP/")
		if len(s) == len("2006-01-02T15:04:05Z") && s[4] == '-' && s[10] == 'T' {
			s = s[:len(s)-1]
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		// encoding/json escapes more than it must
		b = bytes.ReplaceAll(bytes.ReplaceAll(bytes.ReplaceAll(b[1:len(b)-1], []byte(`\u003c`), []byte("<")), []byte(`\u003e`), []byte(">")), []byte(`\u0026`), []byte("&"))
		if len(b) > 2 && !bytes.Contains(b, []byte(`\u`)) {
			values = append(values, b)
		}
	}
	if raw[0] != '{' {
		fields := strings.Fields(raw)
		for _, f := range fields {
			if (len(f) != 10 || f[0] != '1') && f != "unknown" { // seconds since 1970; an account that AWS does not tell
				add(f)
			}
		}
		return values
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, m := range v {
				walk(m)
			}
		case []any:
			for _, m := range v {
				walk(m)
			}
		case string:
			add(v)
		case json.Number:
			if len(v) < 13 || strings.ContainsAny(string(v), ".") { // longer ones are times
				add(string(v))
			}
		}
	}
	walk(decode(t, []byte(raw)))
	return values
}
