package guardduty

import (
	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
)

// action takes service.action. Of its members, one is named after actionType and says what happened.
func (p *Parser) action(f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "networkConnectionAction":
			p.connection(f, m)
		case "portProbeAction":
			p.probe(f, m)
		case "dnsRequestAction":
			p.request(f, m)
		case "awsApiCallAction", "kubernetesApiCallAction", "rdsLoginAttemptAction":
			p.call(f, m)
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}

// connection takes networkConnectionAction.
func (p *Parser) connection(f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	direction := v.Get("connectionDirection")
	local, remote := &f.Dst, &f.Src
	switch direction.Raw() {
	case `"INBOUND"`:
		f.Connection.Direction = "ingress"
	case `"OUTBOUND"`:
		f.Connection.Direction = "egress"
		local, remote = remote, local
	default:
		rest.Add(direction)
		if p.role == "ACTOR" {
			local, remote = remote, local
		}
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "connectionDirection":
		case "localNetworkInterface":
			local.Interface = rest.Text(m)
		default:
			if !p.side(m, local, remote) {
				p.common(f, m)
			}
		}
	}
	rest.Close()
}

// probe takes portProbeAction: of the probes, the first has a place.
func (p *Parser) probe(f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		if m.Name() != "portProbeDetails" {
			p.common(f, m)
			continue
		}
		if !rest.Array(m) {
			continue
		}
		for one := m.First(); one.Exists(); one = one.Next() {
			if one != m.First() || !one.IsObject() {
				rest.Add(one)
				continue
			}
			rest.Object(one)
			for m := one.First(); m.Exists(); m = m.Next() {
				if !p.side(m, &f.Dst, &f.Src) {
					rest.Add(m)
				}
			}
			rest.Close()
		}
		rest.Close()
	}
	rest.Close()
}

// request takes dnsRequestAction.
func (p *Parser) request(f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		if m.Name() == "domain" {
			f.DNSName = rest.Text(m)
		} else {
			p.common(f, m)
		}
	}
	rest.Close()
}

// call takes the actions that are a call to an interface, or a login to a database.
func (p *Parser) call(f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "api", "verb":
			f.API.Operation = rest.Text(m)
		case "serviceName":
			f.API.Service = rest.Text(m)
		case "errorCode":
			f.API.Error = rest.Text(m)
		case "statusCode":
			f.API.Code = rest.Count(m)
		case "domainDetails":
			rest.Pick(m, "domain", func(m jsondoc.Value) { f.Src.Domain = rest.Text(m) })
		case "loginAttributes":
			p.login(f, m)
		default:
			if !p.side(m, &f.Dst, &f.Src) {
				rest.Add(m)
			}
		}
	}
	rest.Close()
}

// login takes the user of a login to a database, if there is one and not several.
func (p *Parser) login(f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if first := v.First(); !first.IsObject() || first.Next().Exists() {
		rest.Add(v)
		return
	}
	rest.Array(v)
	p.databaseUser(&f.Actor.User, v.First())
	rest.Close()
}

// common takes what several actions have, or keeps m.
func (p *Parser) common(f *relay.Finding, m jsondoc.Value) {
	switch m.Name() {
	case "protocol":
		p.protocol(&f.Connection, m)
	case "blocked":
		if m.Truth() == relay.TruthYes {
			f.Verdict = relay.Verdict{Present: true, Action: relay.ActionDenied, Disposition: relay.DispositionBlocked, Word: "blocked"}
		} else {
			p.rest.Add(m)
		}
	default:
		p.rest.Add(m)
	}
}

// protocol takes the name of a protocol.
func (p *Parser) protocol(c *relay.Connection, m jsondoc.Value) {
	if name := p.rest.Text(m); !field.Protocol(c, name) {
		c.ProtocolName = field.Lower(p.es, name)
	}
}

// side takes what is said of one side, or reports false.
func (p *Parser) side(m jsondoc.Value, local, remote *relay.Endpoint) bool {
	switch m.Name() {
	case "localIpDetails":
		p.address(m, local)
	case "remoteIpDetails":
		p.address(m, remote)
	case "localPortDetails":
		p.port(m, local)
	case "remotePortDetails":
		p.port(m, remote)
	default:
		return false
	}
	return true
}

// address takes localIpDetails and remoteIpDetails.
func (p *Parser) address(v jsondoc.Value, e *relay.Endpoint) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "ipAddressV4", "ipAddressV6":
			if e.IP == "" {
				e.IP = rest.Addr(m)
			} else {
				rest.Add(m)
			}
		case "country":
			rest.Pick(m, "countryCode", func(m jsondoc.Value) { e.Country = rest.Text(m) })
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}

// port takes localPortDetails and remotePortDetails.
func (p *Parser) port(v jsondoc.Value, e *relay.Endpoint) {
	p.rest.Pick(v, "port", func(m jsondoc.Value) { e.Port = p.rest.Port(m) })
}
