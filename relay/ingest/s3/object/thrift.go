package object

// Types of the Thrift compact protocol (Apache Thrift, "Thrift compact protocol encoding").
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftInt64  = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

const (
	maxThriftDepth   = 16
	maxThriftStructs = 50_000 // in a footer: one for each column of each row group, and a few more
)

// thriftCheck walks over a structure, so that a decoder that trusts what lengths it finds can be trusted with it.
type thriftCheck struct {
	b       []byte
	i       int
	structs int
	short   bool // more bytes might have made it good
}

// checkThrift returns the length of the structure at the beginning of b, or 0 when it is none: every length in it is within b. Short: it may go on behind b.
func checkThrift(b []byte) (n int, short bool) {
	c := thriftCheck{b: b}
	if !c.value(thriftStruct, 0) {
		return 0, c.short
	}
	return c.i, false
}

func (c *thriftCheck) byte() (byte, bool) {
	if c.i >= len(c.b) {
		c.short = true
		return 0, false
	}
	c.i++
	return c.b[c.i-1], true
}

func (c *thriftCheck) varint() (uint64, bool) {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		x, ok := c.byte()
		if !ok {
			return 0, false
		}
		if v |= uint64(x&0x7f) << shift; x < 0x80 {
			return v, true
		}
	}
	return 0, false
}

// skip passes over n bytes.
func (c *thriftCheck) skip(n uint64) bool {
	if n > uint64(len(c.b)-c.i) {
		c.short = true
		return false
	}
	c.i += int(n)
	return true
}

func (c *thriftCheck) value(kind byte, depth int) bool {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return c.skip(1)
	case thriftDouble:
		return c.skip(8)
	case thriftBinary:
		n, ok := c.varint()
		return ok && c.skip(n)
	case thriftList, thriftSet:
		return c.list(depth)
	case thriftStruct:
		return depth < maxThriftDepth && c.fields(depth+1)
	case thriftMap:
		return false // Parquet has none
	}
	_, ok := c.varint()
	return ok && kind <= thriftInt64
}

func (c *thriftCheck) list(depth int) bool {
	head, ok := c.byte()
	if !ok {
		return false
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, ok = c.varint(); !ok {
			return false
		}
	}
	if n > uint64(len(c.b)-c.i) { // an element has a byte at least
		c.short = true
		return false
	}
	for range n {
		if !c.value(head&15, depth) {
			return false
		}
	}
	return true
}

func (c *thriftCheck) fields(depth int) bool {
	if c.structs++; c.structs > maxThriftStructs {
		return false
	}
	for {
		head, ok := c.byte()
		if !ok {
			return false
		}
		if head == 0 {
			return true
		}
		if head>>4 == 0 {
			if _, ok := c.varint(); !ok {
				return false
			}
		}
		if kind := head & 15; kind == thriftTrue || kind == thriftFalse {
			continue // the value is in the type
		} else if !c.value(kind, depth) {
			return false
		}
	}
}
