// Package mapping finds out where the fields of a record go, by trying: it changes one field after the other, normalizes and encodes the record
// again, and looks which members of the output have changed.
//
//	record ─▶ fields (name, place) ─▶ for each: another value ─▶ normalize ─▶ encode ─▶ compare members with those of the record as it is
//
// What it says is true by construction, for any kind and any schema: there is no second description of a mapping that could differ from the
// code. `logrelay normalize --explain` shows it for a record of the user's, `logrelay mapping` for specimens of each kind.
//
// # What it can and cannot say
//
//   - A field that is changed to a value of the same sort (another address, a time a second later, a number one higher, a word that is not
//     known) shows everything that depends on it, derived members too: action of a flow log changes activity_id, action_id, status_id, …
//   - A field without which the record is no longer of its kind is said to decide the kind.
//   - A field that changes nothing is said to be left out: that is the case for values that say nothing ("-", null), and would else be a bug.
//
// Why not tables that kinds and schemas are driven by: values are checked, joined, split and judged on the way (a verdict, an address at this hop, the
// class of a call), which a table cannot say without becoming a language; and a table beside the code lies sooner or later.
package mapping
