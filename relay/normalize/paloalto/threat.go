package paloalto

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// threat reads a log of something that a security profile found.
func (p *Parser) threat(es *relay.Events, names []string) relay.Class {
	f := es.Finding()
	f.Activity = relay.FindingCreate
	s := session{src: &f.Src, dst: &f.Dst, connection: &f.Connection, user: &f.Actor.User, rule: &f.Verdict.Rule, id: &f.EventID, host: &f.Host}
	p.each(names, func(name, v string) bool {
		switch name {
		case "action":
			judge(&f.Verdict, v)
		case "threat_id":
			f.Title = v
			if title, id, ok := cutID(v); ok && field.Says(id) {
				f.Title, f.Detector = title, id
			}
		case "severity":
			f.Severity, f.Score = field.Risk(v), v
		case "category":
			f.Verdict.Rule.Category = v
		case "threat_category":
			if v == "unknown" || v == "N/A" {
				return false
			}
			f.Types = es.Strings(append(p.addrs[:0], v))
		default:
			return s.set(name, v)
		}
		return true
	})
	f.Connection.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
	return f
}

// cutID takes NAME(ID) apart.
func cutID(v string) (name, id string, ok bool) {
	i := strings.LastIndexByte(v, '(')
	if i <= 0 || v[len(v)-1] != ')' {
		return "", "", false
	}
	return v[:i], v[i+1 : len(v)-1], true
}

// url reads a log of URL filtering.
func (p *Parser) url(es *relay.Events, names []string) relay.Class {
	h := es.HTTPRequest()
	s := session{src: &h.Src, dst: &h.Dst, connection: &h.Connection, user: &h.User, rule: &h.Verdict.Rule, id: &h.EventID, host: &h.Host}
	p.each(names, func(name, v string) bool {
		switch name {
		case "action":
			judge(&h.Verdict, v)
			switch h.Verdict.Action {
			case relay.ActionAllowed:
				h.Status = relay.StatusSuccess
			case relay.ActionDenied:
				h.Status = relay.StatusFailure
			}
		case "url":
			target(&h.HTTP, v)
		case "category":
			h.Verdict.Rule.Category = v
		case "severity":
			h.Severity = field.Risk(v)
			return false
		case "http_method":
			if v == "unknown" {
				return false
			}
			h.HTTP.Method = method(v)
		case "user_agent":
			h.HTTP.UserAgent = v
		case "referer":
			h.HTTP.Referrer = v
		case "content_type":
			h.HTTP.ContentType = v
		case "x_forwarded_for":
			if !relay.IsAddr(v) {
				return false
			}
			p.addrs[0] = v
			h.HTTP.XForwardedFor = es.Strings(p.addrs[:])
		default:
			return s.set(name, v)
		}
		return true
	})
	h.IPVersion = field.IPVersion(h.Src.IP, h.Dst.IP)
	return h
}

// method returns a method as HTTP writes it: these logs have it in small letters.
func method(v string) string {
	for _, m := range [...]string{"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE"} {
		if strings.EqualFold(m, v) {
			return m
		}
	}
	return v
}

// target reads HOST[:PORT]/PATH, which has no scheme.
func target(h *relay.HTTP, v string) {
	h.URL = v
	host, path := v, ""
	if i := strings.IndexByte(v, '/'); i >= 0 {
		host, path = v[:i], v[i:]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		if !field.Port(&h.Port, host[i+1:]) {
			return
		}
		host = host[:i]
	}
	h.Host = host
	h.Path, h.Query, _ = strings.Cut(path, "?")
}
