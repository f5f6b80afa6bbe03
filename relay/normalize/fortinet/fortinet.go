package fortinet

import (
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// Parser reads logs of FortiOS. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest  field.Rest
	zones field.Zones
	es    *relay.Events
	stamp stamp
	one   [1]string

	lasted relay.Number // seconds of the session in hand
}

// stamp is what a log says of its time.
type stamp struct{ date, clock, zone, event string }

// Content reads the text of a syslog message. False: it is not a log of FortiOS.
func (p *Parser) Content(es *relay.Events, e *relay.Event, m *relay.Message) bool {
	s := m.Text
	if len(s) < 30 || s[0] != 'd' && s[0] != 'l' && s[0] != 't' && s[0] != 'e' || !begins(s) {
		return false
	}
	sort, subtype, ok := look(s)
	if !ok {
		return false
	}
	p.es, p.stamp, p.lasted = es, stamp{}, relay.Number{}
	p.rest.Reset(es)
	switch {
	case sort == "traffic":
		f := es.NetworkFlow()
		p.each(s, &f.Common, func(name, v string) bool { return p.traffic(f, name, v) })
		f.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
		p.finish(e, m, f)
		if p.lasted.Set && f.TimeText != "" { // the log is made when the session ends
			f.Start, f.End = e.Time-p.lasted.Value*int64(time.Second), e.Time
		}
	case sort == "utm" && subtype == "webfilter":
		h := es.HTTPRequest()
		p.each(s, &h.Common, func(name, v string) bool { return p.web(h, name, v) })
		h.IPVersion = field.IPVersion(h.Src.IP, h.Dst.IP)
		p.finish(e, m, h)
	case sort == "utm" && subtype == "dns":
		q := es.DNSQuery()
		p.each(s, &q.Common, func(name, v string) bool { return p.dns(q, name, v) })
		q.IPVersion = field.IPVersion(q.Src.IP, q.Dst.IP)
		p.finish(e, m, q)
	case sort == "utm" && subtype == "app-ctrl":
		f := es.NetworkFlow()
		p.each(s, &f.Common, func(name, v string) bool { return p.application(f, name, v) })
		f.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
		p.finish(e, m, f)
	case sort == "utm":
		f := es.Finding()
		f.Activity = relay.FindingCreate
		p.each(s, &f.Common, func(name, v string) bool { return p.finding(f, name, v) })
		f.Connection.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
		p.finish(e, m, f)
	default:
		login := loginOf(s)
		if sort != "event" || login == nil {
			p.message(e, m)
			return true
		}
		a := es.Authentication()
		a.Activity, a.Status = login.activity, login.status
		p.each(s, &a.Common, func(name, v string) bool { return p.login(a, name, v) })
		p.finish(e, m, a)
	}
	return true
}

// begins reports whether s begins with one of the keys that these logs begin with.
func begins(s string) bool {
	return strings.HasPrefix(s, "date=") || strings.HasPrefix(s, "logver=") || strings.HasPrefix(s, "timestamp=") || strings.HasPrefix(s, "devname=") ||
		strings.HasPrefix(s, "devid=") || strings.HasPrefix(s, "eventtime=") || strings.HasPrefix(s, "logid=")
}

// look finds type and subtype, which stand near the beginning. False: s has no type, or no log id or device id, among as many fields as a log may have.
func look(s string) (sort, subtype string, ok bool) {
	device := false
	for n := 0; ; n++ {
		name, v, rest, more := field.Pair(s)
		if !more {
			return sort, subtype, sort != "" && device
		}
		if n == field.MaxFields {
			return "", "", false
		}
		switch name {
		case "type":
			sort = v
		case "subtype":
			subtype = v
		case "logid", "log_id", "devid", "device_id":
			device = true
		}
		if sort != "" && subtype != "" && device {
			return sort, subtype, true
		}
		s = rest
	}
}

// each calls set for every field, and keeps what neither it nor the fields of all logs take.
func (p *Parser) each(s string, c *relay.Common, set func(name, v string) bool) {
	c.Product.Vendor, c.Product.Name = "Fortinet", "Fortinet"
	var names field.Names
	for rest, n := s, 0; ; n++ {
		head := s[:len(s)-len(rest)]
		name, v, after, ok := field.Pair(rest)
		if !ok {
			return
		}
		if n == field.MaxFields {
			p.rest.Keep("more", rest)
			return
		}
		pair := strings.TrimLeft(rest[:len(rest)-len(after)], " ")
		rest = after
		if v = field.Unescape(p.es, v); !field.Says(v) {
			if pair == name { // no pair, but a word
				p.rest.Keep("words", name)
			}
			continue
		}
		if v == "N/A" || names.Again(head, name) || !p.common(c, name, v) && !set(name, v) {
			p.rest.Keep(name, v)
		}
	}
}

// common takes what all logs have.
func (p *Parser) common(c *relay.Common, name, v string) bool {
	switch name {
	case "date":
		p.stamp.date = v
	case "time":
		p.stamp.clock = v
	case "tz":
		p.stamp.zone = v
	case "eventtime":
		p.stamp.event = v
	case "devid":
		if strings.HasPrefix(v, "FG") || strings.HasPrefix(v, "FW") {
			c.Product.Name = "FortiGate"
		}
		return false
	case "devname":
		c.Host = v
	case "logid", "log_id":
		c.EventCode = v
	case "type":
		c.Product.Feature = v
	case "level", "pri":
		if severity := field.Level(v); severity != relay.SeverityUnset {
			c.Severity = severity
		}
		c.Level = v
	case "msg":
		c.Message = v
	default:
		return false
	}
	return true
}

// finish makes e of class.
func (p *Parser) finish(e *relay.Event, m *relay.Message, class relay.Class) {
	p.when(e, class.Head())
	p.rest.Header(e, m, class.Head())
	e.Kind, e.Class, e.Rest = relay.KindFortinet, class, p.rest.Fields()
}

// when sets the event's time.
func (p *Parser) when(e *relay.Event, c *relay.Common) {
	t := &p.stamp
	loc, east, zoned := time.UTC, int64(0), false
	if t.zone != "" {
		east, zoned = field.Offset(t.zone)
	}
	if !zoned {
		loc = p.zones.Of(e.Record)
	}
	ns, ok := field.Date(t.date, t.clock, loc)
	if ok {
		c.TimeText = p.es.Text(append(append(append(append(make([]byte, 0, 64), t.date...), ' '), t.clock...), t.zone...))
		e.Time = ns - east
	} else {
		p.rest.Keep("tz", t.zone)
		p.rest.Keep("date", t.date)
		p.rest.Keep("time", t.clock)
	}
	if exact, ok := field.Epoch(t.event); ok {
		e.Time = exact
	}
	p.rest.Keep("eventtime", t.event)
}

// message keeps the fields of a log that stays a message.
func (p *Parser) message(e *relay.Event, m *relay.Message) {
	c := m.Common // the class has its own text and header
	c.Host, c.TimeText, c.Severity = "", "", relay.SeverityUnset
	p.each(m.Text, &c, func(string, string) bool { return false })
	p.when(e, &c)
	p.rest.Stay(e, m, c)
	e.Kind, e.Rest = relay.KindFortinet, p.rest.Fields()
}
