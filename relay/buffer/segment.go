package buffer

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"logrelay/relay"
)

const (
	segmentSuffix = ".seg"
	spareSuffix   = ".spare"
	maxSpares     = 2
)

// segment is one file of the log. Log.mu guards what is not fixed when the segment enters Log.segments.
type segment struct {
	segmentHeader
	path string

	size   int64 // of the file
	end    int64 // offset behind the last block that is fsynced
	count  uint64
	sealed bool // nothing will be added
	marks  bool
	first  int64 // bounds of the received times; 0 when empty
	last   int64
	use    map[pair]int64
	harm   []harm // damage found so far, by offset
}

// harm is a damaged part of a segment: the offset where it begins, and the block that follows.
type harm struct {
	from, to     int64
	first, after uint64 // numbers of the first record lost and of the first one behind
}

func (s *segment) endNumber() uint64 { return s.base + s.count }

func (s *segment) footer() segmentFooter {
	return segmentFooter{s.segmentHeader, s.end, s.count, s.marks, s.first, s.last, s.use}
}

// adopt takes over what a footer says.
func (s *segment) adopt(f segmentFooter) {
	s.segmentHeader, s.end, s.count, s.marks = f.segmentHeader, f.end, f.count, f.marks
	s.first, s.last, s.use, s.sealed = f.first, f.last, f.use, true
}

// received widens the bounds of the received times.
func (s *segment) received(first, last int64) {
	if s.first == 0 || first < s.first {
		s.first = first
	}
	s.last = max(s.last, last)
}

func segmentPath(dir string, seq uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016d%s", seq, segmentSuffix))
}

// segmentSeq returns the number in a segment's name.
func segmentSeq(name string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(digits) != 16 {
		return 0, false
	}
	seq, err := strconv.ParseUint(digits, 10, 64)
	return seq, err == nil
}

// spare is a file that was a segment and waits to become one again.
type spare struct {
	path string
	size int64
}

// newSegment makes the next segment, of at least the usual size and with room for need bytes of blocks: durable, with
// its name, when it returns. ErrFull when there is no room for it; an urgent one may go over the quota and into the reserve.
func (l *Log) newSegment(need int64, urgent bool) (*segment, File, error) {
	l.mu.Lock()
	size := max(l.quota.segment, alignUp(headerSize+need+footerSize, pageSize))
	seq, base := l.seq+1, l.end
	from, err := l.pickSpare(size, urgent)
	l.mu.Unlock()
	if err != nil {
		return nil, nil, err
	}
	if err := l.checkReserve(size - from.size); err != nil && !urgent {
		l.giveSpare(from)
		return nil, nil, err
	}
	s := &segment{path: segmentPath(l.dir, seq), size: max(size, from.size), end: headerSize, use: make(map[pair]int64)}
	s.segmentHeader = segmentHeader{seq: seq, base: base, created: l.now().UnixNano()}
	_, _ = rand.Read(s.id[:]) // never fails

	path := from.path
	flag := os.O_RDWR
	if path == "" {
		path, flag = strings.TrimSuffix(s.path, segmentSuffix)+spareSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC
	}
	file, err := l.fs.Open(path, flag)
	if err == nil {
		err = l.initSegment(s, file, path)
	}
	if err != nil {
		if file != nil {
			file.Close()
		}
		l.abandon(from, path)
		return nil, nil, fmt.Errorf("making segment %s: %w", s.path, err)
	}
	l.mu.Lock()
	l.seq = seq
	l.quota.bytes += s.size - from.size
	l.segments = append(l.segments, s)
	l.mu.Unlock()
	return s, file, nil
}

func (l *Log) initSegment(s *segment, file File, path string) error {
	err := file.Allocate(s.size)
	if err == nil {
		_, err = file.WriteAt(s.segmentHeader.append(nil), 0)
	}
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = l.fs.Rename(path, s.path)
	}
	if err == nil {
		err = l.fs.SyncDir(l.dir)
	}
	return err
}

// pickSpare takes a spare for a segment of size bytes, or an empty one when a new file fits the quota. Called with Log.mu held.
func (l *Log) pickSpare(size int64, urgent bool) (spare, error) {
	var from spare
	for i, s := range l.spares {
		if s.size <= 2*size && s.size > from.size {
			from = s
			l.spares[i], l.spares[0] = l.spares[0], s
		}
	}
	if from.path != "" {
		l.spares = l.spares[1:]
	} else if len(l.spares) > 0 && l.quota.room(size) != nil { // spares of another size, from before the quota changed
		from = l.spares[0]
		l.spares = l.spares[1:]
	}
	if err := l.quota.room(size - from.size); size > from.size && err != nil && !urgent {
		if from.path != "" {
			l.spares = append(l.spares, from)
		}
		return spare{}, err
	}
	return from, nil
}

func (l *Log) giveSpare(s spare) {
	if s.path == "" {
		return
	}
	l.mu.Lock()
	l.spares = append(l.spares, s)
	l.mu.Unlock()
}

// abandon removes a file that did not become a segment. It may have been renamed already.
func (l *Log) abandon(from spare, path string) {
	l.mu.Lock()
	l.quota.bytes -= from.size
	seg := segmentPath(l.dir, l.seq+1)
	l.mu.Unlock()
	for _, p := range []string{path, seg} {
		if err := l.fs.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			l.log.Warn("removing a file that did not become a segment", "error", err)
		}
	}
}

func (l *Log) checkReserve(more int64) error {
	l.mu.Lock()
	reserve := l.quota.Reserve
	l.mu.Unlock()
	if more <= 0 || reserve < 0 {
		return nil
	}
	free, err := l.fs.Free(l.dir)
	if err != nil {
		l.log.Warn("reading the free space; the reserve is not kept", "error", err)
		return nil
	}
	if free-more < reserve {
		return relay.WithHint(
			fmt.Errorf("%w: %d bytes are free on the file system and the reserve is %d", relay.ErrFull, free, reserve),
			"free space on the file system of the state directory, or lower the reserve")
	}
	return nil
}

// seal ends a segment: its footer is behind its blocks, fsynced. trim gives the space between back to the file system.
func (l *Log) seal(s *segment, file File, trim bool) error {
	l.mu.Lock()
	f := s.footer()
	size := s.size
	l.mu.Unlock()
	at := size - footerSize
	if trim {
		at = alignUp(f.end, pageSize) // beyond the end where the file was cut
	}
	_, err := file.WriteAt(f.append(nil), at)
	if err == nil && at+footerSize < size {
		// The footer counts only when the file ends behind it, so a crash before this leaves an unsealed segment.
		err = file.Truncate(at + footerSize)
	}
	start := time.Now()
	if err == nil {
		err = file.Sync()
	}
	l.metrics.fsync.Observe(time.Since(start).Seconds())
	l.mu.Lock()
	defer l.mu.Unlock()
	s.sealed = true
	if err != nil {
		return fmt.Errorf("sealing segment %s: %w", s.path, err)
	}
	l.quota.bytes += at + footerSize - s.size
	s.size = at + footerSize
	return nil
}
