package buffer

import (
	"errors"
	"time"

	"logrelay/relay"
)

const (
	commitTarget = 4 << 20 // bytes in one write, at which further batches wait for the next
	commitKeep   = 8 << 20 // a larger buffer is not kept
	retryFull    = time.Second
)

// committer writes the batches. All its fields belong to its goroutine.
type committer struct {
	log     *Log
	segment *segment // nil until the first batch, and after the disk was full
	file    File
	build   *builder
	buf     []byte // blocks of one write, from segment.end on
	records uint64 // in buf
	blocks  int
	marks   bool
	ready   []*request // in buf
	slow    time.Time  // when the log last said so
	refused time.Time  // when no segment could be made for lack of space or files
	why     error
}

func newCommitter(l *Log) *committer { return &committer{log: l, build: newBuilder()} }

// run commits until the log is closed and the queue is empty.
func (c *committer) run() {
	var batch []*request
	for {
		l := c.log
		l.queueMu.Lock()
		batch, l.queue = l.queue, batch[:0]
		closed := l.closed
		l.queueMu.Unlock()
		if len(batch) == 0 {
			if closed {
				break
			}
			l.pulse.Beat(relay.StateIdle)
			<-l.wake
			continue
		}
		for rest := batch; len(rest) > 0; {
			l.pulse.Beat(relay.StateWorking)
			rest = c.round(rest)
		}
		clear(batch)
	}
	c.finish()
	c.log.pulse.Beat(relay.StateDone)
}

// round commits as many requests as one write takes and returns the others.
func (c *committer) round(reqs []*request) []*request {
	for len(reqs) > 0 {
		r := reqs[0]
		if !c.hasRoom(r) {
			if len(c.ready) > 0 || len(c.build.requests) > 0 {
				break
			}
			if err := c.rotate(int64(r.bound), r.urgent); err != nil {
				c.answer(r, err)
				reqs = reqs[1:]
				continue
			}
		}
		if err := c.log.admit(r); err != nil {
			c.answer(r, err)
			reqs = reqs[1:]
			continue
		}
		if !c.build.fits(r) {
			c.endBlock()
			if len(c.buf) >= commitTarget {
				c.log.unadmit(r)
				break
			}
		}
		c.build.add(r)
		reqs = reqs[1:]
	}
	c.endBlock()
	c.flush()
	return reqs
}

func (c *committer) answer(r *request, err error) {
	c.log.metrics.refused(err)
	r.done <- err
}

// blockRoom returns the most bytes that a segment needs for one batch of bound bytes behind what is there.
func blockRoom(bound int64) int64 { return 2*blockHeader + bound + 2*blockAlign }

// hasRoom reports whether the segment has room for r behind what is already collected.
func (c *committer) hasRoom(r *request) bool {
	if c.segment == nil {
		return false
	}
	return c.segment.end+int64(len(c.buf))+c.build.bound+blockRoom(int64(r.bound)) <= c.segment.size-footerSize
}

// endBlock moves the collected requests to the write buffer.
func (c *committer) endBlock() {
	b := c.build
	if len(b.requests) == 0 {
		return
	}
	s := c.segment
	h := blockHead{
		segment: s.id,
		ordinal: uint32(s.count + c.records),
		number:  s.base + s.count + c.records,
		offset:  s.end + int64(len(c.buf)),
		synced:  s.end,
	}
	c.buf = b.append(c.buf, &h)
	c.ready = append(c.ready, b.requests...)
	c.records += uint64(b.records)
	c.blocks++
	b.reset()
}

// flush writes and fsyncs the buffer and answers its requests.
func (c *committer) flush() {
	if len(c.ready) == 0 {
		return
	}
	l, s := c.log, c.segment
	err := l.Err()
	if err == nil {
		err = c.write()
	}
	if err == nil {
		l.commit(c)
		for _, r := range c.ready {
			if len(r.batch.Marks) > 0 {
				l.ledger.apply(r.batch.Marks)
			}
		}
		l.metrics.committed(c)
	}
	for _, r := range c.ready {
		if err != nil {
			l.unadmit(r)
			c.answer(r, err)
			continue
		}
		r.done <- nil
	}
	if err == nil {
		l.grow()
	} else if errors.Is(err, relay.ErrFull) {
		c.cut(s)
	}
	clear(c.ready)
	c.ready, c.records, c.blocks, c.marks = c.ready[:0], 0, 0, false
	if c.buf = c.buf[:0]; cap(c.buf) > commitKeep {
		c.buf = nil
	}
}

// write puts the buffer on the disk. It ends on a page boundary, so that a recycled file's old pages need not be read.
func (c *committer) write() error {
	s := c.segment
	n := len(c.buf)
	for (s.end+int64(len(c.buf)))%pageSize != 0 {
		c.buf = append(c.buf, zeros[:min(pageSize-(s.end+int64(len(c.buf)))%pageSize, blockAlign)]...)
	}
	_, err := c.file.WriteAt(c.buf, s.end)
	c.buf = c.buf[:n]
	if noSpace(err) {
		return diskFull(err)
	}
	if err != nil {
		return c.log.fail(err)
	}
	start := time.Now()
	err = c.file.Sync()
	took := time.Since(start)
	c.log.metrics.fsync.Observe(took.Seconds())
	if err != nil {
		return c.log.fail(err)
	}
	if took > slowSync && time.Since(c.slow) > slowAgain {
		c.slow = time.Now()
		c.log.log.Warn("the disk is slow", "fsync", took, "bytes", n)
	}
	return nil
}

// slowSync is how long an fsync may take before it is worth a line in the log, one every slowAgain at most.
const (
	slowSync  = time.Second
	slowAgain = 10 * time.Minute
)

var zeros [blockAlign]byte

// commit makes what was just fsynced part of the log.
func (l *Log) commit(c *committer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := c.segment
	s.end += int64(len(c.buf))
	s.count += c.records
	l.end = s.endNumber()
	l.quota.setFull(nil)
	for _, r := range c.ready {
		s.marks = s.marks || len(r.batch.Marks) > 0
		if n := r.cost(); n > 0 {
			s.use[r.pair] += n
			s.received(r.min, r.max)
		}
	}
}

// cost returns the bytes that count against the share of the batch's input and tenant.
func (r *request) cost() int64 {
	return int64(len(r.batch.Bytes) + tableEntry*len(r.batch.Entries))
}

// admit takes r's bytes from its shares.
func (l *Log) admit(r *request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	n := r.cost()
	if err := l.quota.admit(r.pair, n); err != nil {
		l.quota.setFull(err)
		return err
	}
	l.quota.take(r.pair, n)
	return nil
}

// unadmit gives them back.
func (l *Log) unadmit(r *request) {
	l.mu.Lock()
	l.quota.take(r.pair, -r.cost())
	l.mu.Unlock()
}
