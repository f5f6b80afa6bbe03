package mapping

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/vpcflow"
)

// says reports whether a value says anything: what a source writes for "nothing" may be left out.
func says(v string) bool {
	switch v {
	case "", "-", `"-"`, `""`, "null", "[]", "{}":
		return false
	}
	return true
}

// accepted lists fields that a schema leaves out on purpose, by schema, with the reason.
var accepted = map[string][]string{
	// The published mapping names the issuer of a session by its ARN, which holds type, account and name, and a service by invokedBy alone.
	"ocsf": {"sessionIssuer.accountId", "sessionIssuer.type", "sessionIssuer.userName", "sessionIssuer.principalId", "userIdentity.type"},
}

func isAccepted(schema, field string) bool {
	return slices.ContainsFunc(accepted[schema], func(end string) bool { return strings.HasSuffix(field, end) })
}

// TestNothingIsLost: in every case of every kind, each field of the record shows somewhere in each schema: what the relay is given arrives.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*", "*", "input"))
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, input := range inputs {
		dir := filepath.Dir(input)
		kind := relay.Kind(filepath.Base(filepath.Dir(dir)))
		if !slices.Contains(relay.Kinds[:], kind) || kind == relay.KindText {
			continue
		}
		t.Run(string(kind)+"/"+filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			o := &relay.Origin{Input: "main", Kind: kind}
			n := 0
			for line := range bytes.Lines(text) {
				line = bytes.TrimSuffix(line, []byte("\n"))
				if kind == relay.KindVPCFlow && vpcflow.IsHeader(line) {
					o = &relay.Origin{Input: "main", Kind: kind, Columns: string(line)}
					continue
				}
				if n++; n > 12 {
					break
				}
				for _, schema := range []string{"json", "ocsf", "ecs", "cef", "leef"} {
					x, err := Explain(&relay.Record{Raw: line, Origin: o, Received: specimenTime}, schema)
					if err != nil {
						t.Fatal(err)
					}
					for _, row := range x.Rows {
						if row.Note == NoteNothing && says(row.Value) && !isAccepted(schema, row.Field) {
							t.Errorf("%s: %s = %s is lost\n%s\n%s", schema, row.Field, row.Value, line, strings.Join(x.Output, "\n"))
						}
					}
				}
			}
		})
	}
}
