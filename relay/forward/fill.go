package forward

import (
	"fmt"

	"logrelay/relay"
)

// filler turns leases into events, for one worker. After the first few leases it allocates nothing for a record.
type filler struct {
	p         *Pump
	normalize relay.NormalizeFunc
	choose    func(*relay.Origin, relay.Kind) bool
	es        relay.Events

	before, after selected // normalizing
}

// selected is the last answer of Select.
type selected struct {
	origin *relay.Origin
	kind   relay.Kind
	wanted bool
}

func (p *Pump) newFiller() *filler {
	f := &filler{p: p, choose: p.opts.Select}
	if p.opts.Normalize != nil {
		f.normalize = p.opts.Normalize()
	}
	return f
}

// fill makes the job of a lease. The events live until the next fill.
func (f *filler) fill(l relay.Lease) *job {
	f.p.opts.Pulse.Beat(relay.StateWorking)
	records := l.Records()
	j := &job{lease: l, records: uint64(len(records))}
	f.es.Reset()
	for done := 0; done < len(records); {
		done += f.some(j, records[done:])
	}
	limit := f.p.limit
	j.full = 2*len(records) >= limit.Records || 2*j.bytes >= limit.Bytes
	if len(f.es.List) > 0 {
		j.groups = append(j.groups, f.es.List)
	}
	return j
}

// some adds the events of the records and returns how many records are done: all, or those up to and including one whose parser
// panicked. That one goes out raw, marked.
func (f *filler) some(j *job, records []relay.Record) (done int) {
	from := len(f.es.List)
	defer func() {
		if v := recover(); v != nil {
			r := &records[done]
			f.p.log.Error("a parser failed; the record is delivered as it is", "kind", string(r.Origin.Kind), "id", r.ID(), "panic", fmt.Sprint(v))
			f.es.List = f.es.List[:from]
			f.es.Add(r, r.Origin.Kind).Fault = relay.Fault{Reason: relay.FaultParser, Offset: -1, Detail: "the parser failed"}
			f.p.m.unparsed(r.Origin.Kind, relay.FaultParser)
			done++
		}
	}()
	for ; done < len(records); done++ {
		r := &records[done]
		from = len(f.es.List)
		j.bytes += len(r.Raw)
		kind := relay.KindAuto // what is behind a syslog header is named after what it is: only normalizing tells
		if f.normalize == nil {
			kind = r.Origin.Kind
		}
		if f.choose != nil && !f.before.ask(f.choose, r.Origin, kind) {
			j.dropped++
			continue
		}
		if f.normalize == nil {
			f.es.Add(r, r.Origin.Kind)
			continue
		}
		f.normalize(&f.es, r)
		if len(f.es.List) == from {
			j.dropped++ // the kind says that there is nothing to deliver: a header line
			continue
		}
		e := &f.es.List[from]
		if e.Fault.Reason != relay.FaultNone {
			f.p.m.unparsed(e.Kind, e.Fault.Reason)
		}
		if f.choose != nil && !f.after.ask(f.choose, r.Origin, e.Kind) {
			f.es.List = f.es.List[:from]
			j.dropped++
		}
	}
	return done
}

func (s *selected) ask(choose func(*relay.Origin, relay.Kind) bool, o *relay.Origin, k relay.Kind) bool {
	if o != s.origin || k != s.kind {
		*s = selected{o, k, choose(o, k)}
	}
	return s.wanted
}

// one returns the event of a dead letter, which the output wanted once and still does. A record that is understood in another way
// by now may lack it: that is refused like a refusal of the far end.
func (f *filler) one(d relay.DeadLetter) ([]relay.Event, error) {
	f.choose = nil
	f.es.Reset()
	f.some(&job{}, []relay.Record{*d.Record})
	for i := range f.es.List {
		if f.es.List[i].N == d.Event {
			return f.es.List[i : i+1], nil
		}
	}
	err := fmt.Errorf("dead letter %s/%d: the record has no such event any more", d.Record.ID(), d.Event)
	return nil, &relay.RejectError{Answer: "logrelay: the record has no such event any more", Err: err}
}
