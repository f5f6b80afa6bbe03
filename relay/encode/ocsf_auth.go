package encode

import "logrelay/relay"

// authentication writes Authentication [3002]; one that does not say whose login it is, or to what, cannot be that and is a Base Event.
func (o ocsf) authentication(dst []byte, e *relay.Event, a *relay.Authentication) []byte {
	user := &a.User
	if !ocsfKnown(user) {
		user = &a.Actor.User
	}
	service := ocsfService(a)
	if !ocsfKnown(user) || service == "" && !ocsfIdentified(&a.Dst) {
		return o.bareAuthentication(dst, e, a)
	}
	cloud := a.Cloud.Provider != ""
	dst = ocsfAuthentication.begin(dst, e, &a.Common, int(a.Activity), a.ActivityName)
	dst = ocsfStatus(dst, a.Status)
	dst = ocsfCommon(dst, e, &a.Common, ocsfProfilesOf(&a.Common))
	dst = ocsfActor(dst, &a.Actor)
	dst = ocsfUser(dst, user)
	dst = ocsfSession(dst, &a.Session)
	if service != "" {
		dst = append(appendText(append(dst, `,"service":{"name":"`...), service), '}')
	}
	if a.ProtocolID != 0 || a.Protocol != "" {
		dst = ocsfAuthProtocol(dst, a)
	}
	if a.LogonTypeID != 0 {
		dst = ocsfLogonTypes.append(dst, int(a.LogonTypeID), "")
	}
	dst = memberTruth(dst, `,"is_mfa":`, a.MFA)
	dst = memberTruth(dst, `,"is_remote":`, a.Remote)
	dst = ocsfEndpoint(dst, `,"src_endpoint":`, &a.Src)
	dst = ocsfEndpoint(dst, `,"dst_endpoint":`, &a.Dst)
	if cloud {
		dst = ocsfAPIObject(dst, &a.API)
	}
	dst = ocsfHTTPRequest(dst, &a.HTTP, false)
	dst = ocsfHTTPResponse(dst, &a.HTTP)

	dst, at := open(dst, ocsfUnmapped)
	dst = ocsfActorRest(dst, e, &a.Actor, true)
	dst = ocsfUserRest(dst, &a.User, true)
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &a.Src, true)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &a.Dst, true)
	dst = ocsfAPIRest(dst, &a.API, cloud)
	dst = ocsfHTTPRest(dst, &a.HTTP, true)
	dst = ocsfTLSRest(dst, &a.TLS, false)
	if a.Activity != relay.AuthOther {
		dst = member(dst, `,"activity":"`, a.ActivityName)
	}
	if a.Process != service {
		dst = member(dst, `,"process":"`, a.Process)
	}
	return o.end(dst, at, e, &a.Common)
}

// ocsfService is what was logged in to: a service, an interface, or else the program that did the login.
func ocsfService(a *relay.Authentication) string {
	switch {
	case a.Service != "":
		return a.Service
	case a.API.Service != "":
		return a.API.Service
	case ocsfIdentified(&a.Dst):
		return ""
	case a.Process != "":
		return a.Process
	}
	return a.App
}

// ocsfAuthProtocol appends auth_protocol_id with its caption, or 99 with the source's word.
func ocsfAuthProtocol(dst []byte, a *relay.Authentication) []byte {
	id := int(a.ProtocolID)
	if id == 0 {
		id = 99
	}
	return ocsfAuthProtocols.append(dst, id, a.Protocol)
}

// bareAuthentication writes a login of nobody, or to nothing, as a Base Event.
func (o ocsf) bareAuthentication(dst []byte, e *relay.Event, a *relay.Authentication) []byte {
	dst = ocsfBase.begin(dst, e, &a.Common, 99, "Authentication")
	dst = ocsfStatus(dst, a.Status)
	dst = ocsfCommon(dst, e, &a.Common, ocsfProfilesOf(&a.Common))
	dst, at := open(dst, ocsfUnmapped)
	dst = member(dst, `,"activity":"`, a.ActivityName)
	dst = ocsfActorRest(dst, e, &a.Actor, false)
	dst = ocsfUserRest(dst, &a.User, false)
	dst = ocsfSession(dst, &a.Session)
	dst = member(dst, `,"service":"`, a.Service)
	dst = member(dst, `,"auth_protocol":"`, a.Protocol)
	dst = memberTruth(dst, `,"is_mfa":`, a.MFA)
	dst = memberTruth(dst, `,"is_remote":`, a.Remote)
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &a.Src, false)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &a.Dst, false)
	dst = ocsfAPIRest(dst, &a.API, false)
	dst = ocsfHTTPRest(dst, &a.HTTP, false)
	dst = ocsfTLSRest(dst, &a.TLS, false)
	dst = member(dst, `,"process":"`, a.Process)
	return o.end(dst, at, e, &a.Common)
}
