package fortinet

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// sides takes what logs say of the two sides of a connection, and of who is behind it.
func sides(src, dst *relay.Endpoint, c *relay.Connection, u *relay.User, name, v string) bool {
	switch name {
	case "srcip":
		return field.Addr(&src.IP, v)
	case "dstip":
		return field.Addr(&dst.IP, v)
	case "srcport":
		return field.Port(&src.Port, v)
	case "dstport":
		return field.Port(&dst.Port, v)
	case "srcintf":
		src.Interface, src.Named = v, true
	case "dstintf":
		dst.Interface, dst.Named = v, true
	case "srcname":
		src.Hostname = v
	case "dstname":
		dst.Hostname = v
	case "srcmac":
		src.MAC = v
	case "dstmac":
		dst.MAC = v
	case "proto":
		return field.Protocol(c, v)
	case "sessionid":
		c.SessionID = v
	case "service":
		c.Application = v
	case "direction":
		return field.Direction(c, v)
	case "user", "unauthuser":
		if u.Name != "" {
			return false
		}
		u.Name = v
	default:
		return false
	}
	return true
}

// rule takes what logs say of the policy that applied.
func rule(r *relay.Rule, name, v string) bool {
	switch name {
	case "policyid":
		r.UID = v
	case "policyname":
		r.Name = v
	case "policytype":
		r.Type = v
	case "profile":
		r.Policy = v
	default:
		return false
	}
	return true
}

// traffic takes one field of type=traffic.
func (p *Parser) traffic(f *relay.NetworkFlow, name, v string) bool {
	switch name {
	case "action":
		judgeFlow(f, v)
	case "sentbyte":
		return field.SetNumber(&f.BytesOut, v, field.Max)
	case "rcvdbyte":
		return field.SetNumber(&f.BytesIn, v, field.Max)
	case "duration":
		p.lasted, _ = field.Number(v, 1e9)
		return false
	case "sentpkt":
		return field.SetNumber(&f.PacketsOut, v, field.Max)
	case "rcvdpkt":
		return field.SetNumber(&f.PacketsIn, v, field.Max)
	case "transip":
		return zero(v) || field.Addr(&f.Src.NATIP, v)
	case "transport":
		return v == "0" || field.Port(&f.Src.NATPort, v)
	case "tranip":
		return zero(v) || field.Addr(&f.Dst.NATIP, v)
	case "tranport":
		return v == "0" || field.Port(&f.Dst.NATPort, v)
	default:
		return rule(&f.Verdict.Rule, name, v) || sides(&f.Src, &f.Dst, &f.Connection, &f.User, name, v)
	}
	return true
}

func zero(v string) bool { return v == "0.0.0.0" || v == "::" }

// judgeFlow reads how a session ended.
func judgeFlow(f *relay.NetworkFlow, action string) {
	switch action {
	case "accept", "start", "close", "timeout", "client-rst", "server-rst", "dns", "pass", "ip-conn":
		field.Allow(f, action)
	case "deny", "block", "blocked":
		field.Deny(f, relay.DispositionBlocked, action)
	default:
		f.Verdict.Present, f.Verdict.Word, f.Verdict.Action, f.Verdict.Disposition = true, action, relay.ActionOther, relay.DispositionOther
	}
	switch action {
	case "start":
		f.Activity = relay.FlowOpen
	case "close", "timeout":
		f.Activity = relay.FlowClose
	case "client-rst", "server-rst":
		f.Activity = relay.FlowReset
	case "ip-conn":
		f.Activity, f.Status = relay.FlowFail, relay.StatusFailure
	}
}

// judge reads what was done about what a profile looked at.
func judge(v *relay.Verdict, action string) relay.Status {
	v.Present, v.Word = true, action
	switch action {
	case "passthrough", "pass", "allow", "permit", "exempt", "filtered":
		v.Action, v.Disposition = relay.ActionAllowed, relay.DispositionAllowed
		return relay.StatusSuccess
	case "blocked", "block", "deny", "redirect", "clear_session":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionBlocked
	case "dropped", "drop", "drop_session":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionDropped
	case "reset", "reset_client", "reset_server":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionReset
	case "quarantine":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionQuarantined
	case "detected", "monitored", "log-only":
		v.Action, v.Disposition = relay.ActionObserved, relay.DispositionDetected
		return relay.StatusUnset
	default:
		v.Action, v.Disposition = relay.ActionOther, relay.DispositionOther
		return relay.StatusUnset
	}
	return relay.StatusFailure
}

// web takes one field of subtype=webfilter.
func (p *Parser) web(h *relay.HTTPRequest, name, v string) bool {
	switch name {
	case "action":
		h.Status = judge(&h.Verdict, v)
	case "hostname":
		h.HTTP.Host = v
	case "url":
		h.HTTP.URL = v
		if v[0] == '/' {
			h.HTTP.Path, h.HTTP.Query, _ = strings.Cut(v, "?")
			return true
		}
		host := h.HTTP.Host
		field.URL(&h.HTTP, v)
		if host != "" {
			h.HTTP.Host = host
		}
	case "httpmethod":
		h.HTTP.Method = v
	case "agent":
		h.HTTP.UserAgent = v
	case "referralurl":
		h.HTTP.Referrer = v
	case "sentbyte":
		return field.SetNumber(&h.BytesOut, v, field.Max)
	case "rcvdbyte":
		return field.SetNumber(&h.BytesIn, v, field.Max)
	case "catdesc":
		h.Verdict.Rule.Category = v
	default:
		return rule(&h.Verdict.Rule, name, v) || sides(&h.Src, &h.Dst, &h.Connection, &h.User, name, v)
	}
	return true
}

// dns takes one field of subtype=dns.
func (p *Parser) dns(q *relay.DNSQuery, name, v string) bool {
	switch name {
	case "action":
		q.Status = judge(&q.Verdict, v)
	case "eventtype":
		switch v {
		case "dns-query":
			q.Activity = relay.DNSQuestion
		case "dns-response":
			q.Activity = relay.DNSResponse
		}
		return false
	case "qname":
		q.Name = v
	case "qtype":
		q.Type = v
	case "qclass":
		q.Class = v
	case "rcode":
		q.StatusCode = v
	case "catdesc":
		q.Verdict.Rule.Category = v
	case "ipaddr":
		return p.answers(q, v)
	default:
		return rule(&q.Verdict.Rule, name, v) || sides(&q.Src, &q.Dst, &q.Connection, &relay.User{}, name, v) && name != "user" && name != "unauthuser"
	}
	return true
}

// answers reads addresses with commas between them.
func (p *Parser) answers(q *relay.DNSQuery, v string) bool {
	var all [16]relay.Answer
	n := 0
	for addr := range strings.SplitSeq(v, ",") {
		addr = strings.TrimSpace(addr)
		if n == len(all) || !relay.IsAddr(addr) {
			return false
		}
		all[n].Data = addr
		n++
	}
	q.Answers = p.es.Answers(all[:n])
	return true
}

// application takes one field of subtype=app-ctrl.
func (p *Parser) application(f *relay.NetworkFlow, name, v string) bool {
	switch name {
	case "action":
		f.Status = judge(&f.Verdict, v)
		if f.Verdict.Action == relay.ActionDenied {
			f.Activity = relay.FlowRefuse
		}
	case "app":
		f.Application = v
	case "appcat":
		f.Verdict.Rule.Category = v
	case "service":
		return false // app is the better word
	default:
		return rule(&f.Verdict.Rule, name, v) || sides(&f.Src, &f.Dst, &f.Connection, &f.User, name, v)
	}
	return true
}

// finding takes one field of the other subtypes: virus, ips, anomaly, waf, dlp, emailfilter, ssl …
func (p *Parser) finding(f *relay.Finding, name, v string) bool {
	switch name {
	case "action":
		judge(&f.Verdict, v)
	case "attack", "virus":
		if f.Title != "" {
			return false
		}
		f.Title = v
	case "attackid", "virusid":
		if f.Detector != "" {
			return false
		}
		f.Detector = v
	case "severity", "crlevel":
		if f.Score != "" {
			return false
		}
		f.Score = v
		if severity := field.Risk(v); severity != relay.SeverityUnset {
			f.Severity = severity
		}
	case "subtype":
		p.one[0] = v
		f.Types = p.es.Strings(p.one[:])
	case "ref":
		f.URL = v
	case "count":
		return field.SetNumber(&f.Count, v, field.Max)
	default:
		return rule(&f.Verdict.Rule, name, v) || sides(&f.Src, &f.Dst, &f.Connection, &f.Actor.User, name, v)
	}
	return true
}
