package suricata

import (
	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// alert reads the match of a rule.
func (p *Parser) alert(es *relay.Events, v jsondoc.Value, at int64) *relay.Finding {
	f := es.Finding()
	f.Activity, f.Created = relay.FindingCreate, at
	s := sides{&f.Common, &f.Connection, &f.Src, &f.Dst}
	for m := v.First(); m.Exists(); m = m.Next() {
		if p.common(es, s, m) {
			continue
		}
		switch m.Name() {
		case "alert":
			p.match(es, f, m)
		case "dns":
			f.DNSName = question(m).Get("rrname").Word(es)
			p.rest.Add(m)
		case "http":
			p.request(es, &f.HTTP, m)
		case "tls":
			p.tls(&f.TLS, m)
		default:
			p.rest.Add(m)
		}
	}
	return f
}

// match takes the object alert.
func (p *Parser) match(es *relay.Events, f *relay.Finding, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	rule := &f.Verdict.Rule
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "action":
			verdict(&f.Verdict, p.rest.Text(m))
			if f.Verdict.Alert = f.Verdict.Present; f.Verdict.Disposition == relay.DispositionAllowed {
				f.Verdict.Disposition = relay.DispositionAlert
			}
		case "signature_id":
			rule.UID = p.rest.Text(m)
		case "signature":
			f.Title = p.rest.Text(m)
			rule.Name, f.Detector = f.Title, f.Title
		case "category":
			if rule.Category = p.rest.Text(m); rule.Category != "" {
				p.one[0] = rule.Category
				f.Types = es.Strings(p.one[:])
			}
		case "severity":
			f.Score = p.rest.Text(m)
			f.Severity = severity(f.Score)
		default:
			p.rest.Add(m)
		}
	}
	p.rest.Close()
}

func severity(score string) relay.Severity {
	switch score {
	case "1":
		return relay.SeverityHigh
	case "2":
		return relay.SeverityMedium
	case "3":
		return relay.SeverityLow
	}
	return relay.SeverityInformational
}
