package encode

import "logrelay/relay"

// ocsfRcode is the rcode_id of a name; 99 where OCSF has another or none.
func ocsfRcode(name string) int {
	switch name {
	case "NOERROR":
		return 0
	case "FORMERR":
		return 1
	case "SERVFAIL":
		return 2
	case "NXDOMAIN":
		return 3
	case "NOTIMP":
		return 4
	case "REFUSED":
		return 5
	case "YXDOMAIN":
		return 6
	case "YXRRSET":
		return 7
	case "NXRRSET":
		return 8
	case "NOTAUTH":
		return 9
	case "NOTZONE":
		return 10
	}
	return 99
}

// dnsQuery writes DNS Activity [4003]; one that names no endpoint cannot be that and is a Base Event.
func (o ocsf) dnsQuery(dst []byte, e *relay.Event, q *relay.DNSQuery) []byte {
	if !ocsfIdentified(&q.Src) && !ocsfIdentified(&q.Dst) {
		return o.bareQuery(dst, e, q)
	}
	p := ocsfProfilesOf(&q.Common)
	activity := int(q.Activity)
	if q.Activity == relay.DNSUnset {
		activity = 6 // Traffic
	}
	dst = ocsfDNS.begin(dst, e, &q.Common, activity, "")
	dst = ocsfStatus(dst, q.Status)
	if q.Activity == relay.DNSResponse {
		dst = appendMillis(append(dst, `,"response_time":`...), e.Time)
	} else {
		dst = appendMillis(append(dst, `,"query_time":`...), e.Time)
	}
	if q.Verdict.Present {
		p |= ocsfSecurityControl
		dst = ocsfVerdict(dst, &q.Verdict)
	}
	dst = ocsfCommon(dst, e, &q.Common, p)
	dst = ocsfEndpoint(dst, `,"src_endpoint":`, &q.Src)
	dst = ocsfEndpoint(dst, `,"dst_endpoint":`, &q.Dst)
	dst = ocsfConnection(dst, &q.Connection)
	dst = member(dst, `,"app_protocol_name":"`, q.Application)
	if q.Name != "" {
		dst = ocsfQuery(dst, q)
	}
	if q.Rcode != "" {
		dst = ocsfRcodes.append(dst, ocsfRcode(q.Rcode), q.Rcode)
	}
	dst = ocsfAnswers(dst, q.Answers, true, false)

	dst, at := open(dst, ocsfUnmapped)
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &q.Src, true)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &q.Dst, true)
	if q.Name == "" {
		dst = ocsfQuery(dst, q)
	}
	dst = ocsfAnswers(dst, q.Answers, false, true)
	dst = ocsfVerdictRest(dst, &q.Verdict, q.Verdict.Present)
	return o.end(dst, at, e, &q.Common)
}

// bareQuery writes a query that does not say who asked whom as a Base Event.
func (o ocsf) bareQuery(dst []byte, e *relay.Event, q *relay.DNSQuery) []byte {
	dst = ocsfBase.begin(dst, e, &q.Common, 99, "DNS query")
	dst = ocsfStatus(dst, q.Status)
	dst = ocsfCommon(dst, e, &q.Common, ocsfProfilesOf(&q.Common))
	dst, at := open(dst, ocsfUnmapped)
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &q.Src, false)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &q.Dst, false)
	dst = ocsfConnectionIfAny(dst, &q.Connection)
	dst = ocsfQuery(dst, q)
	dst = member(dst, `,"rcode":"`, q.Rcode)
	dst = ocsfAnswers(dst, q.Answers, true, true)
	dst = ocsfVerdictRest(dst, &q.Verdict, false)
	return o.end(dst, at, e, &q.Common)
}

func ocsfQuery(dst []byte, q *relay.DNSQuery) []byte {
	const key = `,"query":`
	dst, at := open(dst, key)
	dst = member(dst, `,"hostname":"`, q.Name)
	dst = member(dst, `,"type":"`, q.Type)
	dst = member(dst, `,"class":"`, q.Class)
	return done(dst, at, key)
}

// ocsfAnswers appends the answers that have data, which OCSF requires, or those that have not, or both.
func ocsfAnswers(dst []byte, list []relay.Answer, full, bare bool) []byte {
	const key, comma = `,"answers":`, `,`
	dst, at := open(dst, key)
	for i := range list {
		a := &list[i]
		if a.Data != "" && !full || a.Data == "" && !bare {
			continue
		}
		var inner int
		dst, inner = open(dst, comma)
		dst = member(dst, `,"rdata":"`, a.Data)
		dst = member(dst, `,"type":"`, a.Type)
		dst = member(dst, `,"class":"`, a.Class)
		dst = memberNumber(dst, `,"ttl":`, a.TTL)
		dst = done(dst, inner, comma)
	}
	return doneList(dst, at, key)
}
