package waf

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// Parser reads logs of web ACLs. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest   jsondoc.Rest
	labels []string
	hops   []string
}

// Is reports whether a JSON object can only be a log of a web ACL.
func Is(root jsondoc.Value) bool {
	return root.Get("webaclId").Exists() && root.Get("httpRequest").IsObject() && root.Get("action").Exists()
}

// Append adds the event of a request.
func (p *Parser) Append(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	q := es.HTTPRequest()
	q.Product = relay.Product{Vendor: "AWS", Name: "AWS WAF"}
	q.Cloud.Provider = "AWS"
	p.rest.Reset(es)
	rest := &p.rest
	var at, request jsondoc.Value
	for m := d.Root().First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "timestamp":
			at = m
		case "formatVersion":
			q.Product.Version = rest.Text(m)
		case "webaclId":
			q.Product.FeatureUID = rest.Text(m)
			q.Cloud.Region, q.Cloud.Account = relay.ARNPlace(q.Product.FeatureUID)
		case "action":
			judge(&q.Verdict, rest.Text(m))
		case "terminatingRuleId":
			q.Verdict.Rule.UID = rest.Text(m)
		case "terminatingRuleType":
			q.Verdict.Rule.Type = rest.Text(m)
		case "httpSourceName":
			q.Src.Service = rest.Text(m)
		case "httpSourceId":
			q.Src.UID = rest.Text(m)
		case "labels":
			p.readLabels(es, q, m)
		case "responseCodeSent":
			q.HTTP.Status = rest.Count(m)
		case "ja4Fingerprint":
			q.TLS.JA4 = rest.Text(m)
		case "httpRequest":
			request = m
			p.request(es, q, m)
		default:
			rest.Add(m)
		}
	}
	if !request.IsObject() {
		return relay.Fault{Reason: relay.FaultKind, Offset: 0, Detail: "no log of a web ACL: it has no httpRequest"}
	}
	t, ok := at.Time()
	if !ok {
		return relay.Fault{Reason: relay.FaultTime, Offset: at.Offset(), Detail: "timestamp is no time"}
	}
	if at.IsString() {
		q.TimeText = at.Text(es)
	}
	e := es.Add(r, relay.KindWAF)
	e.Class, e.Time, e.Rest = q, t, rest.Fields()
	return relay.Fault{}
}

// request takes httpRequest.
func (p *Parser) request(es *relay.Events, q *relay.HTTPRequest, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	var host jsondoc.Value
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "clientIp":
			q.Src.IP = rest.Addr(m)
		case "country":
			q.Src.Country = rest.Text(m)
		case "uri":
			q.HTTP.Path = rest.Text(m)
		case "args":
			q.HTTP.Query = rest.Text(m)
		case "httpVersion":
			q.HTTP.Version = rest.Text(m)
		case "httpMethod":
			q.HTTP.Method = rest.Text(m)
		case "requestId":
			q.HTTP.UID = rest.Text(m)
		case "scheme":
			q.HTTP.Scheme = rest.Text(m)
		case "host":
			host = m
		case "headers":
			q.HTTP.Headers = rest.Headers(m)
			for _, h := range q.HTTP.Headers {
				p.known(es, q, h)
			}
		default:
			rest.Add(m)
		}
	}
	if q.HTTP.Host == "" {
		q.HTTP.Host, q.HTTP.Port = hostPort(rest.Text(host))
	} else if name, port := hostPort(host.Text(es)); name != q.HTTP.Host || port != q.HTTP.Port {
		rest.Add(host)
	}
	rest.Close()
}

// known copies the fields that have places of their own.
func (p *Parser) known(es *relay.Events, q *relay.HTTPRequest, f relay.Header) {
	h := &q.HTTP
	if f.Value == "-" {
		return
	}
	switch len(f.Name) {
	case len("host"):
		if h.Host == "" && strings.EqualFold(f.Name, "host") {
			h.Host, h.Port = hostPort(f.Value)
		}
	case len("referer"):
		if h.Referrer == "" && strings.EqualFold(f.Name, "referer") {
			h.Referrer = f.Value
		}
	case len("user-agent"):
		if h.UserAgent == "" && strings.EqualFold(f.Name, "user-agent") {
			h.UserAgent = f.Value
		}
	case len("x-forwarded-for"):
		if h.XForwardedFor == nil && strings.EqualFold(f.Name, "x-forwarded-for") {
			p.hops = p.hops[:0]
			for list := f.Value; list != ""; {
				var hop string
				hop, list, _ = strings.Cut(list, ",")
				if hop = strings.Trim(hop, " \t"); relay.IsAddr(hop) {
					p.hops = append(p.hops, hop)
				}
			}
			h.XForwardedFor = es.Strings(p.hops)
		}
	}
}

func (p *Parser) readLabels(es *relay.Events, q *relay.HTTPRequest, v jsondoc.Value) {
	p.labels = p.labels[:0]
	if !p.rest.Array(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		name := m.Get("name")
		if !name.IsString() || name.Empty() || m.First().Next().Exists() {
			p.rest.Add(m)
			continue
		}
		p.labels = append(p.labels, name.Text(es))
	}
	p.rest.Close()
	q.Labels = es.Strings(p.labels)
}

// judge says what an action means.
func judge(v *relay.Verdict, action string) {
	if action == "" {
		return
	}
	v.Present, v.Word = true, action
	switch action {
	case "ALLOW":
		v.Action, v.Disposition = relay.ActionAllowed, relay.DispositionAllowed
	case "BLOCK":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionBlocked
	case "COUNT":
		v.Action, v.Disposition = relay.ActionObserved, relay.DispositionCount
	case "CAPTCHA":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionCaptcha
	case "CHALLENGE":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionChallenge
	default:
		v.Action, v.Disposition = relay.ActionOther, relay.DispositionOther
	}
}

// hostPort cuts the port off a Host field, if it is one.
func hostPort(s string) (string, relay.Number) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || i == 0 || strings.IndexByte(s[:i], ':') >= 0 && s[i-1] != ']' || len(s)-i > 6 || len(s)-i < 2 {
		return s, relay.Number{}
	}
	port := int64(0)
	for _, c := range []byte(s[i+1:]) {
		if c-'0' > 9 {
			return s, relay.Number{}
		}
		port = port*10 + int64(c-'0')
	}
	if port > 65535 {
		return s, relay.Number{}
	}
	return s[:i], relay.NumberOf(port)
}
