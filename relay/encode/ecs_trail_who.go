package encode

import (
	"strings"

	"logrelay/relay"
)

// trailCaller is who called, for the field set user.
type trailCaller struct {
	relay.User
	id, name string
	session  string // the name that the caller gave to a session of a role: mostly that of a person or a machine
}

// trailCallerOf reads who called: a session of a role has the role's name, and somebody who signs in to Identity Center the name that he gave. left is
// what the class has no place for of userIdentity, additional is additionalEventData.
func trailCallerOf(a *relay.Actor, left, additional string) trailCaller {
	c := trailCaller{User: a.User, id: a.User.UIDAlt, name: firstOf(a.User.Name, a.Session.Role.Name)}
	if c.id == "" {
		c.id = jsonString(jsonMember(jsonMember(left, "onBehalfOf"), "userId"))
	}
	if c.name == "" {
		c.name = jsonString(jsonMember(additional, "UserName"))
	}
	if t := a.User.Type; t == "AssumedRole" || t == "FederatedUser" {
		c.session = a.User.UID[strings.LastIndexByte(a.User.UID, '/')+1:]
	}
	switch {
	case c.Email != "":
	case isMail(c.session):
		c.Email = c.session
	case isMail(c.name):
		c.Email = c.name
	}
	return c
}

// isMail reports whether a name is an address of electronic mail too.
func isMail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && strings.IndexByte(domain, '.') > 0 && !strings.ContainsAny(s, " /:") && strings.IndexByte(domain, '@') < 0
}

// serviceName returns "sts" of "sts.amazonaws.com"; "" for what is no service of AWS. Regions in China have names of their own.
func serviceName(source string) string {
	name, domain, _ := strings.Cut(source, ".")
	if domain != "amazonaws.com" && domain != "amazonaws.com.cn" {
		return ""
	}
	return name
}

// ecsIdentity appends user_identity; left is what the class has no place for of it.
func ecsIdentity(dst []byte, a *relay.Actor, left string) []byte {
	const identity, context, issuer = `,"user_identity":`, `,"session_context":`, `,"session_issuer":`
	dst, at := open(dst, identity)
	dst = member(dst, `,"type":"`, a.User.Type)
	dst = member(dst, `,"arn":"`, a.User.UID)
	dst = member(dst, `,"access_key_id":"`, a.User.AccessKey)
	dst = member(dst, `,"invoked_by":"`, a.App)
	dst = member(dst, `,"identity_provider":"`, a.IDP)

	session := jsonMember(left, "sessionContext")
	dst, n := open(dst, context)
	switch a.Session.MFA {
	case relay.TruthNo:
		dst = append(dst, `,"mfa_authenticated":"false"`...)
	case relay.TruthYes:
		dst = append(dst, `,"mfa_authenticated":"true"`...)
	}
	dst = ecsMemberTime(dst, `,"creation_date":"`, a.Session.Created)
	dst, m := open(dst, issuer)
	dst = member(dst, `,"type":"`, a.Session.Role.Type)
	dst = member(dst, `,"principal_id":"`, a.Session.Role.UID)
	dst = member(dst, `,"arn":"`, a.Session.Issuer)
	dst = member(dst, `,"account_id":"`, a.Session.Role.Account)
	role := jsonMember(session, "sessionIssuer")
	dst = snakeObject(dst, issuerFixed, role)
	if a.User.Name != "" {
		dst = member(dst, `,"user_name":"`, a.Session.Role.Name)
	}
	dst = done(dst, m, issuer)
	dst = snakeObject(dst, sessionFixed, session, tookIf(isObject(role), "sessionIssuer"))
	dst = done(dst, n, context)
	dst = snakeObject(dst, identityFixed, left, tookIf(isObject(session), "sessionContext"))
	return done(dst, at, identity)
}

// trailTLS reads tlsDetails, and reports whether there is more in it than that.
func trailTLS(details string) (t relay.TLS, left bool) {
	for it := membersOf(details); it.next(); {
		text := jsonString(it.value)
		switch it.name {
		case "tlsVersion":
			t.Version = text
		case "cipherSuite":
			t.Cipher = text
		case "clientProvidedHostHeader":
			t.SNI = text
		default:
			text = ""
		}
		left = left || text == "" && !jsonEmpty(it.value)
	}
	return t, left
}
