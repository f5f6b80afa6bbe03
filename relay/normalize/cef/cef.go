package cef

import (
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// Parser reads CEF and LEEF. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	pairs   []pair
	rest    field.Rest
	zones   field.Zones
	scratch []byte
	leef    bool
	plain   bool // nothing is escaped
}

// Append is a relay.NormalizeFunc for records without a syslog header. The events point into r's bytes.
func (p *Parser) Append(es *relay.Events, r *relay.Record) {
	s := strings.TrimRight(strings.TrimLeft(relay.View(r.Raw), " \t"), "\r\n\x00")
	if !begins(s) {
		es.AddUnparsed(r, relay.KindCEF, relay.Fault{Reason: relay.FaultKind, Detail: "neither CEF: nor LEEF: at the beginning"})
		return
	}
	e := es.Add(r, relay.KindCEF)
	if f := p.read(es, e, s, nil); f.Reason != relay.FaultNone {
		es.List = es.List[:len(es.List)-1]
		es.AddUnparsed(r, kindOf(s), f)
	}
}

// Content reads the text of a syslog message. It reports false when that is neither CEF nor LEEF.
func (p *Parser) Content(es *relay.Events, e *relay.Event, m *relay.Message) bool {
	s := m.Text
	if !begins(s) {
		// A header without a tag: "CEF" or "LEEF" was taken for one.
		if m.App != "CEF" && m.App != "LEEF" || len(s) < 2 || s[0]-'0' > 9 {
			return false
		}
		s = es.Text([]byte(m.App + ":" + s))
		if !begins(s) || p.read(es, e, s, m).Reason != relay.FaultNone {
			return false
		}
		e.Class.Head().App = ""
		return true
	}
	return p.read(es, e, s, m).Reason == relay.FaultNone
}

func kindOf(s string) relay.Kind {
	if s[0] == 'L' {
		return relay.KindLEEF
	}
	return relay.KindCEF
}

// read makes e of s. m is the message around it, or nil.
func (p *Parser) read(es *relay.Events, e *relay.Event, s string, m *relay.Message) relay.Fault {
	h, fault := readHeader(s)
	if fault.Reason != relay.FaultNone {
		return fault
	}
	p.leef, p.plain = h.leef, h.leef || strings.IndexByte(s, '\\') < 0
	lost := p.cut(s[h.at:], h.delimiter)
	if h.leef {
		for i := range p.pairs {
			p.pairs[i].key = canonical(p.pairs[i].key)
		}
	}
	p.rest.Reset(es)
	f := filler{p: p, es: es, e: e, loc: time.UTC}
	if len(e.Record.Origin.Attrs) > 0 || len(e.Record.Meta) > 0 {
		f.loc = p.zones.Of(e.Record)
	}
	var c *relay.Common
	switch p.sort() {
	case sortRequest:
		x := es.HTTPRequest()
		e.Class, c, f.src, f.dst = x, &x.Common, &x.Src, &x.Dst
		f.connection, f.traffic, f.verdict, f.user, f.http, f.start, f.end = &x.Connection, &x.Traffic, &x.Verdict, &x.User, &x.HTTP, &x.Start, &x.End
	case sortFlow:
		x := es.NetworkFlow()
		e.Class, c, f.src, f.dst = x, &x.Common, &x.Src, &x.Dst
		f.connection, f.traffic, f.verdict, f.user, f.start, f.end = &x.Connection, &x.Traffic, &x.Verdict, &x.User, &x.Start, &x.End
	default:
		x := es.Message()
		e.Class, c = x, &x.Common
	}
	f.c = c
	e.Kind = kindOf(s)
	c.EventCode = p.said(es, h.id)
	if m != nil {
		p.rest.Header(e, m, c)
	}
	f.product(&h)
	if severity := severityOf(h.severity); severity != relay.SeverityUnset {
		c.Severity = severity
	} else {
		p.rest.Keep("severity", h.severity)
	}
	for i := range p.pairs {
		f.pair(p.pairs[i].key, p.unescape(es, p.pairs[i].value))
	}
	f.finish(p.unescape(es, h.name))
	p.rest.Keep("extension", lost)
	e.Rest = p.rest.Fields()
	return relay.Fault{}
}

type sort uint8

const (
	sortMessage sort = iota
	sortFlow
	sortRequest
)

// sort says which class the pairs fit.
func (p *Parser) sort() sort {
	address, transport, method, url := false, false, false, false
	for i := range p.pairs {
		switch p.pairs[i].key {
		case "src", "dst", "c6a2", "c6a3":
			var ip string
			address = address || field.Addr(&ip, p.pairs[i].value)
		case "spt", "dpt", "proto":
			transport = true
		case "requestMethod":
			method = true
		case "request":
			url = strings.Contains(p.pairs[i].value, "/")
		}
	}
	switch {
	case method && url, url && address:
		return sortRequest
	case address && transport:
		return sortFlow
	}
	return sortMessage
}

// canonical returns CEF's key for a predefined one of LEEF that means the same.
func canonical(key string) string {
	switch key {
	case "srcPort":
		return "spt"
	case "dstPort":
		return "dpt"
	case "usrName":
		return "suser"
	case "srcMAC":
		return "smac"
	case "dstMAC":
		return "dmac"
	case "srcBytes":
		return "in"
	case "dstBytes":
		return "out"
	case "devTime":
		return "rt"
	case "url":
		return "request"
	case "action":
		return "act"
	case "srcPostNAT":
		return "sourceTranslatedAddress"
	case "dstPostNAT":
		return "destinationTranslatedAddress"
	case "srcPostNATPort":
		return "sourceTranslatedPort"
	case "dstPostNATPort":
		return "destinationTranslatedPort"
	}
	return key
}
