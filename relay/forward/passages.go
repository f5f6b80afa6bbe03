package forward

import (
	"sync"
	"time"

	"logrelay/relay"
)

// Bounds of what a pump remembers of the leases that it ended: 2 MiB at most.
const (
	maxPassages = 16384
	maxRuns     = 64 // of one lease; what is beyond is forgotten at once
)

// Passage says when the lease that a record was in ended, and what became of the records of that lease. Where all of them were
// delivered, so was the record.
type Passage struct {
	At      time.Time
	Outcome relay.Outcome
}

// run is records of one base, by their ordinals.
type run struct {
	base     relay.ID
	from, to uint64
}

type passage struct {
	run
	at      int64
	outcome relay.Outcome
}

// passages remembers the newest of the leases that ended, until the process ends. Safe for concurrent use.
type passages struct {
	mu   sync.Mutex
	ring []passage
	n    int // of all that were ever added
}

func (p *passages) add(runs []run, at int64, o relay.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range runs {
		if x := (passage{r, at, o}); len(p.ring) < maxPassages {
			p.ring = append(p.ring, x)
		} else {
			p.ring[p.n%maxPassages] = x
		}
		p.n++
	}
}

func (p *passages) find(base relay.ID, ordinal uint64) (Passage, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.ring {
		x := &p.ring[(p.n-1-i)%len(p.ring)] // the newest first
		if x.base == base && x.from <= ordinal && ordinal <= x.to {
			return Passage{time.Unix(0, x.at).UTC(), x.outcome}, true
		}
	}
	return Passage{}, false
}

// Passed says when the lease ended that had the record of that base and ordinal. False: none of those that are remembered had it.
// Safe for concurrent use.
func (p *Pump) Passed(base relay.ID, ordinal uint64) (Passage, bool) {
	return p.passed.find(base, ordinal)
}

// noted is a lease that remembers which records it has, also when they are unloaded.
type noted struct {
	relay.Lease
	runs []run
}

func note(l relay.Lease) relay.Lease {
	var runs []run
	records := l.Records()
	for i := range records {
		r := &records[i]
		if last := len(runs) - 1; last >= 0 && runs[last].base == r.Base && runs[last].to+1 == r.Ordinal {
			runs[last].to++
			continue
		}
		if len(runs) == maxRuns {
			break
		}
		runs = append(runs, run{r.Base, r.Ordinal, r.Ordinal})
	}
	return &noted{l, runs}
}
