package encode

import "logrelay/relay"

// event appends the pairs of an event. The keys are those of CEF's dictionary; what it has none for is additional data, "ad.".
func (x *extension) event(e *relay.Event, h *relay.Common) {
	x.first = true
	x.arrived = e.Kind == relay.KindCEF || e.Kind == relay.KindLEEF
	x.number("rt", e.Time/1e6)
	x.common(e, h)
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		x.flow(c)
	case *relay.APICall:
		x.call(c)
	case *relay.DNSQuery:
		x.query(c)
	case *relay.HTTPRequest:
		x.request(c)
	case *relay.Authentication:
		x.login(c)
	case *relay.Finding:
		x.finding(c)
	case *relay.Message:
		x.text("msg", c.Text)
		x.text("dproc", c.ProcID)
		for _, p := range c.Params {
			x.extra("ad.", p.Element+"."+p.Name, p.Value)
		}
	case *relay.Other:
		x.text("msg", firstOf(c.Message, c.Text))
		x.extra("ad.", "json", c.JSON)
	}
}

func (x *extension) common(e *relay.Event, h *relay.Common) {
	x.text("dvchost", h.Host)
	x.text("deviceProcessName", h.App)
	x.text("externalId", h.EventID)
	x.text("deviceFacility", h.Product.Feature)
	switch h.Status {
	case relay.StatusSuccess:
		x.text("outcome", "success")
	case relay.StatusFailure:
		x.text("outcome", "failure")
	}
	x.text("reason", firstOf(h.StatusDetail, h.StatusCode))
	if h.StatusDetail != "" {
		x.extra("ad.", "statusCode", h.StatusCode)
	}
	x.extra("ad.", "eventCode", h.EventCode) // the header may have another id
	x.extra("ad.", "originalTime", h.TimeText)
	x.extra("ad.", "level", h.Level)
	x.extra("ad.", "featureUid", h.Product.FeatureUID)
	x.list("labels", h.Labels)
	switch e.Class.(type) {
	case *relay.Message, *relay.Other:
	default:
		x.text("msg", h.Message)
	}
	if h.Cloud.Provider != "" {
		x.extra("ad.", "cloudProvider", h.Cloud.Provider)
		x.extra("ad.", "cloudAccount", h.Cloud.Account)
		x.extra("ad.", "cloudRegion", h.Cloud.Region)
		x.extra("ad.", "cloudZone", h.Cloud.Zone)
		x.extra("ad.", "cloudOrg", h.Cloud.Org)
	}
}

// category says what class the event is of, unless the record has a category of its own.
func (x *extension) category(word string) {
	if !x.arrived {
		x.text("cat", word)
	}
}

func (x *extension) flow(f *relay.NetworkFlow) {
	x.time("start", f.Start)
	x.time("end", f.End)
	x.category("network")
	x.endpoint(&f.Src, true)
	x.endpoint(&f.Dst, false)
	x.connection(&f.Connection)
	x.traffic(&f.Traffic)
	x.verdict(&f.Verdict)
	x.user(&f.User, true)
	x.tls(&f.TLS)
}

func (x *extension) call(c *relay.APICall) {
	x.time("start", c.Start)
	x.category("api")
	x.text("act", c.API.Operation)
	x.endpoint(&c.Src, true)
	x.endpoint(&c.Dst, false)
	x.actor(&c.Actor)
	if c.Change.Activity != 0 {
		x.user(&c.Change.User, false)
		x.extra("ad.", "policy", firstOf(c.Change.PolicyUID, c.Change.PolicyName))
	}
	x.api(&c.API)
	x.http(&c.HTTP)
	x.tls(&c.TLS)
	x.resources(c.Resources)
}

func (x *extension) query(q *relay.DNSQuery) {
	x.category("dns")
	x.endpoint(&q.Src, true)
	x.endpoint(&q.Dst, false)
	x.connection(&q.Connection)
	x.verdict(&q.Verdict)
	x.text("destinationDnsDomain", q.Name)
	x.extra("ad.", "dnsType", q.Type)
	x.extra("ad.", "dnsClass", q.Class)
	x.extra("ad.", "dnsRcode", q.Rcode)
	for i := range q.Answers {
		x.item("dnsAnswers", i, q.Answers[i].Data)
	}
	for i := range q.Answers {
		x.item("dnsAnswerTypes", i, q.Answers[i].Type)
	}
	for i := range q.Answers {
		x.item("dnsAnswerClasses", i, q.Answers[i].Class)
	}
	n := 0
	for i := range q.Answers {
		if ttl := q.Answers[i].TTL; ttl.Set {
			x.item("dnsAnswerTtls", n, "")
			x.dst = appendInt(x.dst, ttl.Value)
			n++
		}
	}
}

func (x *extension) request(r *relay.HTTPRequest) {
	x.time("start", r.Start)
	x.time("end", r.End)
	x.category("web")
	x.endpoint(&r.Src, true)
	x.endpoint(&r.Dst, false)
	x.connection(&r.Connection)
	x.traffic(&r.Traffic)
	x.verdict(&r.Verdict)
	x.user(&r.User, true)
	x.http(&r.HTTP)
	x.tls(&r.TLS)
	x.extra("ad.", "balancer", r.Balancer)
	x.extra("ad.", "upstreamIp", r.Upstream.IP)
	x.optionalExtra("upstreamPort", r.Upstream.Port)
	x.extra("ad.", "upstreamHost", firstOf(r.Upstream.Hostname, r.Upstream.Domain))
}

func (x *extension) login(a *relay.Authentication) {
	x.category("authentication")
	x.text("act", a.API.Operation)
	x.endpoint(&a.Src, true)
	x.endpoint(&a.Dst, false)
	x.actor(&a.Actor)
	x.user(&a.User, false)
	x.text("app", a.Protocol)
	x.text("dproc", a.Process)
	if a.API.Service == "" {
		x.text("destinationServiceName", a.Service)
	} else if a.Service != a.API.Service {
		x.extra("ad.", "service", a.Service)
	}
	x.api(&a.API)
	x.http(&a.HTTP)
	x.truth("mfaUsed", a.MFA)
	x.truth("remote", a.Remote)
	x.session("session", &a.Session)
	x.extra("ad.", "activity", a.ActivityName)
	if a.LogonTypeID != 0 {
		x.optionalExtra("logonType", relay.NumberOf(int64(a.LogonTypeID)))
	}
	x.tls(&a.TLS)
}

func (x *extension) finding(f *relay.Finding) {
	x.time("start", firstTime(f.FirstSeen, f.Start, f.Created))
	x.time("end", firstTime(f.LastSeen, f.End, f.Modified))
	x.category("finding")
	x.endpoint(&f.Src, true)
	x.endpoint(&f.Dst, false)
	x.connection(&f.Connection)
	x.verdict(&f.Verdict)
	x.actor(&f.Actor)
	x.api(&f.API)
	x.optional("cnt", f.Count)
	x.extra("ad.", "findingUid", f.UID)
	x.extra("ad.", "description", f.Desc)
	x.extra("ad.", "url", f.URL)
	x.extra("ad.", "apiOperation", f.API.Operation)
	x.extra("ad.", "score", f.Score)
	x.extra("ad.", "detector", f.Detector)
	x.extra("ad.", "remediation", f.Remediation)
	x.optionalExtra("confidence", f.Confidence)
	x.optionalExtra("risk", f.Risk)
	x.extraTime("created", f.Created)
	x.extraTime("modified", f.Modified)
	if f.FirstSeen != 0 {
		x.extraTime("started", f.Start)
	}
	if f.LastSeen != 0 {
		x.extraTime("ended", f.End)
	}
	x.extra("ad.", "activity", findingActivities[f.Activity])
	x.list("tactics", f.Tactics)
	x.text("destinationDnsDomain", f.DNSName)
	x.list("types", f.Types)
	x.http(&f.HTTP)
	x.tls(&f.TLS)
	x.resources(f.Resources)
}
