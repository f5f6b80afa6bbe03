package encode

import "logrelay/relay"

// Words of the flat schema, by the number that package relay gives them.
var (
	flatSeverities   = []string{"", "informational", "low", "medium", "high", "critical", "fatal"}
	flatOutcomes     = []string{"", "success", "failure"}
	flatActions      = []string{"", "allowed", "denied", "observed", "modified", 99: "other"}
	flatDispositions = []string{"", "allowed", "blocked", "quarantined", "isolated", "deleted", "dropped", "custom", "approved", "restored",
		"exonerated", "corrected", "partially_corrected", "uncorrected", "delayed", "detected", "no_action", "logged", "tagged", "alert", "count",
		"reset", "captcha", "challenge", "access_revoked", "rejected", "unauthorized", "error", 99: "other"}
	flatScopes = []string{"", "internal", "external"}
)

// memberWord is member for a number that has a word in a table.
func memberWord(dst []byte, key string, table []string, n int) []byte {
	if n >= len(table) {
		return dst
	}
	return member(dst, key, table[n])
}

// memberTime is member for times: RFC 3339 in UTC.
func memberTime(dst []byte, key string, ns int64) []byte {
	if ns == 0 {
		return dst
	}
	return append(appendTime(append(dst, key...), ns), '"')
}

// flatCommon appends what all classes have. text, where there is one, is the message, and what is one otherwise the summary.
func flatCommon(dst []byte, m *relay.Common, text string) []byte {
	dst = member(dst, `,"vendor":"`, m.Product.Vendor)
	dst = member(dst, `,"product":"`, m.Product.Name)
	dst = member(dst, `,"feature":"`, m.Product.Feature)
	dst = member(dst, `,"feature_id":"`, m.Product.FeatureUID)
	dst = member(dst, `,"version":"`, m.Product.Version)
	dst = member(dst, `,"cloud":"`, m.Cloud.Provider)
	dst = member(dst, `,"account":"`, m.Cloud.Account)
	dst = member(dst, `,"region":"`, m.Cloud.Region)
	dst = member(dst, `,"zone":"`, m.Cloud.Zone)
	dst = member(dst, `,"org":"`, m.Cloud.Org)
	dst = member(dst, `,"event_id":"`, m.EventID)
	dst = member(dst, `,"event_code":"`, m.EventCode)
	dst = member(dst, `,"time_text":"`, m.TimeText)
	dst = member(dst, `,"level":"`, m.Level)
	dst = memberStrings(dst, `,"labels":`, m.Labels)
	dst = member(dst, `,"hostname":"`, m.Host)
	dst = member(dst, `,"app":"`, m.App)
	dst = memberWord(dst, `,"severity_label":"`, flatSeverities, int(m.Severity))
	dst = memberWord(dst, `,"outcome":"`, flatOutcomes, int(m.Status))
	dst = member(dst, `,"status":"`, m.StatusCode)
	dst = member(dst, `,"reason":"`, m.StatusDetail)
	if text == "" {
		return member(dst, `,"message":"`, m.Message)
	}
	if text != m.Message {
		dst = member(dst, `,"summary":"`, m.Message)
	}
	return member(dst, `,"message":"`, text)
}

// flatSide are the names of the members of an endpoint, in the order in which flatEndpoint writes them.
type flatSide [18]string

// flatSideOf makes the names of the endpoint that prefix stands for.
func flatSideOf(prefix string) (s flatSide) {
	for i, name := range [len(s)]string{"ip", "port", "hostname", "domain", "id", "mac", "country", "interface", "vpc", "subnet", "instance", "zone",
		"service", "nat_ip", "nat_port", "scope", "port_name", "intermediate_ips"} {
		s[i] = `,"` + prefix + "_" + name + `":`
		switch name {
		case "port", "nat_port", "intermediate_ips":
		default:
			s[i] += `"`
		}
	}
	return s
}

var flatSrc, flatDst, flatUpstream = flatSideOf("src"), flatSideOf("dst"), flatSideOf("upstream")

func flatEndpoint(dst []byte, s *flatSide, p *relay.Endpoint) []byte {
	dst = member(dst, s[0], p.IP)
	dst = memberNumber(dst, s[1], p.Port)
	dst = member(dst, s[2], p.Hostname)
	dst = member(dst, s[3], p.Domain)
	dst = member(dst, s[4], p.UID)
	dst = member(dst, s[5], p.MAC)
	dst = member(dst, s[6], p.Country)
	dst = member(dst, s[7], p.Interface)
	dst = member(dst, s[8], p.VPC)
	dst = member(dst, s[9], p.Subnet)
	dst = member(dst, s[10], p.Instance)
	dst = member(dst, s[11], p.Zone)
	dst = member(dst, s[12], p.Service)
	dst = member(dst, s[13], p.NATIP)
	dst = memberNumber(dst, s[14], p.NATPort)
	dst = memberWord(dst, s[15], flatScopes, int(p.Scope))
	dst = member(dst, s[16], p.PortName)
	return memberStrings(dst, s[17], p.Intermediates)
}

func flatConnection(dst []byte, c *relay.Connection) []byte {
	dst = memberNumber(dst, `,"protocol":`, c.Protocol)
	dst = member(dst, `,"protocol_name":"`, c.ProtocolName)
	dst = member(dst, `,"ip_version":"`, c.IPVersion)
	dst = memberNumber(dst, `,"tcp_flags":`, c.TCPFlags)
	dst = member(dst, `,"direction":"`, c.Direction)
	dst = memberNumber(dst, `,"traffic_path":`, c.Path)
	dst = member(dst, `,"connection_id":"`, c.SessionID)
	return member(dst, `,"application":"`, c.Application)
}

func flatTraffic(dst []byte, t *relay.Traffic) []byte {
	dst = memberNumber(dst, `,"bytes":`, t.Bytes)
	dst = memberNumber(dst, `,"bytes_in":`, t.BytesIn)
	dst = memberNumber(dst, `,"bytes_out":`, t.BytesOut)
	dst = memberNumber(dst, `,"packets":`, t.Packets)
	dst = memberNumber(dst, `,"packets_in":`, t.PacketsIn)
	return memberNumber(dst, `,"packets_out":`, t.PacketsOut)
}

func flatVerdict(dst []byte, v *relay.Verdict) []byte {
	dst = member(dst, `,"action":"`, v.Word)
	dst = memberWord(dst, `,"verdict":"`, flatActions, int(v.Action))
	dst = memberWord(dst, `,"disposition":"`, flatDispositions, int(v.Disposition))
	if v.Alert {
		dst = append(dst, `,"alert":true`...)
	}
	const rule = `,"rule":`
	dst, at := open(dst, rule)
	dst = member(dst, `,"id":"`, v.Rule.UID)
	dst = member(dst, `,"name":"`, v.Rule.Name)
	dst = member(dst, `,"type":"`, v.Rule.Type)
	dst = member(dst, `,"category":"`, v.Rule.Category)
	dst = member(dst, `,"policy":"`, v.Rule.Policy)
	return done(dst, at, rule)
}

func flatTLS(dst []byte, t *relay.TLS) []byte {
	const key = `,"tls":`
	dst, at := open(dst, key)
	dst = member(dst, `,"version":"`, t.Version)
	dst = member(dst, `,"cipher":"`, t.Cipher)
	dst = member(dst, `,"sni":"`, t.SNI)
	dst = member(dst, `,"ja3":"`, t.JA3)
	dst = member(dst, `,"ja3s":"`, t.JA3S)
	dst = member(dst, `,"ja4":"`, t.JA4)
	dst = member(dst, `,"certificate":"`, t.Certificate)
	dst = member(dst, `,"subject":"`, t.Subject)
	dst = member(dst, `,"issuer":"`, t.Issuer)
	dst = member(dst, `,"client_subject":"`, t.ClientSubject)
	return done(dst, at, key)
}

func flatUser(dst []byte, u *relay.User) []byte {
	const key = `,"user":`
	dst, at := open(dst, key)
	dst = member(dst, `,"name":"`, u.Name)
	dst = member(dst, `,"id":"`, u.UID)
	dst = member(dst, `,"id_alt":"`, u.UIDAlt)
	dst = member(dst, `,"type":"`, u.Type)
	dst = member(dst, `,"account":"`, u.Account)
	dst = member(dst, `,"domain":"`, u.Domain)
	dst = member(dst, `,"email":"`, u.Email)
	dst = member(dst, `,"access_key":"`, u.AccessKey)
	dst = memberStrings(dst, `,"groups":`, u.Groups)
	return done(dst, at, key)
}

func flatSession(dst []byte, s *relay.Session) []byte {
	const key = `,"session":`
	dst, at := open(dst, key)
	dst = member(dst, `,"id":"`, s.UID)
	dst = member(dst, `,"id_alt":"`, s.UIDAlt)
	dst = memberTime(dst, `,"created":"`, s.Created)
	dst = memberTime(dst, `,"expires":"`, s.Expires)
	dst = memberTruth(dst, `,"mfa":`, s.MFA)
	dst = member(dst, `,"issuer":"`, s.Issuer)
	const role = `,"role":`
	dst, inner := open(dst, role)
	dst = member(dst, `,"type":"`, s.Role.Type)
	dst = member(dst, `,"name":"`, s.Role.Name)
	dst = member(dst, `,"id":"`, s.Role.UID)
	dst = member(dst, `,"account":"`, s.Role.Account)
	dst = done(dst, inner, role)
	dst = member(dst, `,"credential":"`, s.Credential)
	dst = member(dst, `,"terminal":"`, s.Terminal)
	return done(dst, at, key)
}

func flatActor(dst []byte, a *relay.Actor) []byte {
	const key = `,"actor":`
	dst, at := open(dst, key)
	dst = flatUser(dst, &a.User)
	dst = flatSession(dst, &a.Session)
	dst = member(dst, `,"idp":"`, a.IDP)
	dst = member(dst, `,"app":"`, a.App)
	dst = member(dst, `,"process":"`, a.Process)
	dst = memberNumber(dst, `,"pid":`, a.PID)
	dst = member(dst, `,"command":"`, a.ProcessCmd)
	dst = member(dst, `,"impersonated_user":"`, a.ImpersonatedUser)
	return done(dst, at, key)
}

func flatAPI(dst []byte, a *relay.API) []byte {
	const key = `,"api":`
	dst, at := open(dst, key)
	dst = member(dst, `,"operation":"`, a.Operation)
	dst = member(dst, `,"service":"`, a.Service)
	dst = member(dst, `,"version":"`, a.Version)
	dst = member(dst, `,"group":"`, a.Group)
	dst = member(dst, `,"request_id":"`, a.RequestUID)
	dst = memberJSON(dst, `,"request":`, a.Request)
	dst = memberJSON(dst, `,"response":`, a.Response)
	dst = memberNumber(dst, `,"code":`, a.Code)
	dst = member(dst, `,"error":"`, a.Error)
	dst = member(dst, `,"error_message":"`, a.ErrorMessage)
	dst = member(dst, `,"message":"`, a.Message)
	return done(dst, at, key)
}

func flatHTTP(dst []byte, h *relay.HTTP) []byte {
	const key, headers = `,"http":`, `,"headers":`
	dst, at := open(dst, key)
	dst = member(dst, `,"id":"`, h.UID)
	dst = member(dst, `,"method":"`, h.Method)
	dst = member(dst, `,"version":"`, h.Version)
	dst = member(dst, `,"scheme":"`, h.Scheme)
	dst = member(dst, `,"host":"`, h.Host)
	dst = memberNumber(dst, `,"port":`, h.Port)
	dst = member(dst, `,"path":"`, h.Path)
	dst = member(dst, `,"query":"`, h.Query)
	dst = member(dst, `,"url":"`, h.URL)
	dst = member(dst, `,"user_agent":"`, h.UserAgent)
	dst = member(dst, `,"referrer":"`, h.Referrer)
	dst = memberStrings(dst, `,"x_forwarded_for":`, h.XForwardedFor)
	dst, list := open(dst, headers)
	dst = appendHeaders(dst, h.Headers)
	dst = doneList(dst, list, headers)
	dst = memberNumber(dst, `,"length":`, h.Length)
	dst = memberNumber(dst, `,"status":`, h.Status)
	dst = memberNumber(dst, `,"answer_length":`, h.AnswerLength)
	dst = memberNumber(dst, `,"answer_body":`, h.AnswerBody)
	dst = member(dst, `,"content_type":"`, h.ContentType)
	dst = memberNumber(dst, `,"latency_ms":`, h.Latency)
	return done(dst, at, key)
}

// appendHeaders appends headers as objects of name and value, each with a leading comma.
func appendHeaders(dst []byte, list []relay.Header) []byte {
	for i := range list {
		dst = appendText(append(dst, `,{"name":"`...), list[i].Name)
		dst = append(appendText(append(dst, `,"value":"`...), list[i].Value), '}')
	}
	return dst
}

func flatResources(dst []byte, list []relay.Resource) []byte {
	const key, comma = `,"resources":`, `,`
	dst, at := open(dst, key)
	for i := range list {
		r := &list[i]
		var inner int
		dst, inner = open(dst, comma)
		dst = member(dst, `,"id":"`, r.UID)
		dst = member(dst, `,"name":"`, r.Name)
		dst = member(dst, `,"type":"`, r.Type)
		dst = member(dst, `,"namespace":"`, r.Namespace)
		dst = member(dst, `,"version":"`, r.Version)
		dst = member(dst, `,"account":"`, r.Account)
		dst = member(dst, `,"region":"`, r.Region)
		dst = memberJSON(dst, `,"data":`, r.Data)
		dst = done(dst, inner, comma)
	}
	return doneList(dst, at, key)
}
