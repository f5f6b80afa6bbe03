// Package encode writes events in the schemas that outputs ask for: raw, json, ocsf, ecs, cef, leef and rfc5424.
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
// schema's type switch. A schema is one file with such a switch and a row in New. Where ECS has names for what a source alone says, ecsKinds has
// a row for its kind: no other schema knows kinds.
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
//   - OCSF 1.1.0 is made of the finished event of 1.8.0 by tables (ocsf_110.go), and so are the observables: encoders know one version, a
//     reader sees all that differs on one page, and who does not ask pays nothing. Who does pays several times the event.
//   - What 1.1.0 requires and an event does not have (a WAF line without an answer, a flow with one end) makes it a Base Event there, by
//     the same rule as in 1.8.0: nothing is made up. vendor_name alone is "Unknown" where nobody is known.
//   - One package of many files, and not one for each schema: the files of a schema begin with its name, and they share the writing of text and numbers,
//     which is where the speed is and which would else have to be exported.
//
// # ECS and Elastic's integrations
//
// Flow logs, Resolver queries and CloudTrail were held against Elastic's own test documents. What differs, on purpose:
//
//   - geo and as of addresses and the parts of user_agent come from databases that Elasticsearch has: its processors geoip and user_agent add them to what
//     comes from here. event.original is there on wish, event.ingested is the index's to say.
//   - actor, target, related.entity and the like are no fields of ECS 8.11. Nor is a service that calls service.name, which is what a log is from: it is in
//     source.address and aws.cloudtrail.user_identity.invoked_by.
//   - Parameters and answers of calls are text in JSON, not as Java prints a map. The same resource twice stays twice, and true is no word.
//   - What says nothing is left out: "-", empty objects, a value that related has already. Without a response code a query has no event.outcome.
//   - related also has the addresses of packets, those that call, and their hosts; of an address of mail no part.
//   - ICMP has no network.community_id where type and code are not known, nor has a flow between addresses of two versions: it would be another's.
//   - CloudTrail: what is done in IAM, to objects in S3, and all proofs of who somebody is have their category by rule, not by name; changes to networks and
//     listings of hosts have none, since ECS means their traffic and the hosts' own events. An Insight is an alert of category intrusion_detection. Digests
//     of log files are no events: they go out as they are.
//
// # What is checked
//
// Events of 1.8.0 against the published JSON Schemas and the compiled schema: unknown and deprecated attributes, requirements, constraints,
// enums with their captions, profiles in objects too, types and patterns. Two deprecated attributes are written because the published
// mappings have them: policy of Account Change and http_status of HTTP Activity. Events of 1.1.0 were checked in the same way, all classes and all samples, against
// the schema of that version, which the tests take from where OCSF_110_SCHEMA says and do without otherwise; the pattern of host names was
// left out, since it refuses the last dot of a queried name, which Security Lake keeps.
//
// Sources: OCSF 1.8.0 and 1.1.0 (schema.ocsf.io), classes Base Event [0], Detection Finding [2004], Account Change [3001], Authentication
// [3002], Network, HTTP and DNS Activity [4001, 4002, 4003] and API Activity [6003], profiles cloud, host, load_balancer and security_control;
// Elastic Common Schema 8.11, fields and allowed values; Community ID specification, version 1; Public Suffix List; RFC 8259; RFC 5424.
package encode
