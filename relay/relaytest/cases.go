package relaytest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"logrelay/relay"
)

// Cases returns the records of all cases of a kind in testdata: the lines of testdata/<kind>/*/input.
func Cases(t testing.TB, kind relay.Kind) (records [][]byte) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	var inputs []string
	for len(inputs) == 0 {
		if inputs, err = filepath.Glob(filepath.Join(dir, "testdata", string(kind), "*", "input")); err != nil || dir == filepath.Dir(dir) {
			t.Fatalf("no cases of %s: %v", kind, err)
		}
		dir = filepath.Dir(dir)
	}
	for _, name := range inputs {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b) {
			records = append(records, bytes.TrimSuffix(line, []byte("\n")))
		}
	}
	return records
}
