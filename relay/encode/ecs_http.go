package encode

import (
	"strings"

	"logrelay/relay"
)

// httpRequest: category web, and network where a control had a say. The client is the source; the server is who answered, behind
// the balancer where there is one.
func (o ecs) httpRequest(dst []byte, e *relay.Event, c *relay.HTTPRequest) []byte {
	ev := ecsEvent{
		time: e.Time, start: c.Start, end: c.End, category: [2]string{"web"}, types: [3]string{"access", judged(&c.Verdict)},
		action: c.Verdict.Word, lower: true, reason: c.StatusDetail,
	}
	if c.Verdict.Present {
		ev.category[1] = "network"
	}
	if ev.start != 0 && ev.end == 0 && e.Time > ev.start {
		ev.end = e.Time
	}
	var none relay.Number
	server := &c.Upstream
	if server.IP == "" && server.Hostname == "" && server.Domain == "" {
		server = &c.Dst
	}
	dst = o.head(dst, e, &c.Common, &ev)
	dst = member(dst, `,"message":"`, c.Message)
	dst = ecsLevel(dst, c.Level)
	dst = ecsCloud(dst, &c.Cloud, c.Cloud.Account, "")
	dst = ecsEndpoint(dst, `,"source":`, &c.Src, c.BytesOut, c.PacketsOut)
	dst = ecsEndpoint(dst, `,"destination":`, &c.Dst, c.BytesIn, c.PacketsIn)
	dst = ecsEndpoint(dst, `,"client":`, &c.Src, none, none)
	dst = ecsEndpoint(dst, `,"server":`, server, none, none)
	dst = ecsNetwork(dst, &ecsFlow{conn: &c.Connection, traffic: &c.Traffic, src: &c.Src, dst: &c.Dst, protocol: "http"})
	dst = ecsUser(dst, keyUser, &c.User, c.User.Name, c.User.UID)
	dst = ecsAgent(dst, c.HTTP.UserAgent)
	dst = ecsHTTP(dst, &c.HTTP)
	dst = ecsURL(dst, &c.HTTP)
	dst = ecsTLS(dst, &c.TLS)
	dst = ecsRule(dst, &c.Verdict.Rule, "", "")
	dst = ecsObserver(dst, e, &c.Common, &relay.Endpoint{}, &relay.Endpoint{})
	r := ecsRelated{hosts: [4]string{c.HTTP.Host}, users: [4]string{c.User.Name}}
	dst = o.related(dst, &r, &c.Src, &c.Dst, &c.Upstream)

	k := ecsKindOf(e.Kind)
	dst, at := k.own(dst)
	dst = ecsCommonOwn(dst, k, &c.Common)
	dst = member(dst, `,"app":"`, c.App)
	dst = ecsVerdictOwn(dst, `,"action":"`, &c.Verdict)
	dst = ecsHTTPOwn(dst, &c.HTTP)
	dst = ecsTLSOwn(dst, &c.TLS)
	dst = ecsPlace(dst, `,"source":`, &c.Src, true)
	dst = ecsPlace(dst, `,"destination":`, &c.Dst, true)
	const upstream = `,"upstream":`
	dst, n := open(dst, upstream)
	dst = ecsPlaceMembers(dst, &c.Upstream, true)
	if server != &c.Upstream {
		dst = ecsEndpointMembers(dst, &c.Upstream, none, none)
	}
	dst = done(dst, n, upstream)
	dst = ecsUserOwn(dst, `,"user":`, &c.User)
	dst = member(dst, `,"balancer":"`, c.Balancer)
	dst = ecsConnOwn(dst, &c.Connection)
	dst = snakeFields(dst, at+len(k.open), e.Rest)
	dst = ecsHeaders(dst, c.HTTP.Headers)
	dst = k.close(dst, at)
	return o.tail(dst, e, &c.Common)
}

func ecsAgent(dst []byte, agent string) []byte {
	if agent == "" {
		return dst
	}
	return append(appendText(append(dst, `,"user_agent":{"original":"`...), agent), '}')
}

// ecsHTTP appends the field set http. Its version is the number: "1.1" of HTTP/1.1.
func ecsHTTP(dst []byte, h *relay.HTTP) []byte {
	const keyHTTP, request, response = `,"http":`, `,"request":`, `,"response":`
	dst, at := open(dst, keyHTTP)
	version := h.Version
	if len(version) > 5 && strings.EqualFold(version[:5], "http/") {
		version = version[5:]
	}
	dst = member(dst, `,"version":"`, version)
	dst, n := open(dst, request)
	dst = member(dst, `,"id":"`, h.UID)
	dst = member(dst, `,"method":"`, h.Method)
	dst = member(dst, `,"referrer":"`, h.Referrer)
	dst = memberNumber(dst, `,"bytes":`, h.Length)
	dst = done(dst, n, request)
	dst, n = open(dst, response)
	dst = memberNumber(dst, `,"status_code":`, h.Status)
	dst = memberNumber(dst, `,"bytes":`, h.AnswerLength)
	if h.AnswerBody.Set {
		dst = append(memberNumber(append(dst, `,"body":{`...), `"bytes":`, h.AnswerBody), '}')
	}
	dst = member(dst, `,"mime_type":"`, h.ContentType)
	dst = done(dst, n, response)
	return done(dst, at, keyHTTP)
}

// ecsURL appends the field set url.
func ecsURL(dst []byte, h *relay.HTTP) []byte {
	const keyURL = `,"url":`
	dst, at := open(dst, keyURL)
	if strings.Contains(h.URL, "://") {
		dst = member(dst, `,"full":"`, h.URL)
	}
	dst = member(dst, `,"original":"`, h.URL)
	dst = member(dst, `,"scheme":"`, h.Scheme)
	dst = member(dst, `,"domain":"`, h.Host)
	dst = memberNumber(dst, `,"port":`, h.Port)
	dst = member(dst, `,"path":"`, h.Path)
	dst = member(dst, `,"query":"`, h.Query)
	return done(dst, at, keyURL)
}

// ecsHTTPOwn appends what ECS has no field for of a request.
func ecsHTTPOwn(dst []byte, h *relay.HTTP) []byte {
	dst = memberNumber(dst, `,"latency_ms":`, h.Latency)
	return memberStrings(dst, `,"x_forwarded_for":`, h.XForwardedFor)
}

func ecsHeaders(dst []byte, list []relay.Header) []byte {
	const headers = `,"headers":`
	dst, at := open(dst, headers)
	dst = appendHeaders(dst, list)
	return doneList(dst, at, headers)
}
