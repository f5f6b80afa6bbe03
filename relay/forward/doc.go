// Package forward takes records from an output's cursor to its destination. Pump is the one loop that retries: destinations
// (packages syslog, https, hec, elastic, xsiam, file) know protocols and say what an error means; sources and buffer know nothing of either.
// What the destinations share stands here too: the TLS client (TLSConfig), the choice among several addresses (Endpoints).
//
//	Cursor.Next ─▶ fill (Select, Normalize) ─▶ Destination.Send ─▶ Lease.Ack
//	                                             │ retry, hold: gate, then the same events again
//	                                             │ refused:     halve, set aside, next; after a success: DeadLetters.Put, Ack
//	                                             ▼
//	                                           far end
//
// # Invariants
//
//   - Every lease ends in exactly one Ack or Release. An Ack follows the far end's acknowledgement, or a fsynced dead letter, or
//     a rule of the configuration, for each of its records.
//   - A record none of whose events is refused counts as delivered; one with a refused event counts as dead-lettered.
//   - An event becomes a dead letter only when something else went through after it was refused. MaxRefusals of them without a
//     success hold the output: then the fault is not in the events. When something goes through at last, one that was refused is tried before they are buried.
//   - Memory: one lease for each request in flight, the bytes of at most MaxRefusals and a few refused records. Leases beyond the
//     first are counted against the budget. A stream's unconfirmed leases are unloaded.
//   - A cancelled context is neither logged nor counted; the lease is released.
//   - A panic of a parser makes a raw event, one of an encoder a refused event: no record ends the process. Over a
//     stream, which refuses nothing itself, that one is a dead letter at once.
//
// # Why
//
//   - Fifteen files and not a dozen: each job of the pump has its own, and what all destinations share is too little for a package. What those over HTTP
//     share is package web.
//   - One gate for all workers of an output. When the far end fails, one request tries and the others wait; a hundred
//     workers with clocks of their own would be a hundred times the load on something that is down. A lease that fails while others
//     succeed waits by a clock of its own, so that one batch that a far end chokes on does not slow the rest.
//   - Leases are kept while they are retried. Releasing them would put a batch that always fails in front of all others.
//   - Only full batches widen the window. Small batches mean that there is no backlog; more requests in flight would only make
//     them smaller and dearer.
//   - Streams acknowledge nothing, so the pump keeps their leases, unloaded, until the stream confirms them, and reads
//     them from disk again when the connection broke. Keeping the bytes in memory was the alternative; the disk has them already.
//   - A refused event that is alone on a quiet output waits for the next one. To bury it at once would make dead letters of
//     everything when a far end is misconfigured.
package forward
