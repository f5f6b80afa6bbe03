package windows

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
)

// Parser reads Windows events. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest   field.Rest
	zones  field.Zones
	fields []string
	w      event
}

// event is what is known of the event in hand.
type event struct {
	id, kind, host, provider, channel, message, time, record, level string

	subject, target           account
	logonType, pack, process  string
	ip, port, workstation     string
	status, substatus, reason string
	service, server           string
}

// account is a user as an event names it.
type account struct{ sid, name, domain, logon string }

func (a *account) user() relay.User {
	return relay.User{Name: a.name, Domain: a.domain, UID: a.sid}
}

// Is reports whether an object can only be an event of the Windows event log.
func Is(root jsondoc.Value) bool {
	if id := root.Get("EventID"); !id.Exists() || !id.Int().Set {
		return false
	}
	return (root.Get("Channel").IsString() || root.Get("SourceName").IsString()) && (root.Get("Hostname").IsString() || root.Get("Computer").IsString())
}

// AppendJSON adds the event of an object.
func (p *Parser) AppendJSON(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	p.w = event{}
	p.rest.Reset(es)
	for m := d.Root().First(); m.Exists(); m = m.Next() {
		if m.Empty() {
			continue
		}
		if !m.IsObject() && !m.IsArray() {
			if v := m.Text(es); v == "-" || p.set(m.Name(), v) {
				continue
			}
		}
		p.rest.Add(m.Field(es))
	}
	e := es.Add(r, relay.KindWindows)
	class := p.class(es)
	if class == nil {
		m := es.Message()
		m.Text = p.w.message
		p.leave()
		class = m
	} else {
		class.Head().Message = p.w.message
	}
	p.common(e, class.Head())
	e.Class, e.Rest = class, p.rest.Fields()
	return relay.Fault{}
}

// Content reads the text or the structured data of a syslog message. False: it is not a Windows event.
func (p *Parser) Content(es *relay.Events, e *relay.Event, m *relay.Message) bool {
	snare := strings.HasPrefix(m.Text, snareMark)
	if !snare && (len(m.Params) == 0 || !strings.HasPrefix(m.Params[0].Element, "NXLOG@")) {
		return false
	}
	p.w = event{}
	p.rest.Reset(es)
	if snare {
		if !p.snare(es, m.Text) {
			return false
		}
	} else {
		element := m.Params[0].Element
		n := 0
		for n < len(m.Params) && m.Params[n].Element == element {
			if q := &m.Params[n]; q.Value != "" && q.Value != "-" && !p.set(q.Name, q.Value) {
				p.rest.Keep(q.Name, q.Value)
			}
			n++
		}
		if p.w.id == "" {
			return false
		}
		p.w.message = m.Text
		m.Params = m.Params[n:]
	}
	class := p.class(es)
	if class == nil {
		p.leave()
		p.common(e, &m.Common)
		for i := range e.Rest {
			p.rest.Add(e.Rest[i])
		}
		e.Kind, e.Rest = relay.KindWindows, p.rest.Fields()
		return true
	}
	c := class.Head()
	c.Message = p.w.message
	p.common(e, c)
	p.rest.Header(e, m, c)
	e.Kind, e.Class, e.Rest = relay.KindWindows, class, p.rest.Fields()
	return true
}

// common fills what all events have, and sets the time.
func (p *Parser) common(e *relay.Event, c *relay.Common) {
	w := &p.w
	c.Product.Vendor, c.Product.Name, c.Product.Feature = "Microsoft", "Windows", w.channel
	c.EventCode, c.EventID, c.Level = w.id, w.record, w.level
	if w.host != "" {
		if c.Host != "" && c.Host != w.host {
			p.rest.Keep("syslog_host", c.Host)
		}
		c.Host = w.host
	}
	if w.provider != "" {
		if c.App != "" && c.App != w.provider {
			p.rest.Keep("syslog_app", c.App)
		}
		c.App = w.provider
	}
	ns, ok := jsondoc.ParseTime(w.time)
	if len(w.time) == 19 { // without a zone
		ns, ok = field.DateTime(w.time, p.zones.Of(e.Record))
	}
	if !ok {
		ns, ok = snareTime(w.time, p.zones.Of(e.Record))
	}
	if !ok {
		p.rest.Keep("EventTime", w.time)
		return
	}
	if c.TimeText != "" && c.TimeText != w.time {
		p.rest.Keep("syslog_time", c.TimeText)
	}
	e.Time, c.TimeText = ns, w.time
}

// set takes one field by the name that Windows, or NXLog, gives it.
func (p *Parser) set(name, v string) bool {
	w := &p.w
	var dst *string
	switch name {
	case "EventID":
		dst = &w.id
	case "EventType":
		dst = &w.kind
	case "Hostname", "Computer":
		dst = &w.host
	case "SourceName":
		dst = &w.provider
	case "Channel":
		dst = &w.channel
	case "Message":
		dst = &w.message
	case "EventTime":
		dst = &w.time
	case "RecordNumber":
		dst = &w.record
	case "Severity":
		dst = &w.level
	case "SubjectUserSid":
		dst = &w.subject.sid
	case "SubjectUserName":
		dst = &w.subject.name
	case "SubjectDomainName":
		dst = &w.subject.domain
	case "SubjectLogonId":
		dst = &w.subject.logon
	case "TargetUserSid", "TargetSid":
		dst = &w.target.sid
	case "TargetUserName":
		dst = &w.target.name
	case "TargetDomainName":
		dst = &w.target.domain
	case "TargetLogonId":
		dst = &w.target.logon
	case "LogonType":
		dst = &w.logonType
	case "AuthenticationPackageName":
		dst = &w.pack
	case "ProcessName":
		dst = &w.process
	case "IpAddress":
		dst = &w.ip
	case "IpPort":
		dst = &w.port
	case "WorkstationName", "Workstation":
		dst = &w.workstation
	case "Status":
		dst = &w.status
	case "SubStatus":
		dst = &w.substatus
	case "FailureReason":
		dst = &w.reason
	case "ServiceName":
		dst = &w.service
	case "TargetServerName":
		dst = &w.server
	default:
		return false
	}
	if *dst != "" {
		return false
	}
	*dst = v
	return true
}
