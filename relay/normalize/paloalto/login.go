package paloalto

import (
	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// logins are the events of GlobalProtect that are a login, or its end.
var logins = map[string]relay.AuthActivity{
	"portal-auth":    relay.AuthLogon,
	"gateway-auth":   relay.AuthLogon,
	"gateway-logout": relay.AuthLogoff,
}

// column returns the value of a column; "" when there is none.
func (p *Parser) column(names []string, name string) string {
	for i := range min(len(names), len(p.fields)) {
		if names[i] == name {
			return p.fields[i]
		}
	}
	return ""
}

// login reads a log of GlobalProtect about a login.
func (p *Parser) login(es *relay.Events, names []string, activity relay.AuthActivity) relay.Class {
	a := es.Authentication()
	a.Activity = activity
	p.each(names, func(name, v string) bool {
		switch name {
		case "src_user":
			setUser(&a.User, v)
		case "public_ip", "public_ipv6":
			return v != "0.0.0.0" && v != "::" && a.Src.IP == "" && field.Addr(&a.Src.IP, v)
		case "machine_name":
			a.Src.Hostname = v
		case "portal":
			a.Service = v
		case "status":
			switch v {
			case "success":
				a.Status = relay.StatusSuccess
			case "failure":
				a.Status = relay.StatusFailure
			}
			a.StatusCode = v
		case "reason", "error":
			if a.StatusDetail != "" {
				return false
			}
			a.StatusDetail = v
		case "device_name":
			a.Host = v
		case "sequence":
			a.EventID = v
		default:
			return false
		}
		return true
	})
	return a
}
