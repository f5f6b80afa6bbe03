package jsondoc

import (
	"logrelay/relay"
)

// MaxDepth bounds the nesting of arrays and objects in a record.
const MaxDepth = 256

// Doc is a parsed JSON text. The zero Doc is ready for Parse. It is for one goroutine at a time.
type Doc struct {
	b       []byte
	nodes   []node // nodes[0] is a sentinel: the index 0 means "absent"
	depth   int    // nodes of containers deeper than this are not noted
	fault   relay.Fault
	scratch []byte
}

// node is a value. Its name, when it is a member, stands at key:keyEnd without quotes.
type node struct {
	key, keyEnd int32
	start, end  int32
	next        int32 // sibling, or 0
	first       int32 // first child, or 0
}

// Parse checks that b is one JSON value, with white space and a byte order mark around it at most, and notes the members of
// containers down to depth (1: those of the outermost). It reports false when b is none, or notes more than maxNodes; Fault then says why. A name
// that comes twice among the noted members of an object is such a fault: readers would not agree on which of the two counts. It is looked for
// among 2048 members, and compared with the first 128. See Once.
// The Doc keeps b until the next Parse.
func (d *Doc) Parse(b []byte, depth int) bool {
	return d.parse(b, depth, &scanner{})
}

func (d *Doc) parse(b []byte, depth int, s *scanner) bool {
	if cap(d.nodes) > keptNodes && len(d.nodes) < keptNodes {
		d.nodes = nil // the last text needed few of the many that some text before it did
	}
	d.b, d.nodes, d.depth = b, append(d.nodes[:0], node{}), depth
	s.b, s.d = b, d
	if len(b) > maxBytes {
		return d.fail(relay.FaultSize, 0, "a JSON value of more than 1 GiB")
	}
	i := 0
	if len(b) >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF {
		i = 3
	}
	i = space(b, i)
	root := s.node(0, 0, i)
	if i = s.value(i, root, 1); i < 0 {
		return d.failed(s)
	}
	d.nodes[root].end = int32(i)
	if i = space(b, i); i != len(b) {
		return d.fail(relay.FaultSyntax, i, "no valid JSON: more than one value")
	}
	return true
}

// maxNodes bounds the memory that the members of one text take, 24 bytes each.
const maxNodes = 1 << 20

// keptNodes bounds the memory that a Doc keeps for the next text.
const keptNodes = 1 << 14

// maxBytes bounds a text so that offsets fit a node.
const maxBytes = 1 << 30

// failed turns the place where the scanner stopped into a fault.
func (d *Doc) failed(s *scanner) bool {
	switch {
	case s.fault != relay.FaultNone:
		return d.fail(s.fault, s.at, s.detail)
	case s.at >= len(s.b):
		return d.fail(relay.FaultTruncated, s.at, "the JSON ends in the middle")
	}
	return d.fail(relay.FaultSyntax, s.at, "no valid JSON")
}

func (d *Doc) fail(why relay.FaultReason, at int, detail string) bool {
	d.fault = relay.Fault{Reason: why, Offset: at, Detail: detail}
	d.nodes = d.nodes[:1]
	return false
}

// Fault says why the last Parse that reported false did so.
func (d *Doc) Fault() relay.Fault { return d.fault }

// Root returns the outermost value; the zero Value when nothing was parsed.
func (d *Doc) Root() Value {
	if len(d.nodes) < 2 {
		return Value{}
	}
	return Value{d, 1}
}
