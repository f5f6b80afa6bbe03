package encode

import (
	"strings"

	"logrelay/relay"
)

// ocsfKnown reports whether u has one of the attributes without which OCSF allows no user.
func ocsfKnown(u *relay.User) bool { return u.Name != "" || u.UID != "" || u.Account != "" }

// ocsfUser appends a user if it can be one.
func ocsfUser(dst []byte, u *relay.User) []byte {
	if !ocsfKnown(u) {
		return dst
	}
	const key = `,"user":`
	dst, at := open(dst, key)
	if u.Type != "" || u.TypeID != 0 {
		dst = ocsfUserType(dst, u)
	}
	dst = ocsfUserMembers(dst, u)
	return done(dst, at, key)
}

// ocsfUserType appends type_id, and as type the source's own word.
func ocsfUserType(dst []byte, u *relay.User) []byte {
	id, word := int64(u.TypeID), u.Type
	switch {
	case id >= int64(len(ocsfUserTypes)):
		id = 99
		if word == "" {
			word = "Other"
		}
	case word == "":
		word = ocsfUserTypes[id]
	}
	dst = appendInt(append(dst, `,"type_id":`...), id)
	return appendText(append(dst, `,"type":"`...), word)
}

func ocsfUserMembers(dst []byte, u *relay.User) []byte {
	dst = member(dst, `,"name":"`, u.Name)
	dst = member(dst, `,"uid":"`, u.UID)
	dst = member(dst, `,"uid_alt":"`, u.UIDAlt)
	dst = member(dst, `,"domain":"`, u.Domain)
	if u.Email != "" && isEmail(u.Email) {
		dst = member(dst, `,"email_addr":"`, u.Email)
	}
	if u.Account != "" {
		dst = append(appendText(append(dst, `,"account":{"uid":"`...), u.Account), '}')
	}
	if u.AccessKey != "" {
		dst = append(appendText(append(dst, `,"programmatic_credentials":[{"uid":"`...), u.AccessKey), '}', ']')
	}
	const groups = `,"groups":`
	dst, at := open(dst, groups)
	for _, g := range u.Groups {
		if g != "" {
			dst = append(appendText(append(dst, `,{"name":"`...), g), '}')
		}
	}
	return doneList(dst, at, groups)
}

// ocsfUserRest appends what ocsfUser does not; all of it unless placed. The type of nobody says nothing.
func ocsfUserRest(dst []byte, u *relay.User, placed bool) []byte {
	known := ocsfKnown(u)
	if !known && u.UIDAlt == "" && u.Domain == "" && u.Email == "" && u.AccessKey == "" && len(u.Groups) == 0 {
		return dst
	}
	const key = `,"user":`
	dst, at := open(dst, key)
	if !placed || !known {
		dst = ocsfUserMembers(dst, u)
		dst = member(dst, `,"type":"`, u.Type)
	}
	if u.Email != "" && !isEmail(u.Email) {
		dst = member(dst, `,"email":"`, u.Email)
	}
	return done(dst, at, key)
}

// isEmail reports whether OCSF takes s for an e-mail address.
func isEmail(s string) bool {
	const marks = "!#$%&'*+-/=?^_`{|}~."
	local, domain, ok := strings.Cut(s, "@")
	host, rest, dot := strings.Cut(domain, ".")
	return ok && dot && local != "" && host != "" && rest != "" &&
		onlyLetters(local, marks) && onlyLetters(host, "-") && onlyLetters(rest, "-.")
}

// onlyLetters reports whether s has nothing but ASCII letters, digits and marks.
func onlyLetters(s, marks string) bool {
	for i := range len(s) {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte(marks, c) < 0 {
			return false
		}
	}
	return true
}

// ocsfSession appends a session.
func ocsfSession(dst []byte, s *relay.Session) []byte {
	const key = `,"session":`
	dst, at := open(dst, key)
	dst = member(dst, `,"uid":"`, s.UID)
	dst = member(dst, `,"uid_alt":"`, s.UIDAlt)
	dst = memberMillis(dst, `,"created_time":`, s.Created)
	dst = memberMillis(dst, `,"expiration_time":`, s.Expires)
	dst = memberTruth(dst, `,"is_mfa":`, s.MFA)
	dst = member(dst, `,"issuer":"`, s.Issuer)
	dst = member(dst, `,"credential_uid":"`, s.Credential)
	dst = member(dst, `,"terminal":"`, s.Terminal)
	return done(dst, at, key)
}

// memberTruth is member for booleans.
func memberTruth(dst []byte, key string, t relay.Truth) []byte {
	switch t {
	case relay.TruthYes:
		return append(append(dst, key...), "true"...)
	case relay.TruthNo:
		return append(append(dst, key...), "false"...)
	}
	return dst
}

// ocsfActs reports whether a has one of the attributes without which OCSF allows no actor.
func ocsfActs(a *relay.Actor) bool {
	return ocsfKnown(&a.User) || a.App != "" || a.PID.Set || a.Session != (relay.Session{})
}

// ocsfActor appends the actor if it can be one.
func ocsfActor(dst []byte, a *relay.Actor) []byte {
	if !ocsfActs(a) {
		return dst
	}
	return ocsfActorAs(dst, a, a.App)
}

// ocsfActorAs appends the actor with app as its app_name.
func ocsfActorAs(dst []byte, a *relay.Actor, app string) []byte {
	const key = `,"actor":`
	dst, at := open(dst, key)
	dst = ocsfUser(dst, &a.User)
	dst = ocsfSession(dst, &a.Session)
	if a.IDP != "" {
		dst = append(appendText(append(dst, `,"idp":{"name":"`...), a.IDP), '}')
	}
	dst = member(dst, `,"app_name":"`, app)
	if a.PID.Set {
		dst = ocsfProcess(dst, a)
	}
	return done(dst, at, key)
}

func ocsfProcess(dst []byte, a *relay.Actor) []byte {
	const key = `,"process":`
	dst, at := open(dst, key)
	dst = memberNumber(dst, `,"pid":`, a.PID)
	dst = member(dst, `,"name":"`, a.Process)
	dst = member(dst, `,"cmd_line":"`, a.ProcessCmd)
	return done(dst, at, key)
}

// ocsfActorRest appends what ocsfActor does not; all of it unless placed. The source's own object of the impersonated user says more than his name.
func ocsfActorRest(dst []byte, e *relay.Event, a *relay.Actor, placed bool) []byte {
	const key = `,"actor":`
	dst, at := open(dst, key)
	dst = ocsfUserRest(dst, &a.User, placed)
	if !placed {
		dst = ocsfSession(dst, &a.Session)
		dst = member(dst, `,"app_name":"`, a.App)
	}
	if !placed || !ocsfActs(a) {
		dst = member(dst, `,"idp":"`, a.IDP)
	}
	if !placed || !a.PID.Set {
		dst = ocsfProcess(dst, a)
	}
	dst = done(dst, at, key)
	for i := range e.Rest {
		if e.Rest[i].Name == "impersonatedUser" {
			return dst
		}
	}
	return member(dst, `,"impersonatedUser":"`, a.ImpersonatedUser)
}
