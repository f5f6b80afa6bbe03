package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What etc holds that the program writes is what it writes now.
func TestGeneratedFilesAreUpToDate(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"logrelay.schema.json": {"config-schema"},
		"configuration.md":     {"config-schema", "--markdown"},
		"metrics.md":           {"metrics", "--markdown"},
	} {
		shipped, err := os.ReadFile(filepath.Join("../../etc", name))
		if err != nil {
			t.Error(err)
		}
		var out, talk bytes.Buffer
		if status := execute(append([]string{"logrelay"}, args...), &out, &talk); status != exitDone {
			t.Errorf("%v: status %d: %s", args, status, &talk)
		}
		if diff := cmp.Diff(string(shipped), out.String()); diff != "" {
			t.Errorf("etc/%s is out of date; write it with: go generate ./...\n%s", name, diff)
		}
	}
}
