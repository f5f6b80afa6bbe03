package forward

import (
	"testing"
	"time"

	"logrelay/relay"
)

// TestPassages: the newest lease that had a record is found; the oldest are forgotten; what was never there is not.
func TestPassages(t *testing.T) {
	t.Parallel()
	var p passages
	a, b := relay.ID{1}, relay.ID{2}
	if _, ok := p.find(a, 0); ok {
		t.Error("something is found in nothing")
	}
	p.add([]run{{a, 0, 9}, {b, 5, 5}}, 1e9, relay.Outcome{Delivered: 11})
	p.add([]run{{a, 10, 19}}, 2e9, relay.Outcome{Delivered: 9, DeadLettered: 1})
	for _, c := range []struct {
		base    relay.ID
		ordinal uint64
		at      int64
	}{{a, 0, 1}, {a, 9, 1}, {b, 5, 1}, {a, 10, 2}, {a, 19, 2}, {a, 20, 0}, {b, 4, 0}, {relay.ID{3}, 5, 0}} {
		got, ok := p.find(c.base, c.ordinal)
		if ok != (c.at != 0) || ok && got.At.Unix() != c.at {
			t.Errorf("%v: %v %v", c, got, ok)
		}
	}
	if got, _ := p.find(a, 12); got.Outcome.DeadLettered != 1 {
		t.Errorf("outcome %+v", got.Outcome)
	}
	p.add([]run{{a, 0, 9}}, 3e9, relay.Outcome{Delivered: 10}) // sent again
	if got, _ := p.find(a, 3); got.At.Unix() != 3 {
		t.Errorf("not the newest: %v", got.At)
	}
	for i := range uint64(maxPassages + 100) {
		p.add([]run{{relay.ID{9}, i * 10, i*10 + 5}}, 4e9, relay.Outcome{})
	}
	if _, ok := p.find(a, 3); ok || len(p.ring) != maxPassages {
		t.Errorf("%d leases are remembered", len(p.ring))
	}
	if _, ok := p.find(relay.ID{9}, 1003); !ok {
		t.Error("a new one is forgotten")
	}
	if _, ok := p.find(relay.ID{9}, 13); ok {
		t.Error("an old one is not forgotten")
	}
}

type records struct {
	relay.Lease
	list []relay.Record
}

func (r records) Records() []relay.Record { return r.list }

// TestNote: records are remembered as runs, and not without bound.
func TestNote(t *testing.T) {
	t.Parallel()
	var list []relay.Record
	for i := range uint64(10) {
		list = append(list, relay.Record{Base: relay.ID{1}, Ordinal: 7 + i})
	}
	list = append(list, relay.Record{Base: relay.ID{1}, Ordinal: 30}, relay.Record{Base: relay.ID{2}, Ordinal: 31})
	n := note(records{list: list}).(*noted)
	if len(n.runs) != 3 || n.runs[0] != (run{relay.ID{1}, 7, 16}) || n.runs[2] != (run{relay.ID{2}, 31, 31}) {
		t.Errorf("%+v", n.runs)
	}
	list = nil
	for i := range uint64(1000) {
		list = append(list, relay.Record{Base: relay.ID{byte(i)}, Ordinal: 2 * i})
	}
	if n := note(records{list: list}).(*noted); len(n.runs) != maxRuns {
		t.Errorf("%d runs", len(n.runs))
	}
}

type looking struct {
	records
	acknowledged func()
}

func (l looking) Ack(relay.Outcome) { l.acknowledged() }

// TestEndIsRememberedFirst: with the acknowledgement nothing waits any more, and who sees that asks what became of it.
func TestEndIsRememberedFirst(t *testing.T) {
	t.Parallel()
	p := &Pump{m: newMetrics(nil, "siem"), opts: Options{Now: time.Now}}
	base, looked := relay.ID{1}, false
	l := note(looking{records{list: []relay.Record{{Base: base, Ordinal: 7}}}, func() {
		looked = true
		if _, found := p.passed.find(base, 7); !found {
			t.Error("acknowledged, and not remembered")
		}
	}})
	if p.end(l, relay.Outcome{Delivered: 1}); !looked {
		t.Error("not acknowledged")
	}
}
