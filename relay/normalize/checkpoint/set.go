package checkpoint

import (
	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// sides takes what logs say of the two sides of a connection, who is behind it, and what decided.
func sides(src, dst *relay.Endpoint, c *relay.Connection, u *relay.User, v *relay.Verdict, name, value string) bool {
	switch name {
	case "src":
		return field.Addr(&src.IP, value)
	case "dst":
		return field.Addr(&dst.IP, value)
	case "s_port":
		return field.Port(&src.Port, value)
	case "service":
		return field.Port(&dst.Port, value)
	case "proto":
		return field.Protocol(c, value)
	case "xlatesrc":
		return value == "0.0.0.0" || field.Addr(&src.NATIP, value)
	case "xlatedst":
		return value == "0.0.0.0" || field.Addr(&dst.NATIP, value)
	case "xlatesport":
		return value == "0" || field.Port(&src.NATPort, value)
	case "xlatedport":
		return value == "0" || field.Port(&dst.NATPort, value)
	case "inzone":
		src.Zone = value
	case "outzone":
		dst.Zone = value
	case "src_machine_name":
		src.Hostname = value
	case "dst_machine_name":
		dst.Hostname = value
	case "ifdir":
		return field.Direction(c, value)
	case "src_user_name", "user":
		if u.Name != "" {
			return false
		}
		u.Name = value
	case "appi_name":
		c.Application = value
	case "action":
		v.Present, v.Word = true, value
	case "rule_name":
		v.Rule.Name = value
	case "rule_uid":
		v.Rule.UID = value
	case "policy_name":
		v.Rule.Policy = value
	default:
		return false
	}
	return true
}

// setFlow takes one field of a log of a connection.
func setFlow(f *relay.NetworkFlow, name, v string) bool {
	switch name {
	case "bytes":
		return field.SetNumber(&f.Bytes, v, field.Max)
	case "sent_bytes", "client_outbound_bytes":
		return !f.BytesOut.Set && field.SetNumber(&f.BytesOut, v, field.Max)
	case "received_bytes", "client_inbound_bytes":
		return !f.BytesIn.Set && field.SetNumber(&f.BytesIn, v, field.Max)
	case "packets":
		return field.SetNumber(&f.Packets, v, field.Max)
	case "client_outbound_packets":
		return field.SetNumber(&f.PacketsOut, v, field.Max)
	case "client_inbound_packets":
		return field.SetNumber(&f.PacketsIn, v, field.Max)
	case "conn_id":
		f.SessionID = v
	case "message_info", "description":
		if f.Message != "" {
			return false
		}
		f.Message = v
	case "action_reason", "drop_reason", "tcp_packet_out_of_state":
		if f.StatusDetail != "" {
			return false
		}
		f.StatusDetail = v
	default:
		return sides(&f.Src, &f.Dst, &f.Connection, &f.User, &f.Verdict, name, v)
	}
	return true
}

// setFinding takes one field of a log of a protection.
func setFinding(f *relay.Finding, name, v string) bool {
	switch name {
	case "attack":
		f.Title = v
	case "protection_name":
		f.Detector = v
	case "attack_info", "malware_action":
		if f.Desc != "" {
			return false
		}
		f.Desc = v
	default:
		return sides(&f.Src, &f.Dst, &f.Connection, &f.Actor.User, &f.Verdict, name, v)
	}
	return true
}

// setLogin takes one field of a log of an administrator.
func setLogin(a *relay.Authentication, name, v string) bool {
	switch name {
	case "operation":
		if v == "Log Out" {
			a.Activity = relay.AuthLogoff
		}
		return false
	case "administrator":
		a.User.Name = v
	case "client_ip":
		return field.Addr(&a.Src.IP, v)
	case "machine":
		a.Src.Hostname = v
	case "audit_status":
		switch v {
		case "Success":
			a.Status = relay.StatusSuccess
		case "Failure", "Failed":
			a.Status = relay.StatusFailure
		}
		a.StatusCode = v
	case "additional_info":
		a.StatusDetail = v
	default:
		return false
	}
	return true
}

// judge reads what was done: the words of access control and of threat prevention.
func judge(v *relay.Verdict, status *relay.Status) {
	switch v.Word {
	case "":
		return
	case "Accept", "Allow", "Encrypt", "Decrypt", "Bypass", "Inline", "Authorize", "Key Install":
		v.Action, v.Disposition, *status = relay.ActionAllowed, relay.DispositionAllowed, relay.StatusSuccess
	case "Drop":
		v.Action, v.Disposition, *status = relay.ActionDenied, relay.DispositionDropped, relay.StatusFailure
	case "Reject":
		v.Action, v.Disposition, *status = relay.ActionDenied, relay.DispositionRejected, relay.StatusFailure
	case "Block", "Prevent", "Deauthorize":
		v.Action, v.Disposition, *status = relay.ActionDenied, relay.DispositionBlocked, relay.StatusFailure
	case "Quarantine":
		v.Action, v.Disposition, *status = relay.ActionDenied, relay.DispositionQuarantined, relay.StatusFailure
	case "Detect", "Monitor":
		v.Action, v.Disposition = relay.ActionObserved, relay.DispositionDetected
	default:
		v.Action, v.Disposition = relay.ActionOther, relay.DispositionOther
	}
}
