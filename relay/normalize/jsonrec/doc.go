// Package jsonrec reads records that are one JSON value of no known shape into the class Other, with the value whole.
//
// It checks that the record is JSON (RFC 8259), because encoders copy it into their output unread, and picks two things out of the
// top level in the same walk: the event's time and a sentence for people.
//
//   - Time: the first by rank of time, @timestamp, timestamp, ts, eventTime, event_time, datetime, date whose value can be read:
//     an RFC 3339 time, a time without a zone (taken as UTC), or a number of seconds, milliseconds, microseconds or nanoseconds
//     since 1970, told apart by size. Everything deeper belongs to kinds that know their shape.
//   - Message: the first of message, msg, log that is a string.
//
// Nesting is bounded by MaxDepth; a deeper value is refused, not followed.
//
// Why not encoding/json: Valid and a search for two members are two walks of the record, Unmarshal allocates for each value.
// This walk costs less than Valid alone. It would be given up for a decoder of the standard library that gives offsets without copying.
package jsonrec
