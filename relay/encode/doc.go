// Package encode writes events in the schemas that outputs ask for: raw, json, ocsf, ecs and rfc5424.
//
// New returns a relay.EncodeFunc that appends one event to a buffer. It keeps no state: one value may be used by many goroutines.
//
// # Invariants
//
//   - For any event, raw excepted, exactly one line is appended: valid UTF-8 without CR, LF and NUL; json, ocsf and ecs are one valid
//     JSON object. Bytes that are not UTF-8 become U+FFFD; control characters are escaped. Nothing is left out for being odd.
//   - What a sender wrote goes only into the fields of its class and into rest, unmapped and raw. Input, tenant, peer, identity,
//     source label, id and the parse error have places of their own that no record can fill.
//   - Absent values are left out: there is no null, no "-" and no empty object.
//   - A record that could not be understood goes out whole, with the reason.
//
// # Adding to it
//
// A class is one struct in package relay and one function for each schema here, named after both (ocsf.networkFlow) and called in the
// schema's type switch. A schema is one file with such a switch and a row in New. Where ECS has names for what a source alone says, ecsKinds has a
// row for its kind: no other schema knows kinds.
//
// # Why
//
//   - Bytes are appended by hand, not marshalled: a flow record becomes a kilobyte of OCSF in well under a microsecond without an
//     allocation. Reflection costs ten times as much.
//   - Fixed parts (class, category, captions) are string constants cut for each outcome, copied in one go.
//   - The origin's part is written anew for each event, not cached: it costs some 50 ns, and a cache would have to be shared
//     between goroutines.
//   - ECS is 8.11 and not the newest: Elastic's integrations for flow logs, Resolver queries and CloudTrail write it, and with their names
//     (aws.vpcflow, aws.cloudtrail) their dashboards and rules work on what comes from here. Names are theirs; the code and the texts are not.
//   - What every call has otherwise (parameters and answers) is text in ECS: as objects, each of their names would become a field of the index, until
//     Elasticsearch refuses more. CloudTrail's are also in aws.cloudtrail.flattened, of which the mapping is one field.
//   - A record's names become ECS's by rule (sharedEventID is shared_event_id). Two that become equal would make a document that Elasticsearch
//     refuses, so the second goes elsewhere, under the name that it had.
//
// Sources: OCSF 1.8.0 (schema.ocsf.io), classes Base Event [0] and Network Activity [4001], profiles cloud, host and
// security_control; Elastic Common Schema 8.11, fields and allowed values; Community ID specification, version 1; Public Suffix List; RFC 8259; RFC 5424.
package encode
