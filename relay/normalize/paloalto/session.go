package paloalto

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// session is where the fields go that all logs about traffic have.
type session struct {
	src, dst   *relay.Endpoint
	connection *relay.Connection
	user       *relay.User
	rule       *relay.Rule
	id, host   *string
}

// set takes one field of any log about traffic.
func (s *session) set(name, v string) bool {
	switch name {
	case "src":
		return field.Addr(&s.src.IP, v)
	case "dst":
		return field.Addr(&s.dst.IP, v)
	case "sport":
		return field.Port(&s.src.Port, v)
	case "dport":
		return field.Port(&s.dst.Port, v)
	case "nat_src":
		return v == "0.0.0.0" || field.Addr(&s.src.NATIP, v)
	case "nat_dst":
		return v == "0.0.0.0" || field.Addr(&s.dst.NATIP, v)
	case "nat_sport":
		return v == "0" || field.Port(&s.src.NATPort, v)
	case "nat_dport":
		return v == "0" || field.Port(&s.dst.NATPort, v)
	case "proto":
		return field.Protocol(s.connection, v)
	case "app":
		s.connection.Application = v
	case "session_id":
		s.connection.SessionID = v
	case "src_zone":
		s.src.Zone = v
	case "dst_zone":
		s.dst.Zone = v
	case "inbound_if":
		s.src.Interface, s.src.Named = v, true
	case "outbound_if":
		s.dst.Interface, s.dst.Named = v, true
	case "src_hostname":
		s.src.Hostname = v
	case "dst_hostname":
		s.dst.Hostname = v
	case "src_mac":
		s.src.MAC = v
	case "dst_mac":
		s.dst.MAC = v
	case "src_user":
		setUser(s.user, v)
	case "rule":
		s.rule.Name = v
	case "rule_uuid":
		s.rule.UID = v
	case "sequence":
		*s.id = v
	case "device_name":
		*s.host = v
	default:
		return false
	}
	return true
}

// setUser takes NAME or DOMAIN\NAME.
func setUser(u *relay.User, v string) {
	u.Name = v
	if domain, user, ok := strings.Cut(v, `\`); ok && domain != "" && user != "" {
		u.Domain, u.Name = domain, user
	}
}

// judgeFlow reads what was done with a session.
func judgeFlow(f *relay.NetworkFlow, subtype, action string) {
	switch {
	case subtype == "drop":
		field.Deny(f, relay.DispositionDropped, action)
	case action == "allow":
		field.Allow(f, action)
	case action == "drop" || action == "drop-icmp" || action == "drop ICMP":
		field.Deny(f, relay.DispositionDropped, action)
	case action == "reset-both" || action == "reset-client" || action == "reset-server" || action == "reset both" || action == "reset client" || action == "reset server":
		field.Deny(f, relay.DispositionReset, action)
	case action == "deny" || subtype == "deny":
		field.Deny(f, relay.DispositionBlocked, action)
	case action != "":
		f.Verdict.Present, f.Verdict.Word, f.Verdict.Action, f.Verdict.Disposition = true, action, relay.ActionOther, relay.DispositionOther
	}
}

// judge reads what was done about a threat.
func judge(v *relay.Verdict, action string) {
	v.Present, v.Word = action != "", action
	switch action {
	case "":
	case "alert":
		v.Action, v.Disposition, v.Alert = relay.ActionAllowed, relay.DispositionAlert, true
	case "allow", "continue", "override":
		v.Action, v.Disposition = relay.ActionAllowed, relay.DispositionAllowed
	case "drop", "drop-all-packets", "drop-packet":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionDropped
	case "reset-client", "reset-server", "reset-both":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionReset
	case "deny", "block-url", "block-ip", "block", "random-drop", "sinkhole", "syncookie-sent", "block-continue", "block-override", "override-lockout":
		v.Action, v.Disposition = relay.ActionDenied, relay.DispositionBlocked
	default:
		v.Action, v.Disposition = relay.ActionOther, relay.DispositionOther
	}
}
