package cloudtrail

import (
	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// OCSF's type_id of a user.
const (
	userPlain   = 1
	userAdmin   = 2
	userService = 4
	userOther   = 99
)

// identity takes userIdentity.
func (p *Parser) identity(a *relay.Actor, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	var provider jsondoc.Value
	u := &a.User
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "type":
			u.Type = rest.Text(m)
			u.TypeID = userType(u.Type)
		case "userName":
			u.Name = rest.Text(m)
		case "arn":
			u.UID = rest.Text(m)
		case "principalId":
			u.UIDAlt = rest.Text(m)
		case "accountId":
			u.Account = rest.Text(m)
		case "accessKeyId":
			u.AccessKey = rest.Text(m)
		case "invokedBy":
			a.App = rest.Text(m)
		case "identityProvider":
			provider = m
		case "sessionContext":
			p.session(a, m)
		default:
			rest.Add(m)
		}
	}
	if a.IDP == "" {
		a.IDP = rest.Text(provider)
	} else {
		rest.Add(provider)
	}
	rest.Close()
}

func userType(kind string) uint8 {
	switch kind {
	case "":
		return 0
	case "IAMUser":
		return userPlain
	case "Root":
		return userAdmin
	case "AWSService":
		return userService
	}
	return userOther
}

// session takes userIdentity.sessionContext.
func (p *Parser) session(a *relay.Actor, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "attributes":
			p.attributes(&a.Session, m)
		case "sessionIssuer":
			p.issuer(&a.Session, m)
		case "webIdFederationData":
			rest.Pick(m, "federatedProvider", func(m jsondoc.Value) { a.IDP = rest.Text(m) })
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}

func (p *Parser) attributes(s *relay.Session, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "creationDate":
			s.Created = rest.Time(m)
		case "mfaAuthenticated":
			if s.MFA = m.Truth(); s.MFA == relay.TruthUnset {
				rest.Add(m)
			}
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}

// issuer takes userIdentity.sessionContext.sessionIssuer. Schemas name an issuer by its ARN, which holds what else is said of it; without one all of it stays in Rest.
func (p *Parser) issuer(s *relay.Session, v jsondoc.Value) {
	rest := &p.rest
	if arn := v.Get("arn"); !arn.IsString() || arn.Empty() {
		rest.Add(v)
		if name := v.Get("userName"); name.IsString() {
			s.Role.Name = rest.Text(name)
		}
		return
	}
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "arn":
			s.Issuer = rest.Text(m)
		case "type":
			s.Role.Type = rest.Text(m)
		case "userName":
			s.Role.Name = rest.Text(m)
		case "principalId":
			s.Role.UID = rest.Text(m)
		case "accountId":
			s.Role.Account = rest.Text(m)
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}
