package daemon

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// generatedToken returns the token in file, making one of 256 random bits at the first start. It is made here and not when the
// package is installed, so that two relays cloned from one image differ. Only the path is ever shown.
func generatedToken(file string) (token string, made bool, err error) {
	b, err := os.ReadFile(file)
	if err == nil {
		if token = strings.TrimSpace(string(b)); token == "" {
			return "", false, fmt.Errorf("reading the generated token %s: the file is empty; remove it to have a new one made", file)
		}
		return token, false, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", false, fmt.Errorf("reading the generated token: %w", err)
	}
	var random [32]byte
	rand.Read(random[:]) // never fails: crypto/rand
	token = base64.RawURLEncoding.EncodeToString(random[:])
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return "", false, fmt.Errorf("making a token: %w", err)
	}
	if err := writeSynced(file, token+"\n"); err != nil {
		return "", false, fmt.Errorf("making a token: %w", err)
	}
	return token, true, nil
}

// writeSynced makes a new file of mode 0640 that is whole or absent after a crash.
func writeSynced(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o640), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
