package page

import (
	"slices"
	"sync"
	"time"

	"logrelay/relay/status"
)

// Samples that are kept: an hour in steps of 10 s, and a day in steps of 5 min.
const (
	fineEvery  = 10 * time.Second
	fineKept   = 360
	coarseOf   = 30 // fine ones
	coarseKept = 288
)

// rateTime is how far back a rate looks at least.
const rateTime = 5 * time.Second

// fillSamples is over how many fine samples the growth of the buffer is measured: it grows by segments, not by records.
const fillSamples = 30

// sample is what happened in the time before At. Numbers are of records but for errors, which are failed sends, refused requests and dead letters.
type sample struct {
	at              time.Time
	span            time.Duration
	in, out, errors uint64
	waiting         uint64 // at the time; of a coarse sample the most
	bytes           uint64 // in the buffer, at the time
}

// what counter is of which input or output.
type what struct {
	series series
	name   string
}

type series uint8

const (
	seriesIn series = iota
	seriesOut
	seriesErrors
)

// mark is the state of all counters at one moment.
type mark struct {
	at       time.Time
	counters map[what]uint64
}

func markOf(s *status.Snapshot) mark {
	m := mark{s.Now, make(map[what]uint64, 2*(len(s.Inputs)+len(s.Outputs)))}
	for i := range s.Inputs {
		in := &s.Inputs[i]
		m.counters[what{seriesIn, in.Name}] = in.Records
		errors := in.Rejected
		if in.Pull != nil {
			errors += in.Pull.SetAside
			for _, n := range in.Pull.Errors {
				errors += n
			}
		}
		m.counters[what{seriesErrors, "input " + in.Name}] = errors
	}
	for i := range s.Outputs {
		out := &s.Outputs[i]
		m.counters[what{seriesOut, out.Name}] = out.Sum.Delivered
		m.counters[what{seriesErrors, "output " + out.Name}] = out.Retries + out.Sum.DeadLettered
	}
	return m
}

// since returns what w has grown since an earlier mark; 0 where that does not know it, or where it began anew.
func (m mark) since(earlier mark, w what) uint64 {
	if before, ok := earlier.counters[w]; ok && m.counters[w] > before {
		return m.counters[w] - before
	}
	return 0
}

// history is the last day in bounded memory.
type history struct {
	mu         sync.Mutex
	fine       []sample // oldest first
	coarse     []sample
	sum        sample // coarse one in the making
	summed     int
	prev, last mark
}

// add takes a sample. The first one is where counting begins.
func (h *history) add(s status.Snapshot) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := markOf(&s)
	h.prev, h.last = h.last, m
	if h.prev.counters == nil {
		return
	}
	f := sample{at: m.at, span: m.at.Sub(h.prev.at), bytes: s.Buffer.Bytes}
	for w := range m.counters {
		n := m.since(h.prev, w)
		switch w.series {
		case seriesIn:
			f.in += n
		case seriesOut:
			f.out += n
		case seriesErrors:
			f.errors += n
		}
	}
	for i := range s.Outputs {
		f.waiting += s.Outputs[i].Sum.Waiting
	}
	h.fine = keep(h.fine, f, fineKept)
	h.sum.at, h.sum.span, h.sum.bytes = f.at, h.sum.span+f.span, f.bytes
	h.sum.in, h.sum.out, h.sum.errors, h.sum.waiting = h.sum.in+f.in, h.sum.out+f.out, h.sum.errors+f.errors, max(h.sum.waiting, f.waiting)
	if h.summed++; h.summed == coarseOf {
		h.coarse = keep(h.coarse, h.sum, coarseKept)
		h.sum, h.summed = sample{}, 0
	}
}

// keep appends s and forgets what is more than n.
func keep(list []sample, s sample, n int) []sample {
	if len(list) >= n {
		list = slices.Delete(list, 0, len(list)-n+1)
	}
	return append(list, s)
}

// rates returns a function that says how fast counters of s grow, in records a second. It looks back 5 to 15 seconds.
func (h *history) rates(s *status.Snapshot) func(series, string) float64 {
	h.mu.Lock()
	base := h.last
	if h.prev.counters != nil && s.Now.Sub(base.at) < rateTime {
		base = h.prev
	}
	h.mu.Unlock()
	now := markOf(s)
	seconds := s.Now.Sub(base.at).Seconds()
	return func(of series, name string) float64 {
		if base.counters == nil || seconds <= 0 {
			return 0
		}
		return float64(now.since(base, what{of, name})) / seconds
	}
}

// growth is how fast the buffer has grown in the last minutes, in bytes a second; less than 0 when it shrinks.
func (h *history) growth(s *status.Snapshot) float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.fine) == 0 {
		return 0
	}
	base := h.fine[max(0, len(h.fine)-fillSamples)]
	seconds := s.Now.Sub(base.at).Seconds()
	if seconds <= 0 {
		return 0
	}
	return (float64(s.Buffer.Bytes) - float64(base.bytes)) / seconds
}

// samples returns copies: of the last hour and of the last day, whose newest may still be growing.
func (h *history) samples() (hour, day []sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	hour, day = slices.Clone(h.fine), slices.Clone(h.coarse)
	if h.summed > 0 {
		day = append(day, h.sum)
	}
	return hour, day
}
