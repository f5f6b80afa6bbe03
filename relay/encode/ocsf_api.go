package encode

import "logrelay/relay"

// apiCall writes API Activity [6003], and Account Change [3001] where a user's account was changed.
func (o ocsf) apiCall(dst []byte, e *relay.Event, c *relay.APICall) []byte {
	if c.Change.Activity != 0 && (ocsfKnown(&c.Change.User) || ocsfKnown(&c.Actor.User)) {
		return o.accountChange(dst, e, c)
	}
	p := ocsfProfilesOf(&c.Common)
	name := ocsfCaller(c)
	if c.API.Operation == "" || !ocsfActs(&c.Actor) && name == "" || !ocsfIdentified(&c.Src) && name == "" {
		return o.bareCall(dst, e, c)
	}
	dst = ocsfAPI.begin(dst, e, &c.Common, int(c.Activity), c.API.Operation)
	dst = ocsfSpan(dst, e, c.Start, 0)
	dst = ocsfStatus(dst, c.Status)
	if c.Verdict.Present {
		p |= ocsfSecurityControl
		dst = ocsfVerdict(dst, &c.Verdict)
	}
	dst = ocsfCommon(dst, e, &c.Common, p)
	app := c.Actor.App
	if !ocsfActs(&c.Actor) {
		app = name
	}
	dst = ocsfActorAs(dst, &c.Actor, app)
	if ocsfIdentified(&c.Src) {
		dst = ocsfEndpoint(dst, `,"src_endpoint":`, &c.Src)
	} else {
		dst = append(appendText(append(dst, `,"src_endpoint":{"domain":"`...), name), '}')
	}
	dst = ocsfEndpoint(dst, `,"dst_endpoint":`, &c.Dst)
	dst = ocsfAPIObject(dst, &c.API)
	dst = ocsfHTTPRequest(dst, &c.HTTP, false)
	dst = ocsfHTTPResponse(dst, &c.HTTP)
	dst = ocsfResources(dst, c.Resources, c.Cloud.Provider != "")

	dst, at := open(dst, ocsfUnmapped)
	dst = ocsfActorRest(dst, e, &c.Actor, true)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &c.Dst, true)
	dst = ocsfVerdictRest(dst, &c.Verdict, c.Verdict.Present)
	dst = ocsfResourcesRest(dst, c.Resources, true, c.Cloud.Provider != "")
	dst = ocsfChangeRest(dst, &c.Change)
	return o.endCall(dst, at, e, c)
}

// ocsfCaller is what stands for who called, or where from, when the source does not tell: the service through which, or which, was called.
func ocsfCaller(c *relay.APICall) string {
	switch {
	case c.Actor.App != "":
		return c.Actor.App
	case c.API.Service != "":
		return c.API.Service
	}
	return c.Product.Name
}

// endCall appends what every call may leave over.
func (o ocsf) endCall(dst []byte, at int, e *relay.Event, c *relay.APICall) []byte {
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &c.Src, true)
	dst = ocsfAPIRest(dst, &c.API, true)
	dst = ocsfHTTPRest(dst, &c.HTTP, true)
	dst = ocsfTLSRest(dst, &c.TLS, false)
	return o.end(dst, at, e, &c.Common)
}

// bareCall writes a call that does not say what was called, or by whom, as a Base Event.
func (o ocsf) bareCall(dst []byte, e *relay.Event, c *relay.APICall) []byte {
	dst = ocsfBase.begin(dst, e, &c.Common, 99, "API call")
	dst = ocsfSpan(dst, e, c.Start, 0)
	dst = ocsfStatus(dst, c.Status)
	dst = ocsfCommon(dst, e, &c.Common, ocsfProfilesOf(&c.Common))
	dst, at := open(dst, ocsfUnmapped)
	dst = ocsfActorRest(dst, e, &c.Actor, false)
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &c.Src, false)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &c.Dst, false)
	dst = ocsfAPIRest(dst, &c.API, false)
	dst = ocsfHTTPRest(dst, &c.HTTP, false)
	dst = ocsfTLSRest(dst, &c.TLS, false)
	dst = ocsfVerdictRest(dst, &c.Verdict, false)
	dst = ocsfResourcesRest(dst, c.Resources, false, false)
	dst = ocsfChangeRest(dst, &c.Change)
	return o.end(dst, at, e, &c.Common)
}
