package s3

import "fmt"

// Class says what an error of AWS means for the message in hand.
type Class uint8

const (
	// Transient: try again: a server error, a broken connection, a name that does not resolve.
	Transient Class = iota
	// Throttled: try again, more slowly (SlowDown, RequestThrottled, 503).
	Throttled
	// Denied: nobody gets through until a person acts: AccessDenied, a wrong or expired key, clock skew.
	Denied
	// DeniedKMS: as Denied, and it is kms:Decrypt that is refused.
	DeniedKMS
	// Missing: there is no such object (NoSuchKey, NoSuchVersion, a delete marker).
	Missing
	// NoBucket: there is no such bucket. It may be a typing error: hold.
	NoBucket
	// NoQueue: there is no such queue.
	NoQueue
	// Changed: the object is no longer the one with the entity tag asked for (412).
	Changed
	// Archived: the object has to be restored before it can be read (InvalidObjectState).
	Archived
	// Gone: the receipt handle is no longer good: the message was shown again.
	Gone
)

func (c Class) String() string {
	return [...]string{"transient", "throttled", "denied", "denied_kms", "missing", "no_bucket", "no_queue", "changed", "archived", "gone"}[c]
}

// Error is what AWS, or the way to it, said.
type Error struct {
	Class    Class
	Code     string // AWS's error code, "" when there was no answer
	Action   string // the IAM action: "s3:GetObject"
	Resource string // ARN, or URL of the queue
	Advice   string // what an operator should do; "" when there is nothing to do but wait
	Err      error
}

func (e *Error) Error() string { return fmt.Sprintf("%s %s: %s", e.Action, e.Resource, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// Hint implements relay.Hinter.
func (e *Error) Hint() string { return e.Advice }
