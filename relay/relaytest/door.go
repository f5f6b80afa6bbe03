package relaytest

import (
	"net"
	"sync"
	"sync/atomic"
)

// door is a TCP listener that can be shut and opened again on the same port, and that keeps its connections, so that
// they can be reset.
type door struct {
	siem *SIEM
	addr net.Addr

	mu     sync.Mutex
	opened *sync.Cond
	ln     net.Listener // nil while shut
	err    error        // why it cannot be opened
	closed bool
	conns  map[*doorConn]struct{}
}

func newDoor(s *SIEM, addr string) (*door, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	d := &door{siem: s, addr: ln.Addr(), ln: ln, conns: map[*doorConn]struct{}{}}
	d.opened = sync.NewCond(&d.mu)
	return d, nil
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
		d.ln, d.err = net.Listen("tcp", d.addr.String())
		d.opened.Broadcast()
	}
}

// Close implements net.Listener. It closes the connections too.
func (d *door) Close() error {
	d.mu.Lock()
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
