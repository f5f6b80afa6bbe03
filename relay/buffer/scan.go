package buffer

import (
	"io"
	"os"
)

const scanWindow = 1 << 20

// window reads a file through a buffer. What the disk refuses to read it takes for zeros, page by page, so that one
// bad sector costs the blocks on it and no more.
type window struct {
	file File
	end  int64 // of the bytes that count
	buf  []byte
	off  int64 // of buf in the file
	bad  bool  // something could not be read
}

// at returns up to n bytes from off on, less only at the end. They are good until the next call.
func (w *window) at(off int64, n int) []byte {
	if n = int(min(int64(n), w.end-off)); n <= 0 {
		return nil
	}
	if off < w.off || off+int64(n) > w.off+int64(len(w.buf)) {
		size := int(min(int64(max(n, scanWindow)), w.end-off))
		if cap(w.buf) < size {
			w.buf = make([]byte, size)
		}
		w.buf, w.off = w.buf[:size], off
		w.bad = !readWhat(w.file, w.buf, off) || w.bad
	}
	return w.buf[off-w.off:][:n]
}

// readWhat fills b from the file and leaves zero what cannot be read. It reports whether the disk read all that there is.
func readWhat(f File, b []byte, off int64) bool {
	n, err := f.ReadAt(b, off)
	if n == len(b) {
		return true
	}
	clear(b[n:])
	if err == io.EOF {
		return true
	}
	for at := n; at < len(b); {
		to := min(len(b), at+int(pageSize-(off+int64(at))%pageSize))
		if k, err := f.ReadAt(b[at:to], off+int64(at)); err != nil && err != io.EOF {
			clear(b[at+k : to])
		}
		at = to
	}
	return false
}

// block returns the header and the body of the whole block at off, if there is one of s with number or later as its
// first record. The body is good until the next call.
func (w *window) block(off int64, s *segment, number uint64) (blockHead, []byte, bool) {
	h, ok := w.head(off, s, number)
	if !ok {
		return h, nil, false
	}
	body := w.at(off+blockHeader, int(h.body))
	return h, body, int64(len(body)) == h.body && checksum(body) == h.bodyCRC
}

// head returns the header of the block at off. Its body may be damaged.
func (w *window) head(off int64, s *segment, number uint64) (blockHead, bool) {
	h, err := parseBlockHead(w.at(off, blockHeader))
	ok := err == nil && h.belongs(s, off) && h.number >= number && off+h.size() <= w.end
	return h, ok
}

// find returns the first whole block at off or behind.
func (w *window) find(off int64, s *segment, number uint64) (blockHead, bool) {
	for off = alignUp(off, blockAlign); off+blockHeader <= w.end; off += blockAlign {
		if le.Uint32(w.at(off, 4)) != blockMagic {
			continue
		}
		if h, _, ok := w.block(off, s, number); ok {
			return h, true
		}
	}
	return blockHead{}, false
}

// durable reports whether a block at off or behind says that what was before limit, or more, had been fsynced.
func (w *window) durable(off int64, s *segment, limit int64) bool {
	for {
		h, ok := w.find(off, s, 0)
		if !ok {
			return false
		}
		if h.synced > limit {
			return true
		}
		off = h.next()
	}
}

// zero reports whether all bytes in [from, to) are zero.
func (w *window) zero(from, to int64) bool {
	for from < to {
		b := w.at(from, int(min(scanWindow, to-from)))
		if len(b) == 0 {
			return true
		}
		for _, c := range b {
			if c != 0 {
				return false
			}
		}
		from += int64(len(b))
	}
	return true
}

// scanned is what a scan found beside what the segment itself says.
type scanned struct {
	harm   []harm
	synced int64 // where the last commit began
}

// scan finds out what an unsealed segment holds, and fills s with it. limit is the most records that it can hold: what a later segment
// says.
func (s *segment) scan(w *window, limit uint64) scanned {
	s.end, s.count, s.use = headerSize, 0, make(map[pair]int64)
	found := scanned{synced: s.end}
	var cache originCache
	var b block
	for {
		next := s.base + s.count
		h, body, ok := w.block(s.end, s, next)
		ok = ok && b.parse(h, body, &cache) == nil
		if ok && h.number > next { // the numbers between are nowhere
			found.harm = append(found.harm, harm{s.end, s.end, next, h.number})
			s.count = h.number - s.base
		}
		if !ok {
			behind, any := w.find(s.end+blockAlign, s, next)
			if !any || !w.durable(behind.offset, s, s.end) {
				return found
			}
			found.harm = append(found.harm, harm{s.end, behind.offset, next, behind.number})
			s.end, s.count = behind.offset, behind.number-s.base
			continue
		}
		if s.count+uint64(h.records) > limit {
			return found
		}
		s.marks = s.marks || h.marks > 0
		s.account(&b)
		s.count += uint64(h.records)
		s.end, found.synced = h.next(), h.synced
	}
}

// repair looks into a segment that was not ended in order, reports what is damaged, and cuts what was never acknowledged.
func (l *Log) repair(s *segment, file File, limit uint64) {
	w := &window{file: file, end: s.size}
	found := s.scan(w, limit)
	for _, h := range found.harm {
		l.harmed(s, w, h)
	}
	l.tail(s, w, found.synced)
}

// account adds what a block holds to the footer's sums.
func (s *segment) account(b *block) {
	for t := b.table; len(t) > 0; t = t[tableEntry:] {
		o := b.origins[le.Uint16(t[6:])]
		s.use[pair{o.Input, o.Tenant}] += int64(le.Uint32(t)) + int64(le.Uint16(t[4:])) + tableEntry
		at := b.base + int64(le.Uint32(t[12:]))<<b.shift
		s.received(at, at)
	}
}

// tail copies aside what is behind the last block, unless it is empty, and writes the last commit again: after a failed fsync the
// kernel may show bytes that are not on the disk.
func (l *Log) tail(s *segment, w *window, synced int64) {
	if cut := s.size; w.bad {
		l.log.Error("the disk does not read the end of the buffer; what was acknowledged there is lost and not counted",
			"segment", s.path, "offset", s.end)
	} else if !w.zero(s.end, cut) {
		l.log.Warn("the last write to the buffer was not finished; it was not acknowledged and is cut",
			"segment", s.path, "offset", s.end)
		l.setAside(s, w, s.end, cut)
	}
	for off := synced; off < s.end; off += scanWindow {
		b := w.at(off, int(min(scanWindow, s.end-off)))
		if _, err := w.file.WriteAt(b, off); err != nil {
			l.log.Warn("writing the last commit again", "segment", s.path, "error", err)
			return
		}
	}
}

// openSegment opens the file of s for reading.
func (l *Log) openSegment(s *segment) (File, error) { return l.fs.Open(s.path, os.O_RDONLY) }
