package page

import (
	"cmp"
	"maps"
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

// subject is what a course is of: an input, an output, or, where it is empty, the relay.
type subject struct {
	side status.Side
	name string
}

// String is what the page's address calls it: "output siem".
func (o subject) String() string {
	if o.side == "" {
		return ""
	}
	return string(o.side) + " " + o.name
}

// what counter is of which input or output.
type what struct {
	series
	subject
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
		of := subject{status.SideInput, in.Name}
		m.counters[what{seriesIn, of}] = in.Records
		errors := in.Rejected
		if in.Pull != nil {
			errors += in.Pull.SetAside
			for _, n := range in.Pull.Errors {
				errors += n
			}
		}
		m.counters[what{seriesErrors, of}] = errors
	}
	for i := range s.Outputs {
		out := &s.Outputs[i]
		of := subject{status.SideOutput, out.Name}
		m.counters[what{seriesOut, of}] = out.Sum.Delivered
		m.counters[what{seriesErrors, of}] = out.Retries + out.Sum.DeadLettered
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

// maxCourses bounds of how many inputs and outputs there are charts: each takes about 45 KiB.
const maxCourses = 64

// course is the last day of one subject in bounded memory.
type course struct {
	fine   []sample // oldest first
	coarse []sample
	sum    sample // coarse one in the making
	summed int
}

func (c *course) add(f sample) {
	c.fine = keep(c.fine, f, fineKept)
	c.sum.at, c.sum.span, c.sum.bytes = f.at, c.sum.span+f.span, f.bytes
	c.sum.in, c.sum.out, c.sum.errors, c.sum.waiting = c.sum.in+f.in, c.sum.out+f.out, c.sum.errors+f.errors, max(c.sum.waiting, f.waiting)
	if c.summed++; c.summed == coarseOf {
		c.coarse = keep(c.coarse, c.sum, coarseKept)
		c.sum, c.summed = sample{}, 0
	}
}

// keep appends s and forgets what is more than n.
func keep(list []sample, s sample, n int) []sample {
	if len(list) >= n {
		list = slices.Delete(list, 0, len(list)-n+1)
	}
	return append(list, s)
}

// history is the last day, of the relay and of each input and output that there is.
type history struct {
	mu         sync.Mutex
	all        course
	of         map[subject]*course
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
	begun := sample{at: m.at, span: m.at.Sub(h.prev.at), bytes: s.Buffer.Bytes}
	all, each := begun, map[subject]sample{}
	for w := range m.counters {
		n := m.since(h.prev, w)
		f, known := each[w.subject]
		if !known {
			f = begun
		}
		switch w.series {
		case seriesIn:
			f.in, all.in = n, all.in+n
		case seriesOut:
			f.out, all.out = n, all.out+n
		case seriesErrors:
			f.errors, all.errors = n, all.errors+n
		}
		each[w.subject] = f
	}
	for i := range s.Outputs {
		of, n := subject{status.SideOutput, s.Outputs[i].Name}, s.Outputs[i].Sum.Waiting
		f := each[of]
		f.waiting, all.waiting = n, all.waiting+n
		each[of] = f
	}
	h.all.add(all)
	h.follow(each)
}

// follow adds to the courses of what there is, and forgets the others.
func (h *history) follow(each map[subject]sample) {
	if h.of == nil {
		h.of = map[subject]*course{}
	}
	maps.DeleteFunc(h.of, func(of subject, _ *course) bool { _, there := each[of]; return !there })
	for of, f := range each {
		c := h.of[of]
		if c == nil {
			if len(h.of) >= maxCourses {
				continue
			}
			c = new(course)
			h.of[of] = c
		}
		c.add(f)
	}
}

// subjects are those that have a course of their own, inputs first.
func (h *history) subjects() []subject {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.SortedFunc(maps.Keys(h.of), func(a, b subject) int { return cmp.Or(cmp.Compare(a.side, b.side), cmp.Compare(a.name, b.name)) })
}

// rates returns a function that says how fast counters of s grow, in records a second. It looks back 5 to 15 seconds.
func (h *history) rates(s *status.Snapshot) func(what) float64 {
	h.mu.Lock()
	base := h.last
	if h.prev.counters != nil && s.Now.Sub(base.at) < rateTime {
		base = h.prev
	}
	h.mu.Unlock()
	now := markOf(s)
	seconds := s.Now.Sub(base.at).Seconds()
	return func(w what) float64 {
		if base.counters == nil || seconds <= 0 {
			return 0
		}
		return float64(now.since(base, w)) / seconds
	}
}

// growth is how fast the buffer has grown in the last minutes, in bytes a second; less than 0 when it shrinks.
func (h *history) growth(s *status.Snapshot) float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	fine := h.all.fine
	if len(fine) == 0 {
		return 0
	}
	base := fine[max(0, len(fine)-fillSamples)]
	seconds := s.Now.Sub(base.at).Seconds()
	if seconds <= 0 {
		return 0
	}
	return (float64(s.Buffer.Bytes) - float64(base.bytes)) / seconds
}

// samples returns copies: of the last hour and of the last day, whose newest may still be growing. There are none of what has no course.
func (h *history) samples(of subject) (hour, day []sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := &h.all
	if of != (subject{}) {
		if c = h.of[of]; c == nil {
			return nil, nil
		}
	}
	hour, day = slices.Clone(c.fine), slices.Clone(c.coarse)
	if c.summed > 0 {
		day = append(day, c.sum)
	}
	return hour, day
}
