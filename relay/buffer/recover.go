package buffer

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"logrelay/relay"
)

// recover brings the directory into order and fills l from it.
func (l *Log) recover() error {
	files, err := l.fs.List(l.dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(l.dir, f.Name)
		switch {
		case strings.HasSuffix(f.Name, ".tmp"):
			if err := l.fs.Remove(path); err != nil {
				l.log.Warn("removing a file that was not finished", "error", err)
			}
		case strings.HasSuffix(f.Name, spareSuffix):
			l.spares = append(l.spares, spare{path, f.Size})
		case strings.HasSuffix(f.Name, segmentSuffix):
			if err := l.meet(f); err != nil {
				return err
			}
		}
	}
	if err := l.sealAll(); err != nil {
		return err
	}
	l.order()
	if err := l.loadCursors(files); err != nil {
		return err
	}
	l.quota.bytes = 0
	for _, s := range l.spares {
		l.quota.bytes += s.size
	}
	for _, s := range l.segments {
		l.quota.bytes += s.size
		for p, n := range s.use {
			l.quota.take(p, n)
		}
	}
	return l.openMarks()
}

// meet reads header and footer of a segment.
func (l *Log) meet(info FileInfo) error {
	seq, ok := segmentSeq(info.Name)
	if !ok {
		l.log.Warn("a file that is none of the buffer's is left alone", "file", info.Name)
		return nil
	}
	l.seq = max(l.seq, seq)
	s := &segment{path: filepath.Join(l.dir, info.Name), size: info.Size}
	file, err := l.openSegment(s)
	if err != nil {
		return err
	}
	defer file.Close()
	head, foot, err := readEnds(file, info.Size)
	if err != nil {
		return fmt.Errorf("%s: %w", info.Name, err)
	}
	if !l.identify(s, file, seq, head, foot) {
		l.log.Error("a segment without a readable header, footer or first block is set aside", "file", info.Name)
		l.moveAside(info.Name)
		return nil
	}
	l.segments = append(l.segments, s)
	return nil
}

// readEnds reads header and footer of a segment file; what is damaged or not there is nil.
func readEnds(file File, size int64) (*segmentHeader, *segmentFooter, error) {
	var version *VersionError
	b := make([]byte, footerSize)
	readWhat(file, b[:headerSize], 0)
	var head *segmentHeader
	h, err := parseSegmentHeader(b[:headerSize])
	if errors.As(err, &version) {
		return nil, nil, err
	}
	if err == nil {
		head = &h
	}
	if size < headerSize+footerSize {
		return head, nil, nil
	}
	clear(b)
	readWhat(file, b, size-footerSize)
	f, err := parseSegmentFooter(b)
	if errors.As(err, &version) {
		return nil, nil, err
	}
	if err != nil || f.end > size-footerSize || head != nil && head.id != f.id {
		return head, nil, nil // not sealed, or the footer of the life before
	}
	return head, &f, nil
}

// identify finds out which segment a file is: from its header, else from its footer, else from its first block.
// It reports false where nothing tells.
func (l *Log) identify(s *segment, file File, seq uint64, head *segmentHeader, foot *segmentFooter) bool {
	if head == nil && foot != nil && foot.seq != seq {
		foot = nil // of the file's former life
	}
	switch {
	case head != nil && head.seq != seq:
		return false // a copy under another name: its numbers would come twice
	case foot != nil:
		s.adopt(*foot)
	case head != nil:
		s.segmentHeader = *head
	default:
		w := &window{file: file, end: s.size}
		h, err := parseBlockHead(w.at(headerSize, blockHeader))
		if err != nil || h.offset != headerSize || h.ordinal != 0 {
			return false
		}
		s.segmentHeader = segmentHeader{id: h.segment, seq: seq, base: h.number}
	}
	if head == nil {
		l.log.Warn("the header of a segment is damaged; the rest of it is used", "segment", s.path)
	}
	return true
}

// sealAll looks into the segments that were not ended in order, cuts what was never acknowledged, and seals them, so that
// nothing is ever added to a segment of an earlier run.
func (l *Log) sealAll() error {
	for i, s := range l.segments {
		if s.sealed {
			continue
		}
		limit := uint64(math.MaxUint64)
		if i+1 < len(l.segments) {
			limit = l.segments[i+1].base - s.base
		}
		file, err := l.fs.Open(s.path, os.O_RDWR)
		if err != nil {
			return err
		}
		l.repair(s, file, limit)
		err = l.seal(s, file, true)
		s.sealed = true
		if e := file.Close(); err == nil {
			err = e
		}
		if noSpace(err) {
			l.log.Warn("the disk is full; the segment is read as it is", "error", err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// order makes sure that the numbers of the segments rise.
func (l *Log) order() {
	kept := l.segments[:0]
	for _, s := range l.segments {
		if s.base < l.end {
			l.log.Error("a segment holds numbers that an earlier one has; it is set aside", "segment", s.path)
			l.moveAside(filepath.Base(s.path))
			continue
		}
		kept, l.end = append(kept, s), s.endNumber()
	}
	l.segments = kept
}

// openMarks opens the ledger and replays the marks that it has not covered.
func (l *Log) openMarks() error {
	var err error
	if l.ledger, err = openLedger(l.fs, filepath.Join(l.dir, "ledger"), ledgerOptions{Log: l.log}); err != nil {
		return err
	}
	covered := l.ledger.covered()
	l.seq = max(l.seq, covered) // also when no segment is left: a number that is covered is not used again
	for _, s := range l.segments {
		if !s.marks || s.seq <= covered {
			continue
		}
		marks, err := l.readMarks(s)
		if err != nil {
			l.ledger.close()
			return err
		}
		l.ledger.apply(marks)
	}
	return nil
}

// readMarks returns the marks of a segment, in its order. It reads the heads of the blocks and little else.
func (l *Log) readMarks(s *segment) ([]relay.Mark, error) {
	file, err := l.openSegment(s)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []relay.Mark
	w := &window{file: file, end: s.end}
	b := make([]byte, blockHeader)
	for off := int64(headerSize); off < s.end; {
		readWhat(file, b, off)
		h, err := parseBlockHead(b)
		if err != nil || !h.belongs(s, off) {
			h, ok := w.find(off+blockAlign, s, 0)
			if !ok {
				break // the reader reports it
			}
			off = h.offset
			continue
		}
		if h.marks > 0 {
			if h, body, ok := w.block(off, s, 0); ok {
				marks, err := parseMarks(h, body)
				if err != nil {
					l.log.Error("marks of a block are malformed", "segment", s.path, "offset", off)
				}
				all = append(all, marks...)
			}
		}
		off = h.next()
	}
	return all, nil
}
