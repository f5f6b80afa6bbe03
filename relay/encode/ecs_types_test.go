package encode_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
)

// TestECSOneType: in the cases of testdata no field is an object here and a value there, or a number here and a text there: the index would refuse whichever
// comes second. Records that are not what they should be, and what indexes hold flattened, are left out.
func TestECSOneType(t *testing.T) {
	t.Parallel()
	enc, err := encode.New("ecs", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*", "*", "input"))
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	types, from := map[string]string{}, map[string]string{}
	for _, input := range inputs {
		dir := filepath.Dir(input)
		if filepath.Base(dir) == "bad" {
			continue
		}
		b, err := os.ReadFile(input)
		if err != nil {
			t.Fatal(err)
		}
		n := normalize.New()
		var es relay.Events
		for _, r := range records(t, relay.Kind(filepath.Base(filepath.Dir(dir))), b) {
			es.Reset()
			n.Append(&es, &r)
			for i := range es.List {
				eachType("", decode(t, enc(nil, &es.List[i])), func(path, is string) {
					if was := types[path]; was != "" && was != is {
						t.Errorf("%s is %s in %s and %s in %s", path, was, from[path], is, dir)
					}
					types[path], from[path] = is, dir
				})
			}
		}
	}
}

// eachType calls f for every value inside v, with its path and how an index would hold it.
func eachType(path string, v any, f func(path, is string)) {
	switch v := v.(type) {
	case map[string]any:
		if path == "json" || path == "kubernetes.audit" || strings.HasPrefix(path, "aws.cloudtrail.flattened.") {
			return
		}
		f(path, "an object")
		for name, m := range v {
			eachType(strings.TrimPrefix(path+"."+name, "."), m, f)
		}
	case []any:
		for _, m := range v {
			eachType(path, m, f)
		}
	case json.Number:
		f(path, "a number")
	case string:
		switch _, err := strconv.ParseFloat(v, 64); {
		case v == "true" || v == "false": // as good as a truth
			f(path, "a truth")
		case err != nil: // a number in a text fits either
			f(path, "a text")
		}
	case bool:
		f(path, "a truth")
	}
}
