package s3

import (
	"context"
	"io"
	"time"
)

// Queue is an SQS queue. Safe for concurrent use. Its errors are *Error, or those of ctx.
type Queue interface {
	// Receive long-polls (20 s) for at most limit messages, 1 to 10, and hides them for visibility. None is not an error.
	Receive(ctx context.Context, limit int, visibility time.Duration) ([]Message, error)
	// Delete deletes messages by their receipt handles, at most 10. The result has one element for each: nil, or why this one was not deleted.
	Delete(ctx context.Context, handles []string) ([]error, error)
	// Hide changes how long messages stay hidden, counted from now; 0 shows them at once. At most 10; the result as of Delete.
	Hide(ctx context.Context, messages []Hiding) ([]error, error)
	// Redrives reports whether the queue has a redrive policy, which takes away messages that fail too often. It needs sqs:GetQueueAttributes.
	Redrives(ctx context.Context) (bool, error)
}

// Hiding is one change of visibility.
type Hiding struct {
	Handle string
	For    time.Duration // at most 12 hours after the receipt
}

// Message is one message as received.
type Message struct {
	ID       string
	Handle   string // receipt handle: good for this receipt alone
	Body     string
	Receives int       // how often it was received so far, this time included; counts other readers as well
	Sent     time.Time // zero when the queue did not say
}

// Store is S3. Safe for concurrent use. Its errors are *Error, or those of ctx.
type Store interface {
	// Get opens an object. The region of the bucket is found by the store where r.Region is empty or wrong. The caller closes Body.
	Get(ctx context.Context, r Request) (*Object, error)
	// List calls f for the objects under a prefix in the order of their keys, from the key after start, until f returns an error, which List returns.
	List(ctx context.Context, bucket, prefix, start string, f func(Listed) error) error
}

// Request names an object, or a part of it.
type Request struct {
	Bucket, Key, Version string
	Region               string // a hint, "" when not known
	IfMatch              string // entity tag that the object has to have still, without quotes; "" for any
	Offset               int64  // first byte
	Length               int64  // 0 means to the end
}

// Object is an opened object. Reads of Body fail with *Error or what the connection gave; an early end is io.ErrUnexpectedEOF.
type Object struct {
	Body     io.ReadCloser
	Size     int64 // of the whole object, in bytes
	ETag     string
	Version  string // "" where the bucket keeps no versions, or this one is "null"
	Modified time.Time
}

// Listed is one object of a listing.
type Listed struct {
	Key, ETag string
	Size      int64
	Modified  time.Time
}
