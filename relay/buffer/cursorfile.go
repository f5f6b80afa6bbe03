package buffer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"logrelay/relay"
)

// The file of a cursor: three slots of a page each. One holds the newest state that is fsynced, one may be on its way to the disk, and
// the third takes what comes meanwhile; the whole slot with the highest sequence counts. See doc.go.
const (
	cursorSuffix  = ".cursor"
	cursorMagic   = 0x52534355_4c474f4c // "LOGLUCSR"
	cursorSlots   = 3
	cursorFixed   = 8 + 8 + 11*8
	maxCursorName = 100 // bytes
)

// cursorState is what a cursor must remember.
type cursorState struct {
	start    uint64
	position uint64
	at       place // of the block with record position, as a hint
	outcome  relay.Outcome
}

// cursorFile keeps it. Guarded by Cursor.mu, but for Sync.
type cursorFile struct {
	file   File
	seq    uint64
	slot   int // written to
	stable int // fsynced
	failed bool
}

func (s *cursorState) append(dst []byte, seq uint64, name string) []byte {
	at := len(dst)
	dst = le.AppendUint64(dst, cursorMagic)
	dst = le.AppendUint64(dst, 0) // length, checksum
	for _, v := range [...]uint64{formatVersion, seq, s.start, s.position, s.at.seq, uint64(s.at.off), s.outcome.Delivered,
		s.outcome.DeadLettered, s.outcome.Dropped, s.outcome.Discarded, s.outcome.Damaged} {
		dst = le.AppendUint64(dst, v)
	}
	dst = append(dst, name...)
	le.PutUint32(dst[at+8:], uint32(len(dst)-at))
	le.PutUint32(dst[at+12:], checksum(dst[at+16:]))
	return dst
}

func parseCursorState(b []byte) (s cursorState, seq uint64, name string, err error) {
	if len(b) < cursorFixed || le.Uint64(b) != cursorMagic {
		return s, 0, "", errDamaged
	}
	n := int(le.Uint32(b[8:]))
	if n < cursorFixed || n > len(b) || le.Uint32(b[12:]) != checksum(b[16:n]) {
		return s, 0, "", errDamaged
	}
	v := func(i int) uint64 { return le.Uint64(b[16+8*i:]) }
	if v(0) != formatVersion {
		return s, 0, "", &VersionError{v(0)}
	}
	s = cursorState{
		start: v(2), position: v(3), at: place{v(4), int64(v(5))},
		outcome: relay.Outcome{Delivered: v(6), DeadLettered: v(7), Dropped: v(8), Discarded: v(9), Damaged: v(10)},
	}
	if s.start+s.outcome.Sum() != s.position {
		return s, 0, "", errDamaged
	}
	return s, v(1), string(b[cursorFixed:n]), nil
}

// readCursor returns the newest state in a cursor's file.
func readCursor(file File, name string) (s cursorState, seq uint64, slot int, err error) {
	slot = -1
	b := make([]byte, pageSize)
	for i := range cursorSlots {
		n, e := file.ReadAt(b, int64(i)*pageSize)
		if e != nil && e != io.EOF {
			continue // as good as damaged
		}
		state, sq, nm, e := parseCursorState(b[:n])
		if version, ok := errors.AsType[*VersionError](e); ok {
			return s, 0, 0, version
		}
		if e == nil && nm == name && (slot < 0 || sq > seq) {
			s, seq, slot = state, sq, i
		}
	}
	if slot < 0 {
		return s, 0, 0, errDamaged
	}
	return s, seq, slot, nil
}

// cursorPath returns the file of a cursor.
func cursorPath(dir, name string) string { return filepath.Join(dir, escapeName(name)+cursorSuffix) }

// cursorName returns the name of the cursor that a file is of.
func cursorName(file string) (string, bool) {
	s, ok := strings.CutSuffix(file, cursorSuffix)
	if !ok {
		return "", false
	}
	return unescapeName(s)
}

// create makes the cursor's file, durable.
func (c *Cursor) create() error {
	l := c.log
	path := cursorPath(l.dir, c.name)
	data := make([]byte, cursorSlots*pageSize)
	copy(data, c.state.append(nil, 1, c.name))
	if err := writeFile(l.fs, path, data); err != nil {
		return err
	}
	file, err := l.fs.Open(path, os.O_RDWR)
	if err != nil {
		return err
	}
	c.file = cursorFile{file: file, seq: 1, slot: 1, stable: 0}
	return nil
}

// unmake takes back what a cursor that could not be made has left, so that it holds no segment, now or after the next start.
func (c *Cursor) unmake() {
	l := c.log
	c.mu.Lock()
	c.gone = true
	err := errors.Join(c.file.close(), l.fs.Remove(cursorPath(l.dir, c.name)))
	c.mu.Unlock()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.log.Warn("taking a cursor back that could not be made", "output", c.name, "error", err)
	}
	l.mu.Lock()
	delete(l.cursors, c.name)
	l.mu.Unlock()
	if err := l.saveList(); err != nil {
		l.log.Warn("taking a cursor off the list that could not be made", "output", c.name, "error", err)
	}
}

// load opens the cursor's file. errDamaged where no slot is whole.
func (c *Cursor) load() error {
	l := c.log
	path := cursorPath(l.dir, c.name)
	file, err := l.fs.Open(path, os.O_RDWR)
	if err != nil {
		return err
	}
	state, seq, slot, err := readCursor(file, c.name)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	c.state = state
	c.file = cursorFile{file: file, seq: seq + 1, slot: (slot + 1) % cursorSlots, stable: slot}
	// The slot is whole but perhaps only in the kernel's memory, and after a failed fsync another one would not bring it to the disk:
	// it is written again. Not into another slot: one of those may be the only one that is on the disk.
	var page [512]byte
	if _, err = file.WriteAt(state.append(page[:0], c.file.seq, c.name), int64(slot)*pageSize); err == nil {
		err = file.Sync()
	}
	if noSpace(err) { // tried again by the keeper
		c.dirty, c.file.failed, c.file.slot, c.file.stable = true, true, slot, (slot+1)%cursorSlots
		return nil
	}
	c.synced.Store(state.position)
	return err
}

// save writes the state to the file. It reaches the kernel, so it survives the end of the process. Called with c.mu held.
func (c *Cursor) save() {
	l := c.log
	if c.gone || l.isShut() {
		return
	}
	f := &c.file
	var err error
	if f.file == nil { // could not be made when the log was opened
		err = c.create()
	} else {
		f.seq++
		var page [512]byte
		_, err = f.file.WriteAt(c.state.append(page[:0], f.seq, c.name), int64(f.slot)*pageSize)
	}
	if !c.dirty {
		c.dirty = true
		signal(l.tend)
	}
	switch {
	case err != nil && !noSpace(err):
		_ = l.fail(fmt.Errorf("writing cursor %q: %w", c.name, err))
	case err != nil && !f.failed:
		l.log.Warn("the disk has no room for a cursor; after a crash its output gets records twice", "output", c.name, "error", err)
	}
	f.failed = err != nil
}

// sync makes the position survive power loss.
func (c *Cursor) sync() {
	c.mu.Lock()
	if !c.dirty || c.gone {
		c.mu.Unlock()
		return
	}
	c.dirty = false
	position, f := c.state.position, &c.file
	if f.failed {
		c.save() // again
	}
	if f.failed {
		c.mu.Unlock()
		return
	}
	syncing, file := f.slot, f.file
	f.slot = 3 - syncing - f.stable // the third one
	c.mu.Unlock()
	err := file.Sync()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return
	}
	if err != nil {
		_ = c.log.fail(fmt.Errorf("syncing cursor %q: %w", c.name, err))
		return
	}
	f.stable = syncing
	c.synced.Store(position)
}

func (f *cursorFile) close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// Forget removes the cursor of an output that is gone. What only it waited for is deleted. Its leases may still end.
func (l *Log) Forget(name string) error {
	l.making.Lock()
	defer l.making.Unlock()
	l.mu.Lock()
	c := l.cursors[name]
	l.mu.Unlock()
	if c == nil {
		return fmt.Errorf("forgetting cursor %q: %w", name, fs.ErrNotExist)
	}
	<-c.turn
	defer func() { c.turn <- struct{}{} }()
	c.mu.Lock()
	c.gone = true
	err := errors.Join(c.file.close(), l.fs.Remove(cursorPath(l.dir, name)))
	c.mu.Unlock()
	c.reader.close()
	c.again.close()
	l.mu.Lock()
	delete(l.cursors, name)
	l.mu.Unlock()
	signal(c.wake)
	signal(l.tend)
	if err == nil {
		err = l.saveList() // syncs the directory, too
	}
	if err != nil {
		return fmt.Errorf("forgetting cursor %q: %w", name, err)
	}
	return nil
}
