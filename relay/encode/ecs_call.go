package encode

import (
	"logrelay/relay"
)

// callTypes are the words that event.type has for what a call does.
var callTypes = [...]string{relay.APICreate: "creation", relay.APIRead: "access", relay.APIUpdate: "change", relay.APIDelete: "deletion"}

// apiCall: category api, type what the call does. Calls of CloudTrail have those of trailCategory.
func (o ecs) apiCall(dst []byte, e *relay.Event, c *relay.APICall) []byte {
	ev := ecsEvent{
		time: e.Time, start: c.Start, action: c.API.Operation, provider: c.API.Service,
		category: [2]string{"api"}, types: [3]string{"info", judged(&c.Verdict)}, reason: c.StatusDetail,
	}
	if int(c.Activity) < len(callTypes) && callTypes[c.Activity] != "" {
		ev.types[0] = callTypes[c.Activity]
	}
	if c.Change.Activity != 0 {
		ev.category[0], ev.types = "iam", [3]string{"user", accountTypes(c.Change.Activity)}
	}
	call := ecsCall{common: &c.Common, api: &c.API, actor: &c.Actor, src: &c.Src, dst: &c.Dst, http: &c.HTTP, tls: &c.TLS, verdict: &c.Verdict,
		resources: c.Resources, user: &c.Change.User}
	if e.Kind == relay.KindCloudTrail {
		return o.trail(dst, e, &ev, &call)
	}
	dst = o.call(dst, e, &ev, &call)
	k := ecsKindOf(e.Kind)
	dst, at := k.own(dst)
	dst = ecsCallOwn(dst, k, &call)
	const change = `,"change":`
	dst, n := open(dst, change)
	dst = member(dst, `,"policy":"`, c.Change.PolicyName)
	dst = member(dst, `,"policy_uid":"`, c.Change.PolicyUID)
	dst = done(dst, n, change)
	dst = snakeFields(dst, at+len(k.open), e.Rest)
	dst = ecsCallLate(dst, call.api, call.http, call.resources)
	dst = k.close(dst, at)
	return o.tail(dst, e, &c.Common)
}

// accountTypes returns the word that event.type has for what was done to an account.
func accountTypes(activity uint8) string {
	switch activity {
	case 1:
		return "creation"
	case 6:
		return "deletion"
	}
	return "change"
}

// authentication: category authentication, type start of a session, its end, or info about steps.
func (o ecs) authentication(dst []byte, e *relay.Event, c *relay.Authentication) []byte {
	ev := ecsEvent{
		time: e.Time, category: [2]string{"authentication"}, types: [3]string{"info"}, provider: firstOf(c.API.Service, c.App),
		action: firstOf(c.API.Operation, c.ActivityName), reason: c.StatusDetail,
	}
	switch c.Activity {
	case relay.AuthLogon:
		ev.types[0] = "start"
		ev.action = firstOf(ev.action, "logon")
	case relay.AuthLogoff:
		ev.types[0] = "end"
		ev.action = firstOf(ev.action, "logoff")
	}
	call := ecsCall{common: &c.Common, api: &c.API, actor: &c.Actor, src: &c.Src, dst: &c.Dst, http: &c.HTTP, tls: &c.TLS, verdict: &relay.Verdict{},
		user: &c.User, process: c.Process, login: true}
	if e.Kind == relay.KindCloudTrail {
		return o.trail(dst, e, &ev, &call)
	}
	dst = o.call(dst, e, &ev, &call)
	k := ecsKindOf(e.Kind)
	dst, at := k.own(dst)
	dst = ecsCallOwn(dst, k, &call)
	dst = member(dst, `,"service":"`, c.Service)
	if c.API.Operation != "" {
		dst = member(dst, `,"activity":"`, c.ActivityName)
	}
	dst = member(dst, `,"protocol":"`, c.Protocol)
	if c.LogonTypeID != 0 {
		dst = appendInt(append(dst, `,"logon_type_id":`...), int64(c.LogonTypeID))
	}
	dst = memberTruth(dst, `,"mfa":`, c.MFA)
	dst = memberTruth(dst, `,"remote":`, c.Remote)
	dst = flatSession(dst, &c.Session)
	dst = snakeFields(dst, at+len(k.open), e.Rest)
	dst = ecsCallLate(dst, call.api, call.http, call.resources)
	dst = k.close(dst, at)
	return o.tail(dst, e, &c.Common)
}

// ecsCall is what calls and logins have in common.
type ecsCall struct {
	common    *relay.Common
	api       *relay.API
	actor     *relay.Actor
	src, dst  *relay.Endpoint
	http      *relay.HTTP
	tls       *relay.TLS
	verdict   *relay.Verdict
	resources []relay.Resource
	user      *relay.User // whose login it is, or who was changed
	process   string
	login     bool
}

// call appends the field sets of a call or a login.
func (o ecs) call(dst []byte, e *relay.Event, ev *ecsEvent, c *ecsCall) []byte {
	dst = o.head(dst, e, c.common, ev)
	dst = member(dst, `,"message":"`, c.common.Message)
	dst = ecsLevel(dst, c.common.Level)
	dst = ecsCloud(dst, &c.common.Cloud, c.common.Cloud.Account, "")
	dst = ecsEndpoint(dst, `,"source":`, c.src, relay.Number{}, relay.Number{})
	dst = ecsEndpoint(dst, `,"destination":`, c.dst, relay.Number{}, relay.Number{})
	who, name := &c.actor.User, c.actor.User.Name
	if c.login && nobody(who) {
		who, name = c.user, c.user.Name
	}
	name = firstOf(name, c.actor.Session.Role.Name)
	dst, at := open(dst, keyUser)
	dst = ecsUserMembers(dst, who, name, firstOf(who.UID, who.UIDAlt))
	if who != c.user && !sameUser(who, c.user) {
		dst = ecsUser(dst, `,"target":`, c.user, c.user.Name, firstOf(c.user.UID, c.user.UIDAlt))
	}
	if c.actor.ImpersonatedUser != "" {
		dst = append(appendText(append(dst, `,"effective":{"name":"`...), c.actor.ImpersonatedUser), '}')
	}
	dst = done(dst, at, keyUser)
	dst = ecsAgent(dst, c.http.UserAgent)
	dst = ecsHTTP(dst, c.http)
	dst = ecsURL(dst, c.http)
	dst = ecsTLS(dst, c.tls)
	dst = ecsRule(dst, &c.verdict.Rule, "", "")
	pid := c.actor.PID
	if !pid.Set && c.process != "" && c.process == c.common.App { // the program that says so, by its header
		pid = small9(restText(e.Rest, "procid"))
	}
	dst = ecsProcess(dst, firstOf(c.process, c.actor.Process), pid, c.actor.ProcessCmd)
	host := c.common.Host
	dst = ecsWriter(dst, e, &c.common.Product, host)
	if e.Kind == relay.KindK8sAudit {
		dst = ecsOrchestrator(dst, c)
	}
	r := ecsRelated{hosts: [4]string{host}, users: [4]string{name, c.actor.ImpersonatedUser, c.user.Name}}
	return o.related(dst, &r, c.src, c.dst)
}

// nobody reports whether u has nothing that the field set user has.
func nobody(u *relay.User) bool {
	return u.Name == "" && u.UID == "" && u.UIDAlt == "" && u.Domain == "" && u.Email == "" && len(u.Groups) == 0
}

// sameUser reports whether u says nothing of a user that who does not.
func sameUser(who, u *relay.User) bool {
	return u.Name == who.Name && u.UID == who.UID && (u.Domain == "" || u.Domain == who.Domain) && (u.Email == "" || u.Email == who.Email) &&
		(u.UIDAlt == "" || u.UIDAlt == who.UIDAlt) && len(u.Groups) == 0
}

// ecsOrchestrator appends what a call to Kubernetes was about.
func ecsOrchestrator(dst []byte, c *ecsCall) []byte {
	dst = append(dst, `,"orchestrator":{"type":"kubernetes"`...)
	dst = member(dst, `,"api_version":"`, c.api.Version)
	if len(c.resources) > 0 {
		r := &c.resources[0]
		dst = member(dst, `,"namespace":"`, r.Namespace)
		const resource = `,"resource":`
		var at int
		dst, at = open(dst, resource)
		dst = member(dst, `,"id":"`, r.UID)
		dst = member(dst, `,"name":"`, r.Name)
		dst = member(dst, `,"type":"`, r.Type)
		dst = done(dst, at, resource)
	}
	return append(dst, '}')
}

// ecsCallOwn appends what ECS has no field for of a call.
func ecsCallOwn(dst []byte, k *ecsKind, c *ecsCall) []byte {
	dst = ecsCommonOwn(dst, k, c.common)
	dst = member(dst, `,"app":"`, c.common.App)
	dst = ecsAPIOwn(dst, c.api)
	dst = ecsActorOwn(dst, c.actor, c.process)
	dst = ecsVerdictOwn(dst, `,"action":"`, c.verdict)
	dst = ecsPlace(dst, `,"source":`, c.src, true)
	dst = ecsPlace(dst, `,"destination":`, c.dst, true)
	dst = ecsUserOwn(dst, `,"user":`, c.user)
	dst = ecsTLSOwn(dst, c.tls)
	return ecsHTTPOwn(dst, c.http)
}

func ecsAPIOwn(dst []byte, a *relay.API) []byte {
	const api = `,"api":`
	dst, at := open(dst, api)
	dst = member(dst, `,"version":"`, a.Version)
	dst = member(dst, `,"group":"`, a.Group)
	dst = member(dst, `,"request_id":"`, a.RequestUID)
	dst = memberNumber(dst, `,"code":`, a.Code)
	dst = member(dst, `,"error":"`, a.Error)
	dst = member(dst, `,"error_message":"`, a.ErrorMessage)
	dst = member(dst, `,"message":"`, a.Message)
	return done(dst, at, api)
}

// ecsCallLate appends what is long, after Rest: see lateFixed.
func ecsCallLate(dst []byte, a *relay.API, h *relay.HTTP, list []relay.Resource) []byte {
	dst = ecsHeaders(dst, h.Headers)
	dst = ecsResources(dst, list)
	dst = memberTextOf(dst, `,"request":"`, a.Request)
	return memberTextOf(dst, `,"response":"`, a.Response)
}

func ecsActorOwn(dst []byte, a *relay.Actor, process string) []byte {
	const actor = `,"actor":`
	dst, at := open(dst, actor)
	dst = ecsUserOwn(dst, `,"user":`, &a.User)
	if process != "" {
		dst = member(dst, `,"process":"`, a.Process)
	}
	dst = member(dst, `,"app":"`, a.App)
	dst = member(dst, `,"idp":"`, a.IDP)
	dst = flatSession(dst, &a.Session)
	return done(dst, at, actor)
}

// ecsResources appends what was acted upon as an array of the source's own fields.
func ecsResources(dst []byte, list []relay.Resource) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(dst, `,"resources":[`...)
	for i := range list {
		r := &list[i]
		var at int
		dst, at = open(dst, "")
		dst = member(dst, `,"uid":"`, r.UID)
		dst = member(dst, `,"name":"`, r.Name)
		dst = member(dst, `,"type":"`, r.Type)
		dst = member(dst, `,"namespace":"`, r.Namespace)
		dst = member(dst, `,"version":"`, r.Version)
		dst = member(dst, `,"account":"`, r.Account)
		dst = member(dst, `,"region":"`, r.Region)
		dst = memberTextOf(dst, `,"data":"`, r.Data)
		dst = append(element(dst, at), ',')
	}
	dst[len(dst)-1] = ']'
	return dst
}

// element ends an object that open began without a key: it stays when it is empty.
func element(dst []byte, at int) []byte {
	if len(dst) == at {
		return append(dst, '{', '}')
	}
	dst[at] = '{'
	return append(dst, '}')
}

func ecsLevel(dst []byte, level string) []byte {
	if level == "" {
		return dst
	}
	return append(appendText(append(dst, `,"log":{"level":"`...), level), '}')
}

func ecsProcess(dst []byte, name string, pid relay.Number, cmd string) []byte {
	const process = `,"process":`
	dst, at := open(dst, process)
	dst = member(dst, `,"name":"`, name)
	dst = memberNumber(dst, `,"pid":`, pid)
	dst = member(dst, `,"command_line":"`, cmd)
	return done(dst, at, process)
}
