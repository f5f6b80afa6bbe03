package buffer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/sys/unix"
)

// FS is what the log asks of a file system. The methods are those of package os unless they say otherwise. Its second
// implementation is the test double that forgets what was not synced. Safe for concurrent use.
type FS interface {
	// Open opens a file with the flags of package os. A new file gets mode 0640.
	Open(path string, flag int) (File, error)
	Rename(oldPath, newPath string) error
	Remove(path string) error
	// Mkdir makes a directory, mode 0750, and nothing above it. One that exists is no error.
	Mkdir(dir string) error
	// List returns the regular files of a directory, sorted by name.
	List(dir string) ([]FileInfo, error)
	// SyncDir makes the directory's entries (created, renamed, removed) survive power loss.
	SyncDir(dir string) error
	// Lock takes the lock of path for this process, or returns a *LockedError at once. Closing gives it back.
	Lock(path string) (io.Closer, error)
	// Free returns the bytes that an unprivileged process may still allocate on the file system of dir.
	Free(dir string) (int64, error)
}

// File is an open file. ReadAt and WriteAt are safe for concurrent use.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Allocate makes the file size bytes long, with disk space behind all of it; new bytes read as zero.
	// It never shortens the file.
	Allocate(size int64) error
	// Truncate makes the file exactly size bytes long.
	Truncate(size int64) error
	// Sync makes the contents and the length survive power loss (fdatasync).
	Sync() error
	// Size returns the length in bytes.
	Size() (int64, error)
}

// FileInfo is one file of a directory.
type FileInfo struct {
	Name string
	Size int64
}

// LockedError: another process has the directory open.
type LockedError struct {
	Path string
	PID  string // as the other process wrote it; may be empty
}

func (e *LockedError) Error() string {
	if e.PID == "" {
		return fmt.Sprintf("locking %s: another process holds it", e.Path)
	}
	return fmt.Sprintf("locking %s: process %s holds it", e.Path, e.PID)
}

// Hint implements relay.Hinter.
func (e *LockedError) Hint() string {
	return "one directory serves one logrelay: stop the other process or name another directory"
}

// noSpace reports whether err says that the disk or the user's quota on it is full.
func noSpace(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// noFiles reports whether err says that the process or the host has too many files open. It passes, and is no fault of the disk.
func noFiles(err error) bool { return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) }

// writeFile replaces the file path by one that holds data: either the old or the new contents are there after a crash,
// and the new ones when it returns nil.
func writeFile(fsys FS, path string, data []byte) error {
	tmp := path + ".tmp"
	f, err := fsys.Open(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	if _, err = f.WriteAt(data, 0); err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = fsys.Rename(tmp, path)
	}
	if err == nil {
		err = fsys.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// readFile returns the contents of a file of at most limit bytes.
func readFile(fsys FS, path string, limit int64) ([]byte, error) {
	f, err := fsys.Open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("reading %s: %d bytes, at most %d expected", path, size, limit)
	}
	b := make([]byte, size)
	n, err := f.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return b[:n], nil
}

// osFS is the operating system's file system.
type osFS struct{}

type osFile struct{ *os.File }

func (osFS) Open(path string, flag int) (File, error) {
	f, err := os.OpenFile(path, flag, 0o640)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osFS) Rename(oldPath, newPath string) error { return os.Rename(oldPath, newPath) }

func (osFS) Remove(path string) error { return os.Remove(path) }

func (osFS) Mkdir(dir string) error {
	if err := os.Mkdir(dir, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (osFS) List(dir string) ([]FileInfo, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []FileInfo
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since
		}
		if err != nil {
			return nil, err
		}
		list = append(list, FileInfo{e.Name(), info.Size()})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list, nil
}

func (osFS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}

func (osFS) Lock(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		pid := make([]byte, 20)
		n, _ := f.ReadAt(pid, 0)
		f.Close()
		return nil, &LockedError{path, strings.TrimSpace(string(pid[:n]))}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	// The pid is for people only: a disk too full to hold it must not stop the start.
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	return f, nil
}

func (osFS) Free(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("statfs %s: %w", dir, err)
	}
	return int64(s.Bavail) * s.Bsize, nil
}

func (f osFile) Allocate(size int64) error {
	var err error
	for {
		if err = unix.Fallocate(int(f.Fd()), 0, 0, size); err != unix.EINTR {
			break
		}
	}
	if err == unix.EOPNOTSUPP || err == unix.ENOSYS { // some network and FUSE file systems
		var old int64
		if old, err = f.Size(); err == nil && old < size {
			err = f.Truncate(size)
		}
	}
	if err != nil {
		return fmt.Errorf("allocating %d bytes for %s: %w", size, f.Name(), err)
	}
	return nil
}

func (f osFile) Sync() error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); err != unix.EINTR {
			if err != nil {
				return fmt.Errorf("fsync %s: %w", f.Name(), err)
			}
			return nil
		}
	}
}

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
