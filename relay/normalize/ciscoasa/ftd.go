package ciscoasa

import (
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// managementCenter is the program that sends the same events for FTD, without a message id.
const managementCenter = "SFIMS"

// eventID returns the id that an event of the management center would have; "" when it is none about a connection.
func eventID(s string) string {
	switch {
	case !strings.Contains(s, "SrcIP: "):
		return ""
	case strings.Contains(s, "ConnectType: Start"):
		return "430002"
	case strings.Contains(s, "ConnectType: End"):
		return "430003"
	}
	return ""
}

// connectionEvent reads a security event of FTD, which is NAME: VALUE pairs with commas between them: 430002 and 430003, the beginning and the end of a connection, and 430001, an
// intrusion. Others are nil.
func (p *Parser) connectionEvent(es *relay.Events, id, text string) relay.Class {
	switch id {
	case "430001":
		f := es.Finding()
		f.Activity = relay.FindingCreate
		if !p.pairs(text, func(name, v string) bool { return setIntrusion(f, name, v) }) {
			return nil
		}
		return f
	case "430002", "430003":
	default:
		return nil
	}
	f := es.NetworkFlow()
	if !p.pairs(text, func(name, v string) bool { return setConnection(f, name, v) }) {
		return nil
	}
	if f.Activity == relay.FlowUnset {
		f.Activity = relay.FlowOpen
		if id == "430003" {
			f.Activity = relay.FlowClose
		}
	}
	f.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
	return f
}

// pairs calls set for every pair, and keeps what it does not take. False: there are none, or too many.
func (p *Parser) pairs(s string, set func(name, v string) bool) bool {
	n := 0
	for s != "" {
		name, rest, ok := strings.Cut(s, ": ")
		if n++; !ok || n > field.MaxFields {
			return false
		}
		end := 0
		for { // a comma within a value has no NAME: behind it
			i := strings.Index(rest[end:], ", ")
			if i < 0 {
				end = len(rest)
				break
			}
			end += i
			if isName(rest[end+2:]) {
				break
			}
			end += 2
		}
		if v := rest[:end]; field.Says(v) && !set(name, v) {
			p.rest.Keep(name, v)
		}
		s = strings.TrimPrefix(rest[end:], ", ")
	}
	return n > 0
}

// isName reports whether s begins with a name of a pair: letters, digits and blanks up to a colon.
func isName(s string) bool {
	for i := range min(len(s), 40) {
		switch c := s[i]; {
		case c == ':':
			return i > 0 && i+1 < len(s) && s[i+1] == ' '
		case c|0x20-'a' <= 25, c-'0' <= 9, c == ' ' && i > 0, c == '_':
		default:
			return false
		}
	}
	return false
}

// endpoints takes what all events say of the two sides.
func endpoints(src, dst *relay.Endpoint, c *relay.Connection, name, v string) bool {
	switch name {
	case "SrcIP":
		return field.Addr(&src.IP, v)
	case "DstIP":
		return field.Addr(&dst.IP, v)
	case "SrcPort":
		return field.Port(&src.Port, v)
	case "DstPort":
		return field.Port(&dst.Port, v)
	case "Protocol":
		return field.Protocol(c, v)
	case "IngressInterface":
		src.Interface, src.Named = v, true
	case "EgressInterface":
		dst.Interface, dst.Named = v, true
	case "IngressZone":
		src.Zone = v
	case "EgressZone":
		dst.Zone = v
	case "ApplicationProtocol":
		c.Application = v
	case "ConnectionID":
		c.SessionID = v
	default:
		return false
	}
	return true
}

func setConnection(f *relay.NetworkFlow, name, v string) bool {
	switch name {
	case "AccessControlRuleAction":
		switch v {
		case "Allow", "Trust", "Fastpath":
			field.Allow(f, v)
		case "Block", "Block with reset", "Interactive Block", "Interactive Block with reset":
			field.Deny(f, relay.DispositionBlocked, v)
		case "Monitor":
			f.Verdict.Present, f.Verdict.Word, f.Verdict.Action, f.Verdict.Disposition = true, v, relay.ActionObserved, relay.DispositionLogged
		default:
			f.Verdict.Present, f.Verdict.Word, f.Verdict.Action, f.Verdict.Disposition = true, v, relay.ActionOther, relay.DispositionOther
		}
	case "AccessControlRuleReason":
		f.StatusDetail = v
	case "AccessControlRuleName":
		f.Verdict.Rule.Name = v
	case "ACPolicy":
		f.Verdict.Rule.Policy = v
	case "InitiatorBytes":
		return field.SetNumber(&f.BytesOut, v, field.Max)
	case "ResponderBytes":
		return field.SetNumber(&f.BytesIn, v, field.Max)
	case "InitiatorPackets":
		return field.SetNumber(&f.PacketsOut, v, field.Max)
	case "ResponderPackets":
		return field.SetNumber(&f.PacketsIn, v, field.Max)
	case "User":
		f.User.Name = v
	case "EventPriority": // the level of these messages says nothing
		f.Severity = field.Risk(v)
		return false
	case "FirstPacketSecond":
		ns, ok := field.DateTime(strings.TrimSuffix(v, "Z"), time.UTC)
		if !ok {
			return false
		}
		f.Start = ns
	default:
		return endpoints(&f.Src, &f.Dst, &f.Connection, name, v)
	}
	return true
}

func setIntrusion(f *relay.Finding, name, v string) bool {
	switch name {
	case "Message":
		f.Title = strings.Trim(v, `"`)
	case "SID":
		f.Verdict.Rule.UID = v
	case "Classification":
		f.Verdict.Rule.Category = v
	case "Priority":
		f.Score = v
	case "InlineResult":
		f.Verdict.Present, f.Verdict.Word = true, v
		switch v {
		case "Dropped", "Blocked":
			f.Verdict.Action, f.Verdict.Disposition = relay.ActionDenied, relay.DispositionBlocked
		default:
			f.Verdict.Action, f.Verdict.Disposition = relay.ActionOther, relay.DispositionOther
		}
	default:
		return endpoints(&f.Src, &f.Dst, &f.Connection, name, v)
	}
	return true
}
