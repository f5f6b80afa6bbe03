package securityhub

import (
	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
)

// network takes the object of that name.
func (p *Parser) network(f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "Direction":
			f.Connection.Direction = direction(rest, m)
		case "Protocol":
			p.protocol(&f.Connection, m)
		case "SourceIpV4", "SourceIpV6":
			p.addr(&f.Src, m)
		case "SourcePort":
			f.Src.Port = rest.Port(m)
		case "SourceDomain":
			f.Src.Domain = rest.Text(m)
		case "SourceMac":
			f.Src.MAC = rest.Text(m)
		case "DestinationIpV4", "DestinationIpV6":
			p.addr(&f.Dst, m)
		case "DestinationPort":
			f.Dst.Port = rest.Port(m)
		case "DestinationDomain":
			f.Dst.Domain = rest.Text(m)
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}

// addr takes the first address of an endpoint.
func (p *Parser) addr(e *relay.Endpoint, m jsondoc.Value) {
	if e.IP == "" {
		e.IP = p.rest.Addr(m)
	} else {
		p.rest.Add(m)
	}
}

// direction returns which way traffic went, seen from the account; it keeps any other word.
func direction(rest *jsondoc.Rest, m jsondoc.Value) string {
	switch m.Raw() {
	case `"IN"`, `"INBOUND"`:
		return "ingress"
	case `"OUT"`, `"OUTBOUND"`:
		return "egress"
	}
	rest.Add(m)
	return ""
}

// protocol takes the name of a protocol.
func (p *Parser) protocol(c *relay.Connection, m jsondoc.Value) {
	if name := p.rest.Text(m); !field.Protocol(c, name) {
		c.ProtocolName = field.Lower(p.es, name)
	}
}

// action takes the object of that name. Of its members, one says what happened.
func (p *Parser) action(f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "NetworkConnectionAction":
			local, remote := &f.Dst, &f.Src
			if m.Get("ConnectionDirection").Raw() == `"OUTBOUND"` {
				local, remote = remote, local
			}
			p.act(f, m, local, remote)
		case "AwsApiCallAction", "DnsRequestAction":
			p.act(f, m, &f.Dst, &f.Src)
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}

// act takes what an action says of the traffic, the call or the query.
func (p *Parser) act(f *relay.Finding, v jsondoc.Value, local, remote *relay.Endpoint) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "ConnectionDirection":
			f.Connection.Direction = direction(rest, m)
		case "RemoteIpDetails":
			rest.Pick(m, "IpAddressV4", func(m jsondoc.Value) { p.addr(remote, m) })
		case "LocalIpDetails":
			rest.Pick(m, "IpAddressV4", func(m jsondoc.Value) { p.addr(local, m) })
		case "RemotePortDetails":
			rest.Pick(m, "Port", func(m jsondoc.Value) { remote.Port = rest.Port(m) })
		case "LocalPortDetails":
			rest.Pick(m, "Port", func(m jsondoc.Value) { local.Port = rest.Port(m) })
		case "DomainDetails":
			rest.Pick(m, "Domain", func(m jsondoc.Value) { remote.Domain = rest.Text(m) })
		case "Protocol":
			p.protocol(&f.Connection, m)
		case "Domain":
			f.DNSName = rest.Text(m)
		case "Api":
			f.API.Operation = rest.Text(m)
		case "ServiceName":
			f.API.Service = rest.Text(m)
		case "Blocked":
			if m.Truth() == relay.TruthYes {
				f.Verdict = relay.Verdict{Present: true, Action: relay.ActionDenied, Disposition: relay.DispositionBlocked, Word: "blocked"}
			} else {
				rest.Add(m)
			}
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}
