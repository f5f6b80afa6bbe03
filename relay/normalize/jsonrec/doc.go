// Package jsonrec reads records that are one JSON value of no known shape into the class Other, with the value whole. It picks two things
// out of the top level:
//
//   - Time: the first by rank of time, @timestamp, timestamp, ts, eventTime, event_time, datetime, date whose value can be read, see
//     jsondoc.ParseTime. Everything deeper belongs to kinds that know their shape.
//   - Message: the first of log, message, msg that is a string.
package jsonrec
