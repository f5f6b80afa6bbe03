package windows

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// class makes what the event is about; nil when that is neither a login nor a change of an account.
func (p *Parser) class(es *relay.Events) relay.Class {
	if l, ok := logins[p.w.id]; ok && p.security() {
		return p.login(es, &l)
	}
	if c, ok := changes[p.w.id]; ok && p.security() {
		return p.change(es, &c)
	}
	return nil
}

// security reports whether the event is of the log whose numbers the tables are.
func (p *Parser) security() bool {
	return p.w.channel == "Security" || p.w.provider == "Microsoft-Windows-Security-Auditing"
}

// outcome reads how it ended.
func (p *Parser) outcome() relay.Status {
	switch p.w.kind {
	case "AUDIT_SUCCESS", "Success Audit":
		return relay.StatusSuccess
	case "AUDIT_FAILURE", "Failure Audit":
		return relay.StatusFailure
	}
	return relay.StatusUnset
}

func (p *Parser) login(es *relay.Events, l *login) relay.Class {
	p.rest.Keep("EventType", p.w.kind)
	w := &p.w
	a := es.Authentication()
	a.Activity, a.ActivityName, a.Status = l.activity, l.name, l.status
	if a.Status == relay.StatusUnset {
		a.Status = p.outcome()
	}
	switch {
	case l.subject || w.target == (account{}):
		a.User, a.Session.UID = w.subject.user(), w.subject.logon
		p.account("Target", &w.target)
	default:
		a.User, a.Session.UID = w.target.user(), w.target.logon
		a.Actor.User, a.Actor.Session.UID = w.subject.user(), w.subject.logon
	}
	a.LogonTypeID = logonTypeID(w.logonType)
	if a.LogonTypeID == 0 {
		p.rest.Keep("LogonType", w.logonType)
	}
	if w.logonType == "10" || w.logonType == "12" {
		a.Remote = relay.TruthYes
	}
	a.Protocol, a.ProtocolID = l.protocol, protocolID(l.protocol)
	if id := protocolID(w.pack); id != 0 && l.protocol == "" {
		a.Protocol, a.ProtocolID = w.pack, id
	} else {
		p.rest.Keep("AuthenticationPackageName", w.pack)
	}
	a.StatusCode = w.status
	if w.substatus != "" && w.substatus != "0x0" {
		a.StatusCode = w.substatus
		p.rest.Keep("Status", w.status)
	} else {
		p.rest.Keep("SubStatus", w.substatus)
	}
	a.StatusDetail, a.Service, a.Process, a.Dst.Hostname = w.reason, w.service, w.process, w.server
	a.Src.Hostname = w.workstation
	ip := w.ip
	if v4, ok := strings.CutPrefix(ip, "::ffff:"); ok && strings.IndexByte(v4, ':') < 0 {
		ip = v4 // Kerberos writes IPv4 addresses like this
	}
	if !field.Addr(&a.Src.IP, ip) {
		p.rest.Keep("IpAddress", w.ip)
	}
	if w.port != "0" && !field.Port(&a.Src.Port, w.port) { // 0 stands for none
		p.rest.Keep("IpPort", w.port)
	}
	return a
}

func (p *Parser) change(es *relay.Events, c *change) relay.Class {
	w := &p.w
	a := es.APICall()
	a.Activity, a.Status = c.activity, p.outcome()
	a.API.Operation, a.API.Service = c.name, "Windows Security"
	if w.id == "4740" {
		p.rest.Keep("TargetDomainName", w.target.domain)
		w.target.domain = ""
	}
	a.Actor.User, a.Actor.Session.UID = w.subject.user(), w.subject.logon
	a.Actor.Process = w.process
	a.Change = relay.AccountChange{Activity: c.account, User: w.target.user()}
	p.rest.Keep("TargetLogonId", w.target.logon)
	a.StatusCode, a.StatusDetail = w.status, w.reason
	p.left()
	return a
}

// leave keeps in Rest what a message has no place for.
func (p *Parser) leave() {
	w := &p.w
	p.account("Subject", &w.subject)
	p.account("Target", &w.target)
	p.rest.Keep("ProcessName", w.process)
	p.rest.Keep("Status", w.status)
	p.rest.Keep("FailureReason", w.reason)
	p.left()
}

// left keeps what only a login has a place for.
func (p *Parser) left() {
	p.rest.Keep("EventType", p.w.kind)
	w := &p.w
	p.rest.Keep("LogonType", w.logonType)
	p.rest.Keep("AuthenticationPackageName", w.pack)
	p.rest.Keep("IpAddress", w.ip)
	p.rest.Keep("IpPort", w.port)
	p.rest.Keep("WorkstationName", w.workstation)
	p.rest.Keep("SubStatus", w.substatus)
	p.rest.Keep("ServiceName", w.service)
	p.rest.Keep("TargetServerName", w.server)
}

// accountNames are those of the fields of an account, by its part in the event.
var accountNames = map[string][4]string{
	"Subject": {"SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId"},
	"Target":  {"TargetUserSid", "TargetUserName", "TargetDomainName", "TargetLogonId"},
}

func (p *Parser) account(part string, a *account) {
	names := accountNames[part]
	p.rest.Keep(names[0], a.sid)
	p.rest.Keep(names[1], a.name)
	p.rest.Keep(names[2], a.domain)
	p.rest.Keep(names[3], a.logon)
}
