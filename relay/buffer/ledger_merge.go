package buffer

import (
	"bytes"
	"errors"
	"os"
	"slices"

	"logrelay/relay"
)

// tier returns the newest runs that are to be merged with n new entries: those that are at most twice as large as all that
// is newer, as long as the result can still be dropped in one piece when it is old.
func (l *ledger) tier(n uint64) []*run {
	i := len(l.runs)
	for i > 0 && l.runs[i-1].entries <= 2*n && n+l.runs[i-1].entries <= max(l.opts.Entries/8, 1) {
		i--
		n += l.runs[i].entries
	}
	return l.runs[i:]
}

// merge writes the frozen table and the runs old as one run and returns it open. It is durable.
func (l *ledger) merge(old []*run, covered, known uint64) (*run, error) {
	w := runWriter{intern: map[string]uint32{}}
	w.hi = l.gen + 1
	w.lo, w.covered, w.known = w.hi, covered, known
	if len(old) > 0 {
		w.lo = old[0].lo
	}
	for _, r := range l.runs {
		w.known = max(w.known, r.known)
	}
	path := runPath(l.dir, w.lo, w.hi)
	tmp := path + ".tmp"
	f, err := l.fs.Open(tmp, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return nil, err
	}
	w.file = f
	l.gen++ // not used twice, whatever becomes of the file
	if err = l.stream(&w, old); err == nil {
		err = w.finish()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = l.fs.Rename(tmp, path)
	}
	if err == nil {
		err = l.fs.SyncDir(l.dir)
	}
	var r *run
	if err == nil {
		r, err = openRun(l.fs, path)
	}
	if err != nil {
		l.remove(tmp)
		l.remove(path)
		return nil, err
	}
	return r, nil
}

// stream merges; of a delivery that is in several places the newest counts.
func (l *ledger) stream(w *runWriter, old []*run) error {
	ids := make([]relay.ID, 0, len(l.frozen))
	for id := range l.frozen {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b relay.ID) int { return bytes.Compare(a[:], b[:]) })
	cursors := make([]runCursor, len(old))
	for i, r := range old {
		cursors[len(old)-1-i] = runCursor{run: r, report: l.report}
	}
	for {
		var least []byte
		if len(ids) > 0 {
			least = ids[0][:]
		}
		from := -1
		for i := range cursors {
			if e := cursors[i].peek(); e != nil && (least == nil || bytes.Compare(e[:16], least[:16]) < 0) {
				least, from = e, i
			}
		}
		if least == nil {
			return nil
		}
		id := relay.ID(least[:16])
		s := l.frozen[id]
		if from >= 0 {
			_, s = cursors[from].run.slot(least)
		}
		if err := w.append(id, s); err != nil {
			return err
		}
		if len(ids) > 0 && ids[0] == id {
			ids = ids[1:]
		}
		for i := range cursors {
			if e := cursors[i].peek(); e != nil && relay.ID(e[:16]) == id {
				cursors[i].page = cursors[i].page[runEntry:]
			}
		}
	}
}

// replace puts r in the place of old, and drops the oldest runs that nobody needs any more.
func (l *ledger) replace(old []*run, r *run) {
	gone := slices.Clone(old)
	keep := slices.Clone(l.runs[:len(l.runs)-len(old)])
	total := r.entries
	for _, k := range keep {
		total += k.entries
	}
	limit := l.opts.Now().Add(-l.opts.Age).Unix()
	for len(keep) > 0 && (int64(keep[0].newest) < limit || total-keep[0].entries >= l.opts.Entries) {
		total -= keep[0].entries
		gone, keep = append(gone, keep[0]), keep[1:]
	}
	l.runsMu.Lock()
	l.runs = append(keep, r)
	l.runsMu.Unlock()
	for _, g := range gone {
		if err := g.file.Close(); err != nil {
			l.opts.Log.Warn("closing a file of the ledger", "error", err)
		}
		l.remove(g.path)
	}
}
