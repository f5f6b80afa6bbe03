package k8saudit

import (
	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// user takes who called.
func (p *Parser) user(es *relay.Events, c *relay.APICall, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	u := &c.Actor.User
	u.Type = "Unknown" // Kubernetes does not tell users, services and nodes apart
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "username":
			u.Name = p.rest.Text(m)
		case "uid":
			u.UID = p.rest.Text(m)
		case "groups":
			u.Groups = p.rest.Texts(m)
		case "extra":
			p.extra(es, c, m)
		default:
			p.rest.Add(m)
		}
	}
	p.rest.Close()
}

// extra takes who the caller is for AWS.
func (p *Parser) extra(es *relay.Events, c *relay.APICall, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	s := &c.Actor.Session
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "sessionName":
			s.UID = p.head(m)
		case "canonicalArn":
			s.Issuer = p.head(m)
		case "accessKeyId":
			s.Credential = p.head(m)
		case "arn":
			one := m
			if m.IsArray() {
				one = m.First()
			}
			_, c.Cloud.Account = relay.ARNPlace(one.Text(es))
			p.rest.Add(m)
		default:
			p.rest.Add(m)
		}
	}
	p.rest.Close()
}

// head returns the first text of a list, or a text that stands alone. Others stay in Rest.
func (p *Parser) head(v jsondoc.Value) string {
	if !v.IsArray() {
		return p.rest.Text(v)
	}
	p.rest.Array(v)
	one := p.rest.Text(v.First())
	for m := v.First().Next(); m.Exists(); m = m.Next() {
		p.rest.Add(m)
	}
	p.rest.Close()
	return one
}

// sources takes the addresses that a call came from: the client first, then proxies.
func (p *Parser) sources(c *relay.APICall, v jsondoc.Value) {
	if all := p.rest.Addrs(v); len(all) > 0 {
		c.Src.IP = all[0]
		if len(all) > 1 {
			c.Src.Intermediates = all[1:]
		}
	}
}
