package buffer

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// The file "cursors" names the cursors that there are, so that a cursor whose file is lost is known to be lost: it begins anew with the
// oldest record. Without it a new cursor that is to begin now would leave out what the old one had still to deliver.
const cursorList = "cursors"

// saveList writes the names, durable. Called with Log.making held.
func (l *Log) saveList() error {
	l.mu.Lock()
	names := make([]string, 0, len(l.cursors))
	for name := range l.cursors {
		names = append(names, filepath.Base(cursorPath("", name)))
	}
	l.mu.Unlock()
	slices.Sort(names)
	return writeLines(l.fs, filepath.Join(l.dir, cursorList), names)
}

// readList returns the names. known is false where the list is lost.
func readList(fsys FS, dir string) (names []string, known bool) {
	lines, err := readLines(fsys, filepath.Join(dir, cursorList))
	if err != nil {
		return nil, false
	}
	for _, line := range lines {
		if name, ok := cursorName(line); ok {
			names = append(names, name)
		}
	}
	return names, true
}

// loadCursors opens the cursors that there are, or should be. No record gets a number below a cursor's position.
func (l *Log) loadCursors(files []FileInfo) error {
	names, known := readList(l.fs, l.dir)
	for _, f := range files {
		if name, ok := cursorName(f.Name); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	l.unlisted = !known && len(l.segments) > 0
	if l.unlisted {
		l.log.Error("the list of cursors is lost; outputs without a cursor begin with the oldest record")
	}
	var lost []*Cursor
	for _, name := range names {
		c := newCursor(l, name)
		l.cursors[name] = c
		err := c.load()
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errDamaged) {
			lost = append(lost, c)
			continue
		}
		if err != nil {
			return fmt.Errorf("opening cursor %q: %w", name, err)
		}
		l.end = max(l.end, c.state.position)
		c.begin()
	}
	for _, c := range lost { // now that the end is known
		if err := c.rebuild(); err != nil {
			return fmt.Errorf("opening cursor %q: %w", c.name, err)
		}
		c.begin()
	}
	signal(l.tend)
	return nil
}

// rebuild makes a cursor anew whose file is lost or damaged. It gets all records that there are: duplicates, never losses.
func (c *Cursor) rebuild() error {
	l := c.log
	l.mu.Lock()
	oldest := l.oldest()
	l.mu.Unlock()
	l.log.Error("the file of a cursor is lost; the output gets all records that are still there, some for the second time",
		"output", c.name)
	c.state = cursorState{start: oldest, position: oldest}
	c.synced.Store(oldest)
	l.moveAside(filepath.Base(cursorPath(l.dir, c.name)))
	if err := c.create(); !noSpace(err) {
		return err
	}
	c.dirty, c.file.failed = true, true // made when there is room
	return nil
}
