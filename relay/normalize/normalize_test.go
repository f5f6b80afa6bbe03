package normalize

import (
	"testing"

	"logrelay/relay"
)

func one(t testing.TB, n *Normalizer, r *relay.Record) *relay.Event {
	t.Helper()
	var es relay.Events
	n.Append(&es, r)
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	return &es.List[0]
}

func TestDetect(t *testing.T) {
	t.Parallel()
	const flow = "version srcaddr dstaddr"
	for _, c := range []struct {
		name, columns, raw string
		kind               relay.Kind
		failed             bool
	}{
		{"syslog", "", "<13>Nov 21 09:15:32 h a: x", relay.KindSyslog, false},
		{"syslog although there are columns", flow, "<13>x", relay.KindSyslog, false},
		{"no priority", "", "<html>", relay.KindText, false},
		{"priority too high", "", "<192>x", relay.KindText, false},
		{"JSON", "", "\xEF\xBB\xBF {\"a\":1}\r\n", relay.KindJSON, false},
		{"JSON although there are columns", flow, `{"a":1}`, relay.KindJSON, false},
		{"broken JSON", "", `{"a":1`, relay.KindText, false},
		{"an array is text", "", `[1]`, relay.KindText, false},
		{"flow", flow, "2 192.0.2.1 192.0.2.2", relay.KindVPCFlow, false},
		{"flow of another shape", flow, "2 192.0.2.1", relay.KindVPCFlow, true},
		{"flow without columns is text", "", "2 192.0.2.1 192.0.2.2", relay.KindText, false},
		{"header", "", flow, relay.KindVPCFlow, false},
		{"text", "", "hello", relay.KindText, false},
		{"empty", "", "", relay.KindText, false},
	} {
		e := one(t, New(), &relay.Record{Raw: []byte(c.raw), Origin: &relay.Origin{Columns: c.columns}})
		if e.Kind != c.kind || (e.Fault.String() != "") != c.failed {
			t.Errorf("%s: %s %q", c.name, e.Kind, e.Fault.String())
		}
	}
}

// TestEnvelopeTime: the time beside a record wins over the one inside.
func TestEnvelopeTime(t *testing.T) {
	t.Parallel()
	const inside = int64(1_795_252_532_000_000_000)
	for _, c := range []struct {
		name   string
		meta   string
		origin string
		want   int64
	}{
		{"none", "", "", inside},
		{"of the record", "5", "", 5},
		{"of the origin", "", "6", 6},
		{"of the record before the origin's", "5", "6", 5},
		{"no number", "soon", "", inside},
	} {
		o := &relay.Origin{Kind: relay.KindJSON}
		if c.origin != "" {
			o.Attrs = []relay.Attr{{Key: "x", Value: "y"}, {Key: relay.AttrTime, Value: c.origin}}
		}
		r := &relay.Record{Raw: []byte(`{"time":1795252532}`), Origin: o}
		if c.meta != "" {
			r.Meta = relay.AppendMeta(relay.AppendMeta(nil, relay.AttrHost, "h"), relay.AttrTime, c.meta)
		}
		if e := one(t, New(), r); e.Time != c.want {
			t.Errorf("%s: want %d, got %d", c.name, c.want, e.Time)
		}
	}
}

// TestContinued: the second part of an over-long line is not read as a record, whatever it looks like.
func TestContinued(t *testing.T) {
	t.Parallel()
	for kind, failed := range map[relay.Kind]bool{relay.KindAuto: false, relay.KindText: false, relay.KindSyslog: true, relay.KindJSON: true} {
		e := one(t, New(), &relay.Record{Raw: []byte(`{"time":1}`), Origin: &relay.Origin{Kind: kind}, Flags: relay.FlagContinued})
		if o := e.Class.(*relay.Other); o.JSON != "" || o.Text != `{"time":1}` || (e.Fault.String() != "") != failed {
			t.Errorf("%q: %+v %q", kind, o, e.Fault.String())
		}
	}
}
