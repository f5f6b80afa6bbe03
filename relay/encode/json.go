package encode

import (
	"logrelay/relay"
)

// flat writes the relay's own JSON. Every event is one object; absent members are left out. Times are RFC 3339 in UTC.
//
//	id             the relay's stable id of the event
//	time           when it happened
//	received       when the relay took it
//	input          name of the input; tenant, peer, identity: who sent it, by the transport and the configuration
//	source         label of the token or input
//	kind           vpcflow, cloudtrail, syslog, json, text, ...
//	class          network_flow, api_call, dns_query, http_request, authentication, finding, message, other; its members follow
//	attrs          what came beside the record (HEC host and index, log group, ...): an object of strings
//	rest           what the class has no room for, under the names of the source
//	flags          more, continued, truncated, resync: how the record was cut
//	raw            the record, when asked for or when it could not be understood
//	parse_error    why it could not be understood
//
// What a record says of itself, in any class:
//
//	vendor, product, feature, feature_id, version      what wrote it
//	cloud, account, region, zone, org                  where in a cloud
//	event_id, event_code, time_text, level, labels     as the source names them
//	hostname, app, message                             as the source names them; summary where a message has its own text
//	severity_label                                     informational to fatal
//	outcome                                            success, failure; status and reason are the source's own code and words
//
// Members of classes: what a class is made of has the same names in each (json_objects.go); the names are those of package relay.
//
//	src_*, dst_*, upstream_*     ip, port, hostname, domain, id, mac, country, interface, vpc, subnet, instance, zone, service, nat_ip,
//	                             nat_port, scope, port_name, intermediate_ips
//	connection                   protocol, protocol_name, ip_version, tcp_flags, direction, traffic_path, connection_id, application
//	traffic                      bytes, bytes_in, bytes_out, packets, packets_in, packets_out
//	verdict of a control         action (the source's word), verdict, disposition, alert, rule {id, name, type, category, policy}
//	user, actor, session         objects: who
//	api, http, tls               objects: how
//	resources, answers           lists of objects: what
type flat Options

func (o flat) encode(dst []byte, e *relay.Event) []byte {
	r := e.Record
	dst = e.AppendID(append(dst, `{"id":"`...))
	dst = appendTime(append(dst, `","time":"`...), e.Time)
	dst = appendTime(append(dst, `","received":"`...), r.Received)
	dst = append(dst, '"')
	dst = member(dst, `,"input":"`, r.Origin.Input)
	dst = member(dst, `,"tenant":"`, r.Origin.Tenant)
	dst = member(dst, `,"source":"`, r.Origin.Source)
	dst = member(dst, `,"peer":"`, r.Origin.Peer)
	dst = member(dst, `,"identity":"`, r.Origin.Identity)
	dst = member(dst, `,"kind":"`, string(e.Kind))
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		dst = flatNetworkFlow(dst, c)
	case *relay.APICall:
		dst = flatAPICall(dst, c)
	case *relay.DNSQuery:
		dst = flatDNSQuery(dst, c)
	case *relay.HTTPRequest:
		dst = flatHTTPRequest(dst, c)
	case *relay.Authentication:
		dst = flatAuthentication(dst, c)
	case *relay.Finding:
		dst = flatFinding(dst, c)
	case *relay.Message:
		dst = flatMessage(dst, c)
	case *relay.Other:
		dst = flatOther(dst, c, o.Raw || e.Fault.Reason != relay.FaultNone)
	}
	if hasAttrs(r) {
		dst = flatAttrs(dst, r)
	}
	const rest = `,"rest":`
	dst, at := open(dst, rest)
	dst = appendFields(dst, e.Rest)
	dst = done(dst, at, rest)
	if r.Flags&(1<<len(flagNames)-1) != 0 {
		dst = flatFlags(dst, r.Flags)
	}
	if o.Raw || e.Fault.Reason != relay.FaultNone {
		dst = appendText(append(dst, `,"raw":"`...), relay.View(r.Raw))
	}
	if e.Fault.Reason != relay.FaultNone {
		dst = appendFault(append(dst, `,"parse_error":"`...), e.Fault)
		dst = append(dst, '"')
	}
	return append(dst, '}')
}

func flatAttrs(dst []byte, r *relay.Record) []byte {
	const attrs = `,"attrs":`
	dst, at := open(dst, attrs)
	eachAttr(r, func(k, v string) {
		dst = append(appendString(append(dst, ','), k), ':')
		dst = appendString(dst, v)
	})
	return done(dst, at, attrs)
}

// flagNames are the names of the flags by their bit.
var flagNames = [...]string{"more", "continued", "truncated", "resync"}

func flatFlags(dst []byte, f relay.Flag) []byte {
	dst = append(dst, `,"flags":[`...)
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			dst = append(appendString(dst, name), ',')
		}
	}
	dst[len(dst)-1] = ']'
	return dst
}
