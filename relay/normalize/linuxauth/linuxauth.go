package linuxauth

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// Parser reads texts about logins. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest   field.Rest
	values [field.MaxValues]string
}

// Content reads the text of a syslog message. False: it does not say that somebody logged in or out, or failed to.
func (p *Parser) Content(es *relay.Events, e *relay.Event, m *relay.Message) bool {
	s := m.Text
	if len(s) < 10 {
		return false
	}
	var entries []entry
	switch m.App {
	case "sshd", "sshd-session", "sshd-auth":
		entries = sshd[s[0]]
	case "sudo":
		if s[0] != 'p' || !strings.HasPrefix(s, "pam_") {
			return p.sudo(es, e, m)
		}
	case "su", "su-l":
		entries = su
	case "login":
		entries = login
	case "systemd-logind":
		entries = logind
	}
	if s[0] == 'p' && strings.HasPrefix(s, "pam_") {
		return p.pam(es, e, m)
	}
	if s[0] == 'P' {
		if a := p.again(es, strings.TrimPrefix(s, "PAM ")); a != nil {
			p.finish(e, m, a)
			return true
		}
	}
	for i := range entries {
		if entry := &entries[i]; entry.form.Match(&p.values, s) {
			a := p.begin(es, entry)
			if !p.fill(a, &entry.form) {
				return false
			}
			p.finish(e, m, a)
			return true
		}
	}
	return false
}

func (p *Parser) begin(es *relay.Events, entry *entry) *relay.Authentication {
	p.rest.Reset(es)
	a := es.Authentication()
	a.Activity, a.Status = entry.activity, entry.status
	return a
}

// finish makes e of a.
func (p *Parser) finish(e *relay.Event, m *relay.Message, a *relay.Authentication) {
	a.Message, a.Process = m.Text, m.App
	if strings.HasPrefix(m.App, "sshd") {
		a.Service, a.Remote = "sshd", relay.TruthYes
		a.Product.Name = "OpenSSH"
	} else {
		if a.Service == "" {
			a.Service = m.App
		}
		a.Product.Name = m.App
	}
	p.rest.Header(e, m, &a.Common)
	e.Kind, e.Class, e.Rest = relay.KindLinuxAuth, a, p.rest.Fields()
}

// fill takes the values of a form. False: they cannot be what the form says.
func (p *Parser) fill(a *relay.Authentication, f *field.Form) bool {
	for i, st := range f.Steps {
		v := p.values[i]
		if !field.Says(v) {
			continue
		}
		switch st.Name {
		case "user", "account":
			a.User.Name = v
		case "uid":
			a.User.UID = v
		case "user_addr":
			at := strings.LastIndexByte(v, ' ')
			if at < 0 {
				return false
			}
			a.User.Name = v[:at]
			host(&a.Src, v[at+1:])
		case "addr":
			if strings.IndexByte(v, ' ') >= 0 {
				return false
			}
			host(&a.Src, v)
		case "port":
			if !field.Port(&a.Src.Port, v) {
				return false
			}
		case "actor":
			a.Actor.User.Name = v
		case "actor_uid":
			a.Actor.User.UID = v
		case "tty":
			a.Session.Terminal = v
		case "session":
			a.Session.UID = v
		case "reason":
			a.StatusDetail = v
		case "*": // the message has it
		default:
			p.rest.Keep(st.Name, v)
		}
	}
	return true
}

// host puts an address, or the name of a host, into e.
func host(e *relay.Endpoint, s string) {
	if !field.Addr(&e.IP, s) {
		e.Hostname = s
	}
}

// pam reads "MODULE(SERVICE:TYPE): TEXT".
func (p *Parser) pam(es *relay.Events, e *relay.Event, m *relay.Message) bool {
	head, text, ok := strings.Cut(m.Text, "): ")
	module, what, ok2 := strings.Cut(head, "(")
	service, sort, ok3 := strings.Cut(what, ":")
	if !ok || !ok2 || !ok3 || strings.IndexByte(module, ' ') >= 0 {
		return false
	}
	var a *relay.Authentication
	switch {
	case strings.HasPrefix(text, "authentication failure; "):
		a = p.begin(es, &entry{activity: relay.AuthLogon, status: relay.StatusFailure})
		p.pairs(a, text[len("authentication failure; "):])
	case strings.HasPrefix(text, "authentication success; "):
		a = p.begin(es, &entry{activity: relay.AuthLogon, status: relay.StatusSuccess})
		p.pairs(a, text[len("authentication success; "):])
	default:
		if a = p.again(es, text); a != nil {
			break
		}
		for i := range pam {
			if pam[i].form.Match(&p.values, text) {
				a = p.begin(es, &pam[i])
				if !p.fill(a, &pam[i].form) {
					return false
				}
				break
			}
		}
	}
	if a == nil {
		return false
	}
	if a.Activity == relay.AuthLogon && (service == "su" || service == "su-l" || service == "sudo" || service == "sudo-i") {
		a.Activity = relay.AuthAccountSwitch
	}
	a.Service = service
	p.rest.Keep("pam_module", module)
	p.rest.Keep("pam_type", sort)
	p.finish(e, m, a)
	return true
}

// again reads "3 more authentication failures; PAIRS"; nil when s is none.
func (p *Parser) again(es *relay.Events, s string) *relay.Authentication {
	count, text, ok := strings.Cut(s, " more authentication failure")
	if _, number := field.Number(count, field.Max); !ok || !number {
		return nil
	}
	a := p.begin(es, &entry{activity: relay.AuthLogon, status: relay.StatusFailure})
	p.rest.Keep("failures", count)
	p.pairs(a, strings.TrimPrefix(strings.TrimPrefix(text, "s"), "; "))
	return a
}

// pairs reads "logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root". The user comes last, and may hold anything.
func (p *Parser) pairs(a *relay.Authentication, s string) {
	if i := strings.LastIndex(s, " user="); i >= 0 {
		a.User.Name = s[i+len(" user="):]
		s = s[:i]
	}
	for {
		name, v, rest, ok := field.Pair(s)
		if !ok {
			break
		}
		s = rest
		switch {
		case !field.Says(v):
		case name == "rhost":
			host(&a.Src, v)
		case name == "tty":
			a.Session.Terminal = v
		case name == "ruser":
			a.Actor.User.Name = v
		case name == "logname" && a.Actor.User.Name == "":
			a.Actor.User.Name = v
		case name == "uid":
			a.Actor.User.UID = v
		default:
			p.rest.Keep(name, v)
		}
	}
	if a.Actor.User.Name == "" || a.Src.IP != "" || a.Src.Hostname != "" { // the id is that of the program, not of who logs in from afar
		p.rest.Keep("uid", a.Actor.User.UID)
		a.Actor.User.UID = ""
	}
}

// sudo reads "ACTOR : [PROBLEM ; ]TTY=… ; PWD=… ; USER=… ; COMMAND=…".
func (p *Parser) sudo(es *relay.Events, e *relay.Event, m *relay.Message) bool {
	actor, s, ok := strings.Cut(strings.TrimLeft(m.Text, " "), " : ")
	if !ok || !field.Says(actor) || !strings.Contains(s, "USER=") && !strings.Contains(s, "COMMAND=") {
		return false
	}
	a := p.begin(es, &entry{activity: relay.AuthAccountSwitch, status: relay.StatusSuccess})
	a.Actor.User.Name = actor
	for first := true; s != ""; first = false {
		part, rest := s, ""
		if !strings.HasPrefix(s, "COMMAND=") { // the command may hold anything, and comes last
			part, rest, _ = strings.Cut(s, " ; ")
		}
		s = rest
		name, v, pair := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case !pair && first:
			a.Status, a.StatusDetail = relay.StatusFailure, name
		case !field.Says(v):
		case name == "TTY":
			a.Session.Terminal = v
		case name == "USER":
			a.User.Name = v
		case name == "COMMAND":
			a.Actor.ProcessCmd = v
		default:
			p.rest.Keep(name, v)
		}
	}
	p.finish(e, m, a)
	return true
}
