// Package rules changes events between normalizing and encoding, as an output's configuration says: it drops, keeps, samples, sets, redacts and
// enriches.
//
//	Compile(Options) ─▶ *Set, shared ─▶ Set.Wrap(normalize) ─▶ a relay.NormalizeFunc for one worker
//
//	record ─▶ normalize ─▶ enrich ─▶ rule 1 ─▶ rule 2 … ─▶ events that are left
//
// # Invariants
//
//   - Nothing of a record is changed: events point into the record's bytes, so a changed value is a new string in the Events.
//   - A record all of whose events are dropped counts as dropped by rule; package forward sees that nothing is left of it.
//   - A rule that fails at run time (an expression that divides by zero) is counted and passes the event on unchanged.
//   - Redacting fails closed: a field that cannot be redacted in part is removed as a whole, and a record that could not be understood, which would
//     go out as it came, is dropped from an output that redacts unless Options.Unparsed says otherwise.
//     What does not fail closed is a condition that cannot be evaluated: the rule passes the event on, as every rule does, and counts it. Redact without one
//     where that must not be.
//     Dropped too is a record with JSON that cannot be looked into: a name twice in an object, or more than a million values.
//   - Redacting goes by what a name means: escapes in it, arrays around it and dots in it hide nothing. With src.ip and dst.ip go the addresses on the way (hops,
//     intermediates, X-Forwarded-For); with message the member of a JSON record that it was taken from. Sentences that mention a value are fields of their own.
//   - Addresses stay addresses: a rule that would put something else there fails.
//   - Sampling goes by the event's id, so that an event that is sent again meets the same decision.
//
// # Expressions
//
// Expressions are those of github.com/expr-lang/expr (the language of its documentation, "Language Definition"), over the fields of Fields and the functions
// in_cidr(ip, "10.0.0.0/8", …), rest("name") and attr("name"). They are parsed and type-checked when the configuration is read.
//
// # Why
//
//   - expr and not cel-go: the same speed class, no protobuf, error messages with line and column, a language that people guess right.
//   - The usual expressions (comparisons, in, and, or, not, contains, startsWith, endsWith, matches, in_cidr) are turned into closures over the event after
//     expr has parsed and checked them: 20 to 60 ns and no allocation where expr's machine takes 300 to 800 ns, most of it for boxing values. Whatever else the language has
//     runs on the machine. A test holds both to the same results.
//   - Loops over data inside of loops, and reduce, are refused when the configuration is read: expr bounds the memory of an expression but not its time, and a
//     sender decides how long a field is.
//   - One table names the fields for reading, setting, redacting and documentation.
package rules
