// Package elastic delivers events to Elasticsearch or OpenSearch, or to what imitates them, by the bulk API: "create" with the event's stable id
// as _id. Sources: Elastic's documentation "Bulk API", "Data streams", "Has privileges API", "An introduction to the Elastic data stream
// naming scheme"; OpenSearch's "Bulk API".
//
//	POST /_bulk?filter_path=errors,items.*.status,items.*.error&require_data_stream=true
//	{"create":{"_index":"logs-logrelay-default","_id":"0f3c…-17"}}
//	{"@timestamp":"2026-01-02T03:04:05Z",…}
//
// # What nil is worth
//
// Each event is in the index (201), or was there before (409, version conflict): the shards' primaries have it in their translogs, which are
// fsynced before the answer unless the index is set otherwise.
//
// # Duplicates
//
// Ids are never used twice, so 409 can only mean that an earlier Send arrived whose answer was lost. The far end knows an id within one backing
// index: an event that is sent again after its data stream rolled over in between is stored twice, under the same _id. VictoriaLogs takes
// the same requests and keeps no ids: there, what is sent again is stored again.
//
// # Invariants
//
//   - Each event has the outcome that the answer states for it, matched by the order of the request; one of which the answer says nothing, or which came
//     back with a status that nobody has thought of, is sent again.
//   - Of an answer, 1 KiB is read for each event, and 64 KiB, at most 16 MiB. It is read as it comes. What lies beyond counts as not said.
//   - Placeholders of the index become nothing but a-z, 0-9, "_" and ".": a kind or tenant cannot point an event at another index.
//
// # Why
//
//   - A document with more fields than the index may have (400, "Limit of total fields") is refused alone, like one that does not fit the mapping: to hold
//     would let one odd record stop an output. README has a template that keeps both from happening.
//   - The index stands in every action, not in the path: events of one request may differ in theirs, and imitators know one path.
//   - A lone 403 or 404 holds the output: it is about privileges and templates, and every event would become a dead letter. Where placeholders give events
//     indexes of their own it refuses the event: a sender may choose its kind, and must not stop the others with one that has no index.
//   - require_data_stream keeps a typing error from making an ordinary index. Elasticsearch before 8.13 and OpenSearch refuse to know it;
//     then it is left out.
//   - encoding/json's Decoder cuts the answer into items. Those that say what they say when all is well are compared as bytes: decoding them takes longer
//     than making the body.
package elastic
