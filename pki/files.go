package pki

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxPEM bounds a file of certificates or keys, in bytes. A CA bundle of all public roots has 250 KiB.
const maxPEM = 4 << 20

// fileError is what is wrong with a file, and what to do about it.
type fileError struct {
	path string
	err  error
	hint string
}

func (e *fileError) Error() string { return e.path + ": " + e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// Hint says what to do.
func (e *fileError) Hint() string { return e.hint }

// ReadPEM reads a file of certificates or keys whole, but for the byte order mark that some editors put in front, with which its first block would not
// be seen. Its errors name the file and have a method Hint.
func ReadPEM(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // or a pipe that nobody writes to would be waited for
	if err != nil {
		return nil, openError(path, err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, openError(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, &fileError{path, errors.New("not a regular file"), "name a PEM file"}
	}
	text, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err != nil {
		return nil, openError(path, err)
	}
	if len(text) > maxPEM {
		return nil, &fileError{path, fmt.Errorf("larger than %d bytes", maxPEM), "name a PEM file"}
	}
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		return nil, &fileError{path, errors.New("UTF-16 and not plain text"), "iconv -f UTF-16 -t ASCII " + path + " >" + path + ".pem"}
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil
}

func openError(path string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		hint = "put the file there, or name another"
	case errors.Is(err, fs.ErrPermission):
		hint = "let the user that runs the relay read it, and the directories above it; for example: chgrp logrelay " + path + " && chmod 0640 " + path
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return &fileError{path, err, hint}
}

// writeFile makes or replaces a file: after nil it is there, whole, on disk and with the mode; after an error the old one is.
func writeFile(path string, text []byte, mode fs.FileMode) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("writing %s: %w", path, err)
		}
	}()
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := adopt(f, dir); err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// adopt gives a file that root writes to whom its directory belongs, so that what an administrator's command leaves there the service can read.
func adopt(f *os.File, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := ownerOf(dir)
	if err != nil {
		return err
	}
	return f.Chown(uid, gid)
}

func ownerOf(path string) (uid, gid int, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, fmt.Errorf("the owner of %s is not known", path)
	}
	return int(st.Uid), int(st.Gid), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}
