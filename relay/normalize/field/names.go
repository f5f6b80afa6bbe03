package field

// Names notes the names of a record's pairs, so that one that comes again is told. The zero Names is ready.
type Names struct{ seen [16]uint64 }

// Again notes name and reports whether it came before: in head, which is the text of the pairs before this one (see Pair).
func (n *Names) Again(head, name string) bool {
	if !n.Maybe(name) {
		return false
	}
	for {
		before, _, rest, ok := Pair(head)
		if !ok {
			return false
		}
		if before == name {
			return true
		}
		head = rest
	}
}

// Maybe notes name and reports whether it may have come before: false is certain.
func (n *Names) Maybe(name string) bool {
	bit := hash(name)
	word := &n.seen[bit>>6&15]
	before := *word&(1<<(bit&63)) != 0
	*word |= 1 << (bit & 63)
	return before
}
