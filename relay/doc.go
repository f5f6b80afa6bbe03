// Package relay is the vocabulary of logrelay: what a record, a batch, an event, a lease and a destination are, and the few
// contracts between the stages. It imports the standard library alone; everything else imports it.
//
// # The path of a record
//
//	ingest/https   ─┐                                    ┌─ forward.Pump ─ normalize ─ forward/hec     ─▶ SIEM
//	ingest/syslog  ─┼─▶ relay.Sink.Put ─▶ buffer (fsync) ─┤
//	ingest/s3      ─┘        │                           └─ forward.Pump ─ normalize ─ forward/syslog  ─▶ SIEM
//	                  nil = we have custody                            nil from Send = they have custody
//
// Two synchronous halves meet at the disk. On the left the acknowledgement is the return value of Put. On the right it is
// the end of a Lease. What is stored is the record as it arrived; it is understood only after the disk, so that a bug in a
// parser costs a second run and not data.
//
// # Words
//
//   - record: one entry as it arrived (Record). Inside a Batch on the way in, inside a Lease on the way out.
//   - batch: records cut into one block of memory, committed together.
//   - block: a batch, or several, as they stand in a segment: one file of the log.
//   - origin: what the records of a connection, request or object have in common.
//   - kind: what a record is (vpcflow, syslog, json, text). A kind fills one class.
//   - event: a normalized record: a typed Class (NetworkFlow, Message, Other). A schema (package encode) knows every class,
//     so that there are K + S pieces of code and not K × S.
//   - cursor: an output's place in the log. Lease: a run of records that it has in hand.
//   - destination: what delivers events to a far end. Output: a destination with its pump, cursor, kind selection and schema.
//   - dead letter: an event that a far end refused for good.
//   - mark: how far a delivery that may be repeated (Firehose request, S3 object) has come; kept by the Ledger.
//
// # Who imports whom
//
// Data flows one way and so do imports; imports_test.go holds the table and says why each edge that is missing is missing.
package relay
