package s3

import (
	"context"
	"errors"
)

// classOf returns what an error means. One that says nothing about itself is Transient.
func classOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Transient
}

// needsPerson reports whether nothing of this class goes through until a person acts.
func (c Class) needsPerson() bool {
	switch c {
	case Denied, DeniedKMS, NoBucket, NoQueue:
		return true
	}
	return false
}

// own reports whether the object alone is at fault, or the message: others may go through.
func (c Class) own() bool {
	switch c {
	case Missing, Changed, Archived, Gone:
		return true
	}
	return false
}

// ended reports whether an error says no more than that somebody gave up waiting.
func ended(err error) bool { return errors.Is(err, context.Canceled) }

// contentError: an object is not what it should be. What could be read of it is in custody.
type contentError struct {
	where string
	err   error
}

func (e *contentError) Error() string { return e.where + ": " + e.err.Error() }
func (e *contentError) Unwrap() error { return e.err }

// splitterError: the object was begun by a version of the program that cut it in another way.
type splitterError struct {
	splitter string
	err      error
}

func (e *splitterError) Error() string { return e.err.Error() }
func (e *splitterError) Unwrap() error { return e.err }
