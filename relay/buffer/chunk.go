package buffer

import (
	"sync"
	"sync/atomic"
)

// chunk is a piece of a segment in memory. Leases with records of it share it; the last one to let go gives it back.
type chunk struct {
	buf  []byte
	off  int64
	refs atomic.Int32
}

var (
	smallChunks = sync.Pool{New: func() any { return &chunk{buf: make([]byte, smallChunk)} }}
	largeChunks = sync.Pool{New: func() any { return &chunk{buf: make([]byte, chunkBytes)} }}
)

// newChunk returns a chunk of n bytes, held once.
func newChunk(n int) *chunk {
	var c *chunk
	switch {
	case n <= smallChunk:
		c = smallChunks.Get().(*chunk)
	case n <= chunkBytes:
		c = largeChunks.Get().(*chunk)
	default:
		c = &chunk{buf: make([]byte, n)}
	}
	c.buf = c.buf[:n]
	c.refs.Store(1)
	return c
}

func (c *chunk) hold() *chunk {
	c.refs.Add(1)
	return c
}

func (c *chunk) letGo() {
	if c.refs.Add(-1) > 0 {
		return
	}
	switch c.buf = c.buf[:cap(c.buf)]; len(c.buf) {
	case smallChunk:
		smallChunks.Put(c)
	case chunkBytes:
		largeChunks.Put(c)
	}
}
