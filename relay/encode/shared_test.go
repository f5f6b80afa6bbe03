package encode_test

import (
	"os"
	"path/filepath"
	"testing"
)

// reference returns the folder of reference data beside the repository, or skips.
func reference(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		p := filepath.Join(dir, "shared", "reference")
		if _, err := os.Stat(p); err == nil {
			return p
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skip("no folder shared/reference beside the repository: its samples are not run through")
		}
		dir = up
	}
}
