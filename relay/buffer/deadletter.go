package buffer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"logrelay/relay"
)

const (
	deadCursor  = "dead-letters" // the cursor that holds the segments with open entries
	deadTotals  = "totals"
	deadKeys    = 64 << 10 // newest entries that are recognised when they come again
	deadAnswer  = 64 << 10 // bytes kept of an answer
	deadBatch   = 1024     // resolutions in one commit
	DefaultDead = 1 << 30  // quota, in bytes, when the options name none
)

// DeadLetters is the store of what outputs refused for good: a log of its own in which entries and what became of them follow
// each other. It implements relay.DeadLetters. Safe for concurrent use.
type DeadLetters struct {
	log    *Log
	cursor *Cursor
	seed   maphash.Seed

	operating sync.Mutex // one Retry or Drop at a time; taken before mu

	mu      sync.Mutex // held over a commit
	low     uint64     // every record before it is done with
	done    []bool     // of low and what follows: resolved, or itself a resolution
	outputs map[string]*DeadLetterStats
	recent  recent
	groups  map[uint64]*group // by entry: the open ones of records with several
	batch   relay.Batch
	scratch []byte
}

var _ relay.DeadLetters = (*DeadLetters)(nil)

// DeadLetterStats counts the dead letters of one output: ever refused = Open + Retried + Dropped.
type DeadLetterStats struct {
	Output  string
	Open    uint64
	Retried uint64
	Dropped uint64
	Records DeadRecords
}

// DeadRecords counts records that have dead letters, each once, however many of its events were refused.
type DeadRecords struct {
	Open    uint64 // with an open letter
	Retried uint64 // whose letters were all retried
	Dropped uint64 // with a letter that was dropped, and none open
}

// DeadLetterFilter chooses open entries. The zero value chooses all.
type DeadLetterFilter struct {
	Output  string   // any when empty
	Entries []uint64 // any when empty
}

func (f DeadLetterFilter) wants(e *Entry) bool {
	return (f.Output == "" || f.Output == e.Output) && (len(f.Entries) == 0 || slices.Contains(f.Entries, e.Number))
}

// Entry is one dead letter that is open. Number names it.
type Entry struct {
	relay.DeadLetter
	Number uint64

	renewal bool   // it took the place of
	renews  uint64 // this entry
}

// OpenDeadLetters opens the store in dir. Options and errors are those of Open; the quota is DefaultDead when zero.
func OpenDeadLetters(dir string, o Options) (*DeadLetters, error) {
	o.Quota = cmp.Or(o.Quota, DefaultDead)
	o.subsystem = deadLetters
	l, err := Open(dir, o)
	if err != nil {
		return nil, err
	}
	d := &DeadLetters{
		log: l, seed: maphash.MakeSeed(), outputs: make(map[string]*DeadLetterStats),
		recent: recent{numbers: make(map[uint64]uint64)}, groups: make(map[uint64]*group),
	}
	if d.cursor, err = l.Cursor(deadCursor, FromOldest); err == nil {
		err = d.load()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the dead letters %s: %w", dir, err), l.Close())
	}
	return d, nil
}

// Close ends the store.
func (d *DeadLetters) Close() error { return d.log.Close() }

// Broken and Err are those of the store's log.
func (d *DeadLetters) Broken() <-chan struct{} { return d.log.Broken() }

// Err returns why the store is broken, as an ErrBroken, or nil.
func (d *DeadLetters) Err() error { return d.log.Err() }

// SetLimits changes quota and reserve of the running store.
func (d *DeadLetters) SetLimits(l Limits) {
	l.Quota = cmp.Or(l.Quota, DefaultDead)
	d.log.SetLimits(l)
}

// load reads what happened since the cursor's position.
func (d *DeadLetters) load() error {
	through, err := d.readTotals()
	if err != nil {
		return err
	}
	d.low = d.cursor.Stats().Position
	return d.walk(d.low, d.log.endNumber(), func(r *relay.Record) (bool, error) {
		d.fill(r.Number)
		if len(r.Raw) > 0 && r.Raw[0] == 'R' {
			number, output, f, err := parseResolution(r.Raw)
			if err != nil {
				return false, err
			}
			d.done = append(d.done, true)
			d.resolve(number, output, f, r.Number >= through)
			return true, nil
		}
		e, err := parseEntry(r)
		if err != nil {
			return false, err
		}
		d.enter(&e)
		return true, nil
	})
}

// fill takes the numbers before n that were not seen for done: what was damaged cannot be opened.
func (d *DeadLetters) fill(n uint64) {
	for d.low+uint64(len(d.done)) < n {
		d.done = append(d.done, true)
	}
}

// output returns the counters of an output. Called with d.mu held, or before anyone else knows d.
func (d *DeadLetters) output(name string) *DeadLetterStats {
	s := d.outputs[name]
	if s == nil {
		s = &DeadLetterStats{Output: strings.Clone(name)}
		d.outputs[s.Output] = s
	}
	return s
}

// Put implements relay.DeadLetters.
func (d *DeadLetters) Put(ctx context.Context, l relay.DeadLetter) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.Answer = boundAnswer(l.Answer)
	d.mu.Lock()
	defer d.mu.Unlock()
	letter, _ := d.keys(&l)
	if n, ok := d.recent.numbers[letter]; ok && d.open(n) {
		return nil
	}
	d.scratch = appendEntry(d.scratch[:0], &l)
	return d.store(ctx, Entry{DeadLetter: l})
}

// store commits the entry that is encoded in d.scratch. Called with d.mu held.
func (d *DeadLetters) store(ctx context.Context, e Entry) error {
	l := &e.DeadLetter
	d.batch.Reset()
	d.batch.Use(l.Record.Origin, l.Record.Ordinal)
	d.batch.Append(d.scratch, l.Record.Received, l.Record.Flags)
	if cap(d.scratch) > 2*relay.BatchBytes {
		d.scratch = nil
	}
	e.Number = d.log.endNumber()
	if err := d.log.put(ctx, &d.batch, false); err != nil {
		return fmt.Errorf("storing a dead letter of %s: %w", l.Output, err)
	}
	d.enter(&e)
	return nil
}

// Each calls f for the open entries that the filter chooses, oldest first, until it returns false. An entry's record lives
// until f returns.
func (d *DeadLetters) Each(filter DeadLetterFilter, f func(e *Entry) bool) error {
	return d.each(filter, func(e *Entry) (bool, error) { return f(e), nil })
}

func (d *DeadLetters) each(filter DeadLetterFilter, f func(e *Entry) (bool, error)) error {
	d.mu.Lock()
	low, end := d.low, d.log.endNumber()
	defer d.log.pin(low)() // while nothing can move on
	d.mu.Unlock()
	if n := filter.Entries; len(n) > 0 {
		low, end = max(low, slices.Min(n)), min(end, slices.Max(n)+1)
	}
	return d.walk(low, end, func(r *relay.Record) (bool, error) {
		d.mu.Lock()
		open := d.open(r.Number)
		d.mu.Unlock()
		if !open {
			return true, nil
		}
		e, err := parseEntry(r)
		if err != nil {
			return false, err
		}
		if !filter.wants(&e) {
			return true, nil
		}
		return f(&e)
	})
}

// walk calls f for the records of the log from number from to number to, until it returns false. The caller keeps them from being deleted.
func (d *DeadLetters) walk(from, to uint64, f func(*relay.Record) (bool, error)) error {
	r := reader{log: d.log, cache: new(originCache)}
	defer r.close()
	if err := r.jump(from, place{}); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the dead letters: %w", err)
	}
	for r.number < to {
		ls := newLease(nil)
		lost, err := r.read(ls, relay.Limit{}, to)
		more := lost > 0 || len(ls.records) > 0
		for i := range ls.records {
			if more && err == nil {
				more, err = f(&ls.records[i])
			}
		}
		ls.free()
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// Stats returns the counters of every output that ever had a dead letter, by name, and the state of the store's log.
func (d *DeadLetters) Stats() ([]DeadLetterStats, Stats) {
	d.mu.Lock()
	list := make([]DeadLetterStats, 0, len(d.outputs))
	for _, s := range d.outputs {
		list = append(list, *s)
	}
	d.mu.Unlock()
	slices.SortFunc(list, func(a, b DeadLetterStats) int { return cmp.Compare(a.Output, b.Output) })
	return list, d.log.Stats()
}

func (d *DeadLetters) totalsPath() string { return filepath.Join(d.log.dir, deadTotals) }
