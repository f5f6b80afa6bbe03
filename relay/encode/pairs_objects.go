package encode

import (
	"strings"

	"logrelay/relay"
)

// endpoint appends one side: s is "s" or "d" with the long word beside it.
func (x *extension) endpoint(p *relay.Endpoint, source bool) {
	ip4, ip6, label, port, host, mac, nat, natPort, service, iface := "src", "c6a2", "Source IPv6 Address", "spt", "shost", "smac", "sourceTranslatedAddress", "sourceTranslatedPort", "sourceServiceName", "deviceInboundInterface"
	if !source {
		ip4, ip6, label, port, host, mac, nat, natPort, service, iface = "dst", "c6a3", "Destination IPv6 Address", "dpt", "dhost", "dmac", "destinationTranslatedAddress", "destinationTranslatedPort", "destinationServiceName", "deviceOutboundInterface"
	}
	switch {
	case strings.IndexByte(p.IP, ':') >= 0:
		x.text(ip6, p.IP)
		x.text(ip6+"Label", label)
	default:
		x.text(ip4, p.IP)
	}
	x.optional(port, p.Port)
	x.text(host, firstOf(p.Hostname, p.Domain))
	x.text(mac, p.MAC)
	x.text(nat, p.NATIP)
	x.optional(natPort, p.NATPort)
	x.text(service, firstOf(p.Service, p.PortName))
	x.text(iface, p.Interface)
	side := "src"
	if !source {
		side = "dst"
	}
	if p.Hostname != "" {
		x.part(side, "Domain", p.Domain)
	}
	if p.Service != "" {
		x.part(side, "PortName", p.PortName)
	}
	if p.HopIP != p.IP {
		x.part(side, "HopIp", p.HopIP)
	}
	x.part(side, "Country", p.Country)
	x.part(side, "Vpc", p.VPC)
	x.part(side, "Subnet", p.Subnet)
	x.part(side, "Instance", p.Instance)
	x.part(side, "Zone", p.Zone)
	x.part(side, "Uid", p.UID)
	x.part(side, "Scope", flatScopes[p.Scope])
	if len(p.Intermediates) > 0 {
		x.list(side+"Intermediate", p.Intermediates)
	}
}

func (x *extension) connection(c *relay.Connection) {
	x.text("proto", protocolName(c))
	x.text("app", c.Application)
	switch c.Direction {
	case "ingress":
		x.text("deviceDirection", "0")
	case "egress":
		x.text("deviceDirection", "1")
	default:
		x.extra("ad.", "direction", c.Direction)
	}
	x.optionalExtra("tcpFlags", c.TCPFlags)
	x.optionalExtra("trafficPath", c.Path)
	x.extra("ad.", "sessionId", c.SessionID)
	if c.VersionSaid {
		x.extra("ad.", "ipVersion", c.IPVersion)
	}
}

func (x *extension) traffic(t *relay.Traffic) {
	in, out := t.BytesOut, t.BytesIn // in CEF, in is from the source to the destination
	if !in.Set && !out.Set {
		in = t.Bytes
	} else {
		x.optionalExtra("bytes", t.Bytes)
	}
	x.optional("in", in)
	x.optional("out", out)
	x.optionalExtra("packets", t.Packets)
	x.optionalExtra("packetsIn", t.PacketsIn)
	x.optionalExtra("packetsOut", t.PacketsOut)
}

func (x *extension) verdict(v *relay.Verdict) {
	x.text("act", v.Word)
	x.extra("ad.", "ruleUid", v.Rule.UID)
	x.extra("ad.", "ruleName", v.Rule.Name)
	x.extra("ad.", "ruleType", v.Rule.Type)
	x.extra("ad.", "ruleCategory", v.Rule.Category)
	if v.Alert {
		x.extra("ad.", "alert", "true")
	}
	x.extra("ad.", "policy", v.Rule.Policy)
}

// user appends a user: source is true for who did it, false for whom it was done to.
func (x *extension) user(u *relay.User, source bool) {
	name, uid, group, domain, side := "suser", "suid", "spriv", "sntdom", "src"
	if !source {
		name, uid, group, domain, side = "duser", "duid", "dpriv", "dntdom", "dst"
	}
	x.text(name, u.Name)
	x.text(uid, firstOf(u.UID, u.UIDAlt))
	x.text(group, u.Type)
	x.text(domain, u.Domain)
	if u.UID != "" {
		x.part(side, "UserUidAlt", u.UIDAlt)
	}
	x.part(side, "UserAccount", u.Account)
	x.part(side, "UserEmail", u.Email)
	x.part(side, "AccessKey", u.AccessKey)
	if len(u.Groups) > 0 {
		x.list(side+"Groups", u.Groups)
	}
}

func (x *extension) http(h *relay.HTTP) {
	if h.URL != "" || h.Path == "" {
		x.text("request", h.URL)
	} else if x.key("request") {
		x.url(h)
	}
	x.text("requestMethod", h.Method)
	x.text("requestClientApplication", h.UserAgent)
	x.text("requestContext", h.Referrer)
	x.extra("ad.", "httpVersion", h.Version)
	x.optionalExtra("httpStatus", h.Status)
	x.extra("ad.", "httpRequestId", h.UID)
	x.optionalExtra("requestBytes", h.Length)
	x.optionalExtra("answerBytes", h.AnswerLength)
	x.optionalExtra("answerBodyBytes", h.AnswerBody)
	x.extra("ad.", "contentType", h.ContentType)
	if h.URL != "" { // which is whole, and may say otherwise
		x.extra("ad.", "urlScheme", h.Scheme)
		x.extra("ad.", "urlHost", h.Host)
		x.optionalExtra("urlPort", h.Port)
		x.extra("ad.", "urlPath", h.Path)
		x.extra("ad.", "urlQuery", h.Query)
	} else if h.Path == "" {
		x.extra("ad.", "urlHost", h.Host)
		x.extra("ad.", "urlQuery", h.Query)
	}
	x.optionalExtra("latencyMs", h.Latency)
	x.list("xForwardedFor", h.XForwardedFor)
	for _, f := range h.Headers {
		x.extra("ad.", "header."+f.Name, f.Value)
	}
}

// url appends what is known of a URL.
func (x *extension) url(h *relay.HTTP) {
	if h.Host != "" {
		if h.Scheme != "" {
			x.value(h.Scheme)
			x.dst = append(x.dst, ':')
		}
		x.dst = append(x.dst, "//"...)
		x.value(h.Host)
		if h.Port.Set {
			x.dst = appendInt(append(x.dst, ':'), h.Port.Value)
		}
	}
	x.value(h.Path)
	if h.Query != "" {
		x.dst = append(x.dst, '?')
		x.value(h.Query)
	}
}

func (x *extension) tls(t *relay.TLS) {
	x.extra("ad.", "tlsVersion", t.Version)
	x.extra("ad.", "tlsCipher", t.Cipher)
	x.extra("ad.", "tlsSni", t.SNI)
	x.extra("ad.", "ja3", t.JA3)
	x.extra("ad.", "ja3s", t.JA3S)
	x.extra("ad.", "ja4", t.JA4)
	x.extra("ad.", "tlsCertificate", t.Certificate)
	x.extra("ad.", "tlsSubject", t.Subject)
	x.extra("ad.", "tlsIssuer", t.Issuer)
	x.extra("ad.", "tlsClientSubject", t.ClientSubject)
}

func (x *extension) api(a *relay.API) {
	x.text("destinationServiceName", a.Service)
	x.extra("ad.", "apiVersion", a.Version)
	x.extra("ad.", "apiGroup", a.Group)
	x.extra("ad.", "error", a.Error)
	x.extra("ad.", "errorMessage", a.ErrorMessage)
	x.extra("ad.", "requestId", a.RequestUID)
	x.extra("ad.", "requestParameters", a.Request)
	x.extra("ad.", "responseElements", a.Response)
	x.optionalExtra("responseCode", a.Code)
	x.extra("ad.", "responseMessage", a.Message)
}

func (x *extension) actor(a *relay.Actor) {
	x.user(&a.User, true)
	x.text("sproc", firstOf(a.Process, a.App))
	if a.Process != "" {
		x.extra("ad.", "actorApp", a.App)
	}
	x.optional("spid", a.PID)
	x.extra("ad.", "commandLine", a.ProcessCmd)
	x.extra("ad.", "identityProvider", a.IDP)
	x.extra("ad.", "impersonatedUser", a.ImpersonatedUser)
	x.session("actorSession", &a.Session)
}

// session appends a session; what names it stands before the names of its parts.
func (x *extension) session(what string, s *relay.Session) {
	if *s == (relay.Session{}) {
		return
	}
	x.part(what, "Uid", s.UID)
	x.part(what, "UidAlt", s.UIDAlt)
	x.extraTime(what+"Created", s.Created)
	x.extraTime(what+"Expires", s.Expires)
	x.truth(what+"Mfa", s.MFA)
	x.part(what, "Issuer", s.Issuer)
	x.part(what, "RoleType", s.Role.Type)
	x.part(what, "RoleName", s.Role.Name)
	x.part(what, "RoleUid", s.Role.UID)
	x.part(what, "RoleAccount", s.Role.Account)
	x.part(what, "Credential", s.Credential)
	x.part(what, "Terminal", s.Terminal)
}

func (x *extension) resources(list []relay.Resource) {
	if len(list) == 0 {
		return
	}
	for i := range list {
		x.item("resource", i, firstOf(list[i].UID, list[i].Name))
	}
	for _, part := range [...]struct {
		key string
		of  func(*relay.Resource) string
	}{
		{"resourceName", func(r *relay.Resource) string { return r.Name }}, {"resourceType", func(r *relay.Resource) string { return r.Type }},
		{"resourceNamespace", func(r *relay.Resource) string { return r.Namespace }}, {"resourceVersion", func(r *relay.Resource) string { return r.Version }},
		{"resourceAccount", func(r *relay.Resource) string { return r.Account }}, {"resourceRegion", func(r *relay.Resource) string { return r.Region }},
		{"resourceData", func(r *relay.Resource) string { return r.Data }},
	} {
		n := 0
		for i := range list {
			if v := part.of(&list[i]); v != "" {
				x.item(part.key, n, v)
				n++
			}
		}
	}
}

func firstTime(times ...int64) int64 {
	for _, t := range times {
		if t != 0 {
			return t
		}
	}
	return 0
}
