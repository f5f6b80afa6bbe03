package awsiam

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Files are the two that hold an access key: its id and its secret.
type Files struct{ ID, Secret string }

// What stands behind the names of the files of another key.
const (
	suffixOld = ".old" // the one before
	suffixNew = ".new" // one that was made and is not in use yet
)

const maxKeyFile = 4096

// resolved follows links, so that what they point to is replaced and not they.
func (f Files) resolved() (Files, error) {
	id, err := filepath.EvalSymlinks(f.ID)
	if err != nil {
		return Files{}, err
	}
	secret, err := filepath.EvalSymlinks(f.Secret)
	return Files{id, secret}, err
}

func (f Files) beside(suffix string) Files { return Files{f.ID + suffix, f.Secret + suffix} }

// read returns the key in the files; the zero Key when one of them is not there.
func (f Files) read() (Key, error) {
	id, err := readLine(f.ID)
	if err != nil || id == "" {
		return Key{}, err
	}
	secret, err := readLine(f.Secret)
	if err != nil || secret == "" {
		return Key{}, err
	}
	return Key{ID: id, Secret: secret}, nil
}

func readLine(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if info.Size() > maxKeyFile || !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not the file of a key", path)
	}
	text, err := os.ReadFile(path)
	return strings.TrimSpace(string(text)), err
}

// write puts a key into the files, with mode and owner of those of like. The secret goes first: an id is there only with its secret.
func (f Files) write(k Key, like Files) error {
	if err := replace(f.Secret, k.Secret, like.Secret); err != nil {
		return err
	}
	return replace(f.ID, k.ID, like.ID)
}

// remove deletes the files; those that are not there are no error.
func (f Files) remove() error {
	var errs []error
	for _, path := range []string{f.ID, f.Secret} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// writable finds out whether the files could be replaced, with their owners.
func (f Files) writable() error {
	for _, path := range []string{f.ID, f.Secret} {
		temp, err := prepared(path, "", path)
		if err != nil {
			return err
		}
		if err := os.Remove(temp); err != nil {
			return err
		}
	}
	return nil
}

// replace makes text the content of a file, at once and durably, with the mode and owner of like.
func replace(path, text, like string) error {
	temp, err := prepared(path, text, like)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// prepared writes a file beside path, durably.
func prepared(path, text, like string) (temp string, err error) {
	info, err := os.Stat(like)
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return "", err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && (int(owner.Uid) != os.Geteuid() || int(owner.Gid) != os.Getegid()) {
		if err := file.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
			return "", err
		}
	}
	if err := file.Chmod(info.Mode().Perm()); err != nil {
		return "", err
	}
	if _, err := file.WriteString(text + "\n"); err != nil {
		return "", err
	}
	return file.Name(), file.Sync()
}
