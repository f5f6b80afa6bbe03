package buffer

import (
	"encoding/binary"
	"errors"

	"logrelay/relay"
)

// errDamaged: the bytes are not what the format says.
var errDamaged = errors.New("damaged")

// blockHead is the decoded header of a block.
type blockHead struct {
	segment relay.ID
	number  uint64 // of the first record in the log
	ordinal uint32 // of the first record in the segment
	records uint32
	offset  int64 // of the block in the segment
	synced  int64 // everything before this offset was fsynced when the block was written
	base    int64 // earliest received time
	shift   uint8 // received times count in units of 1<<shift nanoseconds after base
	body    int64 // length of the body
	bodyCRC uint32
	origins uint32 // length of the origin table
	marks   uint32 // length of the marks
}

// put writes the header to the first blockHeader bytes of b.
func (h *blockHead) put(b []byte) {
	b = b[:blockHeader]
	le.PutUint32(b, blockMagic)
	copy(b[8:], h.segment[:])
	le.PutUint64(b[24:], h.number)
	le.PutUint64(b[32:], uint64(h.base))
	le.PutUint32(b[40:], uint32(h.offset))
	le.PutUint32(b[44:], uint32(h.synced))
	le.PutUint32(b[48:], h.ordinal)
	le.PutUint32(b[52:], h.records)
	le.PutUint32(b[56:], uint32(h.body))
	le.PutUint32(b[60:], h.bodyCRC)
	le.PutUint32(b[64:], h.origins)
	le.PutUint32(b[68:], h.marks)
	le.PutUint64(b[72:], uint64(h.shift))
	le.PutUint32(b[4:], checksum(b[8:]))
}

// parseBlockHead checks and decodes a block's header. It says nothing about the body.
func parseBlockHead(b []byte) (h blockHead, err error) {
	if len(b) < blockHeader || le.Uint32(b) != blockMagic || le.Uint32(b[4:]) != checksum(b[8:blockHeader]) {
		return h, errDamaged
	}
	copy(h.segment[:], b[8:])
	h.number, h.base = le.Uint64(b[24:]), int64(le.Uint64(b[32:]))
	h.offset, h.synced = int64(le.Uint32(b[40:])), int64(le.Uint32(b[44:]))
	h.ordinal, h.records = le.Uint32(b[48:]), le.Uint32(b[52:])
	h.body, h.bodyCRC = int64(le.Uint32(b[56:])), le.Uint32(b[60:])
	h.origins, h.marks, h.shift = le.Uint32(b[64:]), le.Uint32(b[68:]), b[72]
	if h.shift > 32 || h.body > maxBody || h.synced > h.offset ||
		int64(h.ordinal)*tableEntry > h.offset-headerSize || // every record before took so much at least
		int64(h.origins)+int64(h.marks)+int64(h.records)*tableEntry > h.body {
		return h, errDamaged
	}
	return h, nil
}

// belongs reports whether the block is one of s and stands where it was written.
func (h *blockHead) belongs(s *segment, off int64) bool {
	return h.segment == s.id && h.offset == off && h.number == s.base+uint64(h.ordinal)
}

// size returns the length of the block without padding.
func (h *blockHead) size() int64 { return blockHeader + h.body }

// next returns the offset of the block that follows.
func (h *blockHead) next() int64 { return alignUp(h.offset+h.size(), blockAlign) }

// tableOrigin is a row of a block's origin table.
type tableOrigin struct {
	*relay.Origin
	next uint64 // ordinal, in the delivery, of this origin's next record
}

// block is a block whose checksums were right. Its slices point into the memory that it was parsed from.
type block struct {
	blockHead
	origins []tableOrigin
	table   []byte // of the records not yet taken
	data    []byte // of the records not yet taken
	taken   uint32 // records taken
}

// parse checks the body of the block h and makes b ready to take its records. It keeps b's memory.
func (b *block) parse(h blockHead, body []byte, cache *originCache) error {
	if int64(len(body)) != h.body || checksum(body) != h.bodyCRC {
		return errDamaged
	}
	b.blockHead, b.taken, b.origins = h, 0, b.origins[:0]
	p := parser{b: body[:h.origins]}
	for len(p.b) > 0 {
		first := p.uvarint()
		content := p.bytes(p.uvarint())
		if p.bad {
			return errDamaged
		}
		o, err := cache.get(content)
		if err != nil {
			return err
		}
		b.origins = append(b.origins, tableOrigin{o, first})
	}
	at := int(h.origins + h.marks)
	b.table = body[at : at+int(h.records)*tableEntry]
	b.data = body[at+len(b.table):]
	var sum uint64
	for t := b.table; len(t) > 0; t = t[tableEntry:] {
		sum += uint64(le.Uint32(t)) + uint64(le.Uint16(t[4:]))
		if int(le.Uint16(t[6:])) >= len(b.origins) {
			return errDamaged
		}
	}
	if sum != uint64(len(b.data)) {
		return errDamaged
	}
	return nil
}

// left returns how many records were not yet taken.
func (b *block) left() int { return int(b.records - b.taken) }

// nextSize returns the bytes of the next record.
func (b *block) nextSize() int { return int(le.Uint32(b.table)) + int(le.Uint16(b.table[4:])) }

// take decodes the next record into r.
func (b *block) take(r *relay.Record) {
	t := b.table[:tableEntry]
	raw, meta := le.Uint32(t), uint32(le.Uint16(t[4:]))
	o := &b.origins[le.Uint16(t[6:])]
	r.Meta = nil
	if meta > 0 {
		r.Meta = b.data[:meta:meta]
	}
	r.Raw = b.data[meta : meta+raw : meta+raw]
	r.Origin = o.Origin
	r.Received = b.base + int64(le.Uint32(t[12:]))<<b.shift
	r.Number = b.number + uint64(b.taken)
	r.Flags = relay.Flag(le.Uint16(t[8:]))
	if o.DeliveryID.IsZero() {
		r.Base, r.Ordinal = b.segment, uint64(b.ordinal)+uint64(b.taken)
	} else {
		r.Base, r.Ordinal = o.DeliveryID, o.next
		o.next++
	}
	b.table, b.data = b.table[tableEntry:], b.data[meta+raw:]
	b.taken++
}

// skip takes n records without decoding them.
func (b *block) skip(n int) {
	var r relay.Record
	for ; n > 0; n-- {
		b.take(&r)
	}
}

// parseMarks decodes the marks of a block. body may be cut off behind them.
func parseMarks(h blockHead, body []byte) ([]relay.Mark, error) {
	p := parser{b: body[h.origins : h.origins+h.marks]}
	var marks []relay.Mark
	for len(p.b) > 0 {
		m := relay.Mark{Delivery: p.id(), Next: p.uvarint()}
		m.Done = p.uvarint() != 0
		m.Splitter = p.string()
		if p.bad {
			return marks, errDamaged
		}
		marks = append(marks, m)
	}
	return marks, nil
}

func appendMark(dst []byte, m *relay.Mark) []byte {
	dst = append(dst, m.Delivery[:]...)
	dst = binary.AppendUvarint(dst, m.Next)
	done := uint64(0)
	if m.Done {
		done = 1
	}
	dst = binary.AppendUvarint(dst, done)
	return appendString(dst, m.Splitter)
}
