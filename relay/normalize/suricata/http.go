package suricata

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// http reads a request and what is known of its answer.
func (p *Parser) http(es *relay.Events, v jsondoc.Value) *relay.HTTPRequest {
	q := es.HTTPRequest()
	s := sides{&q.Common, &q.Connection, &q.Src, &q.Dst}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch {
		case p.common(es, s, m):
		case m.Name() == "http":
			p.request(es, &q.HTTP, m)
		case m.Name() == "tls":
			p.tls(&q.TLS, m)
		default:
			p.rest.Add(m)
		}
	}
	return q
}

// request takes the object http.
func (p *Parser) request(es *relay.Events, h *relay.HTTP, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "hostname":
			h.Host = p.rest.Text(m)
		case "http_port":
			h.Port = p.rest.Port(m)
		case "url":
			if url := p.rest.Text(m); strings.HasPrefix(url, "/") {
				h.Path, h.Query, _ = strings.Cut(url, "?")
			} else {
				h.URL = url
			}
		case "http_user_agent":
			h.UserAgent = p.rest.Text(m)
		case "http_refer":
			h.Referrer = p.rest.Text(m)
		case "http_method":
			h.Method = p.rest.Text(m)
		case "protocol":
			h.Version = p.rest.Text(m)
		case "status":
			h.Status = p.rest.Count(m)
		case "length":
			h.AnswerBody = p.rest.Count(m)
		case "http_content_type":
			h.ContentType = p.rest.Text(m)
		case "xff":
			if p.one[0] = p.rest.Addr(m); p.one[0] != "" {
				h.XForwardedFor = es.Strings(p.one[:])
			}
		case "request_headers":
			h.Headers = p.rest.Headers(m)
		default:
			p.rest.Add(m)
		}
	}
	p.rest.Close()
}
