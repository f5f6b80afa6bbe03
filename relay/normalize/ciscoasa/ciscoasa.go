package ciscoasa

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// Parser reads messages of Cisco firewalls. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest   field.Rest
	values [field.MaxValues]string
}

// Content reads the text of a syslog message. False: it is not one of a Cisco firewall.
func (p *Parser) Content(es *relay.Events, e *relay.Event, m *relay.Message) bool {
	s := m.Text
	if len(s) < 12 {
		return false
	}
	product, level, id, text, ok := "FTD", byte(0), "", s, m.App == managementCenter
	if ok {
		if id = eventID(s); id == "" {
			return false
		}
	} else if s[0] != '%' {
		return false
	} else if product, level, id, text, ok = head(s); !ok {
		return false
	}
	p.rest.Reset(es)
	var class relay.Class
	if product == "FTD" && strings.HasPrefix(id, "43000") {
		class = p.connectionEvent(es, id, text)
	} else if msg := messages[id]; msg != nil {
		for i := range forms[id] {
			f := &forms[id][i]
			if !f.Match(&p.values, text) {
				continue
			}
			if msg.sort >= sortLogon {
				class = p.login(es, msg, f)
			} else {
				if flow := p.flow(es, e, m, msg, f); flow != nil {
					class = flow
				}
			}
			break
		}
	}
	if class == nil && level == 0 {
		return false
	}
	e.Kind = relay.KindCiscoASA
	if class == nil {
		p.rest.Reset(es)
		p.common(&m.Common, product, level, id)
		if m.MsgID == "" {
			m.MsgID = s[1 : strings.Index(s, id)+len(id)]
		}
		return true
	}
	if level == 0 {
		id = "" // it is not in the text
	}
	c := class.Head()
	c.Message = s
	p.common(c, product, level, id)
	m.MsgID = "" // the text and the code have it
	p.rest.Header(e, m, c)
	e.Class, e.Rest = class, p.rest.Fields()
	return true
}

func (p *Parser) common(c *relay.Common, product string, level byte, id string) {
	c.Product.Vendor, c.Product.Name, c.EventCode = "Cisco", product, id
	if c.Severity == relay.SeverityUnset && level != 0 {
		c.Severity = severities[level-'0']
	}
}

// head takes %PRODUCT-[FACILITY-]LEVEL-ID: TEXT apart.
func head(s string) (product string, level byte, id, text string, ok bool) {
	tag, _, ok := strings.Cut(s[1:min(len(s), 64)], ":")
	if !ok {
		return "", 0, "", "", false
	}
	text = strings.TrimLeft(s[1+len(tag)+1:], " ")
	product, rest, _ := strings.Cut(tag, "-")
	switch product {
	case "ASA", "FTD", "FWSM", "PIX":
	default:
		return "", 0, "", "", false
	}
	if i := strings.LastIndexByte(rest, '-'); i > 0 {
		rest, id = rest[:i], rest[i+1:]
	}
	if i := strings.LastIndexByte(rest, '-'); i >= 0 {
		rest = rest[i+1:]
	}
	if _, number := field.Number(id, 999999); !number || len(id) != 6 || len(rest) != 1 || rest[0] < '0' || rest[0] > '7' {
		return "", 0, "", "", false
	}
	return product, rest[0], id, strings.TrimRight(text, " "), true
}

// flow makes a NetworkFlow of the values of f; nil when there is no address among them.
func (p *Parser) flow(es *relay.Events, e *relay.Event, m *relay.Message, msg *message, f *field.Form) *relay.NetworkFlow {
	flow := es.NetworkFlow()
	switch msg.sort {
	case sortOpen:
		flow.Activity, flow.Status = relay.FlowOpen, relay.StatusSuccess
	case sortClose:
		flow.Activity = relay.FlowClose
	case sortDeny:
		field.Deny(flow, relay.DispositionBlocked, "")
	case sortAllow:
		field.Allow(flow, "")
	}
	for i, st := range f.Steps {
		if v := strings.TrimSpace(p.values[i]); field.Says(v) && !p.set(es, flow, st.Name, v) {
			p.rest.Keep(st.Name, v)
		}
	}
	if msg.sort == sortOpen && flow.Direction == "egress" {
		flow.Src, flow.Dst = flow.Dst, flow.Src // the other side began
	}
	if msg.sort == sortClose && m.TimeText != "" {
		flow.End = e.Time
		for i, st := range f.Steps {
			if st.Name == "duration" {
				flow.Start = start(e.Time, p.values[i])
			}
		}
	}
	if n := flow.Protocol; n.Value == 1 || n.Value == 58 { // what stands in the place of a port is none
		for _, side := range [...]*relay.Endpoint{&flow.Src, &flow.Dst} {
			side.Port, side.NATPort = relay.Number{}, relay.Number{}
		}
	}
	if flow.Src.IP == "" && flow.Dst.IP == "" {
		return nil
	}
	flow.IPVersion = field.IPVersion(flow.Src.IP, flow.Dst.IP)
	return flow
}

// set takes one value of a message about traffic.
func (p *Parser) set(es *relay.Events, f *relay.NetworkFlow, name, v string) bool {
	switch name {
	case "a":
		return p.side(f, &f.Src, &srcNames, v)
	case "b":
		return p.side(f, &f.Dst, &dstNames, v)
	case "nat":
		var e relay.Endpoint
		if !address(&e, v) {
			return false
		}
		f.Dst.NATIP, f.Dst.NATPort = e.IP, e.Port
	case "direction":
		return field.Direction(&f.Connection, v)
	case "proto":
		return field.Protocol(&f.Connection, v)
	case "conn":
		f.SessionID = v
	case "bytes":
		return field.SetNumber(&f.Bytes, v, field.Max)
	case "flags":
		flags := f.TCPFlags
		for word := range strings.FieldsSeq(v) {
			if !field.TCPFlag(&flags, word) {
				return false
			}
		}
		f.TCPFlags = flags
	case "interface":
		if f.Src.Interface != "" {
			return f.Src.Interface == v
		}
		f.Src.Interface, f.Src.Named = v, true
	case "rule":
		f.Verdict.Rule.Name = v
	case "reason":
		f.StatusDetail = p.reason(f, v)
	case "who":
		f.User.Name = v
	case "verb":
		f.Verdict.Word = v
	case "action":
		switch v {
		case "permitted", "est-allowed":
			field.Allow(f, v)
		case "denied":
			field.Deny(f, relay.DispositionBlocked, v)
		default:
			return false
		}
	case "*": // the text has it
	default:
		return false
	}
	return true
}

// names are those of what a side has beyond its address.
type names struct{ side, user, service string }

var (
	srcNames = names{"src", "src_user", "src_service"}
	dstNames = names{"dst", "dst_user", "dst_service"}
)

// side reads a side of a connection. What is no address is kept by its own name.
func (p *Parser) side(f *relay.NetworkFlow, e *relay.Endpoint, n *names, v string) bool {
	user, service, ok := peer(e, v)
	if !ok {
		p.rest.Keep(n.side, v)
		return true
	}
	if f.User.Name == "" {
		f.User.Name = user
	} else {
		p.rest.Keep(n.user, user)
	}
	p.rest.Keep(n.service, service)
	return true
}

// reason takes the user off who may stand behind it in parentheses.
func (p *Parser) reason(f *relay.NetworkFlow, v string) string {
	i := strings.LastIndexByte(v, '(')
	if i < 0 || v[len(v)-1] != ')' || i > 0 && v[i-1] != ' ' {
		return v
	}
	if user := v[i+1 : len(v)-1]; f.User.Name == "" {
		f.User.Name = user
	} else {
		p.rest.Keep("conn_user", user)
	}
	return strings.TrimRight(v[:i], " ")
}

// login makes an Authentication of the values of f.
func (p *Parser) login(es *relay.Events, msg *message, f *field.Form) relay.Class {
	a := es.Authentication()
	a.Activity, a.Status = relay.AuthLogon, relay.StatusSuccess
	switch msg.sort {
	case sortReject:
		a.Status = relay.StatusFailure
	case sortLogoff:
		a.Activity, a.Status = relay.AuthLogoff, relay.StatusUnset
	}
	for i, st := range f.Steps {
		v := strings.TrimSpace(p.values[i])
		if !field.Says(v) {
			continue
		}
		ok := true
		switch st.Name {
		case "a":
			_, _, ok = peer(&a.Src, v)
		case "b":
			_, a.Service, ok = peer(&a.Dst, v)
		case "user":
			a.User.Name = v
		case "reason":
			a.StatusDetail = v
		case "*":
		default:
			ok = false
		}
		if !ok {
			p.rest.Keep(st.Name, v)
		}
	}
	return a
}
