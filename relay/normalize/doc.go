// Package normalize turns records into events: it finds out what a record is and hands it to the package of its kind.
//
// A Normalizer is made for each goroutine that normalizes (New). Its Append is a relay.NormalizeFunc.
//
// # What a record is
//
// Origin.Kind when the source or the configuration names one; else the layout of a JSON object, the log stream of a control plane of EKS, or
// the first bytes decide (detect.go). What turns out not to be of its kind goes out as it is: class Other, Text the record's bytes, Fault the
// reason; package forward counts it (logrelay_output_unparsed_records_total), and does the same for a record that makes its parser panic. A
// text record is never unparsed. The continuation of an over-long line is not read as a record of its own.
//
// What forwarders put around a line is looked into: an object of no kind that has a record of some kind under log or message (Fluent Bit, Firehose, agents) is that record, and its other members stay
// in Rest; so is a line of a container, or the text of a syslog message, that is an object of a known kind.
//
// A time that the envelope states (relay.AttrTime: HEC, CloudWatch Logs) wins over the one inside the record. The owner of a log group is
// the account of a record of AWS that names none.
//
// # Three sorts of kinds
//
//	texts     lines: read from the record
//	jsons     objects: read from the record once it is parsed, or from the text of a syslog message
//	contents  what comes behind a syslog header, and may come without one (content.go): firewalls, logins. Every message is shown to all of them, so that each refuses what
//	          is not its own at its first bytes or at the name of the program: together they cost a message less than 0.1 µs
//
// # Adding a kind
//
// One folder with a Parser, one constant, one row in a table of New, cases in testdata, a fuzz target. A kind fills one class of package relay,
// or one of several by what the record tells, and knows no schema.
//
// # Why
//
//   - Kinds are recognised by their first bytes only where they cannot be mistaken: a priority, a JSON value that really is one, a header
//     that no other log has. A JSON object is of a kind when it has members that together no other log has, by their exact names; what is of
//     its kind by that and then cannot be read is marked. Anything cleverer turns a sender's odd line into a wrong event.
//   - Kinds that are JSON are asked one after the other, by a few look-ups each: the most frequent first.
//   - A Normalizer keeps compiled columns, time zones and scratch memory, so it is for one goroutine. Sharing it would need locks
//     on the hot path.
//   - Panics of parsers are not caught here but by the pump, for every NormalizeFunc, so that a fuzz target of this package sees them.
package normalize
