package pki

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNewKey(t *testing.T) {
	t.Parallel()
	for algorithm, want := range map[string]string{
		"rsa:2048": "RSA 2048", "EC:p-256": "ECDSA P-256", "ec:P-384": "ECDSA P-384", "ED25519": "Ed25519",
	} {
		key, err := NewKey(algorithm)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "key")
		if err := WriteKey(path, key); err != nil {
			t.Fatal(err)
		}
		read, err := ReadKey(path)
		if err != nil || KeyType(read.Public()) != want || !read.Public().(publicKey).Equal(key.Public()) {
			t.Errorf("%s: read %v, %v; want %s", algorithm, read, err, want)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", algorithm, info.Mode(), err)
		}
	}
	if _, err := NewKey("rsa:1024"); err == nil || !strings.Contains(hintOf(err), "rsa:2048") {
		t.Errorf("NewKey of a weak one: %v, hint %q", err, hintOf(err))
	}
}

// What root writes into the service's directory, the service can read.
func TestWriteKeyForTheService(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root: files are given to another user")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 0, 4242); err != nil {
		t.Fatal(err)
	}
	key, err := NewKey(DefaultAlgorithm)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "key")
	if err := WriteKey(path, key); err != nil {
		t.Fatal(err)
	}
	uid, gid, err := ownerOf(path)
	info, serr := os.Stat(path)
	if err != nil || serr != nil || uid != 0 || gid != 4242 || info.Mode().Perm() != fs.FileMode(0o640) {
		t.Errorf("the key belongs to %d:%d, mode %v (%v, %v); want 0:4242, 0640", uid, gid, info.Mode(), err, serr)
	}
}
