package buffer

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"logrelay/relay"
)

// What the ledger remembers at least, and what it holds in memory.
const (
	ledgerEntries = 20_000_000
	ledgerAge     = 15 * 24 * time.Hour
	ledgerTable   = 64 << 10
	ledgerExcess  = 16 // times ledgerTable held in memory while the disk takes no run
	ledgerRetry   = time.Minute
)

// ledgerOptions: the zero value works.
type ledgerOptions struct {
	Entries uint64        // the newest so many are remembered; ledgerEntries
	Age     time.Duration // for so long; ledgerAge
	Table   int           // deliveries in memory before they are written out; ledgerTable
	Log     *slog.Logger
	Now     func() time.Time
}

// LedgerStats is what the ledger holds.
type LedgerStats struct {
	Entries    uint64 // deliveries remembered; one that advanced since may be counted once for each file it is in
	MaxEntries uint64
	MaxAge     time.Duration
	Oldest     time.Time // zero when empty
	Bytes      int64     // on disk
	Runs       int       // files
	Damaged    uint64    // files and pages that could not be read; what they held is forgotten: duplicates, never losses
	Forgotten  uint64    // deliveries forgotten because the disk took no run
}

// ledger remembers how far each delivery has come (relay.Ledger). Marks gather in a table in memory; a full table, or a snapshot, is merged
// with the newest runs that are not much larger into one new run, so that there are few runs of sizes that grow with
// their age. Memory is the table and 16 bytes a page of the runs.
//
// The ledger lags behind the log: marks that are only in the table are replayed from the segments above covered. So it never
// says more than the log holds, and after damage says less: then covered is 0, and what the log still holds is replayed.
// Replaying marks again, all of them and in their order, changes nothing.
type ledger struct {
	fs   FS
	dir  string
	opts ledgerOptions

	work sync.Mutex // one flush at a time; taken before the others
	gen  uint64     // last generation used
	hole uint64     // highest generation found missing

	mu        sync.Mutex // the fields below; held for moments
	table     map[relay.ID]slot
	frozen    map[relay.ID]slot // on its way to a run
	cover     uint64
	damaged   uint64
	forgotten uint64
	failing   time.Time // when the last flush failed; zero when it did not
	shut      bool

	runsMu sync.RWMutex // runs; held while a page is read
	runs   []*run       // oldest first
}

// openLedger opens the ledger in dir, making dir if need be. Runs that cannot be read are renamed to *.damaged, counted and
// logged; only a directory that cannot be made or listed is an error.
func openLedger(fsys FS, dir string, opts ledgerOptions) (*ledger, error) {
	if opts.Entries == 0 {
		opts.Entries = ledgerEntries
	}
	if opts.Age == 0 {
		opts.Age = ledgerAge
	}
	if opts.Table == 0 {
		opts.Table = ledgerTable
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	l := &ledger{fs: fsys, dir: dir, opts: opts, table: map[relay.ID]slot{}}
	if err := fsys.Mkdir(dir); err != nil { // durable with the first segment, whose name is synced in the same directory
		return nil, fmt.Errorf("opening the ledger %s: %w", dir, err)
	}
	files, err := fsys.List(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger %s: %w", dir, err)
	}
	var found []*run
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if strings.HasSuffix(f.Name, ".tmp") {
			l.remove(path)
		}
		if !strings.HasSuffix(f.Name, runSuffix) {
			continue
		}
		r, err := openRun(fsys, path)
		if err != nil {
			l.setAside(path, err)
			continue
		}
		found = append(found, r)
	}
	l.adopt(found)
	return l, nil
}

// adopt takes the runs that count: not those that a merged one replaces. It finds how far the log is covered.
func (l *ledger) adopt(found []*run) {
	slices.SortFunc(found, func(a, b *run) int {
		return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(b.hi, a.hi))
	})
	known := uint64(0)
	for _, r := range found {
		switch n := len(l.runs); {
		case n > 0 && r.hi <= l.gen: // merged into the one before, which a crash kept from being finished
			r.file.Close()
			l.remove(r.path)
			continue
		case n > 0 && r.lo <= l.gen:
			r.file.Close()
			l.setAside(r.path, fmt.Errorf("%w: it overlaps %s", errRun, l.runs[n-1].path))
			continue
		case n > 0 && r.lo > l.gen+1:
			l.hole = r.lo - 1
		}
		l.runs = append(l.runs, r)
		l.gen, known = r.hi, max(known, r.known)
	}
	switch n := len(l.runs); {
	case l.hole > known:
		l.damaged++
		l.opts.Log.Error("files of the ledger are missing: some deliveries may be stored twice", "dir", l.dir)
	case n > 0 && l.damaged == 0:
		l.cover = l.runs[n-1].covered
	}
}

// covered returns the highest segment sequence whose marks are all durable here; the marks of later segments have to be applied again.
func (l *ledger) covered() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cover
}

// apply takes over marks that are committed, in the order of the log. As a rule it only touches memory; a full table is
// written out, which takes from a few milliseconds to a second when large runs are merged.
func (l *ledger) apply(marks []relay.Mark) {
	if len(marks) == 0 {
		return
	}
	now := l.opts.Now()
	l.mu.Lock()
	for _, m := range marks {
		if _, ok := l.table[m.Delivery]; !ok && len(l.table) >= l.opts.Table*ledgerExcess {
			l.forgotten++
			continue
		}
		l.table[m.Delivery] = slot{m.Next, uint32(now.Unix()), m.Done, m.Splitter}
	}
	full := len(l.table) >= l.opts.Table && now.Sub(l.failing) >= ledgerRetry
	l.mu.Unlock()
	if full {
		_ = l.flush(func() (uint64, uint64) { return l.covered(), 0 }) // logged there
	}
}

// Lookup implements relay.Ledger. A page that cannot be read is counted and logged and counts as empty.
func (l *ledger) Lookup(id relay.ID) (relay.Mark, bool, error) {
	l.mu.Lock()
	s, ok := l.table[id]
	if !ok {
		s, ok = l.frozen[id]
	}
	shut := l.shut
	l.mu.Unlock()
	if shut {
		return relay.Mark{}, false, relay.ErrClosed
	}
	if !ok {
		s, ok = l.search(id)
	}
	if !ok {
		return relay.Mark{}, false, nil
	}
	return relay.Mark{Delivery: id, Next: s.next, Done: s.done, Splitter: s.splitter}, true, nil
}

func (l *ledger) search(id relay.ID) (slot, bool) {
	l.runsMu.RLock()
	defer l.runsMu.RUnlock()
	for _, r := range slices.Backward(l.runs) {
		s, ok, err := r.find(id)
		if err != nil {
			l.report(err)
		}
		if ok {
			return s, true
		}
	}
	return slot{}, false
}

// snapshot makes everything applied durable and records that the marks of all segments with sequence <= upTo are among it.
// It may take a second when large runs are merged; apply and Lookup go on meanwhile.
func (l *ledger) snapshot(upTo uint64) error {
	return l.flush(func() (uint64, uint64) { return upTo, l.hole })
}

// flush writes the table, merged with the newest runs where that keeps their number small, as one new run. state gives what it
// covers and the holes known.
func (l *ledger) flush(state func() (covered, known uint64)) error {
	l.work.Lock()
	defer l.work.Unlock()
	covered, known := state()
	l.mu.Lock()
	if l.shut {
		l.mu.Unlock()
		return relay.ErrClosed
	}
	l.frozen, l.table = l.table, make(map[relay.ID]slot, len(l.table))
	l.mu.Unlock()

	old := l.tier(uint64(len(l.frozen)))
	r, err := l.merge(old, covered, known)
	if err == nil {
		l.replace(old, r)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		for id, s := range l.frozen {
			if _, ok := l.table[id]; !ok {
				l.table[id] = s
			}
		}
		if l.failing.IsZero() {
			l.opts.Log.Error("the ledger cannot be written; segments are kept until it can", "dir", l.dir, "error", err)
		}
		l.frozen, l.failing = nil, l.opts.Now()
		return fmt.Errorf("writing the ledger: %w", err)
	}
	if !l.failing.IsZero() {
		l.opts.Log.Info("the ledger is written again", "dir", l.dir)
	}
	l.frozen, l.failing, l.cover = nil, time.Time{}, covered
	return nil
}

// remove removes a file that no longer counts. What stays behind is removed by the next start.
func (l *ledger) remove(path string) {
	if err := l.fs.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.opts.Log.Warn("removing a file of the ledger", "error", err)
	}
}

func (l *ledger) setAside(path string, err error) {
	l.report(err)
	if err := l.fs.Rename(path, path+".damaged"); err != nil {
		l.opts.Log.Warn("setting a damaged file of the ledger aside", "error", err)
	}
}

// report counts and logs damage.
func (l *ledger) report(err error) {
	l.mu.Lock()
	l.damaged++
	n := l.damaged
	l.mu.Unlock()
	if n&(n-1) == 0 { // a damaged page may be met often
		l.opts.Log.Error("the ledger is damaged: some deliveries may be stored twice", "error", err, "damaged", n)
	}
}

// stats returns what the ledger holds.
func (l *ledger) stats() LedgerStats {
	s := LedgerStats{MaxEntries: l.opts.Entries, MaxAge: l.opts.Age}
	l.mu.Lock()
	s.Entries, s.Damaged, s.Forgotten = uint64(len(l.table)+len(l.frozen)), l.damaged, l.forgotten
	l.mu.Unlock()
	l.runsMu.RLock()
	defer l.runsMu.RUnlock()
	for _, r := range l.runs {
		if s.Entries += r.entries; r.entries > 0 {
			if t := time.Unix(int64(r.oldest), 0); s.Oldest.IsZero() || t.Before(s.Oldest) {
				s.Oldest = t
			}
		}
		s.Bytes += r.size
	}
	s.Runs = len(l.runs)
	return s
}

// close closes the files. What was applied since the last snapshot comes again from the log.
func (l *ledger) close() error {
	l.work.Lock()
	defer l.work.Unlock()
	l.mu.Lock()
	l.shut = true
	l.mu.Unlock()
	l.runsMu.Lock()
	defer l.runsMu.Unlock()
	var errs []error
	for _, r := range l.runs {
		errs = append(errs, r.file.Close())
	}
	l.runs = nil
	return errors.Join(errs...)
}

var _ relay.Ledger = (*ledger)(nil)
