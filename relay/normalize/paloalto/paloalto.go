package paloalto

import (
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
)

// mostFields bounds the fields of a line.
const mostFields = 256

// leastFields is how many columns a line of any type has at least.
const leastFields = 7

// Parser reads logs of PAN-OS. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	fields []string
	rest   field.Rest
	zones  field.Zones
	loc    *time.Location // of the record in hand
	made   string         // generated_time
	exact  string         // high_res_timestamp
	addrs  [1]string
}

// Content reads the text of a syslog message. False: it is not a log of PAN-OS.
func (p *Parser) Content(es *relay.Events, e *relay.Event, m *relay.Message) bool {
	s := m.Text
	if len(s) < 20 || s[0]-'0' > 9 || s[1] != ',' {
		return false
	}
	if !is(s) {
		return false
	}
	p.fields = field.CSV(p.fields[:0], es, strings.TrimRight(s, " \r\n"), mostFields)
	if len(p.fields) < leastFields {
		return false
	}
	for i := range p.fields {
		if p.fields[i] == "-" || p.fields[i] == " " {
			p.fields[i] = ""
		}
	}
	p.rest.Reset(es)
	p.made, p.exact, p.loc = "", "", p.zones.Of(e.Record)
	sort := p.fields[typeColumn]
	names := columns[sort]
	var class relay.Class
	switch {
	case sort == "TRAFFIC":
		class = p.traffic(es, names)
	case sort == "THREAT" && p.fields[subtypeColumn] == "url":
		class = p.url(es, names)
	case sort == "THREAT":
		class = p.threat(es, names)
	default:
		activity, ok := logins[p.column(names, "event_id")]
		if sort != "GLOBALPROTECT" || !ok {
			p.message(e, m, names)
			return true
		}
		class = p.login(es, names, activity)
	}
	c := class.Head()
	product(c, p.fields)
	p.when(e, c)
	p.rest.Header(e, m, c)
	e.Kind, e.Class, e.Rest = relay.KindPaloAlto, class, p.rest.Fields()
	return true
}

// is reports whether the first fields are those of a log: a digit, a time, a serial number, a type in capitals.
func is(s string) bool {
	_, s, _ = strings.Cut(s, ",")
	when, s, _ := strings.Cut(s, ",")
	serial, s, _ := strings.Cut(s, ",")
	sort, _, ok := strings.Cut(s, ",")
	if !ok || len(when) < 8 || len(when) > 32 || when[len(when)-3] != ':' || len(serial) > 32 || len(sort) < 3 || len(sort) > 16 {
		return false
	}
	for i := range len(sort) {
		if c := sort[i]; c-'A' > 25 && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func product(c *relay.Common, fields []string) {
	c.Product.Vendor, c.Product.Name, c.Product.Feature = "Palo Alto Networks", "PAN-OS", fields[typeColumn]
	c.EventCode = fields[subtypeColumn]
}

// each calls set for every field that is there, and keeps what it does not take.
func (p *Parser) each(names []string, set func(name, v string) bool) {
	for i, v := range p.fields {
		switch {
		case v == "" || i == typeColumn || i == subtypeColumn:
		case i >= len(names):
			p.rest.Column(i+1, v)
		case names[i] == "generated_time":
			p.made = v
		case names[i] == "high_res_timestamp":
			p.exact = v
		case !set(names[i], v):
			p.rest.Keep(names[i], v)
		}
	}
}

// when sets the event's time.
func (p *Parser) when(e *relay.Event, c *relay.Common) {
	if ns, ok := jsondoc.ParseTime(p.exact); ok && len(p.exact) > 20 && p.exact[4] == '-' {
		e.Time, c.TimeText = ns, p.exact
		p.rest.Keep("generated_time", p.made)
		return
	}
	p.rest.Keep("high_res_timestamp", p.exact)
	if ns, ok := field.DateTime(p.made, p.loc); ok {
		e.Time, c.TimeText = ns, p.made
		return
	}
	p.rest.Keep("generated_time", p.made)
}

// message keeps the fields of a type that is no traffic.
func (p *Parser) message(e *relay.Event, m *relay.Message, names []string) {
	stamp := m.TimeText
	m.TimeText = ""
	product(&m.Common, p.fields)
	for i := range e.Rest {
		p.rest.Add(e.Rest[i])
	}
	if names == nil { // the text has all
		p.made = p.fields[6]
	} else {
		p.named(m, names)
	}
	p.when(e, &m.Common)
	if m.TimeText == "" {
		m.TimeText = stamp
	} else {
		p.rest.Keep("syslog_time", stamp)
	}
	e.Kind, e.Rest = relay.KindPaloAlto, p.rest.Fields()
}

// named keeps fields by name, but for those that a message has a place for.
func (p *Parser) named(m *relay.Message, names []string) {
	p.each(names, func(name, v string) bool {
		switch name {
		case "severity":
			m.Severity = field.Risk(v)
			m.Level = v
		case "event_id":
			m.StatusCode = v
		default:
			return false
		}
		return true
	})
}

// traffic reads a log of a session.
func (p *Parser) traffic(es *relay.Events, names []string) relay.Class {
	f := es.NetworkFlow()
	s := session{src: &f.Src, dst: &f.Dst, connection: &f.Connection, user: &f.User, rule: &f.Verdict.Rule, id: &f.EventID, host: &f.Host}
	action, elapsed := "", relay.Number{}
	p.each(names, func(name, v string) bool {
		switch name {
		case "action":
			action = v
		case "bytes":
			return field.SetNumber(&f.Bytes, v, field.Max)
		case "bytes_sent":
			return field.SetNumber(&f.BytesOut, v, field.Max)
		case "bytes_received":
			return field.SetNumber(&f.BytesIn, v, field.Max)
		case "packets":
			return field.SetNumber(&f.Packets, v, field.Max)
		case "packets_sent":
			return field.SetNumber(&f.PacketsOut, v, field.Max)
		case "packets_received":
			return field.SetNumber(&f.PacketsIn, v, field.Max)
		case "start_time":
			ns, ok := field.DateTime(v, p.loc)
			f.Start = ns
			return ok
		case "elapsed":
			return field.SetNumber(&elapsed, v, 1e9)
		case "session_end_reason":
			f.StatusDetail = v
		default:
			return s.set(name, v)
		}
		return true
	})
	switch {
	case !elapsed.Set:
	case f.Start != 0:
		f.End = f.Start + elapsed.Value*int64(time.Second)
	default:
		p.rest.Number("elapsed", elapsed)
	}
	subtype := p.fields[subtypeColumn]
	switch subtype {
	case "start":
		f.Activity = relay.FlowOpen
	case "end":
		f.Activity = relay.FlowClose
	}
	judgeFlow(f, subtype, action)
	f.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
	return f
}
