package main

import (
	"bytes"
	"math/bits"
	"sync"
	"time"
)

// Bounds, so that a damaged mark cannot take the memory.
const (
	maxNumber  = 1 << 32
	maxSenders = 1 << 16
)

// marking says where marks are and how they are read.
type marking struct {
	key    string
	length int // bytes, behind the key
	read   func(b []byte) (sender int, number uint64, sent int64, ok bool)
}

// ownMark is that of messages made by the generator.
func ownMark() marking { return marking{markKey, markLen, readMark} }

// verifier remembers which messages came. Safe for concurrent use.
type verifier struct {
	mark    marking
	mu      sync.Mutex
	senders map[int]*seen
	sum     arrivals
	latency histogram
	more    chan struct{} // holds one token after something came
}

type seen struct {
	bitmap []uint64
	count  uint64 // different numbers
	next   uint64 // one past the highest
}

// arrivals are the counts of a verifier.
type arrivals struct {
	Messages   uint64 // all of them
	Unique     uint64
	Duplicates uint64
	Reordered  uint64 // first arrivals behind a higher number of the same sender
	Foreign    uint64 // without a mark of ours
	First      time.Time
	Last       time.Time
}

func newVerifier(m marking) *verifier {
	return &verifier{mark: m, senders: map[int]*seen{}, more: make(chan struct{}, 1)}
}

// scan notes all marks in b, which ends with a whole message. hint is the distance between two marks that is tried first; the distance that
// was found is returned.
func (v *verifier) scan(b []byte, hint int) int {
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	last := -1
	key := v.mark.key
	for at := 0; ; {
		if next := last + hint; last >= 0 && hint > len(key) && next+v.mark.length <= len(b) && string(b[next-len(key):next]) == key {
			at = next
		} else {
			i := bytes.Index(b[at:], []byte(key))
			if i < 0 {
				break
			}
			at += i + len(key)
			if last >= 0 {
				hint = at - last
			}
		}
		v.note(b[at:], now)
		last = at
	}
	v.came(now)
	return hint
}

// note notes the message whose mark starts b. The verifier is locked.
func (v *verifier) note(b []byte, now time.Time) {
	v.sum.Messages++
	sender, number, sent, ok := v.mark.read(b)
	if !ok || number >= maxNumber || sender >= maxSenders {
		v.sum.Foreign++
		return
	}
	s := v.senders[sender]
	if s == nil {
		s = &seen{}
		v.senders[sender] = s
	}
	for number/64 >= uint64(len(s.bitmap)) {
		s.bitmap = append(s.bitmap, make([]uint64, 16+len(s.bitmap))...)
	}
	word, bit := &s.bitmap[number/64], uint64(1)<<(number%64)
	if *word&bit != 0 {
		v.sum.Duplicates++
		return
	}
	*word |= bit
	s.count++
	v.sum.Unique++
	if number < s.next {
		v.sum.Reordered++
	} else {
		s.next = number + 1
	}
	if sent != 0 {
		v.latency.add(now.UnixNano() - sent)
	}
}

func (v *verifier) came(now time.Time) {
	if v.sum.First.IsZero() {
		v.sum.First = now
	}
	v.sum.Last = now
	select {
	case v.more <- struct{}{}:
	default:
	}
}

// result returns the counts so far.
func (v *verifier) result() (arrivals, histogram) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sum, v.latency
}

// missing returns how many of the numbers below sent[sender] did not come.
func (v *verifier) missing(sent []uint64) (n uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for sender, count := range sent {
		n += count
		s := v.senders[sender]
		if s == nil {
			continue
		}
		for i, w := range s.bitmap {
			if left := int64(count) - int64(i)*64; left <= 0 {
				break
			} else if left < 64 {
				w &= 1<<left - 1
			}
			n -= uint64(bits.OnesCount64(w))
		}
	}
	return n
}

// histogram counts durations in buckets that are at most 1/16 wide.
type histogram struct {
	buckets [64 * 16]uint32
	n       uint64
}

func (h *histogram) add(ns int64) {
	h.buckets[bucketOf(uint64(max(ns, 1)))]++
	h.n++
}

func bucketOf(v uint64) int {
	e := bits.Len64(v)
	if e <= 5 {
		return int(v)
	}
	return (e-4)*16 + int(v>>(e-5))&15
}

// quantile returns the duration below which the share q of the values are.
func (h *histogram) quantile(q float64) time.Duration {
	want := uint64(q * float64(h.n))
	for i, c := range h.buckets {
		if want < uint64(c) {
			if i < 32 {
				return time.Duration(i)
			}
			return time.Duration(uint64(16+i%16+1) << (i/16 - 1))
		}
		want -= uint64(c)
	}
	return 0
}
