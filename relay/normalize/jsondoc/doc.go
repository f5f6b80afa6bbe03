// Package jsondoc reads JSON records for the kinds that are JSON: one pass checks the text and notes where every member stands; kinds
// then take what they know and copy the rest as it is.
//
//	Doc.Parse(bytes)      checks RFC 8259 syntax, depth and names that come twice, escapes or not; nodes in a reused slice
//	Once                  takes out what is said twice alike
//	Doc.Root, Value.Get   look members up; a Value is an index, and the zero Value is "absent", so that paths need no checks
//	Value.Raw             the JSON text as it stands, for what is handed on unread
//	Value.Text            the text of a string, unescaped; of a number or a truth as written
//	Time, ParseTime       the times that JSON logs hold
//	Rest                  what a kind has no place for
//	Detail, Rest.Beside   events that EventBridge hands on
//
// # Invariants
//
//   - Values point into the bytes given to Parse and into the Doc, and die with either: no bytes are copied but those of strings with escapes.
//   - Nothing is recursive without a bound (MaxDepth), nothing is quadratic in what a stranger controls, and memory is 24 bytes a node, of which there are at most a million.
//   - Numbers keep their text: an id of 56 digits does not go through a float.
//
// # Why
//
//   - encoding/json into a map costs five to ten times as much and loses the order of members, long numbers and duplicate names. The fast
//     parsers of others (simdjson-go, sonic) need assembly that one of our two architectures lacks, or keep the whole tree.
//   - Nodes are noted down to a depth that the caller names: what lies deeper (requestParameters of CloudTrail) is checked, but only its outside is of use.
package jsondoc
