package cef

import (
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
)

// filler puts pairs where they belong. Pointers are nil where the class has no such part.
type filler struct {
	p   *Parser
	es  *relay.Events
	e   *relay.Event
	loc *time.Location

	c          *relay.Common
	src, dst   *relay.Endpoint
	connection *relay.Connection
	traffic    *relay.Traffic
	verdict    *relay.Verdict
	user       *relay.User
	http       *relay.HTTP
	start, end *int64

	message string
}

// product takes vendor and product where the input lets them through.
func (f *filler) product(h *header) {
	vendor, product := f.p.said(f.es, h.vendor), f.p.said(f.es, h.product)
	f.c.Product.Version = f.p.said(f.es, h.version)
	if allowed := f.e.Record.Origin.Attrs; len(allowed) > 0 {
		for i := range allowed {
			if allowed[i].Key == relay.AttrProducts && !listed(allowed[i].Value, vendor, product) {
				f.p.rest.Keep("deviceVendor", vendor)
				f.p.rest.Keep("deviceProduct", product)
				return
			}
		}
	}
	f.c.Product.Vendor, f.c.Product.Name = vendor, product
}

// listed reports whether list, one "vendor/product" a line, names both. A product of "*" is any.
func listed(list, vendor, product string) bool {
	for line := range strings.SplitSeq(list, "\n") {
		v, p, _ := strings.Cut(line, "/")
		if v == vendor && (p == product || p == "*") {
			return true
		}
	}
	return false
}

// pair takes one pair, and leaves to Rest what has no place or is not what its key says.
func (f *filler) pair(key, value string) {
	if !field.Says(value) {
		return
	}
	if !f.taken(key, value) {
		f.p.rest.Keep(key, value)
	}
}

func (f *filler) taken(key, value string) bool {
	switch key {
	case "rt":
		t, ok := f.time(value)
		if ok {
			f.e.Time, f.c.TimeText = t, value
		}
		return ok
	case "msg":
		f.message = value
		return true
	case "externalId":
		return set(&f.c.EventID, value)
	case "dvchost":
		f.replace(&f.c.Host, value, "syslogHost")
		return true
	case "deviceProcessName":
		f.replace(&f.c.App, value, "syslogApp")
		return true
	case "deviceFacility":
		return set(&f.c.Product.Feature, value)
	case "reason":
		return set(&f.c.StatusDetail, value)
	case "outcome":
		return f.outcome(value)
	case "sev":
		if s := severityOf(value); f.p.leef && s != relay.SeverityUnset {
			f.c.Severity = s
			return true
		}
		return false
	case "act":
		return f.verdict != nil && f.act(value)
	}
	if f.src == nil {
		return false
	}
	return f.endpoints(key, value) || f.talk(key, value) || f.request(key, value)
}

// replace puts value into *to; what the header of syslog had put there is kept under a name of its own.
func (f *filler) replace(to *string, value, name string) {
	if *to != value {
		f.p.rest.Keep(name, *to)
	}
	*to = value
}

// set puts value into *to unless there is something already.
func set(to *string, value string) bool {
	if *to != "" {
		return false
	}
	*to = value
	return true
}

func (f *filler) endpoints(key, value string) bool {
	switch key {
	case "src", "c6a2":
		return f.src.IP == "" && field.Addr(&f.src.IP, value)
	case "dst", "c6a3":
		return f.dst.IP == "" && field.Addr(&f.dst.IP, value)
	case "c6a2Label":
		return value == "Source IPv6 Address"
	case "c6a3Label":
		return value == "Destination IPv6 Address"
	case "spt":
		return field.Port(&f.src.Port, value)
	case "dpt":
		return field.Port(&f.dst.Port, value)
	case "shost":
		return set(&f.src.Hostname, value)
	case "dhost":
		return set(&f.dst.Hostname, value)
	case "smac":
		return set(&f.src.MAC, value)
	case "dmac":
		return set(&f.dst.MAC, value)
	case "sourceTranslatedAddress":
		return field.Addr(&f.src.NATIP, value)
	case "destinationTranslatedAddress":
		return field.Addr(&f.dst.NATIP, value)
	case "sourceTranslatedPort":
		return field.Port(&f.src.NATPort, value)
	case "destinationTranslatedPort":
		return field.Port(&f.dst.NATPort, value)
	case "deviceInboundInterface":
		f.src.Named = true
		return set(&f.src.Interface, value)
	case "deviceOutboundInterface":
		f.dst.Named = true
		return set(&f.dst.Interface, value)
	case "sourceServiceName":
		return set(&f.src.Service, value)
	case "destinationServiceName":
		return set(&f.dst.Service, value)
	case "suser":
		return set(&f.user.Name, value)
	case "suid":
		return set(&f.user.UID, value)
	case "sntdom":
		return set(&f.user.Domain, value)
	}
	return false
}

func (f *filler) talk(key, value string) bool {
	switch key {
	case "proto":
		return field.Protocol(f.connection, value)
	case "app":
		return set(&f.connection.Application, value)
	case "deviceDirection":
		switch value {
		case "0":
			return set(&f.connection.Direction, "ingress")
		case "1":
			return set(&f.connection.Direction, "egress")
		}
	case "in":
		return field.SetNumber(&f.traffic.BytesOut, value, field.Max)
	case "out":
		return field.SetNumber(&f.traffic.BytesIn, value, field.Max)
	case "start":
		return f.moment(f.start, value)
	case "end":
		return f.moment(f.end, value)
	}
	return false
}

func (f *filler) request(key, value string) bool {
	if f.http == nil {
		return false
	}
	switch key {
	case "request":
		if f.http.URL != "" || f.http.Path != "" {
			return false
		}
		field.URL(f.http, value)
		return true
	case "requestMethod":
		return set(&f.http.Method, value)
	case "requestClientApplication":
		return set(&f.http.UserAgent, value)
	case "requestContext":
		return set(&f.http.Referrer, value)
	}
	return false
}

func (f *filler) outcome(value string) bool {
	switch {
	case strings.EqualFold(value, "success"):
		f.c.Status = relay.StatusSuccess
	case strings.EqualFold(value, "failure"), strings.EqualFold(value, "failed"):
		f.c.Status = relay.StatusFailure
	default:
		return false
	}
	return true
}

// act reads the words that firewalls have for what they did. Other words stay, and mean nothing more.
func (f *filler) act(value string) bool {
	v := f.verdict
	if v.Present {
		return false
	}
	v.Present, v.Word, v.Action, v.Disposition = true, value, relay.ActionOther, relay.DispositionOther
	word := strings.Trim(value, `"`) // as Infoblox writes it
	for i := range acts {
		if strings.EqualFold(word, acts[i].word) {
			v.Action, v.Disposition = acts[i].action, acts[i].disposition
			break
		}
	}
	if flow, ok := f.e.Class.(*relay.NetworkFlow); ok && v.Action == relay.ActionDenied {
		flow.Activity = relay.FlowRefuse
	}
	return true
}

var acts = [...]struct {
	word        string
	action      relay.Action
	disposition relay.Disposition
}{
	{"allow", relay.ActionAllowed, relay.DispositionAllowed}, {"allowed", relay.ActionAllowed, relay.DispositionAllowed},
	{"accept", relay.ActionAllowed, relay.DispositionAllowed}, {"accepted", relay.ActionAllowed, relay.DispositionAllowed},
	{"permit", relay.ActionAllowed, relay.DispositionAllowed}, {"permitted", relay.ActionAllowed, relay.DispositionAllowed},
	{"pass", relay.ActionAllowed, relay.DispositionAllowed}, {"passed", relay.ActionAllowed, relay.DispositionAllowed},
	{"deny", relay.ActionDenied, relay.DispositionBlocked}, {"denied", relay.ActionDenied, relay.DispositionBlocked},
	{"block", relay.ActionDenied, relay.DispositionBlocked}, {"blocked", relay.ActionDenied, relay.DispositionBlocked},
	{"drop", relay.ActionDenied, relay.DispositionDropped}, {"dropped", relay.ActionDenied, relay.DispositionDropped},
	{"reject", relay.ActionDenied, relay.DispositionRejected}, {"rejected", relay.ActionDenied, relay.DispositionRejected},
	{"reset", relay.ActionDenied, relay.DispositionReset}, {"quarantine", relay.ActionDenied, relay.DispositionQuarantined},
	{"detect", relay.ActionObserved, relay.DispositionDetected}, {"detected", relay.ActionObserved, relay.DispositionDetected},
	{"alert", relay.ActionObserved, relay.DispositionAlert}, {"log", relay.ActionObserved, relay.DispositionLogged},
	{"logged", relay.ActionObserved, relay.DispositionLogged}, {"monitor", relay.ActionObserved, relay.DispositionLogged},
}

// moment puts a time into *to.
func (f *filler) moment(to *int64, value string) bool {
	t, ok := f.time(value)
	if ok && *to == 0 {
		*to = t
		return true
	}
	return false
}

// time reads the times of the standard (milliseconds since 1970; Mmm dd [yyyy] hh:mm:ss[.fff] [zone]), and those that senders write in their place: ISO 8601, and other units
// since 1970.
func (f *filler) time(s string) (int64, bool) {
	if s[0]-'0' > 9 {
		return field.Stamp(s, f.loc, f.e.Record.Received)
	}
	if t, ok := field.DateTime(s, f.loc); ok {
		return t, true
	}
	return jsondoc.ParseTime(s)
}

// finish says what the event is about: its name, and its message where it has one of its own.
func (f *filler) finish(name string) {
	if m, ok := f.e.Class.(*relay.Message); ok {
		m.Text = f.message
		if m.Text == "" {
			m.Text, name = name, ""
		}
	} else {
		f.c.Message = f.message
		if f.c.Message == "" {
			f.c.Message, name = name, ""
		}
	}
	if name != f.message {
		f.p.rest.Keep("name", name)
	}
	if f.connection != nil && f.connection.IPVersion == "" {
		f.connection.IPVersion = field.IPVersion(f.src.IP, f.dst.IP)
	}
}
