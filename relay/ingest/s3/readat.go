package s3

import (
	"errors"
	"io"

	"logrelay/relay"
)

const (
	cacheBlock = 256 << 10 // bytes read at a time
	cacheMin   = 4         // blocks kept in any case
	cacheMax   = 48        // and while the budget has room: Parquet reads a page of each column in turn
)

// cache keeps the blocks of an object that were read last.
type cache struct {
	budget *relay.Budget // nil: without
	lent   int64
	blocks []*block // the one used last is the last
}

type block struct {
	at   int64 // offset in the object
	data []byte
}

// drop forgets all and gives the memory back.
func (c *cache) drop() {
	c.blocks = nil
	if c.lent > 0 {
		c.budget.Give(c.lent)
		c.lent = 0
	}
}

// find returns a block, which then counts as used last.
func (c *cache) find(at int64) *block {
	for i := len(c.blocks) - 1; i >= 0; i-- {
		if b := c.blocks[i]; b.at == at {
			copy(c.blocks[i:], c.blocks[i+1:])
			c.blocks[len(c.blocks)-1] = b
			return b
		}
	}
	return nil
}

// room returns a block to be filled: a new one, or the one used longest ago.
func (c *cache) room() *block {
	grow := len(c.blocks) < cacheMin
	if !grow && len(c.blocks) < cacheMax && c.budget != nil && c.budget.TryTake(cacheBlock) {
		c.lent += cacheBlock
		grow = true
	}
	if grow {
		return &block{data: make([]byte, 0, cacheBlock)}
	}
	b := c.blocks[0]
	c.blocks = append(c.blocks[:0], c.blocks[1:]...)
	return b
}

// ReadAt implements object.Blob. It reads whole blocks, so that small reads beside each other cost one request.
func (b *blob) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, errors.New("reading an object: negative offset")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for n < len(p) && at < b.size {
		blk, err := b.blockAt(at / cacheBlock * cacheBlock)
		if err != nil {
			return n, err
		}
		m := copy(p[n:], blk.data[at-blk.at:])
		n, at = n+m, at+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// blockAt returns the block at an offset that is a multiple of cacheBlock.
func (b *blob) blockAt(at int64) (*block, error) {
	if b.err != nil {
		return nil, b.err
	}
	if blk := b.cache.find(at); blk != nil {
		return blk, nil
	}
	b.closeBody() // who reads here and there does not read through
	blk := b.cache.room()
	blk.at, blk.data = at, blk.data[:min(cacheBlock, b.size-at)]
	for got := 0; got < len(blk.data); {
		n, err := b.readPart(blk.data[got:], at+int64(got))
		if got += n; n > 0 {
			b.fails = 0
			b.count(n)
		}
		if err == nil || got == len(blk.data) {
			continue
		}
		if b.retry(err); b.err != nil {
			return nil, b.err
		}
	}
	b.cache.blocks = append(b.cache.blocks, blk)
	return blk, nil
}

// readPart reads one range with one request.
func (b *blob) readPart(p []byte, at int64) (int, error) {
	req := b.req
	req.Offset, req.Length = at, int64(len(p))
	if _, err := b.get(req); err != nil {
		return 0, err
	}
	defer b.closeBody()
	return io.ReadFull(b.body, p)
}
