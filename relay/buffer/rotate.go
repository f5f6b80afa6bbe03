package buffer

import (
	"errors"
	"fmt"
	"time"

	"logrelay/relay"
)

// rotate begins a segment with room for a batch of bound bytes and ends the one before. Where there is no room for a new one
// the old one goes on with what still fits, unless all outputs have it: then it ends, so that its space comes back.
func (c *committer) rotate(bound int64, urgent bool) error {
	l := c.log
	if err := l.Err(); err != nil {
		return err
	}
	if c.why != nil && time.Since(c.refused) < retryFull {
		return c.why
	}
	c.why = nil
	s, file, err := l.newSegment(blockRoom(bound), urgent)
	switch {
	case noSpace(err):
		err = diskFull(err)
		c.why, c.refused = err, time.Now()
	case noFiles(err):
		err = relay.WithHint(fmt.Errorf("%w: no further file can be opened: %w", relay.ErrFull, err),
			"raise LimitNOFILE= of the unit (ulimit -n), or lower max_connections of the inputs")
		c.why, c.refused = err, time.Now()
	}
	if err != nil && !errors.Is(err, relay.ErrFull) {
		return l.fail(err)
	}
	l.mu.Lock()
	l.quota.setFull(err)
	over := c.segment != nil && (err == nil || l.passed() >= c.segment.endNumber())
	l.mu.Unlock()
	if over {
		sealErr := l.seal(c.segment, c.file, false)
		c.drop()
		if sealErr != nil && !noSpace(sealErr) {
			err = l.fail(sealErr)
		}
		signal(l.tend)
	}
	if err == nil {
		c.segment, c.file = s, file
	} else if file != nil {
		file.Close()
	}
	return err
}

// cut ends the segment s at the last synced offset, because the disk had no room for what followed. Nothing is
// written behind it again: what the failed write left there must not be taken for a block later.
func (c *committer) cut(s *segment) {
	if err := c.log.seal(s, c.file, true); err != nil {
		c.log.log.Warn("ending a segment on a full disk; the next start does it", "error", err)
	}
	c.drop()
}

func (c *committer) drop() {
	if err := c.file.Close(); err != nil {
		c.log.log.Warn("closing a segment", "segment", c.segment.path, "error", err)
	}
	c.segment, c.file = nil, nil
}

// finish ends the last segment in order, so that the next start need not look into it.
func (c *committer) finish() {
	if c.segment == nil {
		return
	}
	if c.log.Err() == nil {
		if err := c.log.seal(c.segment, c.file, true); err != nil {
			c.log.log.Warn("ending the last segment; the next start does it", "error", err)
		}
	}
	c.drop()
}
