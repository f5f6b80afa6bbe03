package cloudtrail

import (
	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// call makes the class of an event that has a name.
func (p *Parser) call(es *relay.Events, ev *event) relay.Class {
	p.rest.Add(ev.shared)
	ev.common.Status = outcome(es, ev)
	if !ev.answer.Empty() {
		ev.api.Response = ev.answer.Raw()
	}
	switch {
	case ev.parameters.Empty():
	case ev.api.RequestUID == "":
		p.rest.Add(ev.parameters)
	default:
		ev.api.Request = ev.parameters.Raw()
	}
	name := ev.api.Operation
	if what, ok := logins[name]; ok && serviceIn(ev.api.Service, loginServices[:]) {
		p.rest.Add(ev.resources)
		return p.login(es, ev, what)
	}
	c := es.APICall()
	c.Common, c.API, c.Actor, c.Src = ev.common, ev.api, ev.actor, ev.src
	c.HTTP.UserAgent = p.rest.Text(ev.agent)
	c.Activity = activity(name, ev.readOnly)
	if what, ok := changes[name]; ok && serviceIn(ev.api.Service, changeServices[:]) {
		p.rest.Add(ev.resources)
		c.Change.Activity = what
		change(es, ev, &c.Change)
		return c
	}
	if c.Src.IP == "" && c.Src.Domain == "" && c.Src.UID == "" {
		c.Src.Domain = c.Actor.App
	}
	c.Resources = p.resourceList(es, ev.resources)
	return c
}

// outcome returns how the event ended: what a sign-in says of itself, else whether there is an error.
func outcome(es *relay.Events, ev *event) relay.Status {
	if serviceIn(ev.api.Service, signInServices[:]) {
		said := text(es, ev.answer.Get(ev.api.Operation))
		if said == "" {
			said = text(es, ev.details.Get(ev.api.Operation))
		}
		switch said {
		case "Success":
			return relay.StatusSuccess
		case "Failure":
			return relay.StatusFailure
		}
	}
	if ev.common.StatusCode != "" || ev.common.StatusDetail != "" {
		return relay.StatusFailure
	}
	return relay.StatusSuccess
}

// login makes an event of logins.
func (p *Parser) login(es *relay.Events, ev *event, what relay.AuthActivity) relay.Class {
	c := es.Authentication()
	c.Common, c.API, c.Actor, c.Src = ev.common, ev.api, ev.actor, ev.src
	c.HTTP.UserAgent = p.rest.Text(ev.agent)
	c.Activity, c.Service = what, ev.api.Service
	if what == relay.AuthOther {
		c.ActivityName = ev.api.Operation
	}
	switch ev.additional.Get("MFAUsed").Text(es) {
	case "Yes":
		c.MFA = relay.TruthYes
	case "No":
		c.MFA = relay.TruthNo
	}
	switch ev.api.Operation {
	case "AssumeRoleWithSAML":
		c.Protocol, c.ProtocolID = "SAML", 5
	case "AssumeRoleWithWebIdentity":
		c.Protocol, c.ProtocolID = "OpenID", 4
	case "AssumeRole":
	default:
		c.User = plain(&ev.actor.User)
		return c
	}
	c.User.UID = text(es, ev.parameters.Get("roleArn"))
	c.User.Name = text(es, ev.parameters.Get("roleSessionName"))
	if c.User.UID == "" && c.User.Name == "" {
		c.User = plain(&ev.actor.User)
	}
	assumed := ev.answer.Get("assumedRoleUser")
	c.Session.UID = text(es, assumed.Get("arn"))
	c.Session.UIDAlt = text(es, assumed.Get("assumedRoleId"))
	c.Session.Credential = text(es, ev.answer.Get("credentials").Get("accessKeyId"))
	return c
}

// change makes what an event of changes did to whom. All of it stays in parameters and answer as well.
func change(es *relay.Events, ev *event, c *relay.AccountChange) {
	if u := ev.answer.Get("user"); u.IsObject() {
		c.User = relay.User{Name: text(es, u.Get("userName")), UID: text(es, u.Get("arn")), UIDAlt: text(es, u.Get("userId"))}
	}
	if c.User.Name == "" && c.User.UID == "" {
		c.User.Name = text(es, ev.parameters.Get("userName"))
	}
	if c.User.Name == "" && c.User.UID == "" {
		c.User = plain(&ev.actor.User)
	}
	if c.Activity != changeAttachPolicy && c.Activity != changeDetachPolicy {
		return
	}
	c.PolicyName = text(es, ev.parameters.Get("policyName"))
	if c.PolicyUID = text(es, ev.parameters.Get("policyArn")); c.PolicyUID == "" {
		c.PolicyUID = text(es, ev.parameters.Get("permissionsBoundary"))
	}
}

// plain returns the account without how it was used.
func plain(u *relay.User) relay.User {
	return relay.User{Name: u.Name, UID: u.UID, UIDAlt: u.UIDAlt, Account: u.Account}
}

// text returns the text of a string that says something; "" for all else.
func text(es *relay.Events, v jsondoc.Value) string {
	if v.IsString() {
		return v.Word(es)
	}
	return ""
}

// resourceList takes the resources that have an ARN.
func (p *Parser) resourceList(es *relay.Events, v jsondoc.Value) []relay.Resource {
	p.resources = p.resources[:0]
	if !p.rest.Array(v) {
		return nil
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		if a := m.Get("ARN"); !a.IsString() || a.Empty() {
			p.rest.Add(m)
			continue
		}
		p.resources = append(p.resources, p.resource(es, m))
	}
	p.rest.Close()
	return es.Resources(p.resources)
}

func (p *Parser) resource(es *relay.Events, v jsondoc.Value) relay.Resource {
	var out relay.Resource
	p.data.Reset(es)
	p.data.Object(v)
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "ARN":
			out.UID = p.data.Text(m)
		case "accountId":
			out.Account = p.data.Text(m)
		case "type":
			out.Type = p.data.Text(m)
		default:
			p.data.Add(m)
		}
	}
	p.data.Close()
	for _, f := range p.data.Fields() {
		out.Data = f.Value
	}
	return out
}
