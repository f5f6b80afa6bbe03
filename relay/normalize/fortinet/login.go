package fortinet

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// login is what the action of an event says of somebody's login.
type login struct {
	activity relay.AuthActivity
	status   relay.Status // unless the field status says it
}

// logins by action: of administrators, of users to a policy or by single sign-on, to an SSL VPN.
var logins = map[string]*login{
	"login":          {relay.AuthLogon, relay.StatusUnset},
	"logout":         {relay.AuthLogoff, relay.StatusUnset},
	"authentication": {relay.AuthLogon, relay.StatusUnset},
	"auth-logon":     {relay.AuthLogon, relay.StatusSuccess},
	"auth-logout":    {relay.AuthLogoff, relay.StatusUnset},
	"FSSO-logon":     {relay.AuthLogon, relay.StatusSuccess},
	"FSSO-logoff":    {relay.AuthLogoff, relay.StatusUnset},
	"ssl-login-fail": {relay.AuthLogon, relay.StatusFailure},
	"tunnel-up":      {relay.AuthLogon, relay.StatusSuccess},
	"tunnel-down":    {relay.AuthLogoff, relay.StatusUnset},
}

// loginOf returns what the action of an event says of a login; nil when it is about something else. A tunnel is a login where it is one of an SSL VPN: those of IPsec are of gateways too.
func loginOf(s string) *login {
	action, tunnel := "", ""
	for range field.MaxFields {
		name, v, rest, ok := field.Pair(s)
		if !ok {
			break
		}
		switch s = rest; name {
		case "action":
			action = v
		case "tunneltype":
			tunnel = v
		}
	}
	if strings.HasPrefix(action, "tunnel-") && !strings.HasPrefix(tunnel, "ssl") {
		return nil
	}
	return logins[action]
}

// login takes one field of an event about a login.
func (p *Parser) login(a *relay.Authentication, name, v string) bool {
	switch name {
	case "user":
		a.User.Name = v
	case "group":
		p.one[0] = v
		a.User.Groups = p.es.Strings(p.one[:])
	case "srcip", "remip":
		return a.Src.IP == "" && field.Addr(&a.Src.IP, v)
	case "dstip":
		return field.Addr(&a.Dst.IP, v)
	case "status":
		switch v {
		case "success":
			a.Status = relay.StatusSuccess
		case "failed", "failure", "fail":
			a.Status = relay.StatusFailure
		}
		a.StatusCode = v
	case "reason":
		if v == "none" {
			return false
		}
		a.StatusDetail = v
	case "subtype":
		a.Service = v
	default:
		return false
	}
	return true
}
