package encode

import "logrelay/relay"

// Activities of the flat schema, by the number that package relay gives them.
var (
	flatFlowActivities    = []string{"", "open", "close", "reset", "fail", "refuse", "traffic"}
	flatCallActivities    = []string{"", "create", "read", "update", "delete", 99: "other"}
	flatDNSActivities     = []string{"", "question", "response"}
	flatFindingActivities = []string{"", "create", "update", "close"}
	flatLoginActivities   = []string{"", "logon", "logoff", "ticket", "service_ticket", "ticket_renewal", "preauth", "account_switch", 99: "other"}
	flatAccountActivities = []string{"", "create", "enable", "password_change", "password_reset", "disable", "delete", "attach_policy",
		"detach_policy", "lock", "mfa_enable", "mfa_disable", "unlock", 99: "other"}
	flatLogonTypes = []string{"", "system", "interactive", "network", "batch", "os_service", "", "unlock", "network_cleartext",
		"new_credentials", "remote_interactive", "cached_interactive", "cached_remote_interactive", "cached_unlock", 99: "other"}
)

// flatNetworkFlow appends class network_flow. bytes_in is towards the source, bytes_out away from it.
func flatNetworkFlow(dst []byte, f *relay.NetworkFlow) []byte {
	dst = append(dst, `,"class":"network_flow"`...)
	dst = flatCommon(dst, &f.Common, "")
	dst = memberWord(dst, `,"activity":"`, flatFlowActivities, int(f.Activity))
	dst = memberTime(dst, `,"start":"`, f.Start)
	dst = memberTime(dst, `,"end":"`, f.End)
	dst = flatEndpoint(dst, &flatSrc, &f.Src)
	dst = flatEndpoint(dst, &flatDst, &f.Dst)
	dst = flatConnection(dst, &f.Connection)
	dst = flatTraffic(dst, &f.Traffic)
	dst = flatVerdict(dst, &f.Verdict)
	dst = flatUser(dst, &f.User)
	return flatTLS(dst, &f.TLS)
}

// flatAPICall appends class api_call. account_change says how a user's account was changed.
func flatAPICall(dst []byte, c *relay.APICall) []byte {
	dst = append(dst, `,"class":"api_call"`...)
	dst = flatCommon(dst, &c.Common, "")
	dst = memberWord(dst, `,"activity":"`, flatCallActivities, int(c.Activity))
	dst = memberTime(dst, `,"start":"`, c.Start)
	dst = flatAPI(dst, &c.API)
	dst = flatActor(dst, &c.Actor)
	dst = flatEndpoint(dst, &flatSrc, &c.Src)
	dst = flatEndpoint(dst, &flatDst, &c.Dst)
	dst = flatHTTP(dst, &c.HTTP)
	dst = flatTLS(dst, &c.TLS)
	dst = flatResources(dst, c.Resources)
	dst = flatVerdict(dst, &c.Verdict)
	const change = `,"account_change":`
	dst, at := open(dst, change)
	dst = memberWord(dst, `,"activity":"`, flatAccountActivities, int(c.Change.Activity))
	dst = flatUser(dst, &c.Change.User)
	dst = member(dst, `,"policy_id":"`, c.Change.PolicyUID)
	dst = member(dst, `,"policy_name":"`, c.Change.PolicyName)
	return done(dst, at, change)
}

// flatDNSQuery appends class dns_query.
func flatDNSQuery(dst []byte, q *relay.DNSQuery) []byte {
	dst = append(dst, `,"class":"dns_query"`...)
	dst = flatCommon(dst, &q.Common, "")
	dst = memberWord(dst, `,"activity":"`, flatDNSActivities, int(q.Activity))
	dst = member(dst, `,"query":"`, q.Name)
	dst = member(dst, `,"query_type":"`, q.Type)
	dst = member(dst, `,"query_class":"`, q.Class)
	dst = member(dst, `,"rcode":"`, q.Rcode)
	const key, comma = `,"answers":`, `,`
	dst, at := open(dst, key)
	for i := range q.Answers {
		var inner int
		dst, inner = open(dst, comma)
		dst = member(dst, `,"data":"`, q.Answers[i].Data)
		dst = member(dst, `,"type":"`, q.Answers[i].Type)
		dst = member(dst, `,"class":"`, q.Answers[i].Class)
		dst = memberNumber(dst, `,"ttl":`, q.Answers[i].TTL)
		dst = done(dst, inner, comma)
	}
	dst = doneList(dst, at, key)
	dst = flatEndpoint(dst, &flatSrc, &q.Src)
	dst = flatEndpoint(dst, &flatDst, &q.Dst)
	dst = flatConnection(dst, &q.Connection)
	return flatVerdict(dst, &q.Verdict)
}

// flatHTTPRequest appends class http_request.
func flatHTTPRequest(dst []byte, r *relay.HTTPRequest) []byte {
	dst = append(dst, `,"class":"http_request"`...)
	dst = flatCommon(dst, &r.Common, "")
	dst = memberTime(dst, `,"start":"`, r.Start)
	dst = memberTime(dst, `,"end":"`, r.End)
	dst = flatHTTP(dst, &r.HTTP)
	dst = flatEndpoint(dst, &flatSrc, &r.Src)
	dst = flatEndpoint(dst, &flatDst, &r.Dst)
	dst = flatEndpoint(dst, &flatUpstream, &r.Upstream)
	dst = member(dst, `,"balancer":"`, r.Balancer)
	dst = flatConnection(dst, &r.Connection)
	dst = flatTraffic(dst, &r.Traffic)
	dst = flatVerdict(dst, &r.Verdict)
	dst = flatUser(dst, &r.User)
	return flatTLS(dst, &r.TLS)
}

// flatAuthentication appends class authentication. user is whose login it is, actor who asked for it.
func flatAuthentication(dst []byte, a *relay.Authentication) []byte {
	dst = append(dst, `,"class":"authentication"`...)
	dst = flatCommon(dst, &a.Common, "")
	dst = memberWord(dst, `,"activity":"`, flatLoginActivities, int(a.Activity))
	dst = member(dst, `,"activity_name":"`, a.ActivityName)
	dst = flatUser(dst, &a.User)
	dst = flatActor(dst, &a.Actor)
	dst = flatSession(dst, &a.Session)
	dst = member(dst, `,"service":"`, a.Service)
	dst = member(dst, `,"auth_protocol":"`, a.Protocol)
	dst = memberWord(dst, `,"logon_type":"`, flatLogonTypes, int(a.LogonTypeID))
	dst = memberTruth(dst, `,"mfa":`, a.MFA)
	dst = memberTruth(dst, `,"remote":`, a.Remote)
	dst = flatEndpoint(dst, &flatSrc, &a.Src)
	dst = flatEndpoint(dst, &flatDst, &a.Dst)
	dst = flatAPI(dst, &a.API)
	dst = flatHTTP(dst, &a.HTTP)
	dst = flatTLS(dst, &a.TLS)
	return member(dst, `,"process":"`, a.Process)
}

// flatFinding appends class finding. score is the source's own severity; confidence and risk are 0 to 100.
func flatFinding(dst []byte, f *relay.Finding) []byte {
	dst = append(dst, `,"class":"finding"`...)
	dst = flatCommon(dst, &f.Common, "")
	dst = memberWord(dst, `,"activity":"`, flatFindingActivities, int(f.Activity))
	dst = member(dst, `,"finding_id":"`, f.UID)
	dst = member(dst, `,"title":"`, f.Title)
	dst = member(dst, `,"description":"`, f.Desc)
	dst = memberStrings(dst, `,"types":`, f.Types)
	dst = memberTime(dst, `,"created":"`, f.Created)
	dst = memberTime(dst, `,"modified":"`, f.Modified)
	dst = memberTime(dst, `,"first_seen":"`, f.FirstSeen)
	dst = memberTime(dst, `,"last_seen":"`, f.LastSeen)
	dst = memberTime(dst, `,"start":"`, f.Start)
	dst = memberTime(dst, `,"end":"`, f.End)
	dst = memberNumber(dst, `,"count":`, f.Count)
	dst = member(dst, `,"url":"`, f.URL)
	dst = member(dst, `,"detector":"`, f.Detector)
	dst = member(dst, `,"score":"`, f.Score)
	dst = memberNumber(dst, `,"confidence":`, f.Confidence)
	dst = memberNumber(dst, `,"risk":`, f.Risk)
	dst = memberStrings(dst, `,"tactics":`, f.Tactics)
	dst = member(dst, `,"remediation":"`, f.Remediation)
	dst = flatResources(dst, f.Resources)
	dst = flatEndpoint(dst, &flatSrc, &f.Src)
	dst = flatEndpoint(dst, &flatDst, &f.Dst)
	dst = flatConnection(dst, &f.Connection)
	dst = flatActor(dst, &f.Actor)
	dst = flatAPI(dst, &f.API)
	dst = member(dst, `,"query":"`, f.DNSName)
	dst = flatHTTP(dst, &f.HTTP)
	dst = flatTLS(dst, &f.TLS)
	return flatVerdict(dst, &f.Verdict)
}

// flatMessage appends class message. structured_data is an object of objects; facility and severity are the numbers of syslog.
func flatMessage(dst []byte, m *relay.Message) []byte {
	dst = append(dst, `,"class":"message"`...)
	dst = member(dst, `,"format":"`, m.Format)
	if m.PRI.Set {
		dst = appendInt(append(dst, `,"facility":`...), m.PRI.Value>>3)
		dst = appendInt(append(dst, `,"severity":`...), m.PRI.Value&7)
	}
	dst = flatCommon(dst, &m.Common, m.Text)
	dst = member(dst, `,"proc_id":"`, m.ProcID)
	dst = member(dst, `,"msg_id":"`, m.MsgID)
	return structuredData(dst, m.Params)
}

// flatOther appends class other: a JSON record as the member json, any other as message, unless the record goes out as raw anyway.
func flatOther(dst []byte, c *relay.Other, raw bool) []byte {
	dst = append(dst, `,"class":"other"`...)
	if c.JSON == "" && !raw {
		return flatCommon(dst, &c.Common, c.Text)
	}
	dst = flatCommon(dst, &c.Common, "")
	return memberJSON(dst, `,"json":`, c.JSON)
}
