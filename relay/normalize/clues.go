package normalize

import "logrelay/relay/normalize/jsondoc"

// clues says which kinds of JSON an object may be of, by the names of its members: the bit i stands for the i-th of Normalizer.jsons. Two names
// may share a place, so that a clue proves nothing: but an object of no kind is hardly ever shown to one.
type clues [128]uint32

// cluesOf returns the clues of kinds, at most 32.
func cluesOf(kinds []jsonKind) (c clues) {
	for i := range kinds {
		for _, name := range kinds[i].marks {
			c[clue(name)] |= 1 << i
		}
	}
	return c
}

// clue returns the place of a name.
func clue(name string) int {
	if name == "" {
		return 0
	}
	return (len(name)*5 + int(name[0])*3 + int(name[len(name)-1])) & 127
}

// known returns the kind that an object is of; nil when it is of none.
func (n *Normalizer) known(root jsondoc.Value) *jsonKind {
	var found uint32
	for m := root.First(); m.Exists(); m = m.Next() {
		found |= n.clues[clue(m.Name())]
	}
	for i := range n.jsons {
		if found&(1<<i) != 0 && n.jsons[i].is(root) {
			return &n.jsons[i]
		}
	}
	return nil
}
