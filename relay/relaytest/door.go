package relaytest

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// door is a TCP listener that can be shut and opened again on the same port, and that keeps its connections, so that
// they can be reset.
type door struct {
	siem *SIEM
	addr net.Addr
	hold *os.File // a socket that is bound to the port and does not listen: nobody else gets the port while the door is shut

	mu     sync.Mutex
	opened *sync.Cond
	ln     net.Listener // nil while shut
	err    error        // why it cannot be opened
	closed bool
	conns  map[*doorConn]struct{}
}

func newDoor(s *SIEM, addr string) (*door, error) {
	ln, err := listenShared(addr)
	if err != nil {
		return nil, err
	}
	hold, err := reserve(ln.Addr().(*net.TCPAddr).AddrPort())
	if err != nil {
		ln.Close()
		return nil, err
	}
	d := &door{siem: s, addr: ln.Addr(), hold: hold, ln: ln, conns: map[*doorConn]struct{}{}}
	d.opened = sync.NewCond(&d.mu)
	return d, nil
}

// listenShared listens on a port that reserve may hold.
func listenShared(addr string) (net.Listener, error) {
	c := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		if e := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) }); e != nil {
			return e
		}
		return err
	}}
	return c.Listen(context.Background(), "tcp", addr)
}

// reserve binds a socket to the address, beside who listens there.
func reserve(addr netip.AddrPort) (*os.File, error) {
	family, sa := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16()})
	if a := addr.Addr().Unmap(); a.Is4() {
		family, sa = unix.AF_INET, &unix.SockaddrInet4{Port: int(addr.Port()), Addr: a.As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("holding %s: %w", addr, err)
	}
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err == nil {
		err = unix.Bind(fd, sa)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("holding %s: %w", addr, err)
	}
	return os.NewFile(uintptr(fd), "hold"), nil
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	for {
		d.mu.Lock()
		for d.ln == nil && !d.closed && d.err == nil {
			d.opened.Wait()
		}
		ln, closed, err := d.ln, d.closed, d.err
		d.mu.Unlock()
		if closed {
			return nil, net.ErrClosed
		}
		if err != nil {
			return nil, err
		}
		c, err := ln.Accept()
		if err != nil {
			d.mu.Lock()
			shut := d.ln != ln
			d.mu.Unlock()
			if shut {
				continue
			}
			return nil, err
		}
		d.siem.connections.Add(1)
		dc := &doorConn{TCPConn: c.(*net.TCPConn), door: d}
		d.mu.Lock()
		shut := d.ln != ln
		if !shut {
			d.conns[dc] = struct{}{}
		}
		d.mu.Unlock()
		if shut {
			dc.reset()
			continue
		}
		return dc, nil
	}
}

// shut refuses connections and resets those there are.
func (d *door) shut() {
	d.mu.Lock()
	if d.ln != nil {
		_ = d.ln.Close()
		d.ln = nil
	}
	d.mu.Unlock()
	d.resetAll()
}

func (d *door) resetAll() {
	d.mu.Lock()
	conns := make([]*doorConn, 0, len(d.conns))
	for c := range d.conns {
		conns = append(conns, c)
	}
	d.mu.Unlock()
	for _, c := range conns {
		c.reset()
	}
}

// open ends shut.
func (d *door) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ln == nil && !d.closed {
		d.ln, d.err = listenShared(d.addr.String())
		d.opened.Broadcast()
	}
}

// Close implements net.Listener. It closes the connections too.
func (d *door) Close() error {
	d.mu.Lock()
	if !d.closed {
		_ = d.hold.Close()
	}
	d.closed = true
	if d.ln != nil {
		_ = d.ln.Close()
		d.ln = nil
	}
	d.opened.Broadcast()
	d.mu.Unlock()
	d.resetAll()
	return nil
}

// Addr implements net.Listener.
func (d *door) Addr() net.Addr { return d.addr }

// doorConn resets itself when a fault says so.
type doorConn struct {
	*net.TCPConn
	door *door
	read atomic.Int64
}

func (c *doorConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	if f := c.door.siem.fault(); f.ResetAfter > 0 && c.read.Add(int64(n)) > f.ResetAfter && n > 0 {
		c.door.siem.use(f)
		c.reset()
		return 0, net.ErrClosed
	}
	return n, err
}

// Close implements net.Conn.
func (c *doorConn) Close() error {
	c.door.mu.Lock()
	delete(c.door.conns, c)
	c.door.mu.Unlock()
	return c.TCPConn.Close()
}

func (c *doorConn) reset() {
	_ = c.SetLinger(0)
	_ = c.Close()
}
