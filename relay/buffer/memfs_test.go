package buffer

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// memFS is a file system in memory that knows what is synced and what is not. Calls that change something are counted; one
// of them may fail or be the last before the power goes.
type memFS struct {
	mu      sync.Mutex
	names   map[string]*inode // as the processes see it
	durable map[string]*inode // as of the last SyncDir of each directory
	dirs    map[string]bool
	pending []dirOp
	locked  map[string]bool

	calls  int
	failAt int // the call with this number fails; 0: none does
	fail   error
	down   bool // every call fails from failAt on
	free   int64
}

// inode is a file. data is what reads see.
type inode struct {
	data    []byte
	synced  []byte // after the last Sync
	pending []fileOp
}

type fileOp struct {
	off  int64
	data []byte
	size int64 // for a change of the length, else -1
}

type dirOp struct {
	path string
	node *inode // nil: removed
}

var errPower = errors.New("no power")

func newMemFS() *memFS {
	return &memFS{names: map[string]*inode{}, durable: map[string]*inode{}, dirs: map[string]bool{}, locked: map[string]bool{}, free: 1 << 40}
}

// count numbers a call and says whether it fails. Called with mu held.
func (m *memFS) count() error {
	m.calls++
	if m.calls == m.failAt || m.down && m.failAt > 0 && m.calls > m.failAt {
		return m.fail
	}
	return nil
}

type survival int

const (
	killed    survival = iota // the process ended, the kernel goes on
	powerLoss                 // only what was synced is there
	torn                      // and any part of the rest
)

// crash returns the file system that the next start finds.
func (m *memFS) crash(how survival, rng *rand.Rand) *memFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := newMemFS()
	n.dirs = m.dirs
	names := m.durable
	switch how {
	case killed:
		names = m.names
	case torn:
		names = clone(m.durable)
		for _, op := range m.pending[:rng.IntN(len(m.pending)+1)] {
			apply(names, op)
		}
	}
	for path, node := range names {
		data := node.synced
		switch how {
		case killed:
			data = node.data
		case torn:
			data = slices.Clone(node.synced)
			for _, op := range node.pending {
				if rng.IntN(3) > 0 {
					data = op.apply(data, rng)
				}
			}
		}
		n.names[path] = &inode{data: slices.Clone(data), synced: slices.Clone(data)}
		if how == killed {
			n.names[path].synced, n.names[path].pending = slices.Clone(node.synced), slices.Clone(node.pending)
		}
	}
	n.durable = clone(n.names)
	return n
}

func clone(m map[string]*inode) map[string]*inode {
	c := make(map[string]*inode, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

func apply(names map[string]*inode, op dirOp) {
	if op.node == nil {
		delete(names, op.path)
		return
	}
	names[op.path] = op.node
}

// apply does the operation, or with rng a part of it that ends on a sector.
func (op fileOp) apply(data []byte, rng *rand.Rand) []byte {
	if op.size >= 0 {
		return resize(data, op.size)
	}
	w := op.data
	if rng != nil && rng.IntN(2) == 0 {
		sectors := rng.IntN(len(w)/512 + 2)
		first := int((512 - op.off%512) % 512)
		w = w[:min(len(w), first+512*sectors)]
	}
	if end := op.off + int64(len(w)); end > int64(len(data)) {
		data = resize(data, end)
	}
	copy(data[op.off:], w)
	return data
}

func resize(b []byte, n int64) []byte {
	if n <= int64(len(b)) {
		return b[:n:n]
	}
	return append(b[:len(b):len(b)], make([]byte, n-int64(len(b)))...)
}

func (m *memFS) Open(path string, flag int) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	node := m.names[path]
	if node == nil && flag&os.O_CREATE == 0 {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	if node == nil || flag&os.O_TRUNC != 0 {
		if err := m.count(); err != nil {
			return nil, err
		}
	}
	if node == nil {
		node = &inode{}
		m.change(dirOp{path, node})
	} else if flag&os.O_TRUNC != 0 {
		node.do(fileOp{size: 0})
	}
	return &memFile{m, node, path}, nil
}

// change changes the directory. Called with mu held.
func (m *memFS) change(op dirOp) {
	apply(m.names, op)
	m.pending = append(m.pending, op)
}

func (n *inode) do(op fileOp) {
	n.data = op.apply(n.data, nil)
	n.pending = append(n.pending, op)
}

func (m *memFS) Rename(oldPath, newPath string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.count(); err != nil {
		return err
	}
	node := m.names[oldPath]
	if node == nil {
		return fs.ErrNotExist
	}
	m.change(dirOp{newPath, node})
	m.change(dirOp{oldPath, nil})
	return nil
}

func (m *memFS) Remove(path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.count(); err != nil {
		return err
	}
	if m.names[path] == nil {
		return fs.ErrNotExist
	}
	m.change(dirOp{path, nil})
	return nil
}

func (m *memFS) Mkdir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dirs[dir] {
		return nil
	}
	if err := m.count(); err != nil {
		return err
	}
	m.dirs[dir] = true
	return nil
}

func (m *memFS) List(dir string) ([]FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []FileInfo
	for path, node := range m.names {
		if filepath.Dir(path) == dir {
			list = append(list, FileInfo{filepath.Base(path), int64(len(node.data))})
		}
	}
	slices.SortFunc(list, func(a, b FileInfo) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list, nil
}

func (m *memFS) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.count(); err != nil {
		return err
	}
	rest := m.pending[:0:0]
	for _, op := range m.pending {
		if filepath.Dir(op.path) == dir {
			apply(m.durable, op)
		} else {
			rest = append(rest, op)
		}
	}
	m.pending = rest
	return nil
}

type unlock func()

func (u unlock) Close() error { u(); return nil }

func (m *memFS) Lock(path string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked[path] {
		return nil, &LockedError{Path: path}
	}
	m.locked[path] = true
	return unlock(func() {
		m.mu.Lock()
		delete(m.locked, path)
		m.mu.Unlock()
	}), nil
}

func (m *memFS) Free(string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.free, nil
}

type memFile struct {
	fs   *memFS
	node *inode
	path string
}

func (f *memFile) ReadAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if off >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.node.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) WriteAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.fs.count(); err != nil {
		half := len(b) / 2
		if half > 0 && !errors.Is(err, errPower) {
			f.node.do(fileOp{off, slices.Clone(b[:half]), -1})
		}
		return half, err
	}
	f.node.do(fileOp{off, slices.Clone(b), -1})
	return len(b), nil
}

func (f *memFile) Allocate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.fs.count(); err != nil {
		return err
	}
	if size > int64(len(f.node.data)) {
		f.node.do(fileOp{size: size})
	}
	return nil
}

func (f *memFile) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.fs.count(); err != nil {
		return err
	}
	f.node.do(fileOp{size: size})
	return nil
}

// Sync that fails forgets what was to be written, as Linux does: the next one succeeds and nothing is on the disk.
func (f *memFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	err := f.fs.count()
	if err == nil {
		for _, op := range f.node.pending {
			f.node.synced = op.apply(f.node.synced, nil)
		}
	}
	if !errors.Is(err, errPower) {
		f.node.pending = nil
	}
	return err
}

func (f *memFile) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return int64(len(f.node.data)), nil
}

func (f *memFile) Close() error { return nil }

var errDisk, errNoRoom error = unix.EIO, unix.ENOSPC
