package relaytest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Reference returns the place of a file or folder of the reference data (shared/reference, beside the repository), named by the
// elements of its path. Where it is not there, the test is skipped: the data is not part of the repository.
func Reference(t testing.TB, path ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(append([]string{"shared", "reference"}, path...)...)
	for {
		p := filepath.Join(dir, name)
		if _, err := os.Stat(p); err == nil {
			return p
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skipf("no %s beside the repository: it is not run through", name)
		}
		dir = up
	}
}

// Lines returns the lines of a file of the reference data that are not empty.
func Lines(t testing.TB, path ...string) []string {
	t.Helper()
	b, err := os.ReadFile(Reference(t, path...))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range bytes.Lines(b) {
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 {
			lines = append(lines, string(line))
		}
	}
	return lines
}
