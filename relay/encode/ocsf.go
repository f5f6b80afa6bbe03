package encode

import "logrelay/relay"

// ocsf writes OCSF 1.8.0. The class of an event is the one that OCSF has for it:
//
//	NetworkFlow      Network Activity [4001]
//	HTTPRequest      HTTP Activity [4002]
//	DNSQuery         DNS Activity [4003]
//	APICall          API Activity [6003]; Account Change [3001] where it changed the account of a user
//	Authentication   Authentication [3002]
//	Finding          Detection Finding [2004]
//	Message, Other   Base Event [0]
//
// An event that lacks what its OCSF class requires (a flow without endpoints, a login of nobody) is a Base Event too. What has no place in
// a class, or in an object whose requirements cannot be met, goes to unmapped beside what the source has in addition: nothing is left out.
//
// What the relay itself knows of an event is in metadata, where no record can write:
//
//	uid             the relay's stable id
//	tenant_uid      tenant
//	log_provider    input
//	log_source      peer
//	logged_time     when the relay took the record
//	tags            identity, source_label, and what came beside the record under the names of its attributes
//	is_truncated    the sender ended in the middle of the record
//	debug           "parse_error: …" for a record that could not be understood; raw_data then holds it
//
// original_event_uid, original_time, event_code, log_name (program), log_level, labels and device.hostname are what a record says of itself.
// Times are milliseconds since 1970, fractions cut. The product of events of no known product is logrelay, with the kind as its feature.
type ocsf Options

func (o ocsf) encode(dst []byte, e *relay.Event) []byte {
	start := len(dst)
	dst = o.event(dst, e)
	if o.Observables {
		dst = ocsfObservables(dst, start)
	}
	if o.OCSFVersion == "1.1.0" {
		dst = ocsfOlder(dst, start)
	}
	return dst
}

// event appends the event in OCSF 1.8.0.
func (o ocsf) event(dst []byte, e *relay.Event) []byte {
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

// ocsfEnvelope appends the members of metadata that come from the relay, and closes metadata. id is the source's own id of the event; where
// there is none, the envelope's is taken.
func ocsfEnvelope(dst []byte, e *relay.Event, id string) []byte {
	r := e.Record
	dst = append(dst, `,"uid":"`...)
	dst = e.AppendID(dst)
	dst = append(dst, '"')
	if id == "" && hasAttrs(r) {
		id = attr(r, relay.AttrID)
	}
	dst = member(dst, `,"original_event_uid":"`, id)
	dst = member(dst, `,"tenant_uid":"`, r.Origin.Tenant)
	dst = member(dst, `,"log_provider":"`, r.Origin.Input)
	dst = member(dst, `,"log_source":"`, r.Origin.Peer)
	dst = append(dst, `,"logged_time":`...)
	dst = appendMillis(dst, r.Received)
	if r.Flags&relay.FlagTruncated != 0 {
		dst = append(dst, `,"is_truncated":true`...)
	}
	if e.Fault.Reason != relay.FaultNone {
		dst = append(dst, `,"debug":["parse_error: `...)
		dst = appendFault(dst, e.Fault)
		dst = append(dst, `"]`...)
	}
	if r.Origin.Identity != "" || r.Origin.Source != "" || hasAttrs(r) {
		dst = ocsfTags(dst, r, id)
	}
	return append(dst, '}')
}

// ocsfTags appends identity, source label and attributes as metadata.tags, but for the id that has its place.
func ocsfTags(dst []byte, r *relay.Record, id string) []byte {
	const key = `,"tags":[`
	at := len(dst)
	dst = append(dst, key...)
	dst = ocsfTag(dst, `{"name":"identity","value":"`, r.Origin.Identity)
	dst = ocsfTag(dst, `{"name":"source_label","value":"`, r.Origin.Source)
	if hasAttrs(r) {
		eachAttr(r, func(k, v string) {
			if v != "" && (k != relay.AttrID || v != id) {
				dst = appendText(append(dst, `{"name":"`...), k)
				dst = ocsfTag(dst, `,"value":"`, v)
			}
		})
	}
	if len(dst) == at+len(key) {
		return dst[:at]
	}
	dst[len(dst)-1] = ']'
	return dst
}

// ocsfTag appends one tag, of which head is what stands before the value, and a comma.
func ocsfTag(dst []byte, head, value string) []byte {
	if value == "" {
		return dst
	}
	return append(appendText(append(dst, head...), value), '}', ',')
}

// rawData appends raw_data and its size where they are wanted.
func (o ocsf) rawData(dst []byte, e *relay.Event) []byte {
	if !o.Raw && e.Fault.Reason == relay.FaultNone {
		return dst
	}
	dst = member(dst, `,"raw_data":"`, relay.View(e.Record.Raw))
	return appendInt(append(dst, `,"raw_data_size":`...), int64(len(e.Record.Raw)))
}
