//go:build integration

package packaging

import (
	"strings"
	"testing"
)

// TestLint has the distributions' own tools look at the packages. They run in a box as nobody: rpmlint unpacks what it looks at.
func TestLint(t *testing.T) {
	t.Parallel()
	deb, rpm := pkg(t, "first", "deb"), pkg(t, "first", "rpm")
	b := newBox(t, "lint")
	b.copyIn(deb, "/tmp/logrelay.deb")
	b.copyIn(rpm, "/tmp/logrelay.rpm")
	b.copyIn("rpmlint.toml", "/tmp/rpmlint.toml")
	b.run("chmod", "0644", "/tmp/logrelay.deb", "/tmp/logrelay.rpm", "/tmp/rpmlint.toml")
	nobody := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/tmp"}
	if out, err := b.try(append(nobody, "lintian", "--fail-on=error,warning", "/tmp/logrelay.deb")...); err != nil {
		t.Errorf("lintian: %v\n%s", err, out)
	}
	out, err := b.try(append(nobody, "rpmlint", "--config", "/tmp/rpmlint.toml", "/tmp/logrelay.rpm")...)
	if err != nil || !strings.Contains(out, "0 errors, 0 warnings") {
		t.Errorf("rpmlint: %v\n%s", err, out)
	}
}
