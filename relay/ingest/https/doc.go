// Package https is the HTTPS source: a generic route for text and JSON, Amazon Data Firehose, and Splunk's HTTP Event Collector.
//
//	request ─▶ route ─▶ authorize ─▶ receive (decoded, whole) ─▶ store: cut ─▶ relay.Batch ─▶ relay.Sink.Put ─▶ 200
//	                       │ 401, 403     │ 408, 413, 400                │ 400, 413            │ 503
//	                       └ before the body is read                     └ before the first Put
//
// # Routes
//
//   - / and /ingest: text lines, JSON and envelopes as package ingest cuts them; /ingest/KIND names the kind, unless the token or
//     the configuration does. Answer: {"records":N}. POST or PUT. Errors: {"error":"...","offset":N}.
//   - /firehose, and / and /ingest with X-Amz-Firehose-Request-Id: Amazon Data Firehose.
//   - /services/collector, /event, /raw (each also with /1.0), /health, /ack: HEC.
//   - GET /healthz: the server answers. It knows nothing of disk and far ends.
//
// # Invariants
//
//   - 200 means that every record of the request is in custody: the last Put has returned nil.
//   - 4xx means that nothing of the request is stored, except HEC's invalid-event-number, which says what is. 5xx may leave a
//     first part stored; a retry stores it again, except for Firehose, whose deliveries the ledger knows.
//   - Tenant, source label, kind and HEC metadata that token or configuration name are not the sender's to choose. Names that a
//     Firehose stream's owner gave to common attributes carry the prefix "firehose.".
//   - Memory for bodies and batches is counted against the Budget; it is taken at once, so that no request waits while it holds
//     some. Bodies over 1 MiB, and those for which memory is short, go to a file without a name, under a quota, and are read
//     through a mapping.
//   - Every wait for a sender has an end: header, body (with a minimum rate), idle time, the answer. At the limit of connections
//     an idle one makes room.
//   - Who has connected is served, also when we have been asked to end: a connection whose first request is still to come gets it answered, one that is
//     used gets an answer that ends it. With a listening socket that outlives the process, a restart breaks no connection but one that rested.
//   - Secrets are kept as keyed hashes; nothing of them is logged or answered. Tokens are not taken from query strings.
//
// # Firehose
//
// Firehose reaches only port 443, with a certificate of a public CA: a relay on 5443 needs a load balancer or a forwarded port.
// It is never answered 413 (it would drop the delivery for good), 202 or 204. A delivery is (source ARN, request id, tenant); its
// mark is put with its records, so a retry adds what is missing, once. What a record holds is cut by its content; what looks like
// JSON and is not is kept as text, because refusing it would only send the whole delivery round. Gzip that is broken is refused:
// Firehose then keeps the delivery in its backup bucket.
//
// # HEC
//
// Acknowledgement is off: a 200 means more than it would. A channel is therefore not needed for /raw, but has to be a GUID where
// there is one. The record is the event: a string's text, any other value byte-exact; time, host, source, sourcetype, index and
// fields are its attributes. A null member counts as missing. Numbers too large for seconds are taken as milliseconds. An event
// over the record limit is answered 413 and nothing of the request is stored.
//
// # Files
//
//   - server.go (New, Run, one request), options.go, listener.go (connections), drain.go (their end), route.go.
//   - auth.go, authstate.go, password.go: who may push.
//   - body.go, spool.go, store.go: from bytes to custody, for every protocol.
//   - generic.go; firehose.go, firehoserecords.go; hec.go, hecevent.go: a protocol each.
//   - refusal.go, refuse.go: what is answered instead of 200.
//
// # Why
//
//   - The whole body before the first Put, and not a stream: a sender that is told 400 may correct and send again without
//     duplicates, and a connection that dies in the middle stores nothing. It costs a copy, and disk for large bodies. A protocol
//     that resumes uploads would change our mind.
//   - A mapped file and not reads through a buffer: all parsers see one []byte. A read error of the disk is a fault, which
//     SetPanicOnFault makes a panic, which answers 500.
//   - golang.org/x/crypto for argon2id and bcrypt, the maintained implementations; what they found is remembered by keyed hash,
//     as one check costs up to seconds. One such check runs at a time, so that guessing does not take the machine.
//   - github.com/pires/go-proxyproto for PROXY v1 and v2: it is what the Go proxies use, and reads the header only when the
//     connection is served.
//   - golang.org/x/sys/unix for mmap and munmap with a byte slice.
//   - http.Server.Shutdown comes last: it drops a first request that it reads while it runs, and closes HTTP/1.1 connections that rested for a
//     microsecond. Waiting before it costs at most some seconds, and only while there are such connections.
//   - net/http throws away up to a second of what a refused sender still sends, or the sender would see a reset and not the answer.
package https
