package syslog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// ReceiveBuffer is the kernel memory asked for per UDP socket, in bytes: it holds what comes while the process does not read.
const ReceiveBuffer = 16 << 20

// ListenUDP opens the given number of sockets (0: one for each CPU) on one address (host:port) and lets the kernel spread senders over them (SO_REUSEPORT). Each gets a large
// receive buffer, beyond net.core.rmem_max where the process may. TCP needs no such function: net.Listen asks for the largest backlog that the host
// allows (net.core.somaxconn).
func ListenUDP(ctx context.Context, address string, sockets int) ([]net.PacketConn, error) {
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		if cerr := c.Control(func(fd uintptr) { err = setUp(int(fd)) }); cerr != nil {
			return cerr
		}
		return err
	}}
	var conns []net.PacketConn
	if sockets <= 0 {
		sockets = runtime.GOMAXPROCS(0)
	}
	for range sockets {
		c, err := lc.ListenPacket(ctx, "udp", address)
		if err != nil {
			for _, c := range conns {
				c.Close()
			}
			return nil, fmt.Errorf("opening UDP %s: %w", address, err)
		}
		conns = append(conns, c)
		address = c.LocalAddr().String() // the same port for all, if it was 0
	}
	return conns, nil
}

// setUp sets the options of a UDP socket before it is bound.
func setUp(fd int) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
		return fmt.Errorf("setting SO_REUSEPORT: %w", err)
	}
	err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, ReceiveBuffer)
	if errors.Is(err, unix.EPERM) {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, ReceiveBuffer)
	}
	if err != nil {
		return fmt.Errorf("setting the receive buffer: %w", err)
	}
	return nil
}
