package encode

import (
	"strings"

	"logrelay/relay"
)

// ocsfMethod is the activity_id of a method in HTTP Activity: 99 for one that OCSF does not have, 0 for none.
func ocsfMethod(method string) int {
	switch method {
	case "":
		return 0
	case "CONNECT":
		return 1
	case "DELETE":
		return 2
	case "GET":
		return 3
	case "HEAD":
		return 4
	case "OPTIONS":
		return 5
	case "POST":
		return 6
	case "PUT":
		return 7
	case "TRACE":
		return 8
	case "PATCH":
		return 9
	}
	return 99
}

// httpRequest writes HTTP Activity [4002]. http_status is deprecated since OCSF 1.1 in favour of http_response.code; both are there, as in the
// published mappings.
func (o ocsf) httpRequest(dst []byte, e *relay.Event, r *relay.HTTPRequest) []byte {
	p := ocsfProfilesOf(&r.Common)
	start := len(dst)
	dst = ocsfHTTP.begin(dst, e, &r.Common, ocsfMethod(r.HTTP.Method), r.HTTP.Method)
	dst = ocsfSpan(dst, e, r.Start, r.End)
	dst = ocsfStatus(dst, r.Status)
	at := len(dst)
	dst = ocsfHTTPRequest(dst, &r.HTTP, true)
	dst = ocsfHTTPResponse(dst, &r.HTTP)
	if len(dst) == at {
		return o.bareRequest(dst[:start], e, r)
	}
	dst = memberNumber(dst, `,"http_status":`, r.HTTP.Status)
	if r.Verdict.Present {
		p |= ocsfSecurityControl
		dst = ocsfVerdict(dst, &r.Verdict)
	}
	if ocsfKnown(&r.User) {
		p |= ocsfHost
		dst = ocsfActor(dst, &relay.Actor{User: r.User})
	}
	if r.Balancer != "" {
		p |= ocsfLoadBalancer
		dst = ocsfBalancer(dst, r)
	}
	dst = ocsfCommon(dst, e, &r.Common, p)
	dst = ocsfEndpoint(dst, `,"src_endpoint":`, &r.Src)
	dst = ocsfEndpoint(dst, `,"dst_endpoint":`, &r.Dst)
	dst = ocsfConnectionIfAny(dst, &r.Connection)
	dst = ocsfTraffic(dst, &r.Traffic)
	dst = ocsfTLS(dst, &r.TLS)

	dst, at = open(dst, ocsfUnmapped)
	dst = ocsfHTTPRest(dst, &r.HTTP, true)
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &r.Src, true)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &r.Dst, true)
	dst = ocsfEndpointRest(dst, `,"upstream":`, &r.Upstream, r.Balancer != "")
	dst = ocsfVerdictRest(dst, &r.Verdict, r.Verdict.Present)
	dst = ocsfUserRest(dst, &r.User, true)
	dst = ocsfTLSRest(dst, &r.TLS, true)
	return o.end(dst, at, e, &r.Common)
}

// bareRequest writes a request of which neither request nor answer is known as a Base Event.
func (o ocsf) bareRequest(dst []byte, e *relay.Event, r *relay.HTTPRequest) []byte {
	dst = ocsfBase.begin(dst, e, &r.Common, 99, "HTTP request")
	dst = ocsfSpan(dst, e, r.Start, r.End)
	dst = ocsfStatus(dst, r.Status)
	dst = ocsfCommon(dst, e, &r.Common, ocsfProfilesOf(&r.Common))
	dst, at := open(dst, ocsfUnmapped)
	dst = ocsfHTTPRest(dst, &r.HTTP, false)
	dst = ocsfEndpointRest(dst, `,"src_endpoint":`, &r.Src, false)
	dst = ocsfEndpointRest(dst, `,"dst_endpoint":`, &r.Dst, false)
	dst = ocsfEndpointRest(dst, `,"upstream":`, &r.Upstream, false)
	dst = member(dst, `,"load_balancer":"`, r.Balancer)
	dst = ocsfConnectionIfAny(dst, &r.Connection)
	dst = ocsfTraffic(dst, &r.Traffic)
	dst = ocsfVerdictRest(dst, &r.Verdict, false)
	dst = ocsfUserRest(dst, &r.User, false)
	dst = ocsfTLSRest(dst, &r.TLS, false)
	return o.end(dst, at, e, &r.Common)
}

// ocsfBalancer appends load_balancer and the server that it asked.
func ocsfBalancer(dst []byte, r *relay.HTTPRequest) []byte {
	if strings.HasPrefix(r.Balancer, "arn:") {
		dst = appendText(append(dst, `,"load_balancer":{"uid":"`...), r.Balancer)
	} else {
		dst = appendText(append(dst, `,"load_balancer":{"name":"`...), r.Balancer)
	}
	return append(ocsfEndpoint(dst, `,"dst_endpoint":`, &r.Upstream), '}')
}

// ocsfHTTPRequest appends http_request; args, which is the query once more, where wanted. A method that OCSF does not have is
// ocsfHTTPRest's, and a URL without a path.
func ocsfHTTPRequest(dst []byte, h *relay.HTTP, args bool) []byte {
	const key = `,"http_request":`
	dst, at := open(dst, key)
	if ocsfMethod(h.Method) != 99 {
		dst = member(dst, `,"http_method":"`, h.Method)
	}
	if h.Path != "" || h.URL != "" {
		dst = ocsfURL(dst, h)
	}
	if args {
		dst = member(dst, `,"args":"`, h.Query)
	}
	dst = ocsfRequestMembers(dst, h)
	return done(dst, at, key)
}

// ocsfRequestMembers appends the members of http_request that can always be there.
func ocsfRequestMembers(dst []byte, h *relay.HTTP) []byte {
	const headers = `,"http_headers":`
	dst = member(dst, `,"uid":"`, h.UID)
	dst = member(dst, `,"version":"`, h.Version)
	dst = member(dst, `,"user_agent":"`, h.UserAgent)
	dst = member(dst, `,"referrer":"`, h.Referrer)
	dst = memberStrings(dst, `,"x_forwarded_for":`, h.XForwardedFor)
	dst = memberNumber(dst, `,"length":`, h.Length)
	dst, at := open(dst, headers)
	dst = appendHeaders(dst, h.Headers)
	return doneList(dst, at, headers)
}

func ocsfURL(dst []byte, h *relay.HTTP) []byte {
	const key = `,"url":`
	dst, at := open(dst, key)
	dst = member(dst, `,"scheme":"`, h.Scheme)
	dst = member(dst, `,"hostname":"`, h.Host)
	dst = memberNumber(dst, `,"port":`, h.Port)
	dst = member(dst, `,"path":"`, h.Path)
	dst = member(dst, `,"query_string":"`, h.Query)
	dst = member(dst, `,"url_string":"`, h.URL)
	return done(dst, at, key)
}

// ocsfHTTPResponse appends http_response if it can be one: it needs a code.
func ocsfHTTPResponse(dst []byte, h *relay.HTTP) []byte {
	if !h.Status.Set {
		return dst
	}
	return ocsfAnswer(dst, h)
}

func ocsfAnswer(dst []byte, h *relay.HTTP) []byte {
	const key = `,"http_response":`
	dst, at := open(dst, key)
	dst = memberNumber(dst, `,"code":`, h.Status)
	dst = memberNumber(dst, `,"length":`, h.AnswerLength)
	dst = memberNumber(dst, `,"body_length":`, h.AnswerBody)
	dst = member(dst, `,"content_type":"`, h.ContentType)
	dst = memberNumber(dst, `,"latency":`, h.Latency)
	return done(dst, at, key)
}

// ocsfHTTPRest appends what ocsfHTTPRequest and ocsfHTTPResponse do not; all of it unless placed.
func ocsfHTTPRest(dst []byte, h *relay.HTTP, placed bool) []byte {
	const key = `,"http_request":`
	dst, at := open(dst, key)
	if !placed || ocsfMethod(h.Method) == 99 {
		dst = member(dst, `,"http_method":"`, h.Method)
	}
	if !placed || h.Path == "" && h.URL == "" {
		dst = ocsfURL(dst, h)
	}
	if !placed {
		dst = ocsfRequestMembers(dst, h)
	}
	dst = done(dst, at, key)
	if !placed || !h.Status.Set {
		dst = ocsfAnswer(dst, h)
	}
	return dst
}
