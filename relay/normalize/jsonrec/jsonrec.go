package jsonrec

import (
	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// timeNames are the members that may state the event's time, by rank.
var timeNames = [...]string{"time", "@timestamp", "timestamp", "ts", "eventTime", "event_time", "datetime", "date"}

// messageNames are the members that may hold a sentence for people, by rank.
var messageNames = [...]string{"log", "message", "msg"}

// Depth is how far down this package looks.
const Depth = 1

// Time returns the time that an object states at its outermost level.
func Time(root jsondoc.Value) (int64, bool) {
	for _, name := range timeNames {
		if ns, ok := root.Get(name).Time(); ok {
			return ns, true
		}
	}
	return 0, false
}

// Append adds the event of a record that is a JSON value of any sort: class Other. d holds the record, parsed to Depth at least.
func Append(es *relay.Events, r *relay.Record, d *jsondoc.Doc) {
	root := d.Root()
	o := es.Other()
	o.JSON = root.Raw()
	e := es.Add(r, relay.KindJSON)
	e.Class = o
	rank := len(messageNames)
	if root.IsObject() {
		for m := root.First(); m.Exists(); m = m.Next() {
			name := m.Name()
			if len(name) < 2 || len(name) > 10 {
				continue
			}
			for i := range rank {
				if name == messageNames[i] && m.IsString() {
					o.Message, rank = m.Text(es), i
					break
				}
			}
		}
	}
	if ns, ok := Time(root); ok {
		e.Time = ns
	}
}
