package object

import (
	"errors"
	"fmt"
	"io"

	"logrelay/relay/ingest"
)

// Blob is the bytes of one object. Read goes through them once, from the beginning; ReadAt reads any part, beside that.
// Both get over broken connections by themselves; their errors are final.
type Blob interface {
	io.Reader
	io.ReaderAt
	Size() int64 // in bytes
}

// Error says that an object is not what it should be. What was read before stands; reading it again would end in the same place.
type Error struct {
	Offset int64 // bytes from the beginning of what was decoded; of Parquet, of the object
	What   string
}

func (e *Error) Error() string { return fmt.Sprintf("%s at byte %d", e.What, e.Offset) }

// explain turns what is wrong with the bytes into an *Error. What reading the blob gave stays as it is.
func explain(err error, offset int64) error {
	if e, ok := errors.AsType[*ingest.SyntaxError](err); ok {
		return &Error{int64(e.Offset), e.What}
	}
	if e, ok := errors.AsType[*ingest.TooLongError](err); ok {
		return &Error{int64(e.Offset), fmt.Sprintf("a JSON value longer than a record may be (%d bytes)", e.Limit)}
	}
	if e, ok := errors.AsType[*ingest.BombError](err); ok {
		return &Error{offset, e.What}
	}
	return err
}
