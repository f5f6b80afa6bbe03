package encode_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

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
