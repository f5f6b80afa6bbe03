package jsondoc

import (
	"bytes"

	"logrelay/relay"
)

// maxRepeats bounds the members that Once takes out.
const maxRepeats = 64

// cut is a part of a text: a comma and the member behind it.
type cut struct{ at, end int }

// Once returns a copy of b, which Parse refuses for a name that comes twice, without the members that only say again, byte for byte, what a member of the same name
// says: that is so of the TLS events of AWS Network Firewall. It reports false when two of a name differ, when there are more than 64 such members, and
// when b is no JSON value. Depth is that of Parse.
func Once(b []byte, depth int) ([]byte, bool) {
	var d Doc
	s := scanner{once: true}
	if !d.parse(b, depth, &s) || len(s.cuts) == 0 {
		return nil, false
	}
	out, at := make([]byte, 0, len(b)), 0
	for _, c := range s.cuts {
		out = append(out, b[at:c.at]...)
		at = c.end
	}
	return append(out, b[at:]...), true
}

// repeats reports whether the value at start:end is that of the member first, and notes that it is to be left out from at on.
func (s *scanner) repeats(first int32, at, start, end int) bool {
	f := &s.d.nodes[first]
	if len(s.cuts) == maxRepeats || !bytes.Equal(s.b[f.start:f.end], s.b[start:end]) {
		s.stopFor(start, relay.FaultDuplicate, "a name comes twice in an object")
		return false
	}
	s.cuts = append(s.cuts, cut{at, end})
	return true
}
