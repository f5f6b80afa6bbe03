package encode_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
	"logrelay/relay/relaytest"
)

// ecsFields reads the fields of ECS with their types: names and types alone, of the field sets that events here can have.
func ecsFields(t testing.TB) map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "ecs-8.11.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(b)) {
		name, typ, _ := strings.Cut(strings.TrimSpace(line), "\t")
		fields[name] = typ
	}
	return fields
}

// ecsOwn are the names at the top of an event that are not of ECS: those of sources, and the relay's.
var ecsOwn = []string{
	"aws", "kubernetes", "syslog", "cef", "leef", "panw", "fortinet", "cisco", "checkpoint", "pfsense", "iptables", "system", "winlog", "suricata",
	"container_log", "json", "text", "unmapped", "logrelay",
}

// ecsTypes are the values of event.type that ECS expects for each of event.category, where events here have it.
var ecsTypes = map[string]string{
	"api": "access admin allowed change creation deletion denied end info start user", "authentication": "start end info",
	"file": "access change creation deletion info", "iam": "admin change creation deletion group info user", "intrusion_detection": "allowed denied info",
	"network": "access allowed connection denied end info protocol start", "session": "start end info", "web": "access error info",
}

// checkECS decodes an event and checks it against ECS: only its fields, of their types, arrays where it has arrays, and its allowed words.
func checkECS(t testing.TB, fields map[string]string, b []byte) map[string]any {
	t.Helper()
	v := decode(t, b)
	for name, m := range v {
		if slices.Contains(ecsOwn, name) {
			continue
		}
		if err := checkField(fields, name, m); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
	}
	e := v["event"].(map[string]any)
	var allowed []string
	for _, c := range list(e["category"]) {
		types, ok := ecsTypes[c]
		if !ok {
			t.Fatalf("event.category %s: %s", c, b)
		}
		allowed = append(allowed, strings.Fields(types)...)
	}
	for _, typ := range list(e["type"]) {
		if len(allowed) > 0 && !slices.Contains(allowed, typ) || len(allowed) == 0 && typ != "info" {
			t.Fatalf("event.type %s is not one of %v: %s", typ, e["category"], b)
		}
	}
	if k := e["kind"]; k != "event" && k != "alert" && k != "pipeline_error" {
		t.Fatalf("event.kind %v", k)
	}
	if o := e["outcome"]; o != nil && o != "success" && o != "failure" {
		t.Fatalf("event.outcome %v", o)
	}
	if v["@timestamp"] == nil || v["ecs"].(map[string]any)["version"] != "8.11.0" || v["logrelay"] == nil {
		t.Fatalf("not a whole event: %s", b)
	}
	return v
}

func list(v any) (words []string) {
	a, _ := v.([]any)
	for _, w := range a {
		words = append(words, w.(string))
	}
	return words
}

func checkField(fields map[string]string, path string, v any) error {
	typ, leaf := fields[path]
	typ, array := strings.CutSuffix(typ, "\tarray")
	if m, ok := v.(map[string]any); ok && typ != "flattened" {
		if leaf && typ != "object" {
			return fmt.Errorf("%s is an object and not %s", path, typ)
		}
		for name, m := range m {
			if err := checkField(fields, path+"."+name, m); err != nil {
				return err
			}
		}
		return nil
	}
	if !leaf {
		return fmt.Errorf("%s is no field of ECS", path)
	}
	if a, ok := v.([]any); ok {
		if !array && path != "user.group.name" {
			return fmt.Errorf("%s is an array", path)
		}
		for _, v := range a {
			if err := checkField(map[string]string{path: typ}, path, v); err != nil && typ != "object" {
				return err
			}
			if m, ok := v.(map[string]any); ok {
				for name, m := range m {
					if err := checkField(fields, path+"."+name, m); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
	if array {
		return fmt.Errorf("%s is no array", path)
	}
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	ok := false
	switch typ {
	case "keyword", "wildcard", "match_only_text", "constant_keyword":
		ok = isText && text != ""
	case "ip":
		_, err := netip.ParseAddr(text)
		ok = err == nil
	case "date":
		_, err := time.Parse(time.RFC3339Nano, text)
		ok = err == nil && len(text) >= len("2006-01-02T15:04:05.000Z")
	case "long":
		n, err := number.Int64()
		ok = isNumber && err == nil && (!strings.HasSuffix(path, ".port") || n >= 0 && n <= 65535)
	case "float":
		ok = isNumber
	case "flattened":
		_, ok = v.(map[string]any)
	}
	if !ok {
		return fmt.Errorf("%s is not of type %s: %v", path, typ, v)
	}
	return nil
}

// TestECSValid: all that testdata and the published examples become is valid.
func TestECSValid(t *testing.T) {
	t.Parallel()
	fields := ecsFields(t)
	enc, err := encode.New("ecs", encode.Options{Raw: true})
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*", "*", "input"))
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, n *normalize.Normalizer, r *relay.Record) {
		var es relay.Events
		n.Append(&es, r)
		for i := range es.List {
			b := enc(nil, &es.List[i])
			oneLine(t, b)
			checkECS(t, fields, b)
			checkTop(t, b)
		}
	}
	for _, input := range inputs {
		b, err := os.ReadFile(input)
		if err != nil {
			t.Fatal(err)
		}
		n := normalize.New()
		kind := relay.Kind(filepath.Base(filepath.Dir(filepath.Dir(input))))
		recs := records(t, kind, b)
		for i := range recs {
			check(input, n, &recs[i])
		}
	}
	dir := relaytest.Reference(t, "ocsf", "examples")
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		n := normalize.New()
		for _, line := range sampleLines(t, name) {
			var pair struct{ ID, Header, Raw string }
			if err := json.Unmarshal([]byte(line), &pair); err != nil {
				t.Fatal(err)
			}
			check(pair.ID, n, &relay.Record{Raw: []byte(pair.Raw), Origin: &relay.Origin{Input: "main", Columns: pair.Header}, Received: 1})
		}
	}
}

// TestECSSenderCannotSet: whatever a class holds, logrelay and organization are what the relay knows.
func TestECSSenderCannotSet(t *testing.T) {
	t.Parallel()
	enc, err := encode.New("ecs", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range classesOf() {
		for _, kind := range append([]relay.Kind{"logrelay", "event"}, relay.Kinds[:]...) {
			e := fill(class, leavesOf(class, true))
			e.Kind = kind
			e.Record.Origin = &relay.Origin{Input: "main", Tenant: "acme", Peer: "192.0.2.7:1"}
			e.Rest = append(e.Rest, relay.Field{Name: `x":{},"logrelay":{"id":"forged"}},"y`, Value: "z"}, relay.Field{Name: "organization", Value: "forged"})
			b := enc(nil, e)
			oneLine(t, b)
			var v struct {
				Organization map[string]string `json:"organization"`
				Logrelay     map[string]string `json:"logrelay"`
			}
			if err := json.Unmarshal(b, &v); err != nil {
				t.Fatalf("%s: %v: %s", kind, err, b)
			}
			if v.Organization["id"] != "acme" || v.Logrelay["id"] != "00000000000000000000000000000000-0" || v.Logrelay["input"] != "main" ||
				v.Logrelay["peer"] != "192.0.2.7:1" || len(v.Logrelay) != 6 || bytes.Count(b, []byte(`,"logrelay":{"id":"0`)) != 1 {
				t.Errorf("%s: %s", kind, b)
			}
			checkTop(t, b)
		}
	}
}

// TestECSNoAllocations: no event of any kind costs an allocation, but a question of the DNS those of package publicsuffix.
func TestECSNoAllocations(t *testing.T) {
	enc, err := encode.New("ecs", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*", "*", "input"))
	if err != nil {
		t.Fatal(err)
	}
	for _, input := range inputs {
		b, err := os.ReadFile(input)
		if err != nil {
			t.Fatal(err)
		}
		n := normalize.New()
		var es relay.Events
		recs := records(t, relay.Kind(filepath.Base(filepath.Dir(filepath.Dir(input)))), b)
		for i := range recs {
			n.Append(&es, &recs[i])
		}
		var dst []byte
		for i := range es.List {
			allowed := 0.0
			if _, ok := es.List[i].Class.(*relay.DNSQuery); ok {
				allowed = 2
			}
			if got := testing.AllocsPerRun(2, func() { dst = enc(dst[:0], &es.List[i]) }); got > allowed {
				t.Errorf("%s: %v allocations for %s", input, got, dst)
			}
		}
	}
}

// checkTop checks that no name comes twice at the top of an event, or in the two levels below.
func checkTop(t *testing.T, b []byte) {
	t.Helper()
	type members []struct {
		name  string
		value json.RawMessage
	}
	read := func(b []byte) (m members) {
		d := json.NewDecoder(bytes.NewReader(b))
		if tok, err := d.Token(); err != nil || tok != json.Delim('{') {
			return nil
		}
		for d.More() {
			key, _ := d.Token()
			var v json.RawMessage
			if err := d.Decode(&v); err != nil {
				t.Fatal(err)
			}
			m = append(m, struct {
				name  string
				value json.RawMessage
			}{key.(string), v})
		}
		return m
	}
	var walk func(path string, b []byte, depth int)
	walk = func(path string, b []byte, depth int) {
		seen := map[string]bool{}
		for _, m := range read(b) {
			if seen[m.name] && path != ".json" { // "a" and "\u0061": what came as it came
				t.Fatalf("%s.%s twice in %s", path, m.name, b)
			}
			seen[m.name] = true
			if depth > 0 {
				walk(path+"."+m.name, m.value, depth-1)
			}
		}
	}
	walk("", b, 2)
}

func FuzzECS(f *testing.F) { fuzzJSON(f, "ecs") }
