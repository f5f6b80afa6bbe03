package rules

import "logrelay/relay"

// worker runs a Set for one goroutine.
type worker struct {
	set     *Set
	next    relay.NormalizeFunc
	machine *machine
	es      *relay.Events
	id      []byte
	values  []string
}

// Wrap returns a NormalizeFunc that normalizes with next and applies the Set to the events. It is for one goroutine at a time.
func (s *Set) Wrap(next relay.NormalizeFunc) relay.NormalizeFunc {
	if s.Empty() {
		return next
	}
	w := &worker{set: s, next: next, machine: newMachine()}
	return w.append
}

func (w *worker) append(es *relay.Events, r *relay.Record) {
	first := len(es.List)
	w.next(es, r)
	w.es = es
	kept := first
	for i := first; i < len(es.List); i++ {
		if w.event(&es.List[i]) {
			es.List[kept] = es.List[i]
			kept++
		}
	}
	clear(es.List[kept:])
	es.List = es.List[:kept]
}

// event applies enrichment and rules to e, and reports whether it stays.
func (w *worker) event(e *relay.Event) bool {
	if w.set.redacts && e.Fault.Reason != relay.FaultNone {
		w.set.unread.dropped.Inc()
		return false
	}
	if !w.set.enrich.empty() {
		w.set.enrich.apply(e)
	}
	for i := range w.set.steps {
		st := &w.set.steps[i]
		if st.when != nil {
			hit, err := eval(w.machine, st.when, e)
			if err != nil {
				w.failed(st, err)
				continue
			}
			if !hit {
				continue
			}
		}
		keep, err := st.act.apply(w, e)
		if err != nil {
			w.failed(st, err)
			continue
		}
		if !keep {
			st.m.dropped.Inc()
			return false
		}
		st.m.passed.Inc()
	}
	return true
}

// failed counts a rule that could not be evaluated; the first failure of a Set's rule is logged.
func (w *worker) failed(st *step, err error) {
	st.m.failed.Inc()
	st.m.first.Do(func() { w.set.log.Warn("a rule failed; the event passes it unchanged", "rule", st.name, "error", err) })
}

func (r *redaction) apply(w *worker, e *relay.Event) (bool, error) {
	return r.redact(w.es, e) || !w.set.redacts, nil
}
