package encode

import (
	"logrelay/relay"
)

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
