package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logrelay/pki"
)

// A file that root made with a strict umask is told, though root can read it; files that are not there are not.
func TestUnreadableOverrides(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	closed := filepath.Join(dir, "closed")
	if err := os.WriteFile(closed, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	stranger := pki.User{Name: "stranger", UID: os.Getuid() + 4242}
	got := unreadableOverrides([]string{filepath.Join(dir, "none"), closed}, stranger)
	if len(got) != 1 || got[0].Result != CheckFailed || !strings.Contains(got[0].Detail, "the user stranger cannot ") || !strings.Contains(got[0].Hint, "chmod 0644 "+closed) {
		t.Errorf("%+v", got)
	}
	if got := unreadableOverrides([]string{closed}, pki.User{Name: "root"}); got != nil {
		t.Errorf("for root: %+v", got)
	}
}

// A directory that may only be read is where the relay's pair is, when the pair is there, and not where one would be made.
func TestHoldsOwnPair(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if holdsOwnPair(filepath.Join(dir, "none")) {
		t.Error("a directory that is not there")
	}
	if err := os.WriteFile(filepath.Join(dir, "logrelay.key"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	if !holdsOwnPair(dir) {
		t.Error("the pair in a directory that may only be read is not seen")
	}
}
