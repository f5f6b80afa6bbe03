package route53

import (
	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
)

// Parser reads query logs. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest    jsondoc.Rest
	answers []relay.Answer
}

// Is reports whether a JSON object can only be a Resolver query log.
func Is(root jsondoc.Value) bool {
	return root.Get("query_timestamp").Exists() && root.Get("query_name").Exists() && root.Get("query_type").Exists()
}

// AppendJSON adds the event of a Resolver query log.
func (p *Parser) AppendJSON(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	q := es.DNSQuery()
	q.Product = relay.Product{Vendor: "AWS", Name: "Route 53", Feature: "Resolver Query Logs"}
	q.Cloud.Provider = "AWS"
	p.rest.Reset(es)
	rest := &p.rest
	var at, group jsondoc.Value
	for m := d.Root().First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "version":
			q.Product.Version = rest.Text(m)
		case "account_id":
			q.Cloud.Account = rest.Text(m)
		case "region":
			q.Cloud.Region = rest.Text(m)
		case "vpc_id":
			q.Src.VPC = rest.Text(m)
		case "query_timestamp":
			at = m
		case "query_name":
			q.Name = rest.Text(m)
		case "query_type":
			q.Type = rest.Text(m)
		case "query_class":
			q.Class = rest.Text(m)
		case "rcode":
			outcome(q, rest.Text(m))
		case "answers":
			p.readAnswers(es, q, m)
		case "srcaddr":
			q.Src.IP = rest.Addr(m)
		case "srcport":
			q.Src.Port = rest.Port(m)
		case "transport":
			transport(es, q, rest.Text(m))
		case "srcids":
			p.sources(q, m)
		case "firewall_rule_action":
			judge(q, rest.Text(m))
		case "firewall_rule_group_id":
			group = m
		default:
			rest.Add(m)
		}
	}
	if q.Verdict.Present {
		q.Verdict.Rule.UID = rest.Text(group)
	} else {
		rest.Add(group)
	}
	if q.Name == "" {
		return relay.Fault{Reason: relay.FaultKind, Offset: 0, Detail: "no Route 53 query log: it has no query_name"}
	}
	t, ok := at.Time()
	if !ok {
		return relay.Fault{Reason: relay.FaultTime, Offset: at.Offset(), Detail: "query_timestamp is no time"}
	}
	q.TimeText = at.Text(es)
	e := es.Add(r, relay.KindRoute53)
	e.Class, e.Time, e.Rest = q, t, rest.Fields()
	return relay.Fault{}
}

// readAnswers takes the answers that have data, in an array or alone.
func (p *Parser) readAnswers(es *relay.Events, q *relay.DNSQuery, v jsondoc.Value) {
	p.answers = p.answers[:0]
	if v.IsObject() {
		p.answer(v)
	} else if p.rest.Array(v) {
		for m := v.First(); m.Exists(); m = m.Next() {
			p.answer(m)
		}
		p.rest.Close()
	}
	q.Answers = es.Answers(p.answers)
}

func (p *Parser) answer(v jsondoc.Value) {
	data := v.Get("Rdata")
	if data.Empty() || data.IsObject() || data.IsArray() {
		p.rest.Add(v)
		return
	}
	var a relay.Answer
	p.rest.Object(v)
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "Rdata":
			a.Data = p.rest.Text(m)
		case "Type":
			a.Type = p.rest.Text(m)
		case "Class":
			a.Class = p.rest.Text(m)
		default:
			p.rest.Add(m)
		}
	}
	p.rest.Close()
	p.answers = append(p.answers, a)
}

// sources takes who asked: an instance, or a network through an endpoint of the resolver.
func (p *Parser) sources(q *relay.DNSQuery, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "instance":
			q.Src.Instance = p.rest.Text(m)
		case "resolver_endpoint":
			q.Dst.Instance = p.rest.Text(m)
		case "resolver_network_interface":
			q.Dst.Interface = p.rest.Text(m)
		default:
			p.rest.Add(m)
		}
	}
	p.rest.Close()
}

func outcome(q *relay.DNSQuery, rcode string) {
	q.Rcode = rcode
	switch rcode {
	case "":
	case "NOERROR":
		q.Status = relay.StatusSuccess
	default:
		q.Status = relay.StatusFailure
	}
}

func transport(es *relay.Events, q *relay.DNSQuery, word string) {
	if !field.Protocol(&q.Connection, word) {
		q.ProtocolName = field.Lower(es, word)
	}
}

// judge says what the action of a rule of DNS Firewall means.
func judge(q *relay.DNSQuery, action string) {
	if action == "" {
		return
	}
	v := &q.Verdict
	v.Present, v.Word = true, action
	switch action {
	case "BLOCK":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionBlocked
	case "ALLOW":
		v.Action, v.Disposition = relay.ActionAllowed, relay.DispositionAllowed
	case "ALERT":
		v.Action, v.Disposition, v.Alert = relay.ActionAllowed, relay.DispositionAlert, true
	default:
		v.Action, v.Disposition = relay.ActionOther, relay.DispositionOther
	}
}
