package encode

import "logrelay/relay"

// networkFlow writes Network Activity [4001]; a flow that names no endpoint cannot be that and is a Base Event.
func (o ocsf) networkFlow(dst []byte, e *relay.Event, f *relay.NetworkFlow) []byte {
	p := ocsfProfilesOf(&f.Common)
	if f.Quiet || !ocsfIdentified(&f.Src) && !ocsfIdentified(&f.Dst) {
		return o.quietFlow(dst, e, f)
	}
	activity := int(f.Activity)
	switch {
	case f.Activity != relay.FlowUnset:
	case f.Verdict.Present && f.Verdict.Action == relay.ActionDenied:
		activity = int(relay.FlowRefuse)
	default:
		activity = int(relay.FlowTraffic)
	}
	dst = ocsfNetwork.begin(dst, e, &f.Common, activity, "")
	dst = ocsfSpan(dst, e, f.Start, f.End)
	dst = ocsfStatus(dst, f.Status)
	if f.Verdict.Present {
		p |= ocsfSecurityControl
		dst = ocsfVerdict(dst, &f.Verdict)
	}
	if ocsfKnown(&f.User) {
		p |= ocsfHost
		dst = ocsfActor(dst, &relay.Actor{User: f.User})
	}
	dst = ocsfCommon(dst, e, &f.Common, p)
	dst = ocsfEndpoint(dst, `,"src_endpoint":`, &f.Src)
	dst = ocsfEndpoint(dst, `,"dst_endpoint":`, &f.Dst)
	dst = ocsfConnection(dst, &f.Connection)
	dst = member(dst, `,"app_protocol_name":"`, f.Application)
	dst = ocsfTraffic(dst, &f.Traffic)
	dst = ocsfTLS(dst, &f.TLS)

	dst, at := open(dst, ocsfUnmapped)
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &f.Src, true)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &f.Dst, true)
	dst = ocsfVerdictRest(dst, &f.Verdict, f.Verdict.Present)
	dst = ocsfUserRest(dst, &f.User, true)
	dst = ocsfTLSRest(dst, &f.TLS, true)
	return o.end(dst, at, e, &f.Common)
}

// quietFlow writes a row that names no endpoint.
func (o ocsf) quietFlow(dst []byte, e *relay.Event, f *relay.NetworkFlow) []byte {
	activity := f.StatusCode
	if activity == "" {
		activity = "Flow without endpoints"
	}
	dst = ocsfBase.begin(dst, e, &f.Common, 99, activity)
	dst = ocsfSpan(dst, e, f.Start, f.End)
	dst = ocsfStatus(dst, f.Status)
	dst = ocsfCommon(dst, e, &f.Common, ocsfProfilesOf(&f.Common))
	dst, at := open(dst, ocsfUnmapped)
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &f.Src, false)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &f.Dst, false)
	dst = ocsfConnectionIfAny(dst, &f.Connection)
	dst = ocsfTraffic(dst, &f.Traffic)
	dst = ocsfVerdictRest(dst, &f.Verdict, false)
	dst = ocsfUserRest(dst, &f.User, false)
	dst = ocsfTLSRest(dst, &f.TLS, false)
	return o.end(dst, at, e, &f.Common)
}
