package encode

import (
	"strings"

	"logrelay/relay"
)

// ecsHost appends the field set host: the machine that the record says it is about.
func ecsHost(dst []byte, host string) []byte {
	if host == "" {
		return dst
	}
	dst = append(dst, keyHost...)
	dst = appendText(append(dst, `{"name":"`...), host)
	if relay.IsAddr(host) {
		return append(appendText(append(dst, `,"ip":["`...), host), ']', '}')
	}
	return append(appendText(append(dst, `,"hostname":"`...), host), '}')
}

// ecsRule appends the field set rule.
func ecsRule(dst []byte, r *relay.Rule, name, description string) []byte {
	dst, at := open(dst, keyRule)
	dst = member(dst, `,"id":"`, r.UID)
	dst = member(dst, `,"name":"`, firstOf(r.Name, name))
	dst = member(dst, `,"description":"`, description)
	dst = member(dst, `,"category":"`, r.Category)
	dst = member(dst, `,"ruleset":"`, r.Policy)
	return done(dst, at, keyRule)
}

// ecsUser appends a user; id is the source's own id of it.
func ecsUser(dst []byte, key string, u *relay.User, name, id string) []byte {
	dst, at := open(dst, key)
	dst = ecsUserMembers(dst, u, name, id)
	return done(dst, at, key)
}

func ecsUserMembers(dst []byte, u *relay.User, name, id string) []byte {
	dst = member(dst, `,"id":"`, id)
	dst = member(dst, `,"name":"`, name)
	dst = member(dst, `,"domain":"`, u.Domain)
	dst = member(dst, `,"email":"`, u.Email)
	if len(u.Groups) > 0 {
		dst = append(memberStrings(dst, `,"group":{"name":`, u.Groups), '}')
	}
	return dst
}

// ecsTLS appends the field set tls. Sources write the version as "TLSv1.2", "TLS 1.2", "tlsv12" or "1.2".
func ecsTLS(dst []byte, t *relay.TLS) []byte {
	dst, at := open(dst, keyTLS)
	if n := versionAt(t.Version); n > 0 {
		dst = memberLower(dst, `,"version_protocol":"`, strings.TrimRight(t.Version[:n], "vV _-"))
		if v := t.Version[n:]; len(v) == 2 && v[1]-'0' <= 9 {
			dst = append(dst, `,"version":"`...)
			dst = append(dst, v[0], '.', v[1], '"')
		} else {
			dst = member(dst, `,"version":"`, v)
		}
	} else {
		dst = member(dst, `,"version":"`, t.Version)
	}
	dst = member(dst, `,"cipher":"`, t.Cipher)
	const client, server = `,"client":`, `,"server":`
	dst, n := open(dst, client)
	dst = member(dst, `,"server_name":"`, t.SNI)
	dst = member(dst, `,"ja3":"`, t.JA3)
	dst = member(dst, `,"subject":"`, t.ClientSubject)
	dst = done(dst, n, client)
	dst, n = open(dst, server)
	dst = member(dst, `,"ja3s":"`, t.JA3S)
	dst = member(dst, `,"subject":"`, t.Subject)
	dst = member(dst, `,"issuer":"`, t.Issuer)
	dst = done(dst, n, server)
	return done(dst, at, keyTLS)
}

// versionAt returns where the number begins in a version of TLS that begins with the protocol's name; 0 when it does not.
func versionAt(v string) int {
	if len(v) < 4 || !strings.EqualFold(v[:3], "TLS") && !strings.EqualFold(v[:3], "SSL") {
		return 0
	}
	for i := 3; i < len(v); i++ {
		if v[i]-'0' <= 9 {
			return i
		}
	}
	return 0
}
