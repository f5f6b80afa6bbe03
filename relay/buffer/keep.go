package buffer

import (
	"errors"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"

	"logrelay/relay"
)

const (
	syncEvery  = 250 * time.Millisecond // a cursor's moves are fsynced together
	keepRetry  = 10 * time.Second       // what could not be done is tried again
	marksAhead = 8                      // segments with marks that the ledger may lag behind
)

// keep syncs the cursors and deletes segments, until the log closes.
func (l *Log) keep() {
	defer l.keeper.Beat(relay.StateDone)
	for {
		l.keeper.Beat(relay.StateIdle)
		again := time.NewTimer(keepRetry)
		select {
		case <-l.tend:
			select {
			case <-time.After(syncEvery):
			case <-l.ending:
			}
		case <-again.C:
		case <-l.ending:
		}
		again.Stop()
		l.keeper.Beat(relay.StateWorking)
		l.syncCursors()
		l.reap()
		select {
		case <-l.ending:
			return
		default:
		}
	}
}

func (l *Log) syncCursors() {
	for _, c := range l.cursorsByName() {
		c.sync()
	}
}

// passed returns the number before which every cursor has outcomes that survive power loss. Without a cursor that is 0:
// then everything is kept until the quota is full, because who is to get it is only not known yet. Called with Log.mu held.
func (l *Log) passed() uint64 {
	if len(l.cursors) == 0 {
		return 0
	}
	low := uint64(math.MaxUint64)
	for _, c := range l.cursors {
		low = min(low, c.synced.Load())
	}
	for _, n := range l.pins {
		low = min(low, n)
	}
	return low
}

// pin keeps the records from number n on until the function that it returns is called.
func (l *Log) pin(n uint64) func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pinned++
	key := l.pinned
	l.pins[key] = n
	return func() {
		l.mu.Lock()
		delete(l.pins, key)
		l.mu.Unlock()
	}
}

// reap deletes the segments that every cursor has passed, or keeps their files as spares.
func (l *Log) reap() {
	covered := l.ledger.covered()
	l.mu.Lock()
	low, sealed, lag, must := l.passed(), uint64(0), 0, false
	for _, s := range l.segments {
		if !s.sealed {
			break
		}
		sealed = s.seq
		if s.marks && s.seq > covered {
			lag++
			must = must || s.endNumber() <= low
		}
	}
	l.mu.Unlock()
	if must || lag > marksAhead {
		if err := l.ledger.snapshot(sealed); err != nil && must {
			return // said by the ledger
		}
	}
	l.mu.Lock()
	n := 0
	for low = min(low, l.passed()); n < len(l.segments); n++ { // there may be a cursor more; one less was not asked for marks
		if s := l.segments[n]; s.seq > sealed || s.endNumber() > low {
			break
		}
	}
	gone := slices.Clone(l.segments[:n])
	l.segments = slices.Delete(l.segments, 0, n)
	l.mu.Unlock()
	for i, s := range gone {
		if err := l.retire(s); err != nil {
			l.log.Warn("deleting a segment that all outputs have", "segment", s.path, "error", err)
			l.mu.Lock()
			l.segments = slices.Insert(l.segments, 0, gone[i:]...)
			l.mu.Unlock()
			return
		}
	}
}

// retire makes the file of a segment that is out of the list a spare, or removes it. Should a power cut bring it back, the next
// start finds it behind every cursor and retires it again.
func (l *Log) retire(s *segment) error {
	l.mu.Lock()
	keep := len(l.spares) < maxSpares && s.size >= l.quota.segment && s.size <= 2*l.quota.segment &&
		l.quota.bytes <= l.quota.Quota
	l.mu.Unlock()
	path := strings.TrimSuffix(s.path, segmentSuffix) + spareSuffix
	var err error
	if keep {
		err = l.fs.Rename(s.path, path)
	} else {
		err = l.fs.Remove(s.path)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = l.fs.SyncDir(l.dir) // before the file can become another segment
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for p, n := range s.use {
		l.quota.take(p, -n)
	}
	l.quota.setFull(nil) // space came back
	if keep {
		l.spares = append(l.spares, spare{path, s.size})
	} else {
		l.quota.bytes -= s.size
	}
	return nil
}
