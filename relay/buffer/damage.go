package buffer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// damagedDir holds copies of what could not be read. Nothing reads it; it is for people, and at most damagedBytes are kept.
const (
	damagedDir   = "damaged"
	damagedBytes = 64 << 20
)

// harmed counts and reports a damaged part of a segment, once.
func (l *Log) harmed(s *segment, w *window, h harm) {
	l.mu.Lock()
	for _, old := range s.harm {
		if old.from == h.from {
			l.mu.Unlock()
			return
		}
	}
	s.harm = append(s.harm, h)
	l.mu.Unlock()
	l.countDamage(s.path, h.from, h.first, h.after)
	l.setAside(s, w, h.from, h.to)
}

// countDamage counts and reports that the records from first up to after are lost.
func (l *Log) countDamage(path string, offset int64, first, after uint64) {
	l.mu.Lock()
	l.damaged += after - first
	l.mu.Unlock()
	l.metrics.damaged.Add(float64(after - first))
	l.log.Error("part of the buffer is damaged; these records are lost and counted as damaged",
		"segment", path, "offset", offset, "records", after-first, "first", first)
}

// harmAt returns the damage known to begin at off.
func (l *Log) harmAt(s *segment, off int64) (harm, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range s.harm {
		if h.from == off {
			return h, true
		}
	}
	return harm{}, false
}

// setAside copies the bytes [from, to) of a segment to the damaged directory, without the zeros at their end. It is done
// as well as the disk allows: failing is logged and stops nothing.
func (l *Log) setAside(s *segment, w *window, from, to int64) {
	if from >= to { // a gap in the numbers, not in the bytes
		return
	}
	name := fmt.Sprintf("%016d-%d.part", s.seq, from)
	if err := l.copyAside(name, w, from, to); err != nil {
		l.log.Warn("copying damaged bytes aside", "segment", s.path, "offset", from, "error", err)
	}
}

func (l *Log) copyAside(name string, w *window, from, to int64) error {
	dir := filepath.Join(l.dir, damagedDir)
	if err := l.fs.Mkdir(dir); err != nil {
		return err
	}
	files, err := l.fs.List(dir)
	if err != nil {
		return err
	}
	var kept int64
	for _, f := range files {
		if f.Name == name {
			return nil // an earlier start copied it
		}
		kept += f.Size
	}
	to = min(to, from+damagedBytes-kept)
	if from >= to {
		return fmt.Errorf("%s is full: look at the files and remove them", dir)
	}
	out, err := l.fs.Open(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	size := int64(0)
	for off := from; off < to && err == nil; {
		b := w.at(off, int(min(scanWindow, to-off)))
		n := len(b)
		for n > 0 && b[n-1] == 0 {
			n--
		}
		if n > 0 {
			_, err = out.WriteAt(b[:n], off-from)
			size = off - from + int64(n)
		}
		if len(b) == 0 {
			break
		}
		off += int64(len(b))
	}
	if err == nil {
		err = out.Truncate(size)
	}
	return errors.Join(err, out.Close())
}

// moveAside takes a file out of the log's sight whole, as well as the disk allows.
func (l *Log) moveAside(name string) {
	dir := filepath.Join(l.dir, damagedDir)
	err := l.fs.Mkdir(dir)
	if err == nil {
		err = l.fs.Rename(filepath.Join(l.dir, name), filepath.Join(dir, name))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.log.Warn("setting a file aside", "file", name, "error", err)
	}
}
