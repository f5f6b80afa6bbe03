package relay

import (
	"errors"
	"fmt"
	"time"
)

// ErrFull: the log, or the share of the input or tenant, has no room. Nothing of the batch is stored. It passes; try again later.
var ErrFull = errors.New("the buffer is full")

// ErrBroken: the disk failed a write or an fsync. The log takes nothing more; the process has to end and start anew.
var ErrBroken = errors.New("the buffer is broken")

// ErrClosed: the log was closed.
var ErrClosed = errors.New("the buffer is closed")

// What a Destination's error means. An error of none of these types is retried without limit: forgetting to
// classify must never lose data.

// RetryError asks for the wait that the far end stated (Retry-After).
type RetryError struct {
	After time.Duration
	Err   error
}

func (e *RetryError) Error() string { return e.Err.Error() }
func (e *RetryError) Unwrap() error { return e.Err }

// HoldError: nothing will go through until a person acts (401, 403, TLS refused). Hint says what to do.
type HoldError struct {
	Hint string
	Err  error
}

func (e *HoldError) Error() string { return e.Err.Error() }
func (e *HoldError) Unwrap() error { return e.Err }

// RejectError: the far end refuses events for good (400, 413). Events are their indexes in the Send; empty means that
// the guilty one is not known and the pump halves. Events that are not listed were not delivered either, unless
// the RejectError is inside a PartialError that says so.
type RejectError struct {
	Events  []int
	Answer  string   // what the far end said: cleaned, without our secrets, bounded
	Answers []string // the same of each of Events, where the far end says it of each; nil: Answer is said of all
	Err     error
}

func (e *RejectError) Error() string { return e.Err.Error() }
func (e *RejectError) Unwrap() error { return e.Err }

// AnswerTo returns what the far end said of the k-th of Events.
func (e *RejectError) AnswerTo(k int) string {
	if k < len(e.Answers) {
		return e.Answers[k]
	}
	return e.Answer
}

// PartialError: the events in Delivered (indexes in the Send) arrived; Err says what became of the others, and its
// indexes are those of the same Send.
type PartialError struct {
	Delivered []int
	Err       error
}

func (e *PartialError) Error() string {
	return fmt.Sprintf("%d events delivered, then: %s", len(e.Delivered), e.Err.Error())
}
func (e *PartialError) Unwrap() error { return e.Err }

// Hinter is implemented by errors that know what an operator should do. The command line and status print it after "hint:".
type Hinter interface {
	error
	Hint() string
}

// WithHint wraps err so that it implements Hinter.
func WithHint(err error, hint string) error { return &hinted{err, hint} }

type hinted struct {
	err  error
	hint string
}

func (e *hinted) Error() string { return e.err.Error() }
func (e *hinted) Unwrap() error { return e.err }
func (e *hinted) Hint() string  { return e.hint }

// HintOf returns what an operator should do about err, or "".
func HintOf(err error) string {
	if h, ok := errors.AsType[*HoldError](err); ok && h.Hint != "" {
		return h.Hint
	}
	if h, ok := errors.AsType[Hinter](err); ok {
		return h.Hint()
	}
	return ""
}
