package guardduty

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// Parser reads findings. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	es        *relay.Events // of the record in hand
	rest      jsondoc.Rest
	data      jsondoc.Rest // of one resource
	resources []relay.Resource
	one       [1]string
	role      string // resourceRole of the finding in hand
}

// Is reports whether a JSON object can only be a finding, by itself or in an event of EventBridge.
func Is(root jsondoc.Value) bool { return isFinding(root) || isFinding(jsondoc.Detail(root)) }

func isFinding(v jsondoc.Value) bool {
	service := v.Get("service")
	return service.IsObject() && v.Get("type").IsString() && v.Get("severity").Exists() && v.Get("accountId").Exists() &&
		(service.Get("detectorId").Exists() || service.Get("serviceName").Raw() == `"guardduty"`)
}

// Append adds the event of a finding.
func (p *Parser) Append(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	p.es = es
	root := d.Root()
	v, detail := root, jsondoc.Detail(root)
	if detail.Exists() {
		v = detail
	}
	f := es.Finding()
	f.Product = relay.Product{Vendor: "AWS", Name: "GuardDuty"}
	f.Cloud.Provider = "AWS"
	p.rest.Reset(es)
	p.resources = p.resources[:0]
	p.role = v.Get("service").Get("resourceRole").Word(es)
	rest := &p.rest
	var severity, created, updated jsondoc.Value
	archived := false
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "schemaVersion":
			f.Product.Version = rest.Text(m)
		case "accountId":
			f.Cloud.Account = rest.Text(m)
		case "region":
			f.Cloud.Region = rest.Text(m)
		case "id":
			f.UID = rest.Text(m)
		case "type":
			p.kind(es, f, rest.Text(m))
		case "title":
			f.Title = rest.Text(m)
		case "description":
			f.Desc = rest.Text(m)
		case "severity":
			severity = m
		case "createdAt":
			created = m
		case "updatedAt":
			updated = m
		case "service":
			archived = p.service(f, m)
		case "resource":
			p.resource(es, f, m)
		default:
			rest.Add(m)
		}
	}
	if f.UID == "" || len(f.Types) == 0 {
		return relay.Fault{Reason: relay.FaultKind, Offset: v.Offset(), Detail: "no finding of GuardDuty: it has no id or no type"}
	}
	f.EventID = f.UID
	f.Severity, f.Score = band(severity), rest.Text(severity)
	f.Created, f.Modified = rest.Time(created), rest.Time(updated)
	if f.Modified == 0 && !updated.Empty() {
		return relay.Fault{Reason: relay.FaultTime, Offset: updated.Offset(), Detail: "updatedAt is no time"}
	}
	f.Resources = es.Resources(p.resources)
	switch {
	case archived:
		f.Activity = relay.FindingClose
	case f.Count.Set && f.Count.Value == 1:
		f.Activity = relay.FindingCreate
	default:
		f.Activity = relay.FindingUpdate
	}
	if detail.Exists() {
		rest.Beside(root, detail)
	}
	e := es.Add(r, relay.KindGuardDuty)
	switch {
	case f.Modified != 0:
		e.Time, f.TimeText = f.Modified, updated.Text(es)
	case f.Created != 0:
		e.Time, f.TimeText = f.Created, created.Text(es)
	case f.LastSeen != 0:
		e.Time = f.LastSeen
	}
	e.Class, e.Rest = f, rest.Fields()
	return relay.Fault{}
}

// band returns the severity that stands for a number of 1.0 to 10.0.
func band(v jsondoc.Value) relay.Severity {
	switch n, ok := v.Float(); {
	case !ok:
		return relay.SeverityUnset
	case n >= 9:
		return relay.SeverityCritical
	case n >= 7:
		return relay.SeverityHigh
	case n >= 4:
		return relay.SeverityMedium
	case n >= 1:
		return relay.SeverityLow
	}
	return relay.SeverityInformational
}

// kind takes the type of a finding: "UnauthorizedAccess:EC2/SSHBruteForce".
func (p *Parser) kind(es *relay.Events, f *relay.Finding, s string) {
	if s == "" {
		return
	}
	p.one[0] = s
	f.Types, f.EventCode = es.Strings(p.one[:]), s
	purpose, _, _ := strings.Cut(s, ":")
	if p.one[0] = tactic(purpose); p.one[0] != "" {
		f.Tactics = es.Strings(p.one[:])
	}
}

// tactic returns the name of the ATT&CK tactic that a purpose is; "" when it is none.
func tactic(purpose string) string {
	switch purpose {
	case "CredentialAccess":
		return "Credential Access"
	case "DefenseEvasion":
		return "Defense Evasion"
	case "InitialAccess":
		return "Initial Access"
	case "PrivilegeEscalation":
		return "Privilege Escalation"
	case "Discovery", "Execution", "Exfiltration", "Impact", "Persistence":
		return purpose
	}
	return ""
}

// service takes the object of that name and reports whether the finding is archived.
func (p *Parser) service(f *relay.Finding, v jsondoc.Value) (archived bool) {
	rest := &p.rest
	if !rest.Object(v) {
		return false
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "detectorId":
			f.Detector = rest.Text(m)
		case "featureName":
			f.Product.Feature = rest.Text(m)
		case "count":
			f.Count = rest.Count(m)
		case "eventFirstSeen":
			f.FirstSeen = rest.Time(m)
		case "eventLastSeen":
			f.LastSeen = rest.Time(m)
		case "archived":
			archived = m.Truth() == relay.TruthYes
			if m.Truth() == relay.TruthUnset {
				rest.Add(m)
			}
		case "action":
			p.action(f, m)
		case "runtimeDetails":
			p.runtime(f, m)
		default:
			rest.Add(m)
		}
	}
	rest.Close()
	return archived
}

// runtime takes the process that a finding of runtime monitoring is about.
func (p *Parser) runtime(f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	rest.Pick(v, "process", func(v jsondoc.Value) {
		if !rest.Object(v) {
			return
		}
		for m := v.First(); m.Exists(); m = m.Next() {
			switch m.Name() {
			case "name":
				f.Actor.Process = rest.Text(m)
			case "pid":
				f.Actor.PID = rest.Count(m)
			default:
				rest.Add(m)
			}
		}
		rest.Close()
	})
}
