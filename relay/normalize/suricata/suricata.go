package suricata

import (
	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
)

// Parser reads EVE events. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest    jsondoc.Rest
	answers []relay.Answer
	one     [1]string
}

// Is reports whether a JSON object can only be an EVE event.
func Is(root jsondoc.Value) bool {
	kind := root.Get("event_type")
	if !kind.IsString() || !root.Get("timestamp").IsString() {
		return false
	}
	return root.Get("src_ip").IsString() && root.Get("dest_ip").IsString() && root.Get("proto").IsString() ||
		kind.Raw() == `"stats"` && root.Get("stats").IsObject()
}

// IsFirewall reports whether a JSON object can only be a log of Network Firewall.
func IsFirewall(root jsondoc.Value) bool {
	return root.Get("firewall_name").IsString() && root.Get("event_timestamp").Exists() && root.Get("event").IsObject()
}

// Append adds the event of an EVE record.
func (p *Parser) Append(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	p.rest.Reset(es)
	e := relay.Event{Record: r, Kind: relay.KindSuricata, Time: r.Received}
	if f := p.read(es, &e, d.Root()); f.Reason != relay.FaultNone {
		return f
	}
	c := e.Class.Head()
	c.Product.Vendor, c.Product.Name = "OISF", "Suricata"
	p.add(es, &e, d)
	return relay.Fault{}
}

// AppendFirewall adds the event of a record of Network Firewall.
func (p *Parser) AppendFirewall(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	p.rest.Reset(es)
	e := relay.Event{Record: r, Kind: relay.KindNetworkFirewall, Time: r.Received}
	var event, zone, at jsondoc.Value
	for m := d.Root().First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "event":
			event = m
		case "availability_zone":
			zone = m
		case "event_timestamp":
			at = m
		default:
			p.rest.Add(m)
		}
	}
	if !p.rest.Object(event) {
		return relay.Fault{Reason: relay.FaultKind, Offset: 0, Detail: "no log of Network Firewall: it has no event"}
	}
	if t, ok := at.Time(); ok {
		e.Time = t
	}
	if f := p.read(es, &e, event); f.Reason != relay.FaultNone {
		return f
	}
	p.rest.Close()
	if t, ok := at.Time(); !ok || t/1e9 != e.Time/1e9 {
		p.rest.Add(at)
	}
	c := e.Class.Head()
	c.Product.Vendor, c.Product.Name = "AWS", "AWS Network Firewall"
	c.Cloud.Provider, c.Cloud.Zone = "AWS", p.rest.Text(zone)
	p.add(es, &e, d)
	return relay.Fault{}
}

// add adds e to es, with what was left over. An event of no class has all of the record.
func (p *Parser) add(es *relay.Events, e *relay.Event, d *jsondoc.Doc) {
	added := es.Add(e.Record, e.Kind)
	added.Time, added.Class = e.Time, e.Class
	if o, ok := e.Class.(*relay.Other); ok {
		o.JSON = d.Root().Raw()
	} else {
		added.Rest = p.rest.Fields()
	}
}

// read sets class and time of e.
func (p *Parser) read(es *relay.Events, e *relay.Event, v jsondoc.Value) relay.Fault {
	kind := v.Get("event_type").Word(es)
	if kind == "" {
		return relay.Fault{Reason: relay.FaultKind, Offset: v.Offset(), Detail: "no EVE event: it has no event_type"}
	}
	at := v.Get("timestamp")
	if t, ok := at.Time(); ok {
		e.Time = t
	} else if !at.Empty() {
		return relay.Fault{Reason: relay.FaultTime, Offset: at.Offset(), Detail: "timestamp is no time"}
	}
	switch kind {
	case "alert":
		e.Class = p.alert(es, v, e.Time)
	case "dns":
		e.Class = p.dns(es, v)
	case "http":
		e.Class = p.http(es, v)
	default:
		if v.Get("src_ip").Empty() && v.Get("dest_ip").Empty() {
			e.Class = es.Other()
		} else {
			e.Class = p.flow(es, v)
		}
	}
	c := e.Class.Head()
	c.Product.Feature, c.EventCode, c.TimeText = kind, kind, at.Word(es)
	return relay.Fault{}
}

// sides is where the members go that all events have.
type sides struct {
	head     *relay.Common
	conn     *relay.Connection
	src, dst *relay.Endpoint
}

// common takes a member that all events have. It reports false when m is none.
func (p *Parser) common(es *relay.Events, s sides, m jsondoc.Value) bool {
	rest := &p.rest
	switch m.Name() {
	case "timestamp", "event_type": // taken before
	case "src_ip":
		s.src.IP = rest.Addr(m)
		s.conn.IPVersion = field.IPVersion(s.src.IP, s.dst.IP)
	case "dest_ip":
		s.dst.IP = rest.Addr(m)
		s.conn.IPVersion = field.IPVersion(s.src.IP, s.dst.IP)
	case "src_port":
		s.src.Port = rest.Port(m)
	case "dest_port":
		s.dst.Port = rest.Port(m)
	case "proto":
		if name := rest.Text(m); !field.Protocol(s.conn, name) {
			s.conn.ProtocolName = field.Lower(es, name)
		}
	case "app_proto":
		if m.Raw() != `"failed"` {
			s.conn.Application = rest.Text(m)
		} else {
			rest.Add(m)
		}
	case "flow_id":
		s.conn.SessionID = rest.Text(m)
	case "host":
		s.head.Host = rest.Text(m)
	case "ether":
		p.ether(s, m)
	default:
		return false
	}
	return true
}

// ether takes the addresses of a frame.
func (p *Parser) ether(s sides, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "src_mac":
			s.src.MAC = p.rest.Text(m)
		case "dest_mac":
			s.dst.MAC = p.rest.Text(m)
		default:
			p.rest.Add(m)
		}
	}
	p.rest.Close()
}
