package relay

// Limits that the whole program shares, in bytes.
const (
	// BatchBytes is the usual size of a batch's memory. A batch takes a larger record alone.
	BatchBytes = 256 << 10
	// MaxBatchRecords bounds a batch, whatever its records' sizes.
	MaxBatchRecords = 8192
	// MaxRecord is the largest record that any input may be configured to accept.
	MaxRecord = 16 << 20
)

// Entry is the place of one record in a batch: Meta bytes, then Raw bytes, follow each other in the batch's bytes
// in the order of the entries.
type Entry struct {
	Raw      uint32 // length in bytes
	Meta     uint16 // length in bytes
	Origin   uint16 // index into the batch's origins
	Flags    Flag
	Received int64 // nanoseconds since 1970 UTC
}

// BatchOrigin is an origin used in a batch. First is the ordinal, inside the origin's delivery, of the batch's first
// record of this origin; it is 0 and unused where the origin names no delivery. A delivery's records in a
// batch are consecutive in their delivery.
type BatchOrigin struct {
	*Origin
	First uint64
}

// Mark states how far a delivery has come. It is committed with the batch that carries it.
type Mark struct {
	Delivery ID
	Next     uint64 // ordinal of the first record that is not yet in custody
	Done     bool   // nothing follows
	Splitter string // splitter and its parameters that made the ordinals, to be used when the delivery is resumed
}

// Batch holds records on their way into custody: one block of memory, no allocation per record. The zero Batch is
// empty and takes its memory at the first Append. A Batch is for one goroutine at a time; Put borrows it and gives it back.
// The records of a batch belong to one input and one tenant.
type Batch struct {
	Origins []BatchOrigin
	Entries []Entry
	Bytes   []byte
	Marks   []Mark // deliveries advanced by this batch; a batch may hold marks and no records
}

// Use makes o the origin of the records appended from now on.
func (b *Batch) Use(o *Origin, first uint64) {
	if n := len(b.Origins); n > 0 && b.Origins[n-1].Origin == o {
		return
	}
	b.Origins = append(b.Origins, BatchOrigin{o, first})
}

// Append copies a record of the origin last used into the batch. It reports false when the batch is full: Put it, Reset it,
// and append again. An empty batch takes any record up to MaxRecord.
func (b *Batch) Append(raw []byte, received int64, flags Flag) bool {
	return b.AppendMeta(raw, nil, received, flags)
}

// AppendMeta is Append for a record with attributes of its own, encoded as by the function AppendMeta, at most MaxMeta bytes.
func (b *Batch) AppendMeta(raw, meta []byte, received int64, flags Flag) bool {
	if len(b.Entries) > 0 && (len(b.Bytes)+len(raw)+len(meta) > BatchBytes || len(b.Entries) >= MaxBatchRecords) {
		return false
	}
	b.Entries = append(b.Entries, Entry{
		Raw:      uint32(len(raw)),
		Meta:     uint16(len(meta)),
		Origin:   uint16(len(b.Origins) - 1),
		Flags:    flags,
		Received: received,
	})
	b.Bytes = append(b.Bytes, meta...)
	b.Bytes = append(b.Bytes, raw...)
	return true
}

// Len returns the number of records.
func (b *Batch) Len() int { return len(b.Entries) }

// Empty reports whether there is nothing to commit.
func (b *Batch) Empty() bool { return len(b.Entries) == 0 && len(b.Marks) == 0 }

// Reset empties the batch and keeps its memory, unless one oversized record made it much larger than usual.
func (b *Batch) Reset() {
	clear(b.Origins)
	b.Origins, b.Entries, b.Marks = b.Origins[:0], b.Entries[:0], b.Marks[:0]
	if b.Bytes = b.Bytes[:0]; cap(b.Bytes) > 2*BatchBytes {
		b.Bytes = nil
	}
}
