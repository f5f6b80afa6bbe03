package syslogmsg

import (
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// maxParams bounds the parameters of structured data in one message: encoders compare their names pairwise.
const maxParams = 512

const bom = "\xEF\xBB\xBF"

// severities maps the severity of RFC 5424 section 6.2.1: emergency, alert, critical, error, warning, notice, informational, debug.
var severities = [8]relay.Severity{
	relay.SeverityFatal, relay.SeverityCritical, relay.SeverityCritical, relay.SeverityHigh,
	relay.SeverityMedium, relay.SeverityLow, relay.SeverityInformational, relay.SeverityInformational,
}

// Parser reads syslog messages. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	zones field.Zones

	params  []relay.Param
	rest    []relay.Field
	scratch []byte
}

// header is what was read of a message so far.
type header struct {
	*relay.Message
	es       *relay.Events
	received int64
	loc      *time.Location
	time     int64 // nanoseconds since 1970 UTC
	timed    bool
}

// Append is a relay.NormalizeFunc. The events point into r's bytes.
func (p *Parser) Append(es *relay.Events, r *relay.Record) {
	p.params, p.rest = p.params[:0], p.rest[:0]
	h := header{Message: es.Message(), es: es, received: r.Received, loc: p.zones.Of(r)}
	s := strings.TrimRight(relay.View(r.Raw), "\r\n\x00")
	s = strings.TrimLeft(strings.TrimPrefix(s, bom), " ")
	pri, s, ok := priority(s)
	if ok {
		h.PRI = relay.Number{Value: pri, Set: true}
	}
	version, after := cutVersion(s)
	switch {
	case ok && version && p.rfc5424(&h, after):
	case ok && version:
		p.legacy(&h, after, true)
	default:
		p.legacy(&h, s, false)
	}
	if !ok && !h.timed {
		es.AddUnparsed(r, relay.KindSyslog, relay.Fault{Reason: relay.FaultSyntax, Detail: "no priority and no timestamp: no syslog message"})
		return
	}
	if len(p.params) > maxParams {
		es.AddUnparsed(r, relay.KindSyslog, relay.Fault{Reason: relay.FaultSize, Offset: -1, Detail: "more than 512 parameters of structured data"})
		return
	}
	if h.PRI.Set {
		h.Severity = severities[h.PRI.Value&7]
	}
	h.Text, h.Host, h.App = strings.TrimPrefix(h.Text, bom), value(h.Host), value(h.App)
	h.Params = es.Params(p.params)
	e := es.Add(r, relay.KindSyslog)
	e.Class, e.Rest = h.Message, es.Fields(p.rest)
	if h.timed {
		e.Time = h.time
	}
}

// HasPriority reports whether b begins with a priority, as every message of both RFCs does.
func HasPriority(b []byte) bool {
	s := strings.TrimLeft(strings.TrimPrefix(relay.View(b), bom), " \t\r\n")
	_, _, ok := priority(s)
	return ok
}

// HasTime reports whether b begins as messages do that have lost their priority: with the month or weekday of RFC 3164, or with a date.
func HasTime(b []byte) bool {
	if len(b) < 20 {
		return false
	}
	s := relay.View(b)
	if s[0]-'0' <= 9 {
		return s[4] == '-' && s[7] == '-' && s[13] == ':' && s[16] == ':'
	}
	return s[3] == ' ' && (three(s, months) > 0 || three(s, weekdays) > 0)
}

// priority cuts <0> to <191> off s.
func priority(s string) (pri int64, rest string, ok bool) {
	if len(s) < 3 || s[0] != '<' {
		return 0, s, false
	}
	for i := 1; i < len(s) && i <= 4; i++ {
		c := s[i]
		if c == '>' && i > 1 {
			return pri, s[i+1:], pri <= 191
		}
		if c-'0' > 9 {
			break
		}
		pri = pri*10 + int64(c-'0')
	}
	return 0, s, false
}

// cutVersion cuts the VERSION of RFC 5424 off s: a number up to 999 and a blank.
func cutVersion(s string) (ok bool, rest string) {
	for i := 0; i < len(s) && i <= 3; i++ {
		if s[i] == ' ' && i > 0 {
			return s[0] != '0', s[i+1:]
		}
		if s[i]-'0' > 9 {
			break
		}
	}
	return false, s
}

// cut returns s up to the first blank or tab, and what follows from there on.
func cut(s string) (word, rest string) {
	for i := range len(s) {
		if s[i] == ' ' || s[i] == '\t' {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

func skipBlanks(s string) string {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	return s
}

// value reads the NILVALUE.
func value(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

func (p *Parser) keep(name, value string) {
	p.rest = append(p.rest, relay.Field{Name: name, Value: value})
}
