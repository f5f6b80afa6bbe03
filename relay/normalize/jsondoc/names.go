package jsondoc

import (
	"bytes"
	"encoding/binary"
)

// What is done to find a name that comes twice is bounded, so that a stranger's object of a million members does not cost a million times
// a million comparisons.
const (
	maxNames     = 2048 // members of an object that are looked at
	maxTwice     = 128  // members that one of them is compared with
	maxTwiceText = 64   // the same where names have to be unescaped
)

// known returns the member of n that has that name already, or 0, and remembers the name. escapes says whether a name of n has escapes.
func (s *scanner) known(names *nameSet, n int32, name []byte, escapes bool) int32 {
	if names.n++; names.n > maxNames {
		return 0
	}
	if escapes {
		return s.knownText(names, n, name)
	}
	if !names.seen(name) {
		return 0
	}
	return s.twice(n, name)
}

// twice returns the member of n that has that name already, among its first maxTwice, or 0.
func (s *scanner) twice(n int32, name []byte) int32 {
	c := s.d.nodes[n].first
	for range maxTwice {
		if c == 0 {
			return 0
		}
		if k := &s.d.nodes[c]; string(s.b[k.key:k.keyEnd]) == string(name) {
			return c
		}
		c = s.d.nodes[c].next
	}
	return 0
}

// knownText is known for names without their escapes.
func (s *scanner) knownText(names *nameSet, n int32, name []byte) int32 {
	text, _ := appendUnescaped(s.d.scratch[:0], name)
	s.d.scratch = text
	if !names.seen(text) {
		return 0
	}
	c := s.d.nodes[n].first
	for range maxTwiceText {
		if c == 0 {
			return 0
		}
		k := &s.d.nodes[c]
		other := s.b[k.key:k.keyEnd]
		if bytes.IndexByte(other, '\\') >= 0 {
			s.d.scratch, _ = appendUnescaped(s.d.scratch[:len(text)], other)
			other = s.d.scratch[len(text):]
		}
		if bytes.Equal(s.d.scratch[:len(text)], other) {
			return c
		}
		c = k.next
	}
	return 0
}

// nameSet remembers which names may have been seen: a name that was is always found, one that was not hardly ever.
type nameSet struct {
	bits [8]uint64
	n    int // names so far
}

func (f *nameSet) seen(name []byte) bool {
	h := uint64(len(name)) * 0x9E3779B97F4A7C15
	switch n := len(name); {
	case n >= 8:
		h ^= binary.LittleEndian.Uint64(name)*0xC2B2AE3D27D4EB4F ^ binary.LittleEndian.Uint64(name[n-8:])*0x165667B19E3779F9
	case n >= 4:
		h ^= (uint64(binary.LittleEndian.Uint32(name)) | uint64(binary.LittleEndian.Uint32(name[n-4:]))<<32) * 0xC2B2AE3D27D4EB4F
	case n > 0:
		h ^= (uint64(name[0]) | uint64(name[n/2])<<8 | uint64(name[n-1])<<16) * 0xC2B2AE3D27D4EB4F
	}
	h ^= h >> 32
	word, bit := h>>6&7, uint64(1)<<(h&63)
	found := f.bits[word]&bit != 0
	f.bits[word] |= bit
	return found
}
