package securityhub

import (
	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// finding adds the event of a finding, of which the caller sets Rest.
func (p *Parser) finding(es *relay.Events, r *relay.Record, v jsondoc.Value) (*relay.Event, relay.Fault) {
	f := es.Finding()
	f.Cloud.Provider = "AWS"
	rest := &p.rest
	var title, action, updated, created, fields jsondoc.Value
	var closed, network bool
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "SchemaVersion":
			f.Product.Version = rest.Text(m)
		case "Id":
			f.UID = rest.Text(m)
		case "ProductName":
			f.Product.Name = rest.Text(m)
		case "CompanyName":
			f.Product.Vendor = rest.Text(m)
		case "ProductFields":
			fields = m
			rest.Add(m)
		case "AwsAccountId":
			f.Cloud.Account = rest.Text(m)
		case "Region":
			f.Cloud.Region = rest.Text(m)
		case "GeneratorId":
			f.Detector = rest.Text(m)
		case "Types":
			f.Types = p.rest.Texts(m)
		case "FirstObservedAt":
			f.FirstSeen = rest.Time(m)
		case "LastObservedAt":
			f.LastSeen = rest.Time(m)
		case "CreatedAt":
			created = m
		case "UpdatedAt":
			updated = m
		case "Severity":
			p.severity(f, m)
		case "Confidence":
			f.Confidence = percent(rest, m)
		case "Title":
			title = m
		case "Description":
			f.Desc = rest.Text(m)
		case "Remediation":
			p.remediation(f, m)
		case "SourceUrl":
			f.URL = rest.Text(m)
		case "RecordState":
			closed = closed || m.Raw() == `"ARCHIVED"`
			rest.Add(m)
		case "Workflow":
			closed = closed || m.Get("Status").Raw() == `"RESOLVED"`
			rest.Add(m)
		case "Resources":
			p.readResources(es, f, m)
		case "Network":
			network = m.IsObject() && !m.Empty()
			p.network(f, m)
		case "Process":
			p.process(f, m)
		case "Action":
			action = m
		default:
			rest.Add(m)
		}
	}
	f.Title = rest.Text(title)
	if f.UID == "" || f.Title == "" && len(f.Types) == 0 {
		return nil, relay.Fault{Reason: relay.FaultKind, Offset: v.Offset(), Detail: "no finding of Security Hub: it has no Id, or neither Title nor Types"}
	}
	if network {
		rest.Add(action)
	} else {
		p.action(f, action)
	}
	f.EventID = f.UID
	f.Created, f.Modified = rest.Time(created), rest.Time(updated)
	if f.Modified == 0 && !updated.Empty() {
		return nil, relay.Fault{Reason: relay.FaultTime, Offset: updated.Offset(), Detail: "UpdatedAt is no time"}
	}
	if f.Product.Name == "" && f.Product.Vendor == "" {
		f.Product.Name, f.Product.Vendor = fields.Get("aws/securityhub/ProductName").Word(es), fields.Get("aws/securityhub/CompanyName").Word(es)
	}
	if f.Product.Name == "" {
		f.Product.Name = "Security Hub"
		if f.Product.Vendor == "" {
			f.Product.Vendor = "AWS"
		}
	}
	switch {
	case closed:
		f.Activity = relay.FindingClose
	case f.Created == f.Modified:
		f.Activity = relay.FindingCreate
	default:
		f.Activity = relay.FindingUpdate
	}
	e := es.Add(r, relay.KindSecurityHub)
	e.Class = f
	switch {
	case f.Modified != 0:
		e.Time, f.TimeText = f.Modified, updated.Text(es)
	case f.Created != 0:
		e.Time, f.TimeText = f.Created, created.Text(es)
	case f.LastSeen != 0:
		e.Time = f.LastSeen
	}
	return e, relay.Fault{}
}

// percent returns a number of 0 to 100, and keeps what is none.
func percent(rest *jsondoc.Rest, m jsondoc.Value) relay.Number {
	if n := m.Int(); n.Set && n.Value >= 0 && n.Value <= 100 {
		return n
	}
	rest.Add(m)
	return relay.Number{}
}

// severity takes the object of that name.
func (p *Parser) severity(f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	var original, normalized jsondoc.Value
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "Label":
			if f.Severity = label(m); f.Severity == relay.SeverityUnset {
				rest.Add(m)
			}
		case "Original":
			original = m
		case "Normalized":
			normalized = m
		default:
			rest.Add(m)
		}
	}
	if f.Severity == relay.SeverityUnset {
		f.Severity = band(normalized)
	}
	if f.Score = rest.Text(original); f.Score == "" {
		f.Score = rest.Text(normalized)
	} else {
		rest.Add(normalized)
	}
	rest.Close()
}

func label(v jsondoc.Value) relay.Severity {
	switch v.Raw() {
	case `"INFORMATIONAL"`:
		return relay.SeverityInformational
	case `"LOW"`:
		return relay.SeverityLow
	case `"MEDIUM"`:
		return relay.SeverityMedium
	case `"HIGH"`:
		return relay.SeverityHigh
	case `"CRITICAL"`:
		return relay.SeverityCritical
	}
	return relay.SeverityUnset
}

// band returns the severity that stands for a number of 0 to 100.
func band(v jsondoc.Value) relay.Severity {
	switch n, ok := v.Float(); {
	case !ok:
		return relay.SeverityUnset
	case n >= 90:
		return relay.SeverityCritical
	case n >= 70:
		return relay.SeverityHigh
	case n >= 40:
		return relay.SeverityMedium
	case n >= 1:
		return relay.SeverityLow
	}
	return relay.SeverityInformational
}

// remediation takes what is recommended.
func (p *Parser) remediation(f *relay.Finding, v jsondoc.Value) {
	p.rest.Pick(v, "Recommendation", func(v jsondoc.Value) {
		p.rest.Pick(v, "Text", func(v jsondoc.Value) { f.Remediation = p.rest.Text(v) })
	})
}

// process takes the process that a finding is about.
func (p *Parser) process(f *relay.Finding, v jsondoc.Value) {
	rest := &p.rest
	if !rest.Object(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "Name":
			f.Actor.Process = rest.Text(m)
		case "Pid":
			f.Actor.PID = rest.Count(m)
		default:
			rest.Add(m)
		}
	}
	rest.Close()
}

// readResources takes the resources that have an id.
func (p *Parser) readResources(es *relay.Events, f *relay.Finding, v jsondoc.Value) {
	p.resources = p.resources[:0]
	if !p.rest.Array(v) {
		return
	}
	for m := v.First(); m.Exists(); m = m.Next() {
		if id := m.Get("Id"); id.IsString() && !id.Empty() {
			p.resource(es, m)
		} else {
			p.rest.Add(m)
		}
	}
	p.rest.Close()
	f.Resources = es.Resources(p.resources)
}

func (p *Parser) resource(es *relay.Events, v jsondoc.Value) {
	var r relay.Resource
	p.data.Reset(es)
	p.data.Object(v)
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "Id":
			r.UID = p.data.Text(m)
		case "Type":
			r.Type = p.data.Text(m)
		case "Region":
			r.Region = p.data.Text(m)
		default:
			p.data.Add(m)
		}
	}
	p.data.Close()
	for _, f := range p.data.Fields() {
		r.Data = f.Value
	}
	p.resources = append(p.resources, r)
}
