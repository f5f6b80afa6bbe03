package normalize

import (
	"bytes"

	"logrelay/relay"
	"logrelay/relay/normalize/eks"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/normalize/jsonrec"
)

// carried reads the record inside an object that no kind knows: forwarders put the line that they read, or what they parsed it into, beside what they know of it, as
// {"date":1795252532.1,"log":"a line"} (Fluent Bit), {"message":"a line"} or {"message":{…}}. The other members stay in Event.Rest. It reports false, and adds nothing, when what is
// inside is of no kind either, or cannot be read. n.doc holds the object, and does so again when it is false.
func (n *Normalizer) carried(es *relay.Events, r *relay.Record) bool {
	root := n.doc.Root()
	inside, ok := load(es, root)
	if n.inside || !ok || eks.Of(r.Origin) || eks.OfAudit(r.Origin) {
		return false
	}
	n.around.Reset(es)
	for m := root.First(); m.Exists(); m = m.Next() {
		if m != inside.value {
			n.around.Add(m)
		}
	}
	around := n.around.Fields()
	t, timed := jsonrec.Time(root)

	at := len(es.List)
	n.load = *r
	n.load.Raw = inside.raw
	n.inside = true
	n.detect(es, &n.load)
	n.inside = false
	if !understood(es.List[at:]) {
		es.List = es.List[:at]
		if first(inside.raw) == '{' { // it took the place of the object
			n.parse(r.Raw, jsonDepth)
		}
		return false
	}
	for i := at; i < len(es.List); i++ {
		e := &es.List[i]
		e.Record = r
		if timed && e.Time == r.Received {
			e.Time = t
		}
		n.rest.Reset(es)
		for _, f := range e.Rest {
			n.rest.Add(f)
		}
		for _, f := range around {
			n.rest.Add(f)
		}
		e.Rest = n.rest.Fields()
	}
	return true
}

// loaded is the member of an object that may hold a record.
type loaded struct {
	value jsondoc.Value
	raw   []byte
}

// load returns the member that may hold a record: an object, or a text.
func load(es *relay.Events, root jsondoc.Value) (loaded, bool) {
	for _, name := range [...]string{"log", "message"} {
		switch v := root.Get(name); {
		case v.Empty():
		case v.IsObject():
			return loaded{v, v.Bytes()}, true
		case v.IsString():
			return loaded{v, bytes.TrimRight(relay.Bytes(v.Text(es)), "\r\n")}, true
		}
	}
	return loaded{}, false
}

// understood reports whether events are of a kind of their own: of a list one at least, since each is marked by itself.
func understood(events []relay.Event) bool {
	for i := range events {
		if e := &events[i]; e.Fault.Reason == relay.FaultNone && e.Kind != relay.KindText && e.Kind != relay.KindJSON {
			return true
		}
	}
	return false
}

// written puts the events of an object of a known kind in the place of the line of a container that it is the text of.
func (n *Normalizer) written(es *relay.Events, first int) {
	if len(es.List) != first+1 {
		return
	}
	if m, ok := es.List[first].Class.(*relay.Message); ok && m.Text != "" && m.Text[0] == '{' {
		n.innerObject(es, first, m)
	}
}
