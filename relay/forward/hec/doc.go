// Package hec delivers events to a Splunk HTTP Event Collector, or to what imitates one: envelopes back to back (route event), or
// lines (route raw), with or without the indexer's acknowledgement. Source: Splunk's documentation, "HTTP Event Collector REST
// API endpoints", "Format events for HTTP Event Collector", "About HTTP Event Collector indexer acknowledgement".
//
// # What nil is worth
//
// Without Ack, code 0: the collector has the events in memory. With Ack, the indexer has said that they are written.
//
// # Invariants
//
//   - What the configuration sets (host, source, sourcetype, index) wins over what came with the record.
//   - Fields whose names start with logrelay_ are ours; a sender's fields of such names are left out.
//   - An answer of 200 that is not HEC's own is not success: some proxy gave it.
//
// # Why
//
//   - A refused event is found by invalid-event-number; the ones before it are indexed, so they count as delivered and are not
//     sent again.
//   - A wrong index (code 7) holds: it is a setting, and every event would become a dead letter. One that the event's sender chose refuses that event:
//     otherwise any sender could stop the output.
//   - An acknowledgement that does not come within AckTimeout means sending again: the id may have been forgotten by a restart. The
//     polls carry the cookies of the answer that gave the id, so that a load balancer leads them to the same collector.
package hec
