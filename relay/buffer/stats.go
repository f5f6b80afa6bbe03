package buffer

import (
	"cmp"
	"slices"
)

// Stats is the state of the log at one moment.
type Stats struct {
	Records  uint64 // ever accepted: the number of the next one
	Oldest   uint64 // number of the oldest record that is there
	Segments int
	Spares   int
	Bytes    int64 // of their files
	Quota    int64
	Reserve  int64
	Free     int64  // on the file system; -1 when it does not say
	Damaged  uint64 // records found unreadable since the log was opened
	Full     error  // why the last batch was refused, an ErrFull; nil when the last one was not, or space came back, or 30 s ago
	Broken   error  // an ErrBroken, or nil
	Shares   []ShareStats
	Cursors  []CursorStats // by name
	Ledger   LedgerStats
}

// Stats returns the state of the log. It reads one block header for each cursor.
func (l *Log) Stats() Stats {
	free, err := l.fs.Free(l.dir)
	if err != nil {
		free = -1
	}
	l.mu.Lock()
	s := Stats{
		Records: l.end, Oldest: l.oldest(), Segments: len(l.segments), Spares: len(l.spares),
		Bytes: l.quota.bytes, Quota: l.quota.Quota, Reserve: max(0, l.quota.Reserve), Free: free,
		Damaged: l.damaged, Full: l.quota.state(), Broken: l.err,
	}
	for i, share := range l.quota.Shares {
		s.Shares = append(s.Shares, ShareStats{share, l.quota.shares[i]})
	}
	l.mu.Unlock()
	for _, c := range l.cursorsByName() {
		s.Cursors = append(s.Cursors, c.Stats())
	}
	s.Ledger = l.ledger.stats()
	return s
}

func (l *Log) cursorsByName() []*Cursor {
	l.mu.Lock()
	list := make([]*Cursor, 0, len(l.cursors))
	for _, c := range l.cursors {
		list = append(list, c)
	}
	l.mu.Unlock()
	slices.SortFunc(list, func(a, b *Cursor) int { return cmp.Compare(a.name, b.name) })
	return list
}
