package buffer

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sort"

	"logrelay/relay"
)

const (
	chunkBytes   = 1 << 20 // read at a time
	smallChunk   = 64 << 10
	leaseRecords = relay.MaxBatchRecords // most records in a lease
)

// place is where a block begins. The zero place is nowhere.
type place struct {
	seq uint64
	off int64
}

// reader walks through the log from record to record. For one goroutine.
type reader struct {
	log   *Log
	cache *originCache

	number  uint64   // of the next record
	segment *segment // that number is in; nil before the first look
	file    File
	end     int64  // of the segment's blocks, as of the last look
	last    uint64 // number behind the segment's records, as of the last look
	off     int64  // of the block behind the current one
	at      int64  // of the current block
	chunk   *chunk
	block   block
}

// close gives up what r holds. It can be used again from anywhere.
func (r *reader) close() {
	if r.file != nil {
		if err := r.file.Close(); err != nil {
			r.log.log.Warn("closing a segment", "error", err)
		}
	}
	r.unload()
	r.segment, r.file, r.end, r.last, r.off, r.at = nil, nil, 0, 0, 0, 0
	r.block.taken, r.block.records = 0, 0
}

// place returns the place of the block that holds the next record, or nowhere.
func (r *reader) place() place {
	switch {
	case r.segment == nil:
		return place{}
	case r.block.left() > 0:
		return place{r.segment.seq, r.at}
	}
	return place{r.segment.seq, r.off}
}

// jump makes n the next record. from may be the place of its block.
func (r *reader) jump(n uint64, from place) error {
	r.close()
	r.number = n
	s, _ := r.log.locate(n)
	if s == nil {
		return nil // read finds out again, and why
	}
	if err := r.open(s); err != nil {
		return err
	}
	if n == s.base {
		return nil
	}
	w := &window{file: r.file, end: r.end}
	if from.seq == s.seq && from.off >= headerSize {
		if h, ok := w.head(from.off, s, s.base); ok && h.number <= n && n < h.number+uint64(h.records) {
			r.off = from.off
			return nil
		}
	}
	for r.off < r.end {
		h, ok := w.head(r.off, s, s.base)
		if !ok {
			if h, ok = w.find(r.off+blockAlign, s, s.base); !ok || h.number > n {
				return nil // n is in the damage that begins here
			}
		}
		if n < h.number+uint64(h.records) {
			r.off = h.offset
			return nil
		}
		r.off = h.next()
	}
	return nil
}

func (r *reader) open(s *segment) error {
	r.close()
	file, err := r.log.openSegment(s)
	if err != nil {
		return err
	}
	r.segment, r.file, r.off = s, file, headerSize
	r.look()
	return nil
}

// look finds out how far the segment goes by now.
func (r *reader) look() {
	r.log.mu.Lock()
	r.end, r.last = r.segment.end, r.segment.endNumber()
	r.log.mu.Unlock()
}

// locate returns the segment that holds record n; else nil and the number of the next record that there is, or will be.
func (l *Log) locate(n uint64) (*segment, uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := sort.Search(len(l.segments), func(i int) bool { return l.segments[i].endNumber() > n })
	if i == len(l.segments) {
		return nil, max(n, l.end)
	}
	if s := l.segments[i]; s.base <= n {
		return s, n
	}
	return nil, l.segments[i].base
}

// read appends records to ls until the limit is reached, the next record is until, or what is in memory is used up. lost
// says how many records behind those are damaged and skipped. Nothing of either: there is nothing yet. What it appends is in
// one chunk, which ls holds.
func (r *reader) read(ls *lease, limit relay.Limit, until uint64) (lost uint64, err error) {
	if limit.Records <= 0 || limit.Records > leaseRecords {
		limit.Records = leaseRecords
	}
	if limit.Bytes <= 0 {
		limit.Bytes = chunkBytes
	}
	for r.number < until {
		if r.block.left() == 0 {
			lost, err = r.nextBlock(len(ls.records) > 0)
			if lost > 0 || err != nil || r.block.left() == 0 {
				return min(lost, until-(r.number-lost)), err
			}
		}
		if !r.take(ls, &limit, until) {
			break
		}
	}
	return 0, nil
}

// take moves records of the current block to ls. It reports false when a limit is reached.
func (r *reader) take(ls *lease, limit *relay.Limit, until uint64) bool {
	if ls.chunk == nil {
		ls.chunk, ls.at = r.chunk.hold(), place{r.segment.seq, r.at}
	}
	n := int(min(uint64(min(r.block.left(), limit.Records)), until-r.number))
	for ; n > 0; n-- {
		size := r.block.nextSize()
		if size > limit.Bytes && len(ls.records) > 0 {
			return false
		}
		if len(ls.records) == cap(ls.records) {
			ls.records = slices.Grow(ls.records, r.block.left())
		}
		ls.records = ls.records[:len(ls.records)+1]
		r.block.take(&ls.records[len(ls.records)-1])
		limit.Bytes -= size
		limit.Records--
		r.number++
	}
	return limit.Records > 0 && limit.Bytes > 0
}

// nextBlock makes the block with the next record the current one, or says how many records are lost, or does neither where
// there is no record yet. A busy reader stays in the chunk that it has.
func (r *reader) nextBlock(busy bool) (lost uint64, err error) {
	for {
		if r.segment != nil && r.number >= r.last {
			r.look()
		}
		if r.segment == nil || r.number >= r.last {
			if lost, err = r.nextSegment(busy); lost > 0 || err != nil || r.segment == nil || r.number >= r.last {
				return lost, err
			}
		}
		if busy && !r.cached() {
			return 0, nil
		}
		if !r.parse() {
			if busy {
				return 0, nil
			}
			r.unload()
			if !r.parse() { // not on the disk either
				if lost = r.pass(); lost > 0 {
					return lost, nil
				}
				continue
			}
		}
		h := &r.block.blockHead
		r.at, r.off = h.offset, h.next()
		if h.number > r.number {
			lost = h.number - r.number
			r.log.harmed(r.segment, nil, harm{h.offset, h.offset, r.number, h.number})
			r.number = h.number
			return lost, nil
		}
		if behind := r.number - h.number; behind < uint64(h.records) {
			r.block.skip(int(behind))
			return 0, nil
		}
		r.block.taken = h.records
	}
}

// nextSegment opens the segment with the next record, or says how many records are in no segment. It changes nothing where
// there is no such record yet.
func (r *reader) nextSegment(busy bool) (lost uint64, err error) {
	s, next := r.log.locate(r.number)
	switch {
	case s == nil && next == r.number || busy:
		return 0, nil
	case s == nil:
		return r.miss("", next), nil
	}
	if err := r.jump(r.number, place{}); errors.Is(err, fs.ErrNotExist) {
		return r.miss(s.path, s.endNumber()), nil
	} else if err != nil {
		return 0, fmt.Errorf("reading the buffer: %w", err)
	}
	return 0, nil
}

// miss skips records whose segment is not there.
func (r *reader) miss(path string, next uint64) (lost uint64) {
	r.log.mu.Lock()
	known := r.log.missing[next]
	r.log.missing[next] = true
	r.log.mu.Unlock()
	if !known {
		r.log.countDamage(path, 0, r.number, next)
	}
	lost = next - r.number
	r.close()
	r.number = next
	return lost
}

// parse makes the block at r.off the current one. It reports false where the bytes are no such block.
func (r *reader) parse() bool {
	r.block.records, r.block.taken = 0, 0
	h, err := parseBlockHead(r.bytes(blockHeader))
	if err != nil || !h.belongs(r.segment, r.off) || r.off+h.size() > r.end {
		return false
	}
	body := r.bytes(h.size())[blockHeader:]
	if err := r.block.parse(h, body, r.cache); err != nil {
		r.block.records, r.block.taken = 0, 0
		return false
	}
	return true
}

// cached reports whether the next block is in memory as a whole.
func (r *reader) cached() bool {
	if r.chunk == nil {
		return false
	}
	at := r.off - r.chunk.off
	if at < 0 || at+blockHeader > int64(len(r.chunk.buf)) {
		return false
	}
	body := int64(le.Uint32(r.chunk.buf[at+56:]))
	return at+blockHeader+body <= int64(len(r.chunk.buf))
}

// bytes returns the n bytes at r.off, less at the end of the segment, and reads a new chunk where it must.
func (r *reader) bytes(n int64) []byte {
	n = max(0, min(n, r.end-r.off))
	if c := r.chunk; c != nil && r.off >= c.off && r.off+n <= c.off+int64(len(c.buf)) {
		return c.buf[r.off-c.off:][:n]
	}
	r.unload()
	r.chunk = newChunk(int(max(n, min(chunkBytes, r.end-r.off))))
	r.chunk.off = r.off
	readWhat(r.file, r.chunk.buf, r.off)
	return r.chunk.buf[:n]
}

func (r *reader) unload() {
	if r.chunk != nil {
		r.chunk.letGo()
		r.chunk = nil
	}
}

// pass skips the damage at r.off and returns how many records were in it.
func (r *reader) pass() (lost uint64) {
	s := r.segment
	h, known := r.log.harmAt(s, r.off)
	if !known {
		w := &window{file: r.file, end: r.end}
		h = harm{r.off, r.end, r.number, r.last}
		if b, ok := w.head(r.off, s, s.base); ok {
			h.first, h.to, h.after = b.number, b.next(), b.number+uint64(b.records)
		} else if b, ok := w.find(r.off+blockAlign, s, r.number); ok {
			h.to, h.after = b.offset, b.number
		}
		r.log.harmed(s, w, h)
	}
	r.off = h.to
	if h.after > r.number {
		lost, r.number = h.after-r.number, h.after
	}
	return lost
}
