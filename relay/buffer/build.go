package buffer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"math/bits"

	"logrelay/relay"
)

// blockTarget is the size of its batches, in bytes, at which a block takes no further batch.
const blockTarget = 256 << 10

// errTooLarge: the batch breaks a limit of package relay. It never passes.
var errTooLarge = errors.New("the batch is larger than a block may be")

// request is a batch on its way to the disk.
type request struct {
	batch    *relay.Batch
	min, max int64 // bounds of the received times
	bound    int   // most bytes that the batch takes in a block
	pair     pair  // whose share it uses
	urgent   bool  // may go over the quota
	done     chan error
}

// prepare reads what the committer needs to know out of b. It panics where b contradicts itself.
func (r *request) prepare(b *relay.Batch) error {
	r.batch, r.min, r.max, r.pair = b, math.MaxInt64, math.MinInt64, pair{}
	if len(b.Entries) > relay.MaxBatchRecords || len(b.Origins) > math.MaxUint16 {
		return fmt.Errorf("%w: %d records, %d origins", errTooLarge, len(b.Entries), len(b.Origins))
	}
	var sum uint64
	for i := range b.Entries {
		e := &b.Entries[i]
		sum += uint64(e.Raw) + uint64(e.Meta)
		if int(e.Origin) >= len(b.Origins) {
			panic("BUG: a batch with a record of no origin")
		}
		r.min, r.max = min(r.min, e.Received), max(r.max, e.Received)
	}
	if sum != uint64(len(b.Bytes)) {
		panic("BUG: a batch with bytes of no record")
	}
	r.bound = len(b.Bytes) + tableEntry*len(b.Entries)
	for _, o := range b.Origins {
		r.bound += originBound(o.Origin)
	}
	for i := range b.Marks {
		r.bound += 64 + len(b.Marks[i].Splitter)
	}
	if r.bound > maxBody {
		return fmt.Errorf("%w: %d bytes", errTooLarge, r.bound)
	}
	if len(b.Origins) > 0 {
		r.pair = pair{b.Origins[0].Input, b.Origins[0].Tenant}
	}
	return nil
}

// builder collects requests and makes one block of them. A batch is never divided, so that it is in the log as a
// whole or not at all.
type builder struct {
	requests []*request
	records  int
	bytes    int
	min, max int64
	bound    int64 // most bytes that the block takes

	table   []byte // origin table
	marks   []byte
	rows    []row                    // of the origin table
	place   []uint16                 // row of each origin of each request, one after the other
	origins map[*relay.Origin]uint16 // latest row of an origin
	content map[uint64]uint16        // row by hash of its content
	seed    maphash.Seed
	scratch []byte
}

// row is a row of the origin table that is being built.
type row struct {
	next     uint64 // ordinal in the delivery that continues the row
	from, to int    // its content in the table
}

func newBuilder() *builder {
	b := &builder{origins: make(map[*relay.Origin]uint16), content: make(map[uint64]uint16), seed: maphash.MakeSeed()}
	b.reset()
	return b
}

func (b *builder) reset() {
	clear(b.requests)
	clear(b.origins)
	clear(b.content)
	b.requests, b.records, b.bytes, b.bound = b.requests[:0], 0, 0, blockHeader
	b.min, b.max = math.MaxInt64, math.MinInt64
	b.table, b.marks, b.rows, b.place = b.table[:0], b.marks[:0], b.rows[:0], b.place[:0]
}

// fits reports whether r may join the block.
func (b *builder) fits(r *request) bool {
	return len(b.requests) == 0 ||
		b.bytes < blockTarget && b.bound+int64(r.bound) <= maxBody && len(b.rows)+len(r.batch.Origins) <= math.MaxUint16
}

func (b *builder) add(r *request) {
	b.requests = append(b.requests, r)
	b.records += len(r.batch.Entries)
	b.bytes += len(r.batch.Bytes)
	b.bound += int64(r.bound)
	b.min, b.max = min(b.min, r.min), max(b.max, r.max)
	at := len(b.place)
	for _, o := range r.batch.Origins {
		b.place = append(b.place, b.row(o))
	}
	for i := range r.batch.Marks {
		b.marks = appendMark(b.marks, &r.batch.Marks[i])
	}
	for i, o := range r.batch.Origins {
		if o.DeliveryID.IsZero() {
			continue
		}
		for k := range r.batch.Entries {
			if int(r.batch.Entries[k].Origin) == i {
				b.rows[b.place[at+i]].next++
			}
		}
	}
}

// row returns the row of the origin table that stands for o, making it where there is none.
func (b *builder) row(o relay.BatchOrigin) uint16 {
	delivery := !o.DeliveryID.IsZero()
	if i, ok := b.origins[o.Origin]; ok && (!delivery || b.rows[i].next == o.First) {
		return i
	}
	b.scratch = appendOrigin(b.scratch[:0], o.Origin)
	hash := maphash.Bytes(b.seed, b.scratch)
	if i, ok := b.content[hash]; ok && !delivery && string(b.table[b.rows[i].from:b.rows[i].to]) == string(b.scratch) {
		b.origins[o.Origin] = i
		return i
	}
	first := o.First
	if !delivery {
		first = 0
	}
	b.table = binary.AppendUvarint(b.table, first)
	b.table = binary.AppendUvarint(b.table, uint64(len(b.scratch)))
	from := len(b.table)
	b.table = append(b.table, b.scratch...)
	i := uint16(len(b.rows))
	b.rows = append(b.rows, row{first, from, len(b.table)})
	b.origins[o.Origin], b.content[hash] = i, i
	return i
}

// append writes the block to dst, which stands for the segment's bytes from offset h.offset - len(dst) on, and completes
// h. The caller has set h's segment, number, ordinal, offset and synced.
func (b *builder) append(dst []byte, h *blockHead) []byte {
	at := len(dst)
	h.records = uint32(b.records)
	h.origins, h.marks = uint32(len(b.table)), uint32(len(b.marks))
	h.base, h.shift = 0, 0
	if b.records > 0 {
		h.base = b.min
		h.shift = uint8(max(0, bits.Len64(uint64(b.max-b.min))-32))
	}
	dst = append(dst, make([]byte, blockHeader)...)
	dst = append(dst, b.table...)
	dst = append(dst, b.marks...)
	places := b.place
	for _, r := range b.requests {
		dst = appendTable(dst, r.batch.Entries, places, h)
		places = places[len(r.batch.Origins):]
	}
	for _, r := range b.requests {
		dst = append(dst, r.batch.Bytes...)
	}
	body := dst[at+blockHeader:]
	h.body, h.bodyCRC = int64(len(body)), checksum(body)
	h.put(dst[at:])
	for len(dst)%blockAlign != 0 {
		dst = append(dst, 0)
	}
	return dst
}

func appendTable(dst []byte, entries []relay.Entry, places []uint16, h *blockHead) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, len(entries)*tableEntry)...)
	t := dst[at:]
	for i := range entries {
		e := &entries[i]
		le.PutUint32(t, e.Raw)
		le.PutUint16(t[4:], e.Meta)
		le.PutUint16(t[6:], places[e.Origin])
		le.PutUint32(t[8:], uint32(e.Flags))
		le.PutUint32(t[12:], uint32((e.Received-h.base)>>h.shift))
		t = t[tableEntry:]
	}
	return dst
}
