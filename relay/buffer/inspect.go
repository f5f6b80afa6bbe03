package buffer

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"

	"logrelay/relay"
)

// Directory is what a log's directory holds, read without changing anything and without the lock, so that a running process is no
// obstacle. What it writes meanwhile may or may not be seen.
type Directory struct {
	Path     string
	Segments []SegmentInfo // by number
	Cursors  []CursorInfo  // by name
	End      uint64        // number behind the last record

	segments []*segment
}

// SegmentInfo describes one segment. Times are nanoseconds since 1970 UTC, 0 when unknown.
type SegmentInfo struct {
	File        string
	ID          relay.ID
	Base        uint64 // number of the first record
	Records     uint64
	Bytes       int64 // of the file
	Used        int64 // behind the last block
	Sealed      bool
	Marks       bool
	Created     int64
	First, Last int64 // bounds of the received times
}

// CursorInfo describes one cursor as its file has it: Start + Outcome.Sum() = Position. Err is set where the file is damaged.
type CursorInfo struct {
	Name     string
	Start    uint64
	Position uint64
	Waiting  uint64
	Outcome  relay.Outcome
	Err      error
}

// Inspect reads the directory of a log.
func Inspect(dir string) (*Directory, error) {
	fsys := osFS{}
	files, err := fsys.List(dir)
	if err != nil {
		return nil, fmt.Errorf("inspecting the buffer %s: %w", dir, err)
	}
	d := &Directory{Path: dir}
	l := &Log{dir: dir, fs: fsys, log: slog.New(slog.DiscardHandler)}
	for _, f := range files {
		seq, ok := segmentSeq(f.Name)
		if !ok {
			continue
		}
		if err := d.meet(l, f, seq); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("inspecting %s: %w", filepath.Join(dir, f.Name), err)
		}
	}
	for _, f := range files {
		if name, ok := cursorName(f.Name); ok {
			d.Cursors = append(d.Cursors, d.cursor(fsys, f.Name, name))
		}
	}
	slices.SortFunc(d.Cursors, func(a, b CursorInfo) int { return cmp.Compare(a.Name, b.Name) })
	return d, nil
}

func (d *Directory) meet(l *Log, f FileInfo, seq uint64) error {
	s := &segment{path: filepath.Join(d.Path, f.Name), size: f.Size}
	file, err := l.openSegment(s)
	if err != nil {
		return err
	}
	defer file.Close()
	head, foot, err := readEnds(file, f.Size)
	if err != nil {
		return err
	}
	if !l.identify(s, file, seq, head, foot) {
		d.Segments = append(d.Segments, SegmentInfo{File: f.Name, Bytes: f.Size})
		return nil
	}
	if !s.sealed {
		s.scan(&window{file: file, end: s.size}, math.MaxUint64)
	}
	d.segments = append(d.segments, s)
	d.End = max(d.End, s.endNumber())
	d.Segments = append(d.Segments, SegmentInfo{
		File: f.Name, ID: s.id, Base: s.base, Records: s.count, Bytes: s.size, Used: s.end, Sealed: s.sealed,
		Marks: s.marks, Created: s.created, First: s.first, Last: s.last,
	})
	return nil
}

func (d *Directory) cursor(fsys FS, file, name string) CursorInfo {
	c := CursorInfo{Name: name}
	f, err := fsys.Open(filepath.Join(d.Path, file), os.O_RDONLY)
	if err != nil {
		c.Err = err
		return c
	}
	defer f.Close()
	state, _, _, err := readCursor(f, name)
	if err != nil {
		c.Err = err
		return c
	}
	c.Start, c.Position, c.Outcome = state.start, state.position, state.outcome
	c.Waiting = max(d.End, c.Position) - c.Position
	return c
}

// Records calls f for the records from number from up to number to, in order, until f returns false. What is damaged is left
// out; Verify says where. A record lives until f returns.
func (d *Directory) Records(from, to uint64, f func(*relay.Record) bool) error {
	for _, s := range d.segments {
		if s.endNumber() <= from || s.base >= to {
			continue
		}
		more := true
		err := d.blocks(s, func(b *block) {
			var r relay.Record
			for more && b.left() > 0 {
				if b.take(&r); r.Number >= from {
					more = r.Number < to && f(&r)
				}
			}
		}, nil)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// blocks calls each for the whole blocks of s, and bad for what is damaged between them.
func (d *Directory) blocks(s *segment, each func(*block), bad func(harm)) error {
	file, err := osFS{}.Open(s.path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted since
	}
	if err != nil {
		return fmt.Errorf("inspecting the buffer: %w", err)
	}
	defer file.Close()
	w := &window{file: file, end: s.end}
	var cache originCache
	var b block
	next := s.base
	for off := int64(headerSize); off < s.end; {
		h, body, ok := w.block(off, s, next)
		if ok && b.parse(h, body, &cache) != nil {
			ok = false
		}
		if ok && h.number == next {
			each(&b)
			off, next = h.next(), next+uint64(h.records)
			continue
		}
		lost := harm{off, s.end, next, s.endNumber()}
		if h, any := w.find(off, s, next); any && (h.offset > off || ok) {
			lost.to, lost.after = h.offset, h.number
		}
		if bad != nil {
			bad(lost)
		}
		off, next = lost.to, lost.after
	}
	return nil
}

// Verification is the result of Verify.
type Verification struct {
	Segments, Blocks int
	Records          uint64
	Bytes            int64
	Damaged          uint64 // records that cannot be read
	Repeated         uint64 // ids that are there twice; 0 unless asked for
	Problems         int
}

// Verify reads every block, and reports what is damaged, missing, or does not fit together. With ids it also looks for ids that are there
// twice; that takes memory for every delivery (object, request) in the log.
func (d *Directory) Verify(ids bool, report func(file string, offset int64, problem string)) (Verification, error) {
	var v Verification
	say := func(s *segment, off int64, format string, args ...any) {
		v.Problems++
		report(filepath.Base(s.path), off, fmt.Sprintf(format, args...))
	}
	for _, info := range d.Segments {
		if info.ID.IsZero() {
			v.Problems++
			report(info.File, 0, "neither header nor footer nor first block can be read")
		}
	}
	seen := make(spans)
	end, segments := uint64(0), make(map[relay.ID]string)
	for i, s := range d.segments {
		if i > 0 && s.base != end {
			say(s, 0, "the first record has number %d, %d was expected", s.base, end)
			v.Damaged += max(s.base, end) - end
		}
		if other, twice := segments[s.id]; twice {
			say(s, 0, "has the id of %s", other)
		}
		segments[s.id] = filepath.Base(s.path)
		end = s.endNumber()
		v.Segments++
		v.Bytes += s.end
		err := d.blocks(s, func(b *block) {
			v.Blocks++
			v.Records += uint64(b.records)
			if ids {
				v.Repeated += seen.add(b)
			}
		}, func(h harm) {
			say(s, h.from, "%d bytes with %d records cannot be read", h.to-h.from, h.after-h.first)
			v.Damaged += h.after - h.first
		})
		if err != nil {
			return v, err
		}
	}
	if v.Repeated > 0 {
		v.Problems++
		report("", 0, fmt.Sprintf("%d records have an id that another one has", v.Repeated))
	}
	return v, nil
}

// spans are the ordinals of deliveries that were seen, as runs in order.
type spans map[relay.ID][][2]uint64

// add notes the records of a block that belong to deliveries, and returns how many were there already.
func (m spans) add(b *block) (repeated uint64) {
	var r relay.Record
	for b.left() > 0 {
		if b.take(&r); r.Origin.DeliveryID.IsZero() {
			continue
		}
		runs := m[r.Base]
		i, found := slices.BinarySearchFunc(runs, r.Ordinal, func(run [2]uint64, n uint64) int {
			switch {
			case run[1] <= n:
				return -1
			case run[0] > n:
				return 1
			}
			return 0
		})
		switch {
		case found:
			repeated++
		case i > 0 && runs[i-1][1] == r.Ordinal:
			runs[i-1][1]++
		default:
			m[r.Base] = slices.Insert(runs, i, [2]uint64{r.Ordinal, r.Ordinal + 1})
		}
	}
	return repeated
}
