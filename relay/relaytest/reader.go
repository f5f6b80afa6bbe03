package relaytest

import (
	"testing"

	"logrelay/relay"
)

// Reader reads a record into es as a kind does, with a parser of its own, and reports whether it could.
type Reader func(es *relay.Events, r *relay.Record) bool

// CheckNothingLost fails the test when raw is read and some of it is in none of its events (see Lost, which taken is for), or when their Rest is not as
// it has to be.
func CheckNothingLost(t testing.TB, raw []byte, read Reader, taken ...string) {
	t.Helper()
	var es relay.Events
	if !read(&es, &relay.Record{Raw: raw, Origin: &relay.Origin{}}) {
		return
	}
	if lost := Lost(raw, es.List, taken...); lost != nil {
		t.Errorf("%q is lost of %s", lost, raw)
	}
	CheckRest(t, es.List)
}

// BenchmarkReader measures how long a kind takes for a record.
func BenchmarkReader(b *testing.B, raw []byte, read Reader) {
	b.Helper()
	var es relay.Events
	r := &relay.Record{Raw: raw, Origin: &relay.Origin{}, Received: 1_795_252_540e9}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		es.Reset()
		if !read(&es, r) {
			b.Fatal("not read")
		}
	}
}

// ContentReader returns a Reader of what a kind finds in the text of a syslog message of an application.
func ContentReader(app string, content func(*relay.Events, *relay.Event, *relay.Message) bool) Reader {
	return func(es *relay.Events, r *relay.Record) bool {
		m := es.Message()
		m.App, m.Text = app, relay.View(r.Raw)
		return content(es, es.Add(r, relay.KindSyslog), m)
	}
}

// LineReader returns a Reader of a kind whose records are lines of text.
func LineReader(line func(*relay.Events, *relay.Record)) Reader {
	return func(es *relay.Events, r *relay.Record) bool {
		line(es, r)
		return len(es.List) == 1 && es.List[0].Fault.Reason == relay.FaultNone
	}
}
