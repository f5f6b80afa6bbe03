// Package filterlog reads the lines that filterlog of pfSense and OPNsense writes about packets into the class NetworkFlow.
//
//	RULE,SUBRULE,ANCHOR,TRACKER,INTERFACE,REASON,ACTION,DIRECTION,IP-VERSION, then by version and protocol
//
// A line of an IP version or a protocol that has no columns here keeps the fields as column_N. The program cannot be mistaken: the text is read only where filterlog is the tag, or
// where the first columns hold what they must.
//
// Source: Netgate documentation, "Raw Filter Log Format"; OPNsense documentation, "Firewall logs".
package filterlog

import (
	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// Columns: those of all lines, then those of an IP version, then those of a protocol.
var (
	allColumns  = [...]string{"rule", "subrule", "anchor", "tracker", "interface", "reason", "action", "direction", "ip_version"}
	v4Columns   = []string{"tos", "ecn", "ttl", "id", "offset", "flags", "protocol_id", "protocol", "length", "src", "dst"}
	v6Columns   = []string{"class", "flow_label", "hop_limit", "protocol", "protocol_id", "length", "src", "dst"}
	tcpColumns  = []string{"src_port", "dst_port", "data_length", "tcp_flags", "sequence", "ack", "window", "urgent", "options"}
	udpColumns  = []string{"src_port", "dst_port", "data_length"}
	carpColumns = []string{"carp_type", "carp_ttl", "vhid", "carp_version", "advskew", "advbase"}
)

// mostFields bounds the fields of a line.
const mostFields = 64

// Parser reads lines of filterlog. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	fields []string
	rest   field.Rest
}

// Content reads the text of a syslog message. False: it is not a line of filterlog.
func (p *Parser) Content(es *relay.Events, e *relay.Event, m *relay.Message) bool {
	if m.App != "filterlog" && m.App != "" || len(m.Text) < 20 || m.Text[0]-'0' > 9 {
		return false
	}
	p.fields = field.CSV(p.fields[:0], es, m.Text, mostFields)
	f := p.fields
	if len(f) < len(allColumns)+len(v6Columns) || len(f) > mostFields || f[7] != "in" && f[7] != "out" || f[8] != "4" && f[8] != "6" {
		return false
	}
	p.rest.Reset(es)
	flow := es.NetworkFlow()
	flow.Product.Name = "filterlog"
	p.take(flow, 0, allColumns[:])
	columns := v4Columns
	if f[8] == "6" {
		columns = v6Columns
	}
	at := len(allColumns)
	at = p.take(flow, at, columns)
	switch flow.Protocol.Value {
	case 6:
		at = p.take(flow, at, tcpColumns)
	case 17:
		at = p.take(flow, at, udpColumns)
	case 112:
		at = p.take(flow, at, carpColumns)
	}
	for ; at < len(f); at++ {
		p.rest.Column(at+1, f[at])
	}
	p.rest.Header(e, m, &flow.Common)
	e.Kind, e.Class, e.Rest = relay.KindFilterlog, flow, p.rest.Fields()
	return true
}

// take reads the fields of columns from the one at at on, and returns where they end.
func (p *Parser) take(f *relay.NetworkFlow, at int, columns []string) int {
	for _, name := range columns {
		if at == len(p.fields) {
			break
		}
		if v := p.fields[at]; field.Says(v) && !set(f, name, v, p.fields[7] == "in") {
			p.rest.Keep(name, v)
		}
		at++
	}
	return at
}

// set takes one field.
func set(f *relay.NetworkFlow, name, v string, in bool) bool {
	switch name {
	case "tracker":
		f.Verdict.Rule.UID = v
	case "interface":
		if in {
			f.Src.Interface, f.Src.Named = v, true
		} else {
			f.Dst.Interface, f.Dst.Named = v, true
		}
	case "action":
		switch v {
		case "pass":
			field.Allow(f, v)
		case "block":
			field.Deny(f, relay.DispositionBlocked, v)
		case "reject":
			field.Deny(f, relay.DispositionRejected, v)
		default:
			f.Verdict = relay.Verdict{Present: true, Action: relay.ActionOther, Disposition: relay.DispositionOther, Word: v, Rule: f.Verdict.Rule}
		}
	case "direction":
		f.Direction = "egress"
		if in {
			f.Direction = "ingress"
		}
	case "ip_version":
		f.IPVersion, f.VersionSaid = "IPv4", true
		if v == "6" {
			f.IPVersion = "IPv6"
		}
	case "protocol_id":
		return field.SetNumber(&f.Protocol, v, 255)
	case "protocol":
		var c relay.Connection
		if !field.Protocol(&c, v) || f.Protocol.Set && f.Protocol != c.Protocol {
			return false
		}
		f.Protocol = c.Protocol
	case "length":
		return field.SetNumber(&f.Bytes, v, field.Max)
	case "src":
		return field.Addr(&f.Src.IP, v)
	case "dst":
		return field.Addr(&f.Dst.IP, v)
	case "src_port":
		return field.Port(&f.Src.Port, v)
	case "dst_port":
		return field.Port(&f.Dst.Port, v)
	case "tcp_flags":
		return field.TCPLetters(&f.TCPFlags, v)
	default:
		return false
	}
	return true
}
