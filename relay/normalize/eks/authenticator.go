package eks

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
)

// maxPairs bounds the pairs of a line that are told apart.
const maxPairs = 64

// line is what lines of the authenticator have in common.
type line struct{ msg, level, at string }

// authenticator reads a line of key=value: that a token was accepted or refused, or any other.
func (p *Parser) authenticator(es *relay.Events, e *relay.Event, text string) relay.Class {
	l := scan(es, text)
	var c relay.Class
	switch l.msg {
	case "access granted":
		c = p.login(es, text, relay.StatusSuccess)
	case "access denied":
		c = p.login(es, text, relay.StatusFailure)
	case "":
		m := es.Message()
		m.Text = text
		return m
	default:
		m := es.Message()
		m.Text = l.msg
		p.others(es, text, nil)
		c = m
	}
	head := c.Head()
	head.Level, head.Severity, head.TimeText = l.level, field.Level(l.level), l.at
	if t, ok := jsondoc.ParseTime(l.at); ok {
		e.Time = t
	}
	return c
}

// scan takes what every line has.
func scan(es *relay.Events, text string) (l line) {
	for range maxPairs {
		name, value, rest, ok := field.Pair(text)
		if !ok {
			break
		}
		if text = rest; value == "-" {
			continue
		}
		switch name {
		case "msg":
			l.msg = field.Unescape(es, value)
		case "level":
			l.level = value
		case "time":
			l.at = value
		}
	}
	return l
}

// login reads a line about a token.
func (p *Parser) login(es *relay.Events, text string, status relay.Status) *relay.Authentication {
	a := es.Authentication()
	a.Activity, a.Status, a.Service = relay.AuthLogon, status, "kubernetes"
	p.others(es, text, a)
	return a
}

// others keeps the pairs that scan did not take; those that a login has a place for go there, if a is not nil.
func (p *Parser) others(es *relay.Events, text string, a *relay.Authentication) {
	for range maxPairs {
		name, value, rest, ok := field.Pair(text)
		if !ok {
			return
		}
		text = rest
		if value = field.Unescape(es, value); value == "-" || a != nil && p.place(es, a, name, value) {
			continue
		}
		switch name {
		case "level", "time":
		case "msg":
			if a != nil {
				a.Message = value
			}
		default:
			if value == "" {
				name, value = "words", name
			}
			p.rest.Keep(name, value)
		}
	}
	p.rest.Keep("more", strings.TrimLeft(text, " "))
}

// place puts a pair of a login where it belongs.
func (p *Parser) place(es *relay.Events, a *relay.Authentication, name, value string) bool {
	switch name {
	case "username":
		a.User.Name = value
	case "uid":
		a.User.UID = value
	case "arn":
		a.User.UIDAlt = value
		_, a.User.Account = relay.ARNPlace(value)
	case "groups":
		list, ok := strings.CutPrefix(value, "[")
		list, end := strings.CutSuffix(list, "]")
		if !ok || !end {
			return false
		}
		p.groups = p.groups[:0]
		for group := range strings.FieldsSeq(list) {
			p.groups = append(p.groups, group)
		}
		a.User.Groups = es.Strings(p.groups)
	case "client":
		return field.AddrPort(&a.Src, value)
	case "method":
		a.HTTP.Method = value
	case "path":
		a.HTTP.Path = value
	case "error":
		a.StatusDetail = value
	case "session", "sessionname":
		a.Session.UID = value
	case "accesskeyid":
		a.User.AccessKey = value
	default:
		return false
	}
	return true
}
