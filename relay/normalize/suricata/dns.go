package suricata

import (
	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// dns reads questions and answers, in the versions 1 to 3 of the format: an event for each answer, one for all of them, and a list of questions.
func (p *Parser) dns(es *relay.Events, v jsondoc.Value) *relay.DNSQuery {
	q := es.DNSQuery()
	s := sides{&q.Common, &q.Connection, &q.Src, &q.Dst}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch {
		case p.common(es, s, m):
		case m.Name() == "dns":
			p.message(es, q, m)
		default:
			p.rest.Add(m)
		}
	}
	return q
}

// question returns the object that names the question: the first of queries, or dns itself.
func question(v jsondoc.Value) jsondoc.Value {
	if first := v.Get("queries").First(); first.IsObject() {
		return first
	}
	return v
}

// message takes the object dns.
func (p *Parser) message(es *relay.Events, q *relay.DNSQuery, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	p.answers = p.answers[:0]
	asked := question(v)
	name := asked.Get("rrname")
	q.Name, q.Type = name.Word(es), asked.Get("rrtype").Word(es)
	var data, ttl jsondoc.Value
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "rrname", "rrtype":
			if asked != v {
				p.rest.Add(m)
			} else {
				p.rest.Text(m)
			}
		case "queries":
			p.questions(m)
		case "type":
			switch word := p.rest.Text(m); word {
			case "query", "request":
				q.Activity = relay.DNSQuestion
			case "answer", "response":
				q.Activity = relay.DNSResponse
			case "": // kept, if it was anything
			default:
				p.rest.Add(m)
			}
		case "rcode":
			if q.Rcode = p.rest.Text(m); q.Rcode == "NOERROR" {
				q.Status = relay.StatusSuccess
			} else if q.Rcode != "" {
				q.Status = relay.StatusFailure
			}
		case "answers":
			p.list(es, m, name)
		case "rdata":
			data = m
		case "ttl":
			ttl = m
		default:
			p.rest.Add(m)
		}
	}
	if s := p.rest.Text(data); s != "" {
		p.answers = append(p.answers, relay.Answer{Data: s, Type: q.Type, TTL: p.rest.Count(ttl)})
	} else {
		p.rest.Add(ttl)
	}
	q.Answers = es.Answers(p.answers)
	p.rest.Close()
}

// questions takes name and type of the first question.
func (p *Parser) questions(v jsondoc.Value) {
	if !p.rest.Array(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		if m != v.First() || !p.rest.Object(m) {
			p.rest.Add(m)
			continue
		}
		for m := m.First(); m.Exists(); m = m.Next() {
			if name := m.Name(); name == "rrname" || name == "rrtype" {
				p.rest.Text(m)
			} else {
				p.rest.Add(m)
			}
		}
		p.rest.Close()
	}
	p.rest.Close()
}

// list takes the answers that have data. The name of one that is not the question's stays in Rest.
func (p *Parser) list(es *relay.Events, v, name jsondoc.Value) {
	if !p.rest.Array(v) {
		return
	}
	for item := v.First(); item.Exists(); item = item.Next() {
		data := item.Get("rdata")
		if data.Word(es) == "" {
			p.rest.Add(item)
			continue
		}
		var a relay.Answer
		p.rest.Object(item)
		for m := item.First(); m.Exists(); m = m.Next() {
			switch m.Name() {
			case "rdata":
				a.Data = p.rest.Text(m)
			case "rrtype":
				a.Type = p.rest.Text(m)
			case "ttl":
				a.TTL = p.rest.Count(m)
			case "rrname":
				if m.Raw() != name.Raw() {
					p.rest.Add(m)
				}
			default:
				p.rest.Add(m)
			}
		}
		p.rest.Close()
		p.answers = append(p.answers, a)
	}
	p.rest.Close()
}
