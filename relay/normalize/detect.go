package normalize

import (
	"logrelay/relay"
	"logrelay/relay/normalize/eks"
	"logrelay/relay/normalize/jsonrec"
	"logrelay/relay/normalize/raw"
	"logrelay/relay/normalize/syslogmsg"
	"logrelay/relay/normalize/vpcflow"
)

// detect reads a record whose kind nobody named: an object goes by the layout of its members, a line by what it begins with, columns of the origin
// make a flow log; a text that one of the contents knows is that; all else is text. A line that looks like JSON and is none is text: nobody said that it should be. One that
// is JSON but nested too deep, or with a name twice, is marked.
func (n *Normalizer) detect(es *relay.Events, r *relay.Record) {
	if r.Flags&relay.FlagContinued != 0 {
		raw.Append(es, r)
		return
	}
	switch c := first(r.Raw); {
	case c == '{' && n.detectObject(es, r):
		return
	case c == '<' && syslogmsg.HasPriority(r.Raw):
		n.message(es, r)
		return
	}
	switch {
	case eks.Of(r.Origin):
		n.eks.Append(es, r)
		return
	case eks.OfAudit(r.Origin): // its events are objects: this one was cut on its way
		n.object(es, r, n.jsonKind(relay.KindK8sAudit))
		return
	}
	if r.Origin.Columns != "" || vpcflow.IsHeader(r.Raw) {
		n.flow.Append(es, r)
		return
	}
	for i := range n.texts {
		if k := &n.texts[i]; k.is != nil && k.is(r.Raw) {
			first := len(es.List)
			k.read(es, r)
			if k.kind == relay.KindContainer {
				n.written(es, first)
			}
			return
		}
	}
	if !n.bare(es, r) {
		raw.Append(es, r)
	}
}

// detectObject reads a record that begins like an object. It reports false, and adds nothing, when it is no JSON.
func (n *Normalizer) detectObject(es *relay.Events, r *relay.Record) bool {
	if !n.parse(r.Raw, jsonDepth) {
		switch f := n.doc.Fault(); f.Reason {
		case relay.FaultSyntax, relay.FaultTruncated:
			return false
		default:
			es.AddUnparsed(r, relay.KindJSON, f)
			return true
		}
	}
	if k := n.known(n.doc.Root()); k != nil {
		first := len(es.List)
		n.typed(es, r, k)
		if k.kind == relay.KindContainer {
			n.written(es, first)
		}
		return true
	}
	if n.carried(es, r) {
		return true
	}
	jsonrec.Append(es, r, &n.doc)
	return true
}

// first returns the first byte of b that is no white space, or 0.
func first(b []byte) byte {
	for _, c := range b {
		switch c {
		case ' ', '\t', '\r', '\n', 0xEF, 0xBB, 0xBF: // and the bytes of a byte order mark
		default:
			return c
		}
	}
	return 0
}
