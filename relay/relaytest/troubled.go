package relaytest

import (
	"net"
	"os"
	"sync/atomic"
	"syscall"
)

// Troubled is a listener whose first Accepts fail, as they do when something is wrong with one connection.
type Troubled struct {
	net.Listener
	left atomic.Int32
}

// NewTroubled returns one that fails n times.
func NewTroubled(l net.Listener, n int32) *Troubled {
	t := &Troubled{Listener: l}
	t.left.Store(n)
	return t
}

// Accept fails, or is that of the listener inside.
func (t *Troubled) Accept() (net.Conn, error) {
	if t.left.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EPROTO)}
	}
	return t.Listener.Accept()
}
