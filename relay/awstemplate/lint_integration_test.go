//go:build integration

package awstemplate

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestLint gives the templates to cfn-lint, which knows AWS's own schemas of resources.
func TestLint(t *testing.T) {
	t.Parallel()
	lint := os.Getenv("LOGRELAY_TEST_CFNLINT")
	if lint == "" {
		t.Skip("cfn-lint is not here: LOGRELAY_TEST_CFNLINT names no program")
	}
	var paths []string
	for _, k := range Kinds() {
		paths = append(paths, write(t, k.Name))
	}
	if out, err := exec.CommandContext(t.Context(), lint, paths...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func write(t *testing.T, kind string) string {
	t.Helper()
	text, err := Text(kind, CloudFormation)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), kind+".yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
