package jsonrec

import "logrelay/relay"

// Parser reads JSON records. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	scratch []byte
	found   members
}

// Append is a relay.NormalizeFunc. The events point into r's bytes.
func (p *Parser) Append(es *relay.Events, r *relay.Record) {
	if p.Try(es, r) {
		return
	}
	es.AddUnparsed(r, relay.KindJSON, relay.Fault{Reason: relay.FaultSyntax, Offset: p.found.bad, Detail: "no valid JSON"})
}

// Try is Append for a record that may be something else: it adds nothing and reports false when the record is not JSON.
func (p *Parser) Try(es *relay.Events, r *relay.Record) bool {
	text, ok := scan(r.Raw, &p.found)
	if !ok {
		return false
	}
	o := es.Other()
	o.JSON = relay.View(text)
	if m := p.found.message; len(m) > 0 {
		o.Message = p.unquote(es, m)
	}
	e := es.Add(r, relay.KindJSON)
	e.Class = o
	for _, v := range p.found.times {
		if len(v) == 0 {
			continue
		}
		if ns, ok := parseTime(v); ok {
			e.Time = ns
			break
		}
	}
	return true
}

// unquote returns the text of a valid JSON string, given without its quotes.
func (p *Parser) unquote(es *relay.Events, s []byte) string {
	out, changed := appendUnescaped(p.scratch[:0], s)
	p.scratch = out
	if !changed {
		return relay.View(s)
	}
	return es.Text(out)
}
