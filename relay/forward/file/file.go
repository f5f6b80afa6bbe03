// Package file delivers events as lines to a file that is rotated by size and age, or to a stream such as standard output. Nil from
// Send means fsynced for a file, and written for a stream. A line that could not be written whole is cut off again.
//
// A file has one writer: the destination. Rotated files keep the name and get the time of their rotation:
// events.log.20261121T101500.000000Z. Names sort by age.
package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"logrelay/relay"
)

const (
	fileMode   = 0o640
	stampForm  = "20060102T150405.000000Z"
	keptBuffer = 4 << 20 // a larger buffer is not kept
)

// Options of a file. Path and Encode are required.
type Options struct {
	Path    string
	Encode  relay.EncodeFunc
	MaxSize int64         // bytes; a file that has more is rotated before the next Send; 0: no limit
	MaxAge  time.Duration // since the file was begun; 0: no limit
	Keep    int           // rotated files that stay; 0: all
}

// File is a destination. Safe for concurrent use.
type File struct {
	o Options

	mu    sync.Mutex
	f     *os.File
	size  int64
	begun time.Time
	buf   []byte
}

// New returns a destination. It opens the file at the first Send.
func New(o Options) *File {
	if o.Path == "" || o.Encode == nil {
		panic("BUG: a file output needs a path and an encoder")
	}
	return &File{o: o}
}

// Send appends the events and fsyncs. See relay.Destination.
func (d *File) Send(ctx context.Context, events []relay.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.ready(); err != nil {
		return classify(err)
	}
	d.buf = lines(d.buf[:0], events, d.o.Encode)
	defer func() {
		if cap(d.buf) > keptBuffer {
			d.buf = nil
		}
	}()
	if _, err := d.f.Write(d.buf); err != nil {
		return classify(d.undo(err))
	}
	if err := d.f.Sync(); err != nil {
		return classify(d.undo(err)) // what an fsync refused may be gone: it is written again through a new handle
	}
	d.size += int64(len(d.buf))
	return nil
}

// undo cuts off what did not get through and closes the file.
func (d *File) undo(cause error) error {
	err := d.f.Truncate(d.size)
	d.f.Close()
	d.f = nil
	return errors.Join(cause, err)
}

func lines(dst []byte, events []relay.Event, encode relay.EncodeFunc) []byte {
	for i := range events {
		from := len(dst)
		dst = encode(dst, &events[i])
		dst = append(relay.EscapeLine(dst, from), '\n')
	}
	return dst
}

// ready opens or rotates the file as needed.
func (d *File) ready() error {
	if d.f != nil {
		full := d.o.MaxSize > 0 && d.size >= d.o.MaxSize
		old := d.o.MaxAge > 0 && time.Since(d.begun) >= d.o.MaxAge
		if d.size == 0 || !full && !old {
			return nil
		}
		if err := d.rotate(); err != nil {
			return err
		}
	}
	return d.open()
}

func (d *File) open() error {
	f, err := os.OpenFile(d.o.Path, os.O_RDWR|os.O_CREATE|os.O_APPEND, fileMode)
	if err != nil {
		return err
	}
	size, err := wholeLines(f)
	if err == nil {
		err = syncDir(d.o.Path)
	}
	if err != nil {
		f.Close()
		return err
	}
	d.f, d.size, d.begun = f, size, born(f)
	return nil
}

// born is when the file was made; now, where the file system does not know.
func born(f *os.File) time.Time {
	var st unix.Statx_t
	err := unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return time.Now()
	}
	return time.Unix(st.Btime.Sec, int64(st.Btime.Nsec))
}

// wholeLines ends a line that a crash tore, so that the next one stands alone, and returns the file's size.
func wholeLines(f *os.File) (int64, error) {
	st, err := f.Stat()
	if err != nil || st.Size() == 0 {
		return 0, err
	}
	if !st.Mode().IsRegular() {
		return 0, fmt.Errorf("%s is not a regular file", f.Name())
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], st.Size()-1); err != nil {
		return 0, err
	}
	if last[0] == '\n' {
		return st.Size(), nil
	}
	_, err = f.Write([]byte{'\n'})
	return st.Size() + 1, err
}

// rotate gives the file its final name and removes the oldest ones.
func (d *File) rotate() error {
	err := d.f.Close()
	d.f = nil // closed, whatever it says
	if err != nil {
		return err
	}
	stamp := time.Now().UTC()
	name := d.o.Path + "." + stamp.Format(stampForm)
	for exists(name) {
		stamp = stamp.Add(time.Microsecond)
		name = d.o.Path + "." + stamp.Format(stampForm)
	}
	if err := os.Rename(d.o.Path, name); err != nil {
		return err
	}
	if d.o.Keep == 0 {
		return nil
	}
	old, err := d.rotated()
	if err != nil {
		return err
	}
	for len(old) > d.o.Keep {
		if err := os.Remove(old[0]); err != nil {
			return err
		}
		old = old[1:]
	}
	return nil
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// rotated lists the rotated files, the oldest first. Files whose names only look alike are not ours.
func (d *File) rotated() ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(d.o.Path))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		stamp, ok := strings.CutPrefix(e.Name(), filepath.Base(d.o.Path)+".")
		if _, err := time.Parse(stampForm, stamp); ok && err == nil {
			names = append(names, filepath.Join(filepath.Dir(d.o.Path), e.Name()))
		}
	}
	slices.Sort(names)
	return names, nil
}

func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// classify adds what an operator can do. A full disk passes; permissions and missing directories do not.
func classify(err error) error {
	err = fmt.Errorf("writing events: %w", err)
	switch {
	case errors.Is(err, os.ErrPermission):
		return &relay.HoldError{Hint: "let the user that the service runs as write there; a systemd unit may also need ReadWritePaths=", Err: err}
	case errors.Is(err, os.ErrNotExist):
		return &relay.HoldError{Hint: "create the directory", Err: err}
	case errors.Is(err, syscall.EROFS):
		return &relay.HoldError{Hint: "the file system is read-only; under systemd, name the directory in ReadWritePaths=", Err: err}
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return relay.WithHint(err, "free disk space")
	}
	return err
}

// Probe opens the file, which creates it if needed.
func (d *File) Probe(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.f != nil {
		return nil
	}
	f, err := os.OpenFile(d.o.Path, os.O_RDWR|os.O_CREATE|os.O_APPEND, fileMode)
	if err != nil {
		return classify(err)
	}
	return f.Close()
}

// Serial keeps the lines in order; see forward.Serial.
func (d *File) Serial() bool { return true }

// Close closes the file.
func (d *File) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.f == nil {
		return nil
	}
	err := d.f.Close()
	d.f = nil
	return err
}

// Writer is a destination for a stream of our own, such as standard output. Safe for concurrent use.
type Writer struct {
	mu     sync.Mutex
	w      io.Writer
	encode relay.EncodeFunc
	buf    []byte
}

// NewWriter returns a destination that writes lines to w.
func NewWriter(w io.Writer, encode relay.EncodeFunc) *Writer { return &Writer{w: w, encode: encode} }

// Send writes the events in one call.
func (d *Writer) Send(ctx context.Context, events []relay.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	d.buf = lines(d.buf[:0], events, d.encode)
	if _, err := d.w.Write(d.buf); err != nil {
		return fmt.Errorf("writing events: %w", err)
	}
	if cap(d.buf) > keptBuffer {
		d.buf = nil
	}
	return nil
}

// Serial keeps the lines in order; see forward.Serial.
func (d *Writer) Serial() bool { return true }

// Probe has nothing to try.
func (d *Writer) Probe(context.Context) error { return nil }

// Close leaves the stream open: it is its owner's.
func (d *Writer) Close() error { return nil }
