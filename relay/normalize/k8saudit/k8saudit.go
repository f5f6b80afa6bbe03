package k8saudit

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// maxItems bounds the events of one list. The API server sends 400 unless told otherwise (--audit-webhook-batch-max-size).
const maxItems = 10_000

// group is the API group of audit events.
const group = "audit.k8s.io/"

// Parser reads audit events. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest jsondoc.Rest
}

// Is reports whether a JSON object can only be an audit event or a list of them. Some pipelines drop apiVersion.
func Is(root jsondoc.Value) bool {
	switch root.Get("kind").Raw() {
	case `"Event"`:
		return ofGroup(root) || root.Get("verb").IsString() &&
			(root.Get("responseStatus").IsObject() || root.Get("objectRef").IsObject() || root.Get("user").IsObject() || root.Get("requestURI").IsString())
	case `"EventList"`:
		return ofGroup(root) && root.Get("items").IsArray()
	}
	return false
}

func ofGroup(root jsondoc.Value) bool {
	return strings.HasPrefix(root.Get("apiVersion").Raw(), `"`+group)
}

// Append adds the events of a record.
func (p *Parser) Append(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	root := d.Root()
	if root.Get("kind").Raw() == `"EventList"` && root.Get("items").IsArray() {
		return p.list(es, r, root)
	}
	if root.Get("verb").Empty() && root.Get("requestURI").Empty() && root.Get("auditID").Empty() {
		return relay.Fault{Reason: relay.FaultKind, Offset: 0, Detail: "no audit event: it has neither verb, requestURI nor auditID"}
	}
	return p.event(es, r, root, "")
}

// list adds the events of an EventList.
func (p *Parser) list(es *relay.Events, r *relay.Record, root jsondoc.Value) relay.Fault {
	first := len(es.List)
	version := root.Get("apiVersion").Word(es)
	for item := root.Get("items").First(); item.Exists(); item = item.Next() {
		if len(es.List)-first == maxItems {
			return relay.Fault{Reason: relay.FaultSize, Offset: item.Offset(), Detail: "a list of more than 10,000 audit events"}
		}
		f := relay.Fault{Reason: relay.FaultKind, Offset: item.Offset(), Detail: "no audit event"}
		if item.IsObject() {
			f = p.event(es, r, item, version)
		}
		if f.Reason != relay.FaultNone {
			o := es.Other()
			o.JSON = item.Raw()
			e := es.Add(r, relay.KindK8sAudit)
			e.Class, e.Fault = o, f
		}
	}
	if len(es.List) == first {
		o := es.Other()
		o.JSON = root.Raw()
		es.Add(r, relay.KindK8sAudit).Class = o
		return relay.Fault{}
	}
	for i := first; i < len(es.List); i++ {
		es.List[i].N, es.List[i].Of = int32(i-first), int32(len(es.List)-first)
	}
	return relay.Fault{}
}

// event adds the event that v is. version is that of the list around it.
func (p *Parser) event(es *relay.Events, r *relay.Record, v jsondoc.Value, version string) relay.Fault {
	c := es.APICall()
	c.Product = relay.Product{Vendor: "AWS", Name: "Amazon EKS", Feature: "Kubernetes Audit", Version: version}
	c.Cloud.Provider = "AWS"
	c.API.Service = "kubernetes"
	p.rest.Reset(es)
	rest := &p.rest
	var at, received, object, request, response jsondoc.Value
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "kind":
			if m.Raw() != `"Event"` {
				rest.Add(m)
			}
		case "apiVersion":
			c.Product.Version = rest.Text(m)
		case "level":
			c.Level = rest.Text(m)
		case "auditID":
			c.EventID = rest.Text(m)
		case "stage":
			c.Message = rest.Text(m)
		case "requestURI":
			c.HTTP.Path, c.HTTP.Query, _ = strings.Cut(rest.Text(m), "?")
		case "verb":
			c.API.Operation = rest.Text(m)
			c.Activity = activity(c.API.Operation)
		case "user":
			p.user(es, c, m)
		case "impersonatedUser":
			c.Actor.ImpersonatedUser = m.Get("username").Word(es)
			rest.Add(m)
		case "sourceIPs":
			p.sources(c, m)
		case "userAgent":
			c.HTTP.UserAgent = rest.Text(m)
		case "objectRef":
			object = m
		case "responseStatus":
			p.status(es, c, m)
		case "requestObject":
			request = m
		case "responseObject":
			response = m
		case "requestReceivedTimestamp":
			received = m
			c.Start = rest.Time(m)
		case "stageTimestamp":
			at = m
		default:
			rest.Add(m)
		}
	}
	when := r.Received
	switch t, ok := at.Time(); {
	case ok:
		when, c.TimeText = t, at.Text(es)
	case !at.Empty():
		return relay.Fault{Reason: relay.FaultTime, Offset: at.Offset(), Detail: "stageTimestamp is no time"}
	case c.Start != 0:
		when, c.TimeText = c.Start, received.Text(es)
	}
	p.payload(c, request, response)
	p.object(es, c, object)
	e := es.Add(r, relay.KindK8sAudit)
	e.Class, e.Time, e.Rest = c, when, rest.Fields()
	return relay.Fault{}
}

// payload takes the objects that were sent and answered. A request without an id has no place in a schema: what it sent stays in Rest.
func (p *Parser) payload(c *relay.APICall, request, response jsondoc.Value) {
	c.API.RequestUID = c.EventID
	if c.API.RequestUID == "" {
		p.rest.Add(request)
	} else if !request.Empty() {
		c.API.Request = request.Raw()
	}
	if !response.Empty() {
		c.API.Response = response.Raw()
	}
}

// status takes how the call was answered.
func (p *Parser) status(es *relay.Events, c *relay.APICall, v jsondoc.Value) {
	if !p.rest.Object(v) {
		return
	}
	var word jsondoc.Value
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "code":
			if c.API.Code = p.rest.Count(m); c.API.Code.Set {
				c.StatusCode = m.Text(es)
				c.Status = relay.StatusSuccess
				if c.API.Code.Value >= 400 {
					c.Status = relay.StatusFailure
				}
			}
		case "message":
			c.API.Message = p.rest.Text(m)
		case "reason":
			c.API.Error = p.rest.Text(m)
		case "status":
			word = m
		default:
			p.rest.Add(m)
		}
	}
	said := relay.StatusUnset
	switch word.Raw() {
	case `"Success"`:
		said = relay.StatusSuccess
	case `"Failure"`:
		said = relay.StatusFailure
	}
	if c.Status == relay.StatusUnset {
		c.Status = said
	}
	if said == relay.StatusUnset || said != c.Status {
		p.rest.Add(word)
	}
	p.rest.Close()
}

// object takes what was acted upon.
func (p *Parser) object(es *relay.Events, c *relay.APICall, v jsondoc.Value) {
	version, apiGroup := v.Get("apiVersion"), v.Get("apiGroup")
	c.API.Version, c.API.Group = version.Word(es), apiGroup.Word(es)
	if !v.IsObject() || v.Get("name").Word(es) == "" && v.Get("uid").Word(es) == "" {
		p.rest.Add(v)
		return
	}
	p.rest.Object(v)
	var o relay.Resource
	sub := ""
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "resource":
			o.Type = p.rest.Text(m)
		case "subresource":
			sub = p.rest.Text(m)
		case "namespace":
			o.Namespace = p.rest.Text(m)
		case "name":
			o.Name = p.rest.Text(m)
		case "uid":
			o.UID = p.rest.Text(m)
		case "resourceVersion":
			o.Version = p.rest.Text(m)
		case "apiVersion", "apiGroup":
			p.rest.Text(m)
		default:
			p.rest.Add(m)
		}
	}
	p.rest.Close()
	if sub != "" {
		var path [128]byte
		o.Type = es.Text(append(append(append(path[:0], o.Type...), '/'), sub...))
	}
	one := [1]relay.Resource{o}
	c.Resources = es.Resources(one[:])
}

// activity says what a verb does.
func activity(verb string) relay.APIActivity {
	switch verb {
	case "":
		return relay.APIUnset
	case "create":
		return relay.APICreate
	case "get", "list", "watch":
		return relay.APIRead
	case "update", "patch":
		return relay.APIUpdate
	case "delete", "deletecollection":
		return relay.APIDelete
	}
	return relay.APIOther
}
