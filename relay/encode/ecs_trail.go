package encode

import (
	"logrelay/relay"
)

// maxFlattened is how long a value of Elasticsearch's type flattened may be: Lucene's limit of a term, less one.
const maxFlattened = 32766

// trailParts are the members of an event that go out as text, and as aws.cloudtrail.flattened when they are short enough.
var trailParts = [...]struct{ name, text, flat string }{
	{"requestParameters", `,"request_parameters":"`, `,"request_parameters":`},
	{"responseElements", `,"response_elements":"`, `,"response_elements":`},
	{"additionalEventData", `,"additional_eventdata":"`, `,"additional_eventdata":`},
	{"serviceEventDetails", `,"service_event_details":"`, `,"service_event_details":`},
}

// trailFixed are the names that ecsTrail gives to fields.
var (
	trailFixed = hashNames(
		"event_version", "event_category", "event_type", "api_version", "error_code", "error_message", "request_id", "recipient_account_id", "vpc_endpoint_id",
		"user_identity", "resources", "console_login", "flattened", "request_parameters", "response_elements", "additional_eventdata",
		"service_event_details", "tls_details", "shared_event_id", "organization_id", "insight",
	)
	identityFixed = hashNames("type", "arn", "access_key_id", "invoked_by", "identity_provider", "session_context")
	sessionFixed  = hashNames("mfa_authenticated", "creation_date", "session_issuer")
	issuerFixed   = hashNames("type", "principal_id", "arn", "account_id", "user_name")
)

// trailValues are the members of an event in the order of trailParts, wherever the class has them.
func trailValues(e *relay.Event, a *relay.API) (values [len(trailParts)]string) {
	values[0], values[1] = a.Request, a.Response
	for i := range trailParts {
		if values[i] == "" {
			values[i] = restJSON(e.Rest, trailParts[i].name)
		}
	}
	return values
}

// trailNames are whom and what a call names: JSON values.
type trailNames struct {
	user, newUser, group string // of the request
	userID, groupID      string // of the answer
}

// trailNamesOf reads the names out of parts that are short enough to go out as objects.
func trailNamesOf(parts *[len(trailParts)]string) (n trailNames) {
	if len(parts[0]) < maxFlattened {
		for it := membersOf(parts[0]); it.next(); {
			switch it.name {
			case "userName":
				n.user = it.value
			case "newUserName":
				n.newUser = it.value
			case "groupName":
				n.group = it.value
			}
		}
	}
	if len(parts[1]) < maxFlattened {
		for it := membersOf(parts[1]); it.next(); {
			switch it.name {
			case "user":
				n.userID = jsonMember(it.value, "userId")
			case "group":
				n.groupID = jsonMember(it.value, "groupId")
			}
		}
	}
	return n
}

// restJSON returns the JSON text of a field by its name; "" when there is none.
func restJSON(rest []relay.Field, name string) string {
	for i := range rest {
		if rest[i].Name == name && rest[i].Type == relay.FieldJSON {
			return rest[i].Value
		}
	}
	return ""
}

// trail appends an event of CloudTrail. The account is the caller's, or else, where a service called, that of the trail.
func (o ecs) trail(dst []byte, e *relay.Event, ev *ecsEvent, c *ecsCall) []byte {
	ev.action, ev.provider, ev.reason = c.api.Operation, c.api.Service, ""
	trailCategory(ev)
	parts := trailValues(e, c.api)
	names := trailNamesOf(&parts)
	caller := trailCallerOf(c.actor, restJSON(e.Rest, "userIdentity"), parts[2])
	dst = o.head(dst, e, c.common, ev)
	dst = member(dst, `,"message":"`, c.common.Message)
	dst, at := open(dst, keyCloud)
	dst = ecsCloudMembers(dst, &c.common.Cloud, firstOf(c.actor.User.Account, c.common.Cloud.Account), "")
	if service := serviceName(c.api.Service); service != "" {
		dst = append(appendText(append(dst, `,"service":{"name":"`...), service), '}')
	}
	dst = done(dst, at, keyCloud)
	dst = ecsEndpoint(dst, `,"source":`, c.src, relay.Number{}, relay.Number{})
	dst = ecsEndpoint(dst, `,"destination":`, c.dst, relay.Number{}, relay.Number{})

	const target, changes, group = `,"target":`, `,"changes":`, `,"group":`
	dst, at = open(dst, keyUser)
	dst = ecsUserMembers(dst, &caller.User, caller.name, caller.id)
	dst, n := open(dst, target)
	dst = memberKeyword(dst, `,"id":`, names.userID)
	dst = memberKeyword(dst, `,"name":`, names.user)
	dst = done(dst, n, target)
	dst, n = open(dst, changes)
	dst = memberKeyword(dst, `,"name":`, names.newUser)
	dst = done(dst, n, changes)
	dst = done(dst, at, keyUser)
	dst, at = open(dst, group)
	dst = memberKeyword(dst, `,"id":`, names.groupID)
	dst = memberKeyword(dst, `,"name":`, names.group)
	dst = done(dst, at, group)

	dst = ecsAgent(dst, c.http.UserAgent)
	tls, left := trailTLS(restJSON(e.Rest, "tlsDetails"))
	if *c.tls != (relay.TLS{}) {
		tls, left = *c.tls, true
	}
	dst = ecsTLS(dst, &tls)
	dst = o.trailRelated(dst, c, &caller, &names)
	dst = ecsTrail(dst, e, c, &parts, left)
	return o.tail(dst, e, c.common)
}

// trailRelated appends related: the caller and whom the request names.
func (o ecs) trailRelated(dst []byte, c *ecsCall, caller *trailCaller, names *trailNames) []byte {
	dst, at := open(dst, keyRelated)
	var a relatedArray
	dst = a.begin(dst, keyIPs)
	dst = a.add(dst, c.src.IP)
	dst = a.end(dst)
	dst = a.begin(dst, keyHosts)
	if isName(c.src.Domain) {
		dst = a.add(dst, c.src.Domain)
	}
	dst = a.end(dst)
	dst = a.begin(dst, keyUsers)
	dst = a.add(dst, caller.name)
	dst = a.add(dst, caller.session)
	dst = a.add(dst, caller.id)
	dst = a.addQuoted(dst, names.user)
	dst = a.addQuoted(dst, names.newUser)
	dst = a.addQuoted(dst, names.userID)
	dst = a.end(dst)
	return done(dst, at, keyRelated)
}

// ecsTrail appends aws.cloudtrail: CloudTrail's fields as Elastic's integration names them.
func ecsTrail(dst []byte, e *relay.Event, c *ecsCall, parts *[len(trailParts)]string, tlsLeft bool) []byte {
	k := ecsKindOf(e.Kind)
	dst, at := k.own(dst)
	dst = member(dst, `,"event_version":"`, c.common.Product.Version)
	dst = member(dst, `,"event_type":"`, c.common.EventCode)
	dst = member(dst, `,"event_category":"`, c.common.Product.Feature)
	dst = member(dst, `,"api_version":"`, c.api.Version)
	dst = member(dst, `,"error_code":"`, c.common.StatusCode)
	dst = member(dst, `,"error_message":"`, c.common.StatusDetail)
	dst = member(dst, `,"request_id":"`, c.api.RequestUID)
	if recipientKnown(c.common.Product.Version) {
		dst = member(dst, `,"recipient_account_id":"`, c.common.Cloud.Account)
	}
	dst = member(dst, `,"vpc_endpoint_id":"`, c.src.UID)
	dst = member(dst, `,"organization_id":"`, c.common.Cloud.Org)
	dst = ecsIdentity(dst, c.actor, restJSON(e.Rest, "userIdentity"))
	more := restJSON(e.Rest, "resources")
	dst = trailResources(dst, c.resources, more)
	dst = consoleLogin(dst, c.api.Operation, parts[2])
	for i := range trailParts {
		dst = memberTextOf(dst, trailParts[i].text, parts[i])
	}
	const flattened = `,"flattened":`
	dst, n := open(dst, flattened)
	for i := range trailParts {
		if v := parts[i]; len(v) < maxFlattened && isObject(v) {
			dst = memberPruned(dst, trailParts[i].flat, v)
		}
	}
	dst = done(dst, n, flattened)
	if tlsLeft {
		const details = `,"tls_details":`
		var n int
		dst, n = open(dst, details)
		dst = snakeObject(dst, nil, restJSON(e.Rest, "tlsDetails"))
		dst = done(dst, n, details)
	}
	dst = snakeFixed(dst, trailFixed, e.Rest, tookObject(e.Rest, "userIdentity"), tookIf(objectsOf(more), "resources"), tookObject(e.Rest, "tlsDetails"),
		tookPart(parts, 0), tookPart(parts, 1), tookPart(parts, 2), tookPart(parts, 3))
	return k.close(dst, at)
}

// tookObject returns name where the field of that name is an object.
func tookObject(rest []relay.Field, name string) string {
	v := restJSON(rest, name)
	return tookIf(isObject(v), name)
}

// tookPart returns the name of a part that stands in Rest.
func tookPart(parts *[len(trailParts)]string, i int) string {
	return tookIf(parts[i] != "", trailParts[i].name)
}

// recipientKnown reports whether events of a version say whose trail they are in: those since 1.02. What stands in the class for older ones is
// the caller.
func recipientKnown(version string) bool {
	return version != "1.0" && version != "1.00" && version != "1.01"
}

// trailResources appends resources: those of the class, and those that stand in the event as they are.
func trailResources(dst []byte, list []relay.Resource, more string) []byte {
	const resources = `,"resources":[`
	dst = append(dst, resources...)
	first := len(dst)
	for i := range list {
		r := &list[i]
		var at int
		dst, at = open(dst, "")
		dst = member(dst, `,"arn":"`, r.UID)
		dst = member(dst, `,"account_id":"`, r.Account)
		dst = member(dst, `,"type":"`, r.Type)
		dst = snakeObject(dst, resourceFixed, r.Data)
		dst = append(element(dst, at), ',')
	}
	if objectsOf(more) {
		for it := elementsOf(more); it.next(); {
			var at int
			dst, at = open(dst, "")
			dst = snakeObject(dst, nil, it.value)
			dst = append(element(dst, at), ',')
		}
	}
	if len(dst) == first {
		return dst[:first-len(resources)]
	}
	dst[len(dst)-1] = ']'
	return dst
}

// objectsOf reports whether value is an array of objects.
func objectsOf(value string) bool {
	it := elementsOf(value)
	ok := it.open
	for it.next() {
		ok = ok && it.value[0] == '{'
	}
	return ok
}

var resourceFixed = hashNames("arn", "account_id", "type")

// consoleLogin appends what a sign-in to the console says in additionalEventData, with truths for its yes and no.
func consoleLogin(dst []byte, name, data string) []byte {
	if name != "ConsoleLogin" || data == "" {
		return dst
	}
	const login, extra = `,"console_login":`, `,"additional_eventdata":`
	dst, at := open(dst, login)
	dst, n := open(dst, extra)
	dst = memberTruth(dst, `,"mobile_version":`, yesNo(jsonMember(data, "MobileVersion")))
	dst = memberKeyword(dst, `,"login_to":`, jsonMember(data, "LoginTo"))
	dst = memberTruth(dst, `,"mfa_used":`, yesNo(jsonMember(data, "MFAUsed")))
	dst = done(dst, n, extra)
	return done(dst, at, login)
}

func yesNo(value string) relay.Truth {
	if jsonEmpty(value) {
		return relay.TruthUnset
	}
	return relay.TruthOf(value != `"No"`)
}
