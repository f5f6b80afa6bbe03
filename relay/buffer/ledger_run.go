package buffer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sort"

	"logrelay/relay"
)

// A run is an immutable file of the ledger: entries sorted by delivery, each delivery once. All integers are little-endian.
//
//	page*     4096 bytes: 127 entries at most, then the tail
//	            entry  delivery 16 | next 8 | time 4 (seconds since 1970 UTC) | splitter<<1 | done 4
//	            tail   entries 2 | 0 2 | page number 4 | lo 8 | hi 8 | 0 4 | CRC32C of all before 4
//	index     the first delivery of each page, 16 bytes each
//	splitters each: length 4, bytes
//	footer    magic 8 | lo 8 | hi 8 | covered 8 | known 8 | entries 8 | oldest 4 | newest 4 | pages 4 | bytes of the splitters 4 |
//	            CRC32C of index and splitters 4 | CRC32C of the footer before 4
//
// lo and hi are the generations that the run replaces: a flush takes the next generation, a merge the range of what it
// merged, so that what a crash left behind is recognised by its name alone, and a hole in the row is a missing file.
const (
	runMagic    = "LRLEDG\x00\x01"
	runPage     = 4096
	runEntry    = 32
	runPerPage  = 127
	runTail     = runPerPage * runEntry
	runFooter   = 72
	runSuffix   = ".run"
	runSplitter = 1 << 16 // largest splitter text, bytes
	runMeta     = 1 << 28 // largest index with splitters that is believed, bytes
	runChunk    = 16      // pages read or written at a time
)

var errRun = errors.New("damaged")

// slot is what the ledger knows of a delivery.
type slot struct {
	next     uint64
	time     uint32
	done     bool
	splitter string
}

// run is an open run file. It is immutable and its reads are safe for concurrent use.
type run struct {
	file      File
	path      string
	lo, hi    uint64
	covered   uint64 // as of the time when it was written
	known     uint64 // holes in the row of generations up to here had been noticed and their marks replayed
	entries   uint64
	oldest    uint32
	newest    uint32
	size      int64
	index     []relay.ID
	splitters []string
}

func runPath(dir string, lo, hi uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x-%016x%s", lo, hi, runSuffix))
}

// openRun opens and checks a run file: all but its pages, which are checked when they are read.
func openRun(fsys FS, path string) (*run, error) {
	f, err := fsys.Open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	r := &run{file: f, path: path}
	if err := r.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", path, err), f.Close())
	}
	return r, nil
}

func (r *run) load() error {
	var err error
	if r.size, err = r.file.Size(); err != nil {
		return err
	}
	if r.size < runFooter {
		return fmt.Errorf("%w: %d bytes are no run", errRun, r.size)
	}
	var b [runFooter]byte
	if err := readFull(r.file, b[:], r.size-runFooter); err != nil {
		return err
	}
	le := binary.LittleEndian
	if string(b[:8]) != runMagic || crc32.Checksum(b[:68], castagnoli) != le.Uint32(b[68:]) {
		return fmt.Errorf("%w: footer", errRun)
	}
	r.lo, r.hi, r.covered, r.known, r.entries = le.Uint64(b[8:]), le.Uint64(b[16:]), le.Uint64(b[24:]), le.Uint64(b[32:]), le.Uint64(b[40:])
	r.oldest, r.newest = le.Uint32(b[48:]), le.Uint32(b[52:])
	pages, text := int64(le.Uint32(b[56:])), int64(le.Uint32(b[60:]))
	if path := runPath(filepath.Dir(r.path), r.lo, r.hi); path != r.path || r.lo > r.hi {
		return fmt.Errorf("%w: it was written as %s", errRun, filepath.Base(path))
	}
	meta := pages*16 + text
	if meta > runMeta || r.size != pages*runPage+meta+runFooter || r.entries > uint64(pages)*runPerPage {
		return fmt.Errorf("%w: %d bytes do not fit its footer", errRun, r.size)
	}
	m := make([]byte, meta)
	if err := readFull(r.file, m, pages*runPage); err != nil {
		return err
	}
	if crc32.Checksum(m, castagnoli) != le.Uint32(b[64:]) {
		return fmt.Errorf("%w: index", errRun)
	}
	r.index = make([]relay.ID, pages)
	for i := range r.index {
		m = m[copy(r.index[i][:], m):]
	}
	for len(m) >= 4 && uint64(le.Uint32(m)) <= uint64(len(m)-4) {
		n := 4 + int(le.Uint32(m))
		r.splitters = append(r.splitters, string(m[4:n]))
		m = m[n:]
	}
	if len(m) > 0 {
		return fmt.Errorf("%w: splitters", errRun)
	}
	return nil
}

// readFull is ReadAt where a short file is damage.
func readFull(f File, b []byte, off int64) error {
	n, err := f.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		return fmt.Errorf("%w: it ends at byte %d", errRun, off+int64(n))
	}
	return err
}

// entriesOf returns the entries of page n, whose bytes are page.
func (r *run) entriesOf(n int, page []byte) ([]byte, error) {
	le := binary.LittleEndian
	t := page[runTail:]
	if crc32.Checksum(page[:runPage-4], castagnoli) != le.Uint32(page[runPage-4:]) || le.Uint16(t) > runPerPage ||
		int(le.Uint32(t[4:])) != n || le.Uint64(t[8:]) != r.lo || le.Uint64(t[16:]) != r.hi {
		return nil, fmt.Errorf("reading %s: %w: page at byte %d", r.path, errRun, n*runPage)
	}
	return page[:int(le.Uint16(t))*runEntry], nil
}

// slot decodes the entry e.
func (r *run) slot(e []byte) (relay.ID, slot) {
	le := binary.LittleEndian
	v := le.Uint32(e[28:])
	s := slot{next: le.Uint64(e[16:]), time: le.Uint32(e[24:]), done: v&1 == 1}
	if i := int(v >> 1); i < len(r.splitters) {
		s.splitter = r.splitters[i]
	}
	return relay.ID(e[:16]), s
}

// find looks a delivery up: one read of one page.
func (r *run) find(id relay.ID) (slot, bool, error) {
	n := sort.Search(len(r.index), func(i int) bool { return bytes.Compare(r.index[i][:], id[:]) > 0 }) - 1
	if n < 0 {
		return slot{}, false, nil
	}
	var page [runPage]byte
	if err := readFull(r.file, page[:], int64(n)*runPage); err != nil {
		return slot{}, false, err
	}
	es, err := r.entriesOf(n, page[:])
	if err != nil {
		return slot{}, false, err
	}
	i := sort.Search(len(es)/runEntry, func(i int) bool { return bytes.Compare(es[i*runEntry:i*runEntry+16], id[:]) >= 0 })
	if i *= runEntry; i == len(es) || !bytes.Equal(es[i:i+16], id[:]) {
		return slot{}, false, nil
	}
	_, s := r.slot(es[i:])
	return s, true, nil
}

// runCursor walks a run in the order of its entries. It steps over pages that cannot be read and says so through report.
type runCursor struct {
	run    *run
	report func(error)
	next   int    // page
	chunk  []byte // pages not yet looked at
	buf    []byte
	page   []byte // entries left of the current page
}

// peek returns the current entry, or nil at the end.
func (c *runCursor) peek() []byte {
	for len(c.page) == 0 {
		if len(c.chunk) == 0 && !c.fill() {
			return nil
		}
		page := c.chunk[:runPage]
		c.chunk = c.chunk[runPage:]
		var err error
		if c.page, err = c.run.entriesOf(c.next, page); err != nil {
			c.report(err)
		}
		c.next++
	}
	return c.page[:runEntry]
}

func (c *runCursor) fill() bool {
	if c.buf == nil {
		c.buf = make([]byte, runChunk*runPage)
	}
	for left := len(c.run.index) - c.next; left > 0; left = len(c.run.index) - c.next {
		c.chunk = c.buf[:min(runChunk, left)*runPage]
		err := readFull(c.run.file, c.chunk, int64(c.next)*runPage)
		if err == nil {
			return true
		}
		c.report(fmt.Errorf("reading %s: %w", c.run.path, err))
		c.next += len(c.chunk) / runPage
	}
	c.chunk = nil
	return false
}

// runWriter writes a run in a streaming way. Its fields lo, hi, covered and known go into the footer.
type runWriter struct {
	run
	buf    []byte
	off    int64
	intern map[string]uint32
}

// append adds an entry; deliveries come in ascending order.
func (w *runWriter) append(id relay.ID, s slot) error {
	i := int(w.entries % runPerPage)
	if i == 0 {
		if err := w.flush(runChunk * runPage); err != nil {
			return err
		}
		w.index = append(w.index, id)
		w.buf = append(w.buf, make([]byte, runPage)...)
	}
	n, ok := w.intern[s.splitter]
	if !ok {
		if len(s.splitter) > runSplitter {
			panic(fmt.Sprintf("BUG: a splitter of %d bytes", len(s.splitter)))
		}
		n = uint32(len(w.splitters))
		w.splitters = append(w.splitters, s.splitter)
		w.intern[s.splitter] = n
	}
	n <<= 1
	if s.done {
		n |= 1
	}
	le := binary.LittleEndian
	e := w.buf[len(w.buf)-runPage+i*runEntry:]
	copy(e, id[:])
	le.PutUint64(e[16:], s.next)
	le.PutUint32(e[24:], s.time)
	le.PutUint32(e[28:], n)
	if w.entries++; w.entries == 1 || s.time < w.oldest {
		w.oldest = s.time
	}
	w.newest = max(w.newest, s.time)

	t := w.buf[len(w.buf)-runPage+runTail:]
	le.PutUint16(t, uint16(i+1))
	le.PutUint32(t[4:], uint32(len(w.index)-1))
	le.PutUint64(t[8:], w.lo)
	le.PutUint64(t[16:], w.hi)
	return nil
}

// flush writes what is collected once it is at least limit bytes.
func (w *runWriter) flush(limit int) error {
	if len(w.buf) < limit {
		return nil
	}
	for p := w.buf; len(p) > 0; p = p[runPage:] {
		binary.LittleEndian.PutUint32(p[runPage-4:], crc32.Checksum(p[:runPage-4], castagnoli))
	}
	return w.write(w.buf)
}

func (w *runWriter) write(b []byte) error {
	if _, err := w.file.WriteAt(b, w.off); err != nil {
		return err
	}
	w.off += int64(len(b))
	w.buf = w.buf[:0]
	return nil
}

// finish writes index, splitters and footer, and syncs the file.
func (w *runWriter) finish() error {
	if err := w.flush(1); err != nil {
		return err
	}
	le := binary.LittleEndian
	var m []byte
	for _, id := range w.index {
		m = append(m, id[:]...)
	}
	for _, s := range w.splitters {
		m = append(le.AppendUint32(m, uint32(len(s))), s...)
	}
	crc, text := crc32.Checksum(m, castagnoli), len(m)-16*len(w.index)
	f := append(make([]byte, 0, runFooter), runMagic...)
	for _, v := range []uint64{w.lo, w.hi, w.covered, w.known, w.entries} {
		f = le.AppendUint64(f, v)
	}
	for _, v := range []uint32{w.oldest, w.newest, uint32(len(w.index)), uint32(text), crc} {
		f = le.AppendUint32(f, v)
	}
	f = le.AppendUint32(f, crc32.Checksum(f, castagnoli))
	if err := w.write(append(m, f...)); err != nil {
		return err
	}
	return w.file.Sync()
}
