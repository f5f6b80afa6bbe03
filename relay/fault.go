package relay

import "strconv"

// Fault says why a record could not be understood. The zero Fault: it could.
type Fault struct {
	Reason FaultReason
	Offset int    // of the byte in the record where it went wrong; -1 when it is no one byte
	Detail string // a sentence for people; it may point into the Events
}

// FaultReason is the sort of a fault: a word for metrics and for the JSON of an event.
type FaultReason uint8

// Reasons.
const (
	FaultNone      FaultReason = iota
	FaultSyntax                // not the syntax of its kind: no JSON, no CEF, no priority
	FaultTruncated             // ends in the middle
	FaultColumns               // more or fewer fields than columns, or columns that cannot be
	FaultValue                 // a value that its field cannot hold
	FaultTime                  // a time that cannot be, or outside of 1678 to 2261
	FaultDepth                 // nested too deep
	FaultDuplicate             // a name twice in one object
	FaultSize                  // more parts than the bound
	FaultPart                  // the continuation of an over-long record
	FaultKind                  // not of the kind that the configuration or the route names, or a kind that nothing reads
	FaultParser                // the parser failed: a bug of ours
)

// FaultReasons are the words of the reasons, by number.
var FaultReasons = [...]string{
	FaultNone: "", FaultSyntax: "syntax", FaultTruncated: "truncated", FaultColumns: "columns", FaultValue: "value", FaultTime: "time",
	FaultDepth: "depth", FaultDuplicate: "duplicate", FaultSize: "size", FaultPart: "part", FaultKind: "kind", FaultParser: "parser",
}

// String returns the reason's word.
func (f FaultReason) String() string { return FaultReasons[f] }

// AppendTo appends the fault as a sentence: "syntax: no valid JSON, at byte 17". Nothing for the zero Fault.
func (f Fault) AppendTo(dst []byte) []byte {
	if f.Reason == FaultNone {
		return dst
	}
	dst = append(append(append(dst, f.Reason.String()...), ": "...), f.Detail...)
	if f.Offset >= 0 {
		dst = strconv.AppendInt(append(dst, ", at byte "...), int64(f.Offset), 10)
	}
	return dst
}

// String returns what AppendTo appends.
func (f Fault) String() string { return string(f.AppendTo(nil)) }
