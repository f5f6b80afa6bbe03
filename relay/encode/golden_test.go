package encode_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
	"logrelay/relay/normalize/vpcflow"
)

var update = flag.Bool("update", false, "write what the encoders make of testdata as what is wanted")

// records reads a case: a record a line. The header that a flow log begins with gives its columns, as in an object from S3.
func records(t *testing.T, kind relay.Kind, input []byte) []relay.Record {
	t.Helper()
	if kind == "auto" {
		kind = relay.KindAuto
	}
	o := &relay.Origin{Input: "main", Kind: kind, Tenant: "acme", Source: "lab", Peer: "192.0.2.7:41532", Identity: "edge-token"}
	var out []relay.Record
	for line := range bytes.Lines(input) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(out) == 0 && o.Columns == "" && kind == relay.KindVPCFlow && vpcflow.IsHeader(line) {
			o.Columns = string(line)
			continue
		}
		out = append(out, relay.Record{
			Raw: line, Origin: o, Received: 1_795_252_533_500_000_000,
			Base: relay.ID{0: 0xab, 15: 0xcd}, Ordinal: uint64(len(out)), Number: uint64(len(out)),
		})
	}
	return out
}

// TestCases: testdata/<kind>/<case>/input becomes want.jsonl in the schema json, want.ocsf.jsonl in OCSF, and, where the case has
// that file, want.ecs.jsonl in ECS.
func TestCases(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*", "*", "input"))
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, input := range inputs {
		dir := filepath.Dir(input)
		kind := relay.Kind(filepath.Base(filepath.Dir(dir)))
		if kind != "auto" && !slices.Contains(relay.Kinds[:], kind) {
			continue // cases of something else
		}
		t.Run(string(kind)+"/"+filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			for file, schema := range map[string]string{"want.jsonl": "json", "want.ocsf.jsonl": "ocsf", "want.ecs.jsonl": "ecs"} {
				name := filepath.Join(dir, file)
				if _, err := os.Stat(name); schema == "ecs" && err != nil {
					continue
				}
				enc, err := encode.New(schema, encode.Options{})
				if err != nil {
					t.Fatal(err)
				}
				n := normalize.New()
				var es relay.Events
				recs := records(t, kind, b)
				for i := range recs {
					n.Append(&es, &recs[i])
				}
				var got []byte
				for i := range es.List {
					got = append(enc(got, &es.List[i]), '\n')
				}
				if *update {
					if err := os.WriteFile(name, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); d != "" {
					t.Errorf("%s (-want +got; -update writes it anew):\n%s", name, d)
				}
			}
		})
	}
}

// TestCasesValid: all that testdata becomes is valid OCSF.
func TestCasesValid(t *testing.T) {
	t.Parallel()
	s := schemas(t)
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*", "*", "want.ocsf.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b) {
			checkOCSF(t, s, line)
		}
	}
}
