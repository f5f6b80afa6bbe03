package buffer

import (
	"hash/maphash"

	"logrelay/relay"
)

// enter notes an entry that is in the log.
func (d *DeadLetters) enter(e *Entry) {
	d.fill(e.Number)
	d.done = append(d.done, false)
	s := d.output(e.Output)
	s.Open++
	letter, record := d.keys(&e.DeadLetter)
	if sibling, ok := d.recent.numbers[record]; !ok || !d.join(sibling, e.Number) {
		s.Records.Open++
	}
	d.recent.add(letter, record, e.Number)
	if e.renewal {
		d.resolve(e.renews, e.Output, renewed, false)
	}
}

// resolve notes what became of an entry.
func (d *DeadLetters) resolve(number uint64, output string, f fate, count bool) {
	s := d.output(output)
	open := d.open(number)
	if open {
		d.done[number-d.low] = true
		s.Open--
	}
	last, record := d.leave(number, f)
	if open && last {
		s.Records.Open--
	}
	if !count {
		return
	}
	if f == retried {
		s.Retried++
	} else {
		s.Dropped++
	}
	switch {
	case !last:
	case record == retried:
		s.Records.Retried++
	default:
		s.Records.Dropped++
	}
}

// open reports whether the record with that number is an open entry.
func (d *DeadLetters) open(number uint64) bool {
	return number >= d.low && number-d.low < uint64(len(d.done)) && !d.done[number-d.low]
}

// group is what the open letters of one record have in common.
type group struct {
	open    int
	dropped bool
	since   uint64 // the first that was dropped: it has to be remembered as long as others are open
}

// join puts entry number into the group of its sibling, a letter of the same record. False: the sibling is not open.
func (d *DeadLetters) join(sibling, number uint64) bool {
	if !d.open(sibling) {
		return false
	}
	g := d.groups[sibling]
	if g == nil {
		g = &group{open: 1}
		d.groups[sibling] = g
	}
	g.open++
	d.groups[number] = g
	return true
}

// leave takes an entry out of its group. last: its record has no other open letter; f is then what became of the record.
func (d *DeadLetters) leave(number uint64, was fate) (last bool, f fate) {
	g := d.groups[number]
	if g == nil {
		return true, was
	}
	delete(d.groups, number)
	g.open--
	if was == dropped && !(g.dropped && g.since < number) {
		g.dropped, g.since = true, number
	}
	if g.dropped {
		was = dropped
	}
	return g.open == 0, was
}

// recent finds the newest entries again: by letter, so that one that comes again while it is open is not stored twice, and by record, so that the
// letters of a record are counted as one record.
type recent struct {
	numbers map[uint64]uint64 // of the newest entry with that key
	ring    []recentEntry     // in a circle
	at      int
}

type recentEntry struct{ letter, record, number uint64 }

func (r *recent) add(letter, record, number uint64) {
	e := recentEntry{letter, record, number}
	if len(r.ring) < deadKeys {
		r.ring = append(r.ring, e)
	} else {
		old := r.ring[r.at]
		for _, key := range [...]uint64{old.letter, old.record} {
			if r.numbers[key] == old.number {
				delete(r.numbers, key)
			}
		}
		r.ring[r.at] = e
		r.at = (r.at + 1) % deadKeys
	}
	r.numbers[letter], r.numbers[record] = number, number
}

// keys returns what the letter, and the letters of its record, are recognised by.
func (d *DeadLetters) keys(l *relay.DeadLetter) (letter, record uint64) {
	var h maphash.Hash
	h.SetSeed(d.seed)
	h.WriteString(l.Output)
	h.Write(l.Record.Base[:])
	var b [8]byte
	le.PutUint64(b[:], l.Record.Ordinal)
	h.Write(b[:])
	record = h.Sum64()
	le.PutUint32(b[:], uint32(l.Event))
	h.Write(b[:4])
	return h.Sum64(), record
}
