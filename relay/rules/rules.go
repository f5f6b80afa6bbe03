package rules

import (
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"math"
	"regexp"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
)

// Rule is one rule as the configuration has it. Exactly one of Drop, Keep, Sample, Set and Redact is set.
type Rule struct {
	Name string // for metrics and logs; "" means its number
	When string // expression; the rule is for events of which it is true. Empty: all. Not with Drop and Keep

	Drop   string            // expression: events of which it is true are dropped
	Keep   string            // expression: events of which it is not true are dropped
	Sample float64           // share of events that are kept, above 0 and up to 1; 0 when the rule is another
	Set    map[string]string // field name to expression of a string
	Redact []string          // field names and JSON paths

	With    Mode   // of Redact; "" means Mask
	Pattern string // of Redact: regular expression (RE2); only what it matches. Empty: the whole value
	Key     []byte // of Redact with Hash: at least 16 bytes
}

// Options of a Set.
type Options struct {
	Output   string // name, for metrics
	Rules    []Rule
	Enrich   Enrichment
	Unparsed bool // let records that could not be understood through although rules redact

	Logger     *slog.Logger          // nil: no logs
	Registerer prometheus.Registerer // nil: a registry of its own
}

// Set is what Compile made. It is safe for concurrent use.
type Set struct {
	steps   []step
	enrich  Enrichment
	redacts bool // and records that could not be understood are dropped
	unread  ruleMetrics
	log     *slog.Logger
}

// step is a compiled rule. when is nil for all events.
type step struct {
	name string
	when *expression[bool]
	act  effect
	m    ruleMetrics
}

// effect is what a rule does to an event. It reports whether the event is to be kept.
type effect interface {
	apply(w *worker, e *relay.Event) (keep bool, err error)
}

// unreadName stands in metrics for the dropping of what could not be understood, of which no rule speaks.
const unreadName = "not understood"

// Compile makes a Set. The error names every rule that is wrong, by number from 0 and key: "rules[2].drop: …".
func Compile(o Options) (*Set, error) {
	s := &Set{enrich: o.Enrich, log: o.Logger}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	m := newMetrics(o.Registerer)
	var problems []error
	for i := range o.Rules {
		r := &o.Rules[i]
		st, err := newStep(r)
		if err != nil {
			problems = append(problems, fmt.Errorf("rules[%d]%w", i, err))
			continue
		}
		st.name = r.Name
		if st.name == "" {
			st.name = fmt.Sprint(i)
		}
		st.m = m.of(o.Output, st.name)
		s.steps = append(s.steps, st)
		s.redacts = s.redacts || len(r.Redact) > 0 && !o.Unparsed
	}
	if s.redacts {
		s.unread = m.of(o.Output, unreadName)
	}
	return s, errors.Join(problems...)
}

// Empty reports whether the Set changes nothing.
func (s *Set) Empty() bool { return len(s.steps) == 0 && s.enrich.empty() }

// keyError is an error of one key of a rule.
func keyError(key string, err error) error { return fmt.Errorf(".%s: %w", key, err) }

func newStep(r *Rule) (st step, err error) {
	if r.When != "" {
		when, err := condition(r.When)
		if err != nil {
			return st, keyError("when", err)
		}
		st.when = &when
	}
	kinds := 0
	for _, is := range [...]bool{r.Drop != "", r.Keep != "", r.Sample != 0, len(r.Set) > 0, len(r.Redact) > 0} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return st, errors.New(": a rule does one thing; allowed: exactly one of drop, keep, sample, set, redact")
	case r.When != "" && (r.Drop != "" || r.Keep != ""):
		return st, errors.New(".when: drop and keep have their condition themselves; allowed: one expression, with and")
	case len(r.Redact) == 0 && (r.With != "" || r.Pattern != "" || len(r.Key) > 0):
		return st, errors.New(".with: only redact has with, pattern and key_file")
	}
	switch {
	case r.Drop != "":
		x, err := condition(r.Drop)
		if err != nil {
			return st, keyError("drop", err)
		}
		st.act = &filter{x, false}
	case r.Keep != "":
		x, err := condition(r.Keep)
		if err != nil {
			return st, keyError("keep", err)
		}
		st.act = &filter{x, true}
	case r.Sample != 0:
		if r.Sample < 0 || r.Sample > 1 || math.IsNaN(r.Sample) {
			return st, fmt.Errorf(".sample: %v; allowed: above 0 and up to 1", r.Sample)
		}
		st.act = sample(r.Sample * (1 << 32))
	case len(r.Set) > 0:
		st.act, err = newSetter(r.Set)
	default:
		st.act, err = newRedaction(r)
	}
	return st, err
}

// filter keeps events of which its expression is keep.
type filter struct {
	x    expression[bool]
	keep bool
}

func (f *filter) apply(w *worker, e *relay.Event) (bool, error) {
	v, err := eval(w.machine, &f.x, e)
	return err != nil || v == f.keep, err
}

// sample keeps the events whose hash is below it, of 2^32.
type sample uint64

func (s sample) apply(w *worker, e *relay.Event) (bool, error) {
	w.id = e.AppendID(w.id[:0])
	h := fnv.New32a()
	h.Write(w.id)
	x := h.Sum32() // FNV-1a is weak in its high bits: finish as MurmurHash3 does
	x = (x ^ x>>16) * 0x85ebca6b
	x = (x ^ x>>13) * 0xc2b2ae35
	return uint64(x^x>>16) < uint64(s), nil
}

// setter writes fields, all values being evaluated before the first is written.
type setter struct {
	fields []*Field
	values []expression[string]
}

func newSetter(set map[string]string) (*setter, error) {
	s := &setter{}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		f := lookup(name)
		if f == nil || !f.Writable() {
			return nil, keyError("set."+name, errors.New("no field that can be set; `logrelay fields` lists them"))
		}
		x, err := textual(set[name])
		if err != nil {
			return nil, keyError("set."+name, err)
		}
		s.fields, s.values = append(s.fields, f), append(s.values, x)
	}
	return s, nil
}

func (s *setter) apply(w *worker, e *relay.Event) (bool, error) {
	w.values = w.values[:0]
	for i := range s.values {
		v, err := eval(w.machine, &s.values[i], e)
		if err != nil {
			return true, err
		}
		if s.fields[i].address() && v != "" && !relay.IsAddr(v) {
			return true, fmt.Errorf("setting %s: %q is no address", s.fields[i].Name, v)
		}
		w.values = append(w.values, v)
	}
	for i, f := range s.fields {
		if at := f.place(e); at != nil {
			*at = w.es.Text([]byte(w.values[i]))
		}
	}
	return true, nil
}

func newRedaction(r *Rule) (*redaction, error) {
	out := &redaction{mode: r.With, key: r.Key}
	switch out.mode {
	case "":
		out.mode = Mask
	case Mask, Remove:
	case Hash:
		if len(r.Key) < 16 {
			return nil, errors.New(".key_file: hash needs a key of 16 bytes or more: without one the values could be guessed and compared")
		}
	default:
		return nil, fmt.Errorf(".with: %q; allowed: mask, hash, remove", r.With)
	}
	if r.Pattern != "" {
		re, err := regexp.Compile(r.Pattern)
		if err != nil {
			return nil, keyError("pattern", err)
		}
		out.pattern = re
	}
	for i, path := range r.Redact {
		p, ok := newPlace(path)
		if !ok {
			return nil, fmt.Errorf(".redact[%d]: %q is no field that can be redacted; allowed: the fields that `logrelay fields` marks, rest.NAME, api.request.NAME, api.response.NAME, http.header.NAME", i, path)
		}
		out.places = append(out.places, p)
	}
	return out, nil
}
