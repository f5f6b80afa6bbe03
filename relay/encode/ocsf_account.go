package encode

import "logrelay/relay"

// accountChange writes Account Change [3001]. Its attribute policy is deprecated since OCSF 1.4 in favour of a list, policies; consumers
// read the former, and 1.1.0 has no other.
func (o ocsf) accountChange(dst []byte, e *relay.Event, c *relay.APICall) []byte {
	cloud := c.Cloud.Provider != ""
	p := ocsfProfilesOf(&c.Common)
	dst = ocsfAccountChange.begin(dst, e, &c.Common, int(c.Change.Activity), c.API.Operation)
	dst = ocsfSpan(dst, e, c.Start, 0)
	dst = ocsfStatus(dst, c.Status)
	if c.Verdict.Present {
		p |= ocsfSecurityControl
		v := c.Verdict
		v.Rule.Policy = "" // its place is taken
		dst = ocsfVerdict(dst, &v)
	}
	dst = ocsfCommon(dst, e, &c.Common, p)
	dst = ocsfActor(dst, &c.Actor)
	dst = ocsfEndpoint(dst, `,"src_endpoint":`, &c.Src)
	user := &c.Change.User
	if !ocsfKnown(user) {
		user = &c.Actor.User
	}
	dst = ocsfUser(dst, user)
	const policy = `,"policy":`
	dst, at := open(dst, policy)
	dst = member(dst, `,"uid":"`, c.Change.PolicyUID)
	dst = member(dst, `,"name":"`, c.Change.PolicyName)
	dst = done(dst, at, policy)
	if cloud {
		dst = ocsfAPIObject(dst, &c.API)
	}
	dst = ocsfHTTPRequest(dst, &c.HTTP, false)
	dst = ocsfHTTPResponse(dst, &c.HTTP)

	dst, at = open(dst, ocsfUnmapped)
	dst = ocsfActorRest(dst, e, &c.Actor, true)
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &c.Src, true)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &c.Dst, false)
	dst = ocsfUserRest(dst, &c.Change.User, true)
	dst = ocsfVerdictRest(dst, &c.Verdict, c.Verdict.Present)
	if c.Verdict.Present {
		dst = member(dst, `,"policy":"`, c.Verdict.Rule.Policy)
	}
	dst = ocsfResourcesRest(dst, c.Resources, false, false)
	dst = ocsfAPIRest(dst, &c.API, cloud)
	dst = ocsfHTTPRest(dst, &c.HTTP, true)
	dst = ocsfTLSRest(dst, &c.TLS, false)
	return o.end(dst, at, e, &c.Common)
}

// ocsfChangeRest appends a change of an account that is no Account Change, since it names no user.
func ocsfChangeRest(dst []byte, c *relay.AccountChange) []byte {
	const key = `,"account_change":`
	dst, at := open(dst, key)
	dst = ocsfUserRest(dst, &c.User, false)
	dst = member(dst, `,"policy_uid":"`, c.PolicyUID)
	dst = member(dst, `,"policy_name":"`, c.PolicyName)
	return done(dst, at, key)
}
