package syslog

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"logrelay/relay"
)

const (
	// udpMessages is the most that one recvmmsg(2) brings.
	udpMessages = 64
	// datagramBytes holds any UDP datagram.
	datagramBytes = 64 << 10
	// datagramStride is the distance of two buffers. It is odd in cache lines, so that their beginnings do not compete for the same sets.
	datagramStride = datagramBytes + 9*64
)

// receiver reads datagrams in batches with recvmmsg(2). The standard library reads them one by one, and
// golang.org/x/net/ipv4 allocates an address for each. For one goroutine.
type receiver struct {
	raw   syscall.RawConn
	mem   []byte
	msgs  [udpMessages]mmsghdr
	iovs  [udpMessages]unix.Iovec
	names [udpMessages]unix.RawSockaddrInet6 // large enough for IPv4 as well

	drops    uint32 // as last read from the kernel
	readable func(fd uintptr) bool
	polled   func(fd uintptr)
	n        int
	err      error
}

// mmsghdr is the kernel's struct mmsghdr.
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

// newReceiver returns a receiver of the datagrams of c.
func newReceiver(c net.PacketConn) (*receiver, error) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("packet connection of type %T has no socket", c)
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("taking the socket of %s: %w", c.LocalAddr(), err)
	}
	r := &receiver{raw: raw, mem: make([]byte, udpMessages*datagramStride)}
	for i := range r.msgs {
		r.iovs[i].Base = &r.mem[i*datagramStride]
		r.iovs[i].SetLen(datagramBytes)
		h := &r.msgs[i].hdr
		h.Name = (*byte)(unsafe.Pointer(&r.names[i]))
		h.Iov = &r.iovs[i]
		h.SetIovlen(1)
	}
	r.readable = func(fd uintptr) bool { return r.recv(fd) }
	r.polled = func(fd uintptr) { r.recv(fd) }
	r.newDrops() // those before our time are not ours
	return r, nil
}

// wait waits for datagrams and returns how many it received. They are good until the next wait or poll.
func (r *receiver) wait() (int, error) {
	if err := r.raw.Read(r.readable); err != nil {
		return 0, err
	}
	return r.n, r.err
}

// poll is wait without waiting, also after the deadline: 0 means that there are none.
func (r *receiver) poll() (int, error) {
	if err := r.raw.Control(r.polled); err != nil {
		return 0, err
	}
	return r.n, r.err
}

// recv reports false when there is nothing to receive.
func (r *receiver) recv(fd uintptr) bool {
	for i := range r.msgs {
		r.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&r.msgs[0])), udpMessages, unix.MSG_DONTWAIT, 0, 0)
	r.n, r.err = int(n), nil
	if errno != 0 {
		r.n = 0
		if errno == unix.EAGAIN || errno == unix.EINTR {
			return false
		}
		r.err = os.NewSyscallError("recvmmsg", errno)
	}
	return true
}

// datagram returns the i-th datagram that was received.
func (r *receiver) datagram(i int) (raw []byte, from netip.Addr, flags relay.Flag) {
	m := &r.msgs[i]
	if m.hdr.Flags&unix.MSG_TRUNC != 0 {
		flags = relay.FlagTruncated
	}
	switch name := &r.names[i]; name.Family {
	case unix.AF_INET:
		from = netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(name)).Addr)
	case unix.AF_INET6:
		from = netip.AddrFrom16(name.Addr).Unmap()
	}
	at := i * datagramStride
	return r.mem[at : at+int(m.n)], from, flags
}

// newDrops returns how many datagrams the kernel dropped at this socket since the last call, because nobody read them in time.
func (r *receiver) newDrops() uint32 {
	var info [9]uint32 // of SO_MEMINFO, linux/sock_diag.h
	const drops = 8
	size := uint32(unsafe.Sizeof(info))
	var errno syscall.Errno
	err := r.raw.Control(func(fd uintptr) {
		_, _, errno = unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	})
	if err != nil || errno != 0 {
		return 0
	}
	n := info[drops] - r.drops
	r.drops = info[drops]
	return n
}
