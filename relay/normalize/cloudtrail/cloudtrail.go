package cloudtrail

import (
	"strings"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// Parser reads events of CloudTrail. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	rest      jsondoc.Rest
	data      jsondoc.Rest // of one resource
	resources []relay.Resource
	title     []byte
	one       [1]string
}

// event is what was read of an event before it is known which class it fills.
type event struct {
	common relay.Common
	api    relay.API
	actor  relay.Actor
	src    relay.Endpoint

	readOnly relay.Truth
	// Members that are not taken, and not in Parser.rest, yet; additional and details are in rest.
	time, agent, parameters, answer, additional, details, resources, shared, insight jsondoc.Value
}

// Is reports whether a JSON object can only be an event or a digest of CloudTrail, by itself or in an event of EventBridge.
func Is(root jsondoc.Value) bool {
	if isEvent(root) || isDigest(root) {
		return true
	}
	return isEvent(jsondoc.Detail(root))
}

// isEvent looks for the name of an event of an AWS service, or for what every event has when it is of another source or of Insights.
func isEvent(v jsondoc.Value) bool {
	const aws, sourced, named, timed, placed = 1, 2, 4, 8, 16
	found := 0
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "eventSource":
			switch s := m.Raw(); {
			case !m.IsString() || strings.HasPrefix(s, `"aws:`): // "aws:s3": a notification of S3, or of another service to Lambda
				return false
			case strings.HasSuffix(s, `.amazonaws.com"`) || strings.HasSuffix(s, `.amazonaws.com.cn"`):
				found |= aws
			}
			found |= sourced
		case "insightDetails":
			if m.IsObject() {
				found |= sourced | named
			}
		case "eventName":
			found |= named
		case "eventTime":
			found |= timed
		case "awsRegion":
			found |= placed
		}
		if found&(aws|named) == aws|named || found&^aws == sourced|named|timed|placed {
			return true
		}
	}
	return false
}

func isDigest(v jsondoc.Value) bool {
	return v.Get("digestStartTime").Exists() && v.Get("awsAccountId").Exists()
}

// Append adds the event of a record.
func (p *Parser) Append(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	root := d.Root()
	v, detail := root, jsondoc.Detail(root)
	if detail.Exists() {
		v = detail
	}
	var ev event
	p.rest.Reset(es)
	p.members(es, &ev, v)

	at := r.Received
	if !ev.time.Empty() {
		var ok bool
		if at, ok = ev.time.Time(); !ok {
			return relay.Fault{Reason: relay.FaultTime, Offset: ev.time.Offset(), Detail: "eventTime is no time"}
		}
		ev.common.TimeText = ev.time.Text(es)
	}
	var c relay.Class
	switch {
	case ev.insight.IsObject():
		c = p.finding(es, &ev, at)
	case ev.api.Operation != "" && ev.api.Service != "":
		c = p.call(es, &ev)
	case isDigest(root):
		digest(es, r, root)
		return relay.Fault{}
	default:
		return relay.Fault{Reason: relay.FaultKind, Offset: v.Offset(), Detail: "no event of CloudTrail: it has no eventName or no eventSource"}
	}
	if detail.Exists() {
		p.rest.Beside(root, detail)
	}
	e := es.Add(r, relay.KindCloudTrail)
	e.Time, e.Class, e.Rest = at, c, p.rest.Fields()
	return relay.Fault{}
}

// members takes what the classes have in common.
func (p *Parser) members(es *relay.Events, ev *event, v jsondoc.Value) {
	rest, c := &p.rest, &ev.common
	c.Product.Vendor, c.Product.Name, c.Cloud.Provider = "AWS", "CloudTrail", "AWS"
	for m := v.First(); m.Exists(); m = m.Next() {
		switch m.Name() {
		case "eventVersion":
			c.Product.Version = rest.Text(m)
		case "eventCategory":
			c.Product.Feature = rest.Text(m)
		case "eventTime":
			ev.time = m
		case "eventID":
			c.EventID = rest.Text(m)
		case "eventType":
			c.EventCode = rest.Text(m)
		case "awsRegion":
			c.Cloud.Region = rest.Text(m)
		case "recipientAccountId":
			c.Cloud.Account = rest.Text(m)
		case "errorCode":
			c.StatusCode = rest.Text(m)
		case "errorMessage":
			c.StatusDetail = rest.Text(m)
		case "eventName":
			ev.api.Operation = rest.Text(m)
		case "eventSource":
			ev.api.Service = rest.Text(m)
		case "apiVersion":
			ev.api.Version = rest.Text(m)
		case "requestID":
			ev.api.RequestUID = rest.Text(m)
		case "requestParameters":
			ev.parameters = m
		case "responseElements":
			ev.answer = m
		case "additionalEventData":
			ev.additional = m
			rest.Add(m)
		case "serviceEventDetails":
			ev.details = m
			rest.Add(m)
		case "readOnly":
			ev.readOnly = m.Truth()
			rest.Add(m)
		case "userIdentity":
			p.identity(&ev.actor, m)
		case "sourceIPAddress":
			place(&ev.src, rest.Text(m))
		case "vpcEndpointId":
			ev.src.UID = rest.Text(m)
		case "userAgent":
			ev.agent = m
		case "resources":
			ev.resources = m
		case "sharedEventID":
			ev.shared = m
		case "insightDetails":
			if ev.insight = m; !m.IsObject() {
				rest.Add(m)
			}
		default:
			rest.Add(m)
		}
	}
	ev.api.Error, ev.api.ErrorMessage = c.StatusCode, c.StatusDetail
	if c.Cloud.Account == "" {
		c.Cloud.Account = ev.actor.User.Account
	}
}

// place puts an address, or the name of a service that called for somebody, into e.
func place(e *relay.Endpoint, s string) {
	if relay.IsAddr(s) {
		e.IP = s
	} else {
		e.Domain = s
	}
}

// digest adds a digest file as it is.
func digest(es *relay.Events, r *relay.Record, root jsondoc.Value) {
	o := es.Other()
	o.JSON = root.Raw()
	o.Product = relay.Product{Vendor: "AWS", Name: "CloudTrail", Feature: "Digest"}
	e := es.Add(r, relay.KindCloudTrail)
	e.Class = o
	if t, ok := root.Get("digestEndTime").Time(); ok {
		e.Time = t
	}
}
