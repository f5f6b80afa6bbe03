package encode

import "logrelay/relay"

// finding writes Detection Finding [2004].
func (o ocsf) finding(dst []byte, e *relay.Event, f *relay.Finding) []byte {
	p := ocsfProfilesOf(&f.Common) &^ ocsfHost // device is the class's own
	cloud := p&ocsfCloud != 0
	dst = ocsfFinding.begin(dst, e, &f.Common, int(f.Activity), "")
	dst = ocsfSpan(dst, e, f.Start, f.End)
	dst = memberNumber(dst, `,"count":`, f.Count)
	dst = memberNumber(dst, `,"confidence_score":`, f.Confidence)
	dst = memberNumber(dst, `,"risk_score":`, f.Risk)
	if f.Verdict.Present {
		p |= ocsfSecurityControl
		dst = ocsfVerdict(dst, &f.Verdict)
	}
	dst = ocsfCommon(dst, e, &f.Common, p)
	dst = ocsfFindingInfo(dst, e, f)
	if f.Remediation != "" {
		dst = append(appendText(append(dst, `,"remediation":{"desc":"`...), f.Remediation), '}')
	}
	dst = ocsfResources(dst, f.Resources, cloud)
	dst, placed := ocsfEvidences(dst, f)

	dst, at := open(dst, ocsfUnmapped)
	dst = member(dst, `,"severity":"`, f.Score)
	switch f.Status {
	case relay.StatusSuccess:
		dst = append(dst, `,"status":"Success"`...)
	case relay.StatusFailure:
		dst = append(dst, `,"status":"Failure"`...)
	}
	dst = ocsfResourcesRest(dst, f.Resources, true, cloud)
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &f.Src, true)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &f.Dst, true)
	dst = ocsfActorRest(dst, e, &f.Actor, true)
	dst = ocsfAPIRest(dst, &f.API, true)
	dst = ocsfHTTPRest(dst, &f.HTTP, placed)
	dst = ocsfTLSRest(dst, &f.TLS, placed)
	dst = ocsfVerdictRest(dst, &f.Verdict, f.Verdict.Present)
	dst = member(dst, `,"app_protocol_name":"`, f.Connection.Application)
	return o.end(dst, at, e, &f.Common)
}

// ocsfFindingInfo appends finding_info. A finding without an id has the event's.
func ocsfFindingInfo(dst []byte, e *relay.Event, f *relay.Finding) []byte {
	dst = append(dst, `,"finding_info":{"uid":"`...)
	switch {
	case f.UID != "":
		dst = appendText(dst, f.UID)
	case f.EventID != "":
		dst = appendText(dst, f.EventID)
	default:
		dst = append(e.AppendID(dst), '"')
	}
	dst = member(dst, `,"title":"`, f.Title)
	dst = member(dst, `,"desc":"`, f.Desc)
	dst = memberStrings(dst, `,"types":`, f.Types)
	dst = memberMillis(dst, `,"created_time":`, f.Created)
	dst = memberMillis(dst, `,"modified_time":`, f.Modified)
	dst = memberMillis(dst, `,"first_seen_time":`, f.FirstSeen)
	dst = memberMillis(dst, `,"last_seen_time":`, f.LastSeen)
	dst = member(dst, `,"src_url":"`, f.URL)
	if f.Detector != "" {
		dst = append(appendText(append(dst, `,"analytic":{"type_id":0,"type":"Unknown","name":"`...), f.Detector), '}')
	}
	const attacks = `,"attacks":`
	dst, at := open(dst, attacks)
	for _, t := range f.Tactics {
		if t != "" {
			dst = append(appendText(append(dst, `,{"tactic":{"name":"`...), t), '}', '}')
		}
	}
	return append(doneList(dst, at, attacks), '}')
}

// memberMillis is member for times, in milliseconds.
func memberMillis(dst []byte, key string, ns int64) []byte {
	if ns == 0 {
		return dst
	}
	return appendMillis(append(dst, key...), ns)
}

// ocsfEvidences appends what the finding is about as one member of evidences. False: there is nothing that makes one, to which a request could belong.
func ocsfEvidences(dst []byte, f *relay.Finding) ([]byte, bool) {
	const key, comma = `,"evidences":`, `,`
	dst, at := open(dst, key)
	dst, inner := open(dst, comma)
	dst = ocsfEndpoint(dst, `,"src_endpoint":`, &f.Src)
	dst = ocsfEndpoint(dst, `,"dst_endpoint":`, &f.Dst)
	if f.Connection != (relay.Connection{Application: f.Connection.Application}) {
		dst = ocsfConnection(dst, &f.Connection)
	}
	dst = ocsfActor(dst, &f.Actor)
	dst = ocsfAPIObject(dst, &f.API)
	if f.DNSName != "" {
		dst = append(appendText(append(dst, `,"query":{"hostname":"`...), f.DNSName), '}')
	}
	placed := len(dst) > inner+len(comma)
	if placed {
		dst = ocsfHTTPRequest(dst, &f.HTTP, false)
		dst = ocsfHTTPResponse(dst, &f.HTTP)
		dst = ocsfTLS(dst, &f.TLS)
	}
	dst = done(dst, inner, comma)
	return doneList(dst, at, key), placed
}
