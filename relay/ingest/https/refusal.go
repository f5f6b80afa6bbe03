package https

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// refusal is an answer that is not 200, before a protocol gives it its form.
type refusal struct {
	status int
	reason string // metric label
	text   string // for the sender
	hec    int    // HEC's code; 0 means the one that belongs to the status
	offset int    // in the decoded body, where hasOffset
	event  int    // HEC: number of the bad event, where hasEvent
	retry  int    // Retry-After in seconds; 0 for none

	hasOffset, hasEvent bool
	allow               string // methods, for 405
}

func (r *refusal) Error() string { return r.text }

// retryAfter is what senders are asked to wait when the relay is full or busy, in seconds.
const retryAfter = 10

var (
	errBusy     = &refusal{status: 503, reason: "busy", text: "too much is under way; try again later", retry: retryAfter}
	errClosing  = &refusal{status: 503, reason: "closing", text: "the relay is shutting down", retry: 5, hec: hecShuttingDown}
	errFull     = &refusal{status: 503, reason: "full", text: "the buffer is full; try again later", retry: retryAfter}
	errPut      = &refusal{status: 503, reason: "buffer", text: "the records could not be stored; try again later", retry: retryAfter}
	errSlow     = &refusal{status: 408, reason: "slow", text: "the body came too slowly"}
	errCut      = &refusal{status: 400, reason: "cut", text: "the body ended too early"}
	errType     = &refusal{status: 415, reason: "content_type", text: "this content type is not taken: send text lines or JSON"}
	errCoding   = &refusal{status: 415, reason: "encoding", text: ingest.ErrEncoding.Error()}
	errNotFound = &refusal{status: 404, reason: "not_found", text: "no such path"}
	errInternal = &refusal{status: 500, reason: "panic", text: "the request could not be worked on", hec: hecInternal}
)

func tooLarge(what string, limit int64) *refusal {
	return &refusal{status: 413, reason: "too_large", text: fmt.Sprintf("%s: at most %d bytes", what, limit)}
}

// putError is a failure of the sink.
type putError struct{ err error }

func (e *putError) Error() string { return "storing records: " + e.err.Error() }
func (e *putError) Unwrap() error { return e.err }

// explain makes an answer of an error.
func explain(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	if _, ok := errors.AsType[*putError](err); ok {
		switch {
		case errors.Is(err, relay.ErrFull):
			return errFull
		case errors.Is(err, relay.ErrClosed):
			return errClosing
		}
		return errPut
	}
	if e, ok := errors.AsType[*ingest.SyntaxError](err); ok {
		return &refusal{status: 400, reason: "syntax", text: e.Error(), offset: e.Offset, hasOffset: true}
	}
	if e, ok := errors.AsType[*ingest.TooLongError](err); ok {
		return &refusal{status: 413, reason: "too_long", text: e.Error(), offset: e.Offset, hasOffset: true}
	}
	if e, ok := errors.AsType[*ingest.BombError](err); ok {
		return &refusal{status: 413, reason: "bomb", text: "the compressed body breaks a limit: " + e.Error()}
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSlow
	case errors.Is(err, ingest.ErrEncoding):
		return errCoding
	case errors.Is(err, context.DeadlineExceeded):
		return errBusy
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.Canceled):
		return errCut
	}
	return &refusal{status: 400, reason: "cut", text: "the body could not be read"}
}
