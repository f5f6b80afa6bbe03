package encode_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
	"logrelay/relay/relaytest"
)

// schemas returns the published OCSF schemas by class.
func schemas(t testing.TB) map[int]*jsonschema.Schema {
	t.Helper()
	s, err := compileSchemas(relaytest.Reference(t, "ocsf", "1.8.0", "jsonschema"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var compiled struct {
	once sync.Once
	s    map[int]*jsonschema.Schema
	err  error
}

// compileSchemas compiles once: it takes longer than most tests.
func compileSchemas(dir string) (map[int]*jsonschema.Schema, error) {
	compiled.once.Do(func() {
		c := jsonschema.NewCompiler()
		compiled.s = make(map[int]*jsonschema.Schema)
		files, _ := filepath.Glob(filepath.Join(dir, "*.schema.json"))
		for _, file := range files {
			number, _, _ := strings.Cut(filepath.Base(file), "_")
			class, err := strconv.Atoi(number)
			if err != nil {
				compiled.err = err
				return
			}
			if compiled.s[class], compiled.err = c.Compile(file); compiled.err != nil {
				return
			}
		}
	})
	return compiled.s, compiled.err
}

// decode reads one JSON object.
func decode(t testing.TB, b []byte) map[string]any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return v.(map[string]any)
}

// checkOCSF decodes an event and validates it against its class.
func checkOCSF(t testing.TB, s map[int]*jsonschema.Schema, b []byte) map[string]any {
	t.Helper()
	v := decode(t, b)
	class, err := strconv.Atoi(string(v["class_uid"].(json.Number)))
	if err != nil || s[class] == nil {
		t.Fatalf("no class: %s", b)
	}
	if err := s[class].Validate(v); err != nil {
		t.Fatalf("not valid: %v\n%s", err, b)
	}
	if err := readOCSF(t).check(v); err != nil {
		t.Fatalf("not valid: %v\n%s", err, b)
	}
	return v
}

// TestPublishedPairs compares what flow log rows become with pairs written by hand from the mapping rules. What is the product's own is left out.
func TestPublishedPairs(t *testing.T) {
	t.Parallel()
	f, err := os.Open(relaytest.Reference(t, "ocsf", "examples", "vpcflow.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := schemas(t)
	enc, err := encode.New("ocsf", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := normalize.New()
	var es relay.Events
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	count := 0
	for lines.Scan() {
		var pair struct {
			ID, Header, Raw string
			Expected        json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &pair); err != nil {
			t.Fatal(err)
		}
		es.Reset()
		n.Append(&es, &relay.Record{
			Raw:      []byte(pair.Raw),
			Origin:   &relay.Origin{Input: "flows", Kind: relay.KindVPCFlow, Columns: pair.Header},
			Received: 1,
		})
		got := checkOCSF(t, s, enc(nil, &es.List[0]))
		want := decode(t, pair.Expected)
		strip(got)
		strip(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%s (-want +got):\n%s", pair.ID, d)
		}
		count++
	}
	if count == 0 {
		t.Fatal("no pairs")
	}
}

func strip(v map[string]any) {
	for k := range v {
		if strings.HasPrefix(k, "raw_data") || k == "observables" {
			delete(v, k)
		}
	}
	m := v["metadata"].(map[string]any)
	for k := range m {
		if strings.HasPrefix(k, "log_") || k == "uid" || k == "logged_time" || k == "processed_time" || k == "tenant_uid" {
			delete(m, k)
		}
	}
}
