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
		paths = append(paths, write(t, k.Name, CloudFormation, k.Name+".yaml"))
	}
	if out, err := exec.CommandContext(t.Context(), lint, paths...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestTerraformFormat asks terraform whether the templates are as it writes them; it is no check of resources, which needs the provider.
func TestTerraformFormat(t *testing.T) {
	t.Parallel()
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Skip("terraform is not installed")
	}
	for _, k := range Kinds() {
		if k.Terraform {
			path := write(t, k.Name, Terraform, k.Name+".tf")
			if out, err := exec.CommandContext(t.Context(), terraform, "fmt", "-check", "-diff", path).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		}
	}
}

func write(t *testing.T, kind, format, name string) string {
	t.Helper()
	text, err := Text(kind, format)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
