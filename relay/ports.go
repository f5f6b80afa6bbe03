package relay

import "context"

// Source feeds out until ctx ends, and returns when nothing that it accepted is still in its hands. What it needs open
// (listeners) is opened by its constructor, so that a taken port fails before the program says that it is ready.
type Source interface {
	Run(ctx context.Context, out Sink) error
}

// Sink takes custody.
type Sink interface {
	// Put blocks until the batch is on disk and fsynced, and returns nil; or returns an error, and nothing of the batch
	// is promised. Once the batch is queued for commit, Put waits for the outcome even if ctx ends. The batch is the caller's again
	// when Put returns. Safe for concurrent use; batches of one goroutine are committed in its order.
	// Errors: ErrFull (passes), ErrBroken, ErrClosed (do not).
	Put(ctx context.Context, b *Batch) error
}

// Ledger remembers deliveries that can be repeated.
type Ledger interface {
	// Lookup returns the last committed mark of a delivery. False: not seen within the ledger's bound. It may read from disk.
	// Safe for concurrent use.
	Lookup(delivery ID) (Mark, bool, error)
}

// Limit bounds what Next takes. Zero means no limit of that sort. One record is always taken, however large.
type Limit struct {
	Records int
	Bytes   int
}

// Cursor is an output's place in the log. Safe for concurrent use.
type Cursor interface {
	// Next blocks until there are records past the last lease, or until ctx ends, and leases them. Released ranges come first.
	// Records come in the order of the log.
	Next(ctx context.Context, limit Limit) (Lease, error)
}

// Lease is a run of records that one output has in hand. It ends in exactly one Ack or Release; leases end in any
// order, and the cursor's committed position moves over the unbroken run of acknowledged ones.
type Lease interface {
	// Records returns the records, in the order of the log. They and their bytes live until Ack, Release or Unload.
	Records() []Record
	// Unload gives the memory back but keeps the lease: for a destination that may have to send again later.
	Unload()
	// Ack ends the lease: every record has its outcome. The outcomes are committed together with the position.
	// Their sum is the number of records; anything else is a BUG panic.
	Ack(o Outcome)
	// Release ends the lease: its records come again from Next.
	Release()
}

// Outcome counts what became of records.
type Outcome struct {
	Delivered    uint64 // the far end has it
	DeadLettered uint64 // refused for good, in the dead-letter store
	Dropped      uint64 // not wanted by a rule of the configuration
	Discarded    uint64 // given up by the operator
	Damaged      uint64 // unreadable on disk
}

// Sum returns the number of records counted.
func (o Outcome) Sum() uint64 {
	return o.Delivered + o.DeadLettered + o.Dropped + o.Discarded + o.Damaged
}

// Add returns the sums of both, field by field.
func (o Outcome) Add(p Outcome) Outcome {
	return Outcome{
		Delivered:    o.Delivered + p.Delivered,
		DeadLettered: o.DeadLettered + p.DeadLettered,
		Dropped:      o.Dropped + p.Dropped,
		Discarded:    o.Discarded + p.Discarded,
		Damaged:      o.Damaged + p.Damaged,
	}
}

// NormalizeFunc adds the events of r to es. They may point into r's bytes. It never fails: what it cannot read becomes an event
// of class Other with Fault set.
type NormalizeFunc func(es *Events, r *Record)

// EncodeFunc appends one event in one schema, without framing, and returns dst. For every input it appends exactly one event
// that contains no CR, LF or NUL, except where its documentation says that it passes the record's bytes on.
type EncodeFunc func(dst []byte, e *Event) []byte

// Destination delivers.
type Destination interface {
	// Send blocks until the far end acknowledged every event, with the strongest reply that its protocol has, and returns nil.
	// Errors: see RetryError, HoldError, RejectError, PartialError; any other is retried. A cancelled ctx is not a failure.
	// Safe for concurrent use, unless it is a Stream.
	Send(ctx context.Context, events []Event) error
	// Close gives connections up. No Send is under way.
	Close() error
}

// Stream is a Destination over a protocol without answers (plain syslog). Send's nil means only that the bytes
// were handed to the kernel, in order. It is used by one goroutine.
type Stream interface {
	Destination
	// Confirmed returns how many of the Sends since the last error are taken as delivered. An error means that the
	// connection is gone: the unconfirmed Sends, in order, have to be sent again.
	Confirmed() (sends int, err error)
	// Flush ends the connection in order and waits until the far end has closed too: after nil, every Send is delivered.
	Flush(ctx context.Context) error
}

// DeadLetters keeps what an output refused for good.
type DeadLetters interface {
	// Put stores the entry and returns nil when it is fsynced. ErrFull means that the output has to hold.
	// An entry that is there and open (same output, same event id) is not stored twice.
	Put(ctx context.Context, d DeadLetter) error
}

// DeadLetter is one event that one output refused.
type DeadLetter struct {
	Output  string
	Record  *Record // the record as it arrived
	Event   int32   // number of the event within the record
	Answer  string  // the far end's words: cleaned, bounded
	Refused int64   // when: nanoseconds since 1970 UTC
}
