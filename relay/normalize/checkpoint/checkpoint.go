package checkpoint

import (
	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// Parser reads logs of Check Point. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	pairs []pair
	rest  field.Rest
	time  string
}

// Content reads a syslog message. False: it is not a log of Check Point.
func (p *Parser) Content(es *relay.Events, e *relay.Event, m *relay.Message) bool {
	if len(m.Params) == 0 && (len(m.Text) < 20 || m.Text[0] != 't' && (m.Text[0] != '[' || m.Text[1]|0x20-'a' > 25)) || !p.split(es, m) {
		return false
	}
	p.rest.Reset(es)
	p.time = ""
	params := m.Params
	var class relay.Class
	switch p.sort() {
	case "flow":
		f := es.NetworkFlow()
		p.each(&f.Common, func(name, v string) bool { return setFlow(f, name, v) })
		judge(&f.Verdict, &f.Status)
		if f.Verdict.Action == relay.ActionDenied {
			f.Activity = relay.FlowRefuse
		}
		f.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
		class = f
	case "finding":
		f := es.Finding()
		f.Activity = relay.FindingCreate
		p.each(&f.Common, func(name, v string) bool { return setFinding(f, name, v) })
		judge(&f.Verdict, new(relay.Status))
		f.Connection.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
		class = f
	case "login":
		a := es.Authentication()
		a.Activity = relay.AuthLogon
		p.each(&a.Common, func(name, v string) bool { return setLogin(a, name, v) })
		a.Service = a.Product.Feature // the product that was logged in to reports it
		class = a
	default:
		p.message(e, m)
		return true
	}
	c := class.Head()
	p.when(e, c)
	if len(params) > 0 {
		m.Params = others(params) // the fields are in the event
		p.rest.Keep("text", m.Text)
	}
	p.rest.Header(e, m, c)
	e.Kind, e.Class, e.Rest = relay.KindCheckPoint, class, p.rest.Fields()
	return true
}

// others returns the parameters of the elements behind the first.
func others(params []relay.Param) []relay.Param {
	for i := range params {
		if params[i].Element != params[0].Element {
			return params[i:]
		}
	}
	return nil
}

// sort tells what a log is about. An address alone does not make traffic: logs of endpoints have one too.
func (p *Parser) sort() string {
	src, dst, connection, finding, login := false, false, false, false, false
	for i := range p.pairs {
		switch q := &p.pairs[i]; q.name {
		case "src":
			src = relay.IsAddr(q.value)
		case "dst":
			dst = relay.IsAddr(q.value)
		case "proto", "service", "s_port":
			connection = true
		case "product":
			connection = connection || q.value == "Firewall" || q.value == "VPN-1 & FireWall-1"
		case "protection_name", "attack", "malware_action", "malware_family":
			finding = true
		case "operation":
			login = q.value == "Log In" || q.value == "Log Out"
		}
	}
	switch {
	case login:
		return "login"
	case finding:
		return "finding"
	case src && dst, (src || dst) && connection:
		return "flow"
	}
	return ""
}

// each calls set for every field, and keeps what neither it nor the fields of all logs take. A field that comes again is kept.
func (p *Parser) each(c *relay.Common, set func(name, v string) bool) {
	c.Product.Vendor, c.Product.Name = "Check Point", "Check Point"
	var seen field.Names
	for i := range p.pairs {
		q := &p.pairs[i]
		if !field.Says(q.value) {
			continue
		}
		if seen.Maybe(q.name) && p.before(i) || !p.common(c, q.name, q.value) && !set(q.name, q.value) {
			p.rest.Keep(q.name, q.value)
		}
	}
}

// before reports whether the name of the i-th field came before it.
func (p *Parser) before(i int) bool {
	for j := range p.pairs[:i] {
		if p.pairs[j].name == p.pairs[i].name {
			return true
		}
	}
	return false
}

// common takes what all logs have.
func (p *Parser) common(c *relay.Common, name, v string) bool {
	switch name {
	case "time":
		p.time = v
	case "product":
		c.Product.Feature = v
	case "loguid":
		c.EventID = v
	case "hostname":
		c.Host = v
	case "severity":
		c.Severity, c.Level = severity(v), v
	default:
		return false
	}
	return true
}

// severity reads a number from 0 to 4, or a word.
func severity(v string) relay.Severity {
	if len(v) == 1 && v[0]-'0' <= 4 {
		return relay.SeverityInformational + relay.Severity(v[0]-'0')
	}
	return field.Risk(v)
}

// when sets the event's time.
func (p *Parser) when(e *relay.Event, c *relay.Common) {
	if ns, ok := field.Epoch(p.time); ok {
		e.Time, c.TimeText = ns, p.time
		return
	}
	p.rest.Keep("time", p.time)
}

// message keeps the fields of a log of another sort.
func (p *Parser) message(e *relay.Event, m *relay.Message) {
	c := m.Common
	c.Host, c.TimeText, c.Severity = "", "", relay.SeverityUnset
	p.each(&c, func(string, string) bool { return false })
	p.when(e, &c)
	p.rest.Stay(e, m, c)
	if len(m.Params) > 0 {
		m.Params = others(m.Params)
	}
	e.Kind, e.Rest = relay.KindCheckPoint, p.rest.Fields()
}
