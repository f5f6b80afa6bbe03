package container

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
)

// IsLine reports whether a line has the header of CRI.
func IsLine(line []byte) bool {
	_, ok := cut(relay.View(line))
	return ok
}

// cri is a line of CRI, taken apart.
type cri struct{ time, stream, tag, text string }

// cut takes a line apart: time, stream, tags with colons between them, text.
func cut(s string) (c cri, ok bool) {
	const shortest = len("2026-11-21T09:15:32Z")
	if len(s) < shortest || s[4] != '-' || s[10] != 'T' {
		return c, false
	}
	if c.time, s, ok = strings.Cut(s, " "); !ok {
		return c, false
	}
	if c.stream, s, ok = strings.Cut(s, " "); !ok || c.stream != "stdout" && c.stream != "stderr" {
		return c, false
	}
	c.tag, c.text, _ = strings.Cut(s, " ")
	if first, _, _ := strings.Cut(c.tag, ":"); first != "F" && first != "P" {
		return c, false
	}
	return c, true
}

// Append is a relay.NormalizeFunc for lines of CRI.
func (p *Parser) Append(es *relay.Events, r *relay.Record) {
	c, ok := cut(relay.View(r.Raw))
	if !ok {
		es.AddUnparsed(r, relay.KindContainer, relay.Fault{Reason: relay.FaultSyntax, Offset: 0, Detail: "neither JSON nor a line of CRI: time, stdout or stderr, tag, text"})
		return
	}
	t, ok := jsondoc.ParseTime(c.time)
	if !ok {
		es.AddUnparsed(r, relay.KindContainer, relay.Fault{Reason: relay.FaultTime, Offset: 0, Detail: "the first field is no time"})
		return
	}
	m := es.Message()
	m.Text, m.TimeText = c.text, c.time
	m.Level = p.level(es, c.text)
	m.Severity = field.Level(m.Level)
	p.rest.Reset(es)
	p.rest.AddField(relay.Field{Name: "stream", Value: c.stream})
	if c.tag != "F" {
		p.rest.AddField(relay.Field{Name: "logtag", Value: c.tag})
	}
	e := es.Add(r, relay.KindContainer)
	e.Class, e.Time, e.Rest = m, t, p.rest.Fields()
}
