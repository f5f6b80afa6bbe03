// Package relay is the vocabulary of logrelay: what a record, a batch, an event, a lease and a destination are, and the few
// contracts between the stages. It imports the standard library alone; everything else imports it.
//
// # The path of a record
//
//	ingest/https   ─┐                                     ┌─ forward.Pump ─ normalize ─ rules ─ forward/hec     ─▶ SIEM
//	ingest/syslog  ─┼─▶ relay.Sink.Put ─▶ buffer (fsync) ─┤
//	ingest/s3      ─┘        │                            └─ forward.Pump ─ normalize ─ rules ─ forward/syslog  ─▶ SIEM
//	                  nil = we have custody                                    nil from Send = they have custody
//
// Other destinations: forward/https, elastic, xsiam, file. Each writes events in its output's schema, by package encode.
//
// Two synchronous halves meet at the disk. On the left the acknowledgement is the return value of Put. On the right it is
// the end of a Lease. What is stored is the record as it arrived; it is understood only after the disk, so that a bug in a
// parser costs a second run and not data.
//
// # A walk
//
// A VPC flow record that is posted over HTTPS, from the socket to the SIEM. A line that begins with ‖ is a goroutine of its own.
//
//	  ingest/https.(*Server).ServeHTTP         which route, who is it: before the body is read
//	  ingest/https.(*request).receive          the whole body, decoded (ingest.Decoders) in bounded memory
//	  ingest/https.(*request).store            ingest.(*Splitter).Next cuts, relay.(*Batch).AppendMeta copies
//	  buffer.(*Log).Put                        waits for the outcome; on nil (*request).reply says 200
//	‖ buffer.(*committer).run                  one block of all batches that wait, one write, one fsync
//	‖ forward.(*Pump).work                     one worker of one output
//	  buffer.(*Cursor).Next                    a lease of records, read back
//	  forward.(*filler).fill                   records to events
//	  rules.(*worker).append                   where the output has rules: normalizes by what follows, then enriches, drops, sets, redacts
//	  normalize.(*Normalizer).Append           which kind is it
//	  normalize/vpcflow.(*Parser).Append       text to relay.NetworkFlow
//	  forward.(*Pump).deliver                  what a failure means: again, hold, halve, dead letter
//	  forward/hec.(*Destination).Send          the schema's relay.EncodeFunc, POST, 2xx
//	  buffer.(*lease).Ack                      position and outcome, committed together
//	‖ buffer.(*Log).keep                       fsyncs cursors, deletes segments that all of them have passed
//
// Where a syslog message takes another way:
//
//	‖ ingest/syslog.(*conn).serve              a connection
//	  ingest/syslog.(*framer).feed             bytes to records; each frame may have its own framing
//	  ingest/syslog.(*putter).put              Log.Put, again and again while the log is full; nobody reads the socket meanwhile
//	‖ forward.(*stream).run                    an output without answers
//	  forward/syslog.(*stream).Send            the kernel has it
//	  forward.(*stream).confirm                acknowledged when enough went after it, or the connection ended in order
//
// daemon.New opens all of it and daemon.(*Daemon).Run starts and ends it.
//
// # Words
//
//   - input, source: what the configuration names, and the code that serves it (Source). Output, destination: the same on the other
//     side (Destination); an output is a destination with its pump, cursor, selection and schema.
//   - record: one entry as it arrived (Record). Inside a Batch on the way in, inside a Lease on the way out.
//   - batch: records cut into one block of memory, committed together. Block: a batch, or several, as they stand in a segment, one
//     file of the log.
//   - origin: what the records of a connection, request or object have in common. Tenant: whom they belong to; never taken from
//     content.
//   - buffer: the log on disk, where a record stays until every output is done with it.
//   - part: a piece of a line that is longer than a record may be; no byte of it is lost.
//   - kind: what a record is (vpcflow, cloudtrail, syslog, text; Kinds). It has a parser, below normalize.
//   - event: a normalized record: a typed Class, and the fields that no class has room for (Rest). Most records make one.
//   - class: NetworkFlow, APICall, DNSQuery, HTTPRequest, Authentication, Finding, Message or Other (classes.go). A kind fills one, or one of
//     several by what the record tells.
//   - schema: how an event is written: raw, json, ocsf, ecs, cef, leef, rfc5424 (package encode). A schema knows every class, and no kind but for a
//     few names of ecs.
//   - fault: why a record could not be understood, and at which byte (Fault). Unparsed: said of such a record. It is delivered as it is, marked, and counted.
//   - rule: what an output's configuration does to events: drop, keep, sample, set, redact (package rules).
//   - cursor: an output's place in the log. Lease: a run of records that it has in hand.
//   - dead letter: an event that a far end refused for good. Open, until the operator retries or drops it.
//   - mark: how far a delivery that may be repeated (Firehose request, S3 object) has come; kept by the Ledger.
//
// # What else there is
//
// config reads the configuration, daemon wires the stages. status says what the relay does, status/page shows it to browsers. mapping finds out where a
// kind's fields go; awstemplate and awsiam are what an operator needs in AWS, and the relay never uses them. relaytest has the contract suites
// and stand-ins for tests. Beside relay stands pki, which knows nothing of logs: the relay's certificate, ACME, requests.
//
// # Who imports whom
//
// Data flows one way and so do imports; imports_test.go holds the table and says why each edge that is missing is missing.
//
// # Why
//
//   - Contracts are blocking calls that return an error; no API has a channel or a callback. The acknowledgement is then a return
//     value, and who has custody can be read off the call. Go's own pipelines of channels have no place for "it is safe now".
//   - What an error means is its type (RetryError, HoldError, RejectError, PartialError), and an error of no type is retried: whoever
//     forgets to classify delays data and does not lose it.
//   - Class is closed to other packages, since a schema has to know all of them: K kinds and S schemas are K + S pieces of code,
//     not K × S. Kind is a string and open, so that a new one changes nothing here.
//   - A batch is bytes and offsets, and an event's strings point into them: nothing is allocated for a record. The price is that
//     lifetimes are stated in comments (Record, Event, Lease) and not by the garbage collector.
//   - Budget, Pulse and EscapeLine are not vocabulary, but both sides need them and neither may import the other.
package relay
