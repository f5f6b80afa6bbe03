package normalize

import (
	"bytes"

	"logrelay/relay"
	"logrelay/relay/normalize/syslogmsg"
)

// content reads texts that come behind a syslog header, and may come without one.
type content struct {
	kind relay.Kind
	// read reports false, and leaves e alone, when the text of m is not what it reads: at once, because every message is shown to all. Else it sets e.Kind, e.Class, e.Rest, and
	// e.Time where the text knows it better than the header; what the header says it carries over (field.Rest.Header).
	read func(es *relay.Events, e *relay.Event, m *relay.Message) bool
}

// message reads a syslog message, and then its text where that is something that a content knows.
func (n *Normalizer) message(es *relay.Events, r *relay.Record) {
	first := len(es.List)
	if m := n.header(es, r); m != nil {
		n.text(es, first, m)
	}
}

// header adds the event of a syslog message. It returns its class value, or nil when there is no header in r.
func (n *Normalizer) header(es *relay.Events, r *relay.Record) *relay.Message {
	first := len(es.List)
	n.syslog.Append(es, r)
	if len(es.List) != first+1 {
		return nil
	}
	m, _ := es.List[first].Class.(*relay.Message)
	return m
}

// text makes of the message in es.List[first] what its text is.
func (n *Normalizer) text(es *relay.Events, first int, m *relay.Message) bool {
	for i := range n.contents {
		if n.contents[i].read(es, &es.List[first], m) {
			return true
		}
	}
	return m.Text != "" && m.Text[0] == '{' && n.innerObject(es, first, m)
}

// innerObject puts the events of a text that is an object of a known kind in the place of the message in es.List[first].
func (n *Normalizer) innerObject(es *relay.Events, first int, m *relay.Message) bool {
	message := es.List[first]
	r := message.Record
	if !n.parse(relay.Bytes(m.Text), jsonDepth) {
		return false
	}
	k := n.known(n.doc.Root())
	if k == nil {
		return false
	}
	at := len(es.List)
	if f := k.read(es, r, &n.doc); f.Reason != relay.FaultNone || len(es.List) == at {
		es.List = es.List[:at]
		return false
	}
	for j := at; j < len(es.List); j++ {
		e := &es.List[j]
		if e.Time == r.Received {
			e.Time = message.Time
		}
		n.rest.Reset(es)
		for _, f := range e.Rest {
			n.rest.Add(f)
		}
		n.rest.Header(&message, m, e.Class.Head())
		e.Rest = n.rest.Fields()
	}
	es.List = append(es.List[:first], es.List[at:]...)
	return true
}

// bare reads a record without a priority: a message that begins with its time, or a text alone. It reports false, and adds nothing, when no content knows it.
func (n *Normalizer) bare(es *relay.Events, r *relay.Record) bool {
	first := len(es.List)
	if syslogmsg.HasTime(r.Raw) {
		if m := n.header(es, r); m != nil && n.text(es, first, m) {
			return true
		}
		es.List = es.List[:first]
	}
	e, m := without(es, r)
	for i := range n.contents {
		if n.contents[i].read(es, e, m) {
			return true
		}
	}
	es.List = es.List[:first]
	return false
}

// without adds an event of a text without a header.
func without(es *relay.Events, r *relay.Record) (*relay.Event, *relay.Message) {
	m := es.Message()
	m.Text = relay.View(bytes.TrimRight(r.Raw, "\r\n\x00"))
	e := es.Add(r, relay.KindText)
	e.Class = m
	return e, m
}

// named reads a record of which the configuration says that it is what c reads, with a header or without. A message with a header whose text is something else stays a message: senders mix them.
func (n *Normalizer) named(es *relay.Events, r *relay.Record, c *content) {
	first := len(es.List)
	m := n.header(es, r)
	if m != nil && (c.read(es, &es.List[first], m) || m.Text != "" && m.Text[0] == '{' && n.innerObject(es, first, m)) {
		return
	}
	kept := es.List[first:]
	e, bare := without(es, r)
	switch {
	case c.read(es, e, bare):
		es.List = append(es.List[:first], *e)
	case m != nil:
		es.List = es.List[:first+len(kept)]
	default:
		es.List = es.List[:first]
		es.AddUnparsed(r, c.kind, relay.Fault{Reason: relay.FaultKind, Offset: -1, Detail: "not what the `kind` of the input says"})
	}
}

// contentKind returns what reads the texts of a kind; nil when nothing does.
func (n *Normalizer) contentKind(kind relay.Kind) *content {
	for i := range n.contents {
		if n.contents[i].kind == kind {
			return &n.contents[i]
		}
	}
	return nil
}
