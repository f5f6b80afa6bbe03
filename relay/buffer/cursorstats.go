package buffer

import "logrelay/relay"

// CursorStats is the state of a cursor at one moment: Start + Outcome.Sum() = Position, Position + Waiting = End.
type CursorStats struct {
	Name         string
	Start        uint64 // number of the first record that was the cursor's
	Position     uint64 // every record before it has its outcome
	End          uint64 // number of the next record that will be accepted
	Outcome      relay.Outcome
	Waiting      uint64 // records from Position on
	WaitingBytes int64  // of the segments, from the block of Position on
	Leased       uint64 // waiting records that are out on leases
	Oldest       int64  // received time of the oldest record of Position's block: nanoseconds since 1970 UTC; 0 when none waits
}

// Stats returns the state of the cursor.
func (c *Cursor) Stats() CursorStats {
	c.mu.Lock()
	end := c.log.endNumber() // not before the position is fixed: it may be behind it
	s := CursorStats{
		Name: c.name, Start: c.state.start, Position: c.state.position, End: end,
		Outcome: c.state.outcome, Waiting: end - c.state.position,
	}
	for _, sp := range c.spans {
		if sp.state == leased {
			s.Leased += sp.to - sp.from
		}
	}
	at := c.state.at
	c.mu.Unlock()
	if s.Waiting > 0 {
		s.WaitingBytes, s.Oldest = c.log.waiting(s.Position, at)
	}
	return s
}

// waiting returns the bytes of the log from record n on, whose block may be at the place at, and the received time of
// that block's first record.
func (l *Log) waiting(n uint64, at place) (bytes, oldest int64) {
	l.mu.Lock()
	var s *segment
	off, end := int64(headerSize), int64(0)
	for i := len(l.segments) - 1; i >= 0 && l.segments[i].endNumber() > n; i-- {
		s = l.segments[i]
		bytes += s.end - headerSize
		oldest, end = s.first, s.end
	}
	l.mu.Unlock()
	if s == nil || n <= s.base || at.seq != s.seq || at.off <= off || at.off >= end {
		return bytes, oldest
	}
	if file, err := l.openSegment(s); err == nil {
		defer file.Close()
		b := make([]byte, blockHeader)
		readWhat(file, b, at.off)
		if h, err := parseBlockHead(b); err == nil && h.segment == s.id && h.records > 0 {
			oldest = h.base
		}
	}
	return bytes - (at.off - off), oldest
}
