package encode

import (
	"logrelay/relay"
)

// ocsf writes OCSF 1.8.0. A flow is Network Activity [4001]; a row without a flow, a message and all else are Base Events [0]. What the relay
// itself knows of an event is in metadata, where no record can write:
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
// log_name (APP-NAME), event_code (MSGID), original_time and device.hostname are what a message says of itself. Times are
// milliseconds since 1970. The product of events of no known product is logrelay, with the kind as its feature.
type ocsf Options

func (o ocsf) encode(dst []byte, e *relay.Event) []byte {
	switch c := e.Class.(type) {
	case *relay.NetworkFlow:
		return o.networkFlow(dst, e, c)
	case *relay.Message:
		return o.message(dst, e, c)
	case *relay.Other:
		return o.other(dst, e, c)
	}
	return o.other(dst, e, &relay.Other{Text: relay.View(e.Record.Raw)})
}

// ocsfEnvelope appends the members of metadata that come from the relay, and closes metadata.
func ocsfEnvelope(dst []byte, e *relay.Event) []byte {
	r := e.Record
	dst = append(dst, `,"uid":"`...)
	dst = e.AppendID(dst)
	dst = append(dst, '"')
	if hasAttrs(r) {
		dst = member(dst, `,"original_event_uid":"`, attr(r, relay.AttrID))
	}
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
		dst = ocsfTags(dst, r)
	}
	return append(dst, '}')
}

// ocsfTags appends identity, source label and attributes as metadata.tags.
func ocsfTags(dst []byte, r *relay.Record) []byte {
	const key = `,"tags":[`
	at := len(dst)
	dst = append(dst, key...)
	dst = ocsfTag(dst, `{"name":"identity","value":"`, r.Origin.Identity)
	dst = ocsfTag(dst, `{"name":"source_label","value":"`, r.Origin.Source)
	if hasAttrs(r) {
		eachAttr(r, func(k, v string) {
			if k != relay.AttrID && v != "" {
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
	dst = appendText(append(dst, `,"raw_data":"`...), relay.View(e.Record.Raw))
	return appendInt(append(dst, `,"raw_data_size":`...), int64(len(e.Record.Raw)))
}
