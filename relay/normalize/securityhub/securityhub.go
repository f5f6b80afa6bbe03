package securityhub

import (
	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// Parser reads findings. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	es        *relay.Events // of the record in hand
	rest      jsondoc.Rest
	data      jsondoc.Rest // of one resource
	resources []relay.Resource
}

// Is reports whether a JSON object can only be a finding, or a list of findings, in ASFF.
func Is(root jsondoc.Value) bool {
	if isFinding(root) {
		return true
	}
	_, list := findings(root)
	return isFinding(list.First())
}

func isFinding(v jsondoc.Value) bool {
	return v.Get("ProductArn").IsString() && v.Get("AwsAccountId").Exists() && v.Get("GeneratorId").Exists()
}

// findings returns the list of findings that root is, and the object that has the list as a member; absent when it is none.
func findings(root jsondoc.Value) (holder, list jsondoc.Value) {
	if l := root.Get("Findings"); l.IsArray() {
		return root, l
	}
	if detail := jsondoc.Detail(root); detail.Exists() {
		if l := detail.Get("findings"); l.IsArray() {
			return detail, l
		}
	}
	return jsondoc.Value{}, jsondoc.Value{}
}

// Append adds the events of a record.
func (p *Parser) Append(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	p.es = es
	root := d.Root()
	holder, list := findings(root)
	if !list.Exists() {
		p.rest.Reset(es)
		e, fault := p.finding(es, r, root)
		if fault.Reason == relay.FaultNone {
			e.Rest = p.rest.Fields()
		}
		return fault
	}
	first, n := len(es.List), 0
	for v := list.First(); v.Exists(); v = v.Next() {
		if n++; n > maxFindings {
			return relay.Fault{Reason: relay.FaultSize, Offset: v.Offset(), Detail: "a list of more than 10,000 findings"}
		}
	}
	if n == 0 {
		o := es.Other()
		o.JSON = root.Raw()
		es.Add(r, relay.KindSecurityHub).Class = o
		return relay.Fault{}
	}
	each := (len(root.Raw())-len(list.Raw()))*n <= maxAround
	for v := list.First(); v.Exists(); v = v.Next() {
		p.rest.Reset(es)
		e, fault := p.finding(es, r, v)
		if fault.Reason != relay.FaultNone {
			return fault
		}
		e.N, e.Of = int32(len(es.List)-1-first), int32(n)
		if each || e.N == 0 {
			p.around(root, holder, list)
		}
		e.Rest = p.rest.Fields()
	}
	return relay.Fault{}
}

// maxFindings bounds the events that a record may become. Security Hub itself sends at most 100 in one.
const maxFindings = 10_000

// maxAround bounds the bytes that stand beside a list of findings, times its findings: beyond, only the first has them in its Rest.
const maxAround = 1 << 20

// around keeps what stands beside list in holder, and beside holder in root.
func (p *Parser) around(root, holder, list jsondoc.Value) {
	if holder == root {
		p.rest.Beside(root, list)
		return
	}
	p.rest.Pick(holder, list.Name(), func(jsondoc.Value) {})
	p.rest.Beside(root, holder)
}
