// Package ingest holds what sources share: cutting bodies into records, bounded decompression, and the metrics that every
// input has. It knows no protocol and stores nothing: sources do.
//
//	Decoders   encoded bytes → plain bytes, with bounds on ratio, members and window
//	Splitter   plain bytes → pieces: lines, JSON values, what is inside an envelope
//	Stream     the same, of a body that is never whole in memory
//	Metrics    counters of one input, for Prometheus and for status
//
// # Invariants
//
//   - A piece is a slice of the body: numbers, the order of names and bytes that are no UTF-8 stay as the sender wrote them. Only
//     text that JSON had escaped (a CloudWatch Logs message) is written anew.
//   - No byte of a text is lost but line ends: LF, or CRLF. Lines with nothing in them are no records. A line over the record
//     limit becomes parts that are linked by flags and by the attribute relay.AttrPart; joined, they are the line.
//   - The same body and SplitOptions give the same pieces, so that an ordinal means the same when a delivery is resumed.
//   - After Verify returned nil, Next refuses nothing.
//   - No allocation per record, and none in proportion to what a sender claims.
//
// # What is JSON
//
// The content type or the kind says so; otherwise a body that starts with {" or {} or [{ is JSON and has to be JSON to its end,
// and all else is text. The first bytes alone decide, so that a sender can know beforehand: a log whose lines start with
// "[error]" or "{x}" is text, a broken JSON body is an error and not a thousand strange lines.
//
// # Envelopes
//
// {"Records":[...]} with nothing beside it is CloudTrail's: its elements are the records. An object with messageType, owner,
// logGroup, logStream and logEvents is a CloudWatch Logs subscription message: the messages are the records, id, time and
// extracted fields are their attributes, and the rest is the Context of all of them. A control message yields nothing. What only
// resembles an envelope is an ordinary record.
//
// # Why
//
//   - A JSON scanner of our own: bodies have to be checked to the end before the first record is stored, at the speed of the
//     wire. encoding/json checks at less than half the speed, and its decoder copies every value. Ours finds where values end and
//     what is wrong at which byte, and is fuzzed against json.Valid. It does not check UTF-8: a log line with a stray byte is
//     better delivered than refused.
//   - Bodies as one []byte and not a stream: offsets, retries and two passes are simple, and a source can map a file (see
//     ingest/https).
//   - Stream for what is too large for that (see ingest/s3/object): a splitter over a window that moves. The same code cuts, so that ordinals are the
//     same; what would need the end of a body (a list of any size, an envelope, a line longer than a record) is its own. It is fuzzed against Splitter.
package ingest
