package encode

import (
	"logrelay/relay"
)

// ecs writes the Elastic Common Schema 8.11: the version that Elastic's own integrations for the same sources write, so that their
// dashboards and rules find what they look for. Objects are nested; names come in this order: @timestamp, ecs, event, message, log, then field sets
// of the class, related, the source's own fields, tags, organization, logrelay.
//
// What the relay itself knows of an event is where no record can write:
//
//	logrelay.id           the relay's stable id
//	logrelay.received     when it took the record; event.created is the same
//	logrelay.input        name of the input
//	logrelay.tenant       tenant; organization.id is the same
//	logrelay.peer         who sent it, by the transport; logrelay.identity: by token or certificate
//	logrelay.source       label of the token or input
//	logrelay.kind         what it was taken for
//	logrelay.attrs        what came beside the record, under the names of its attributes
//	logrelay.flags        how the record was cut: more, continued, truncated, resync
//	logrelay.parse_error  why it could not be understood; event.kind is pipeline_error then, and event.original holds it
//
// event.severity is the source's own number where it has one (syslog, a finding's score), else 1 for informational to 6 for fatal. event.id is the
// source's id of the event, and the relay's is logrelay.id.
//
// What the source says and ECS has no field for goes below a name of the source's own, see ecsKinds. Names there are as Elastic's integrations
// have them (ecsVPCFlow, ecsTrail, ecsRoute53), else the source's own in lower case with underscores. Names that fall together so, and all
// beyond the 64th, stand in the array other with their values as text. What differs from call to call (parameters, answers, data of resources) goes out as text.
type ecs Options

// ecsVersion is what ecs.version says.
const ecsVersion = "8.11.0"

func (o ecs) encode(dst []byte, e *relay.Event) []byte {
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		return o.networkFlow(dst, e, c)
	case *relay.APICall:
		return o.apiCall(dst, e, c)
	case *relay.DNSQuery:
		return o.dnsQuery(dst, e, c)
	case *relay.HTTPRequest:
		return o.httpRequest(dst, e, c)
	case *relay.Authentication:
		return o.authentication(dst, e, c)
	case *relay.Finding:
		return o.finding(dst, e, c)
	case *relay.Message:
		return o.message(dst, e, c)
	case *relay.Other:
		return o.other(dst, e, c)
	}
	return o.other(dst, e, &relay.Other{Text: relay.View(e.Record.Raw)})
}

// tail appends what every event ends with: tags, tenant, and what the relay knows.
func (o ecs) tail(dst []byte, e *relay.Event, c *relay.Common) []byte {
	r := e.Record
	dst = memberStrings(dst, `,"tags":`, c.Labels)
	if r.Origin.Tenant != "" {
		dst = append(appendText(append(dst, `,"organization":{"id":"`...), r.Origin.Tenant), '}')
	}
	dst = append(dst, `,"logrelay":{"id":"`...)
	dst = e.AppendID(dst)
	dst = ecsTime(append(dst, `","received":"`...), r.Received)
	dst = append(dst, '"')
	dst = member(dst, `,"input":"`, r.Origin.Input)
	dst = member(dst, `,"tenant":"`, r.Origin.Tenant)
	dst = member(dst, `,"peer":"`, r.Origin.Peer)
	dst = member(dst, `,"identity":"`, r.Origin.Identity)
	dst = member(dst, `,"source":"`, r.Origin.Source)
	dst = member(dst, `,"kind":"`, string(e.Kind))
	if hasAttrs(r) {
		dst = flatAttrs(dst, r)
	}
	if r.Flags&(1<<len(flagNames)-1) != 0 {
		dst = flatFlags(dst, r.Flags)
	}
	if e.Fault.Reason != relay.FaultNone {
		dst = appendFault(append(dst, `,"parse_error":"`...), e.Fault)
		dst = append(dst, '"')
	}
	return append(dst, '}', '}')
}
