// Package object cuts an S3 object into records while it streams by.
package object

import "io"

// Blob is the bytes of one object. Read goes through them once, from the beginning; ReadAt reads any part, beside that.
// Both get over broken connections by themselves; their errors are final.
type Blob interface {
	io.Reader
	io.ReaderAt
	Size() int64 // in bytes
}
