package relay

import (
	"errors"
	"net"
)

// AcceptError returns an error of Accept such that net/http pauses and tries again, whatever it was but the end of the listener: descriptors or memory ran
// out, or something was wrong with that one connection (accept(2), "Error handling"). A server that ended would take the relay with it.
func AcceptError(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return err
	}
	return passing{err}
}

// passing is what net/http takes for an error that passes.
type passing struct{ error }

func (passing) Timeout() bool   { return false }
func (passing) Temporary() bool { return true }
func (e passing) Unwrap() error { return e.error }
