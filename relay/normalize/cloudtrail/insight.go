package cloudtrail

import "logrelay/relay"

// finding makes the class of an Insights event: the unusual activity begins or ends at its time.
func (p *Parser) finding(es *relay.Events, ev *event, at int64) relay.Class {
	rest := &p.rest
	f := es.Finding()
	f.Common, f.API, f.Actor, f.Src = ev.common, ev.api, ev.actor, ev.src
	f.Severity = relay.SeverityMedium
	if f.UID = rest.Text(ev.shared); f.UID == "" {
		f.UID = f.EventID
	}
	rest.Add(ev.agent)
	rest.Add(ev.parameters)
	rest.Add(ev.answer)
	rest.Add(ev.resources)
	rest.Object(ev.insight)
	for m := ev.insight.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "state":
			switch m.Text(es) {
			case "Start":
				f.Activity, f.Created, f.Start = relay.FindingCreate, at, at
			case "End":
				f.Activity, f.End = relay.FindingClose, at
			default:
				rest.Add(m)
			}
		case "eventSource":
			f.API.Service = rest.Text(m)
		case "eventName":
			f.API.Operation = rest.Text(m)
		case "insightType":
			if kind := rest.Text(m); kind != "" {
				p.one[0] = kind
				f.Detector, f.Types = kind, es.Strings(p.one[:])
			}
		case "errorCode":
			f.API.Error = rest.Text(m)
		default:
			rest.Add(m)
		}
	}
	rest.Close()
	b := p.title[:0]
	for _, s := range [...]string{f.Detector, f.API.Service, f.API.Operation, f.API.Error} {
		if s != "" {
			b = append(append(b, s...), ' ')
		}
	}
	if len(b) > 0 {
		f.Title = es.Text(b[:len(b)-1])
	}
	p.title = b
	return f
}
