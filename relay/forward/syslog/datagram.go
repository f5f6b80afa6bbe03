package syslog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"logrelay/relay"
	"logrelay/relay/forward"
)

// datagrams sends over UDP. It is safe for concurrent use.
type datagrams struct {
	o      Options
	framer framer
	ends   *forward.Endpoints

	mu     sync.Mutex
	conn   net.Conn
	name   string
	opened time.Time
	buf    []byte
}

// Send gives each event to the kernel as one datagram. An event that no datagram can carry is refused. The kernel may know
// that nothing listens at the far end (ICMP): that is an error, and the datagram before is lost.
func (d *datagrams) Send(ctx context.Context, events []relay.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != nil && time.Since(d.opened) > datagramMaxAge {
		d.drop()
	}
	if d.conn == nil {
		if err := d.connect(ctx); err != nil {
			return err
		}
	}
	var tooLarge []int
	for i := range events {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.buf = d.framer.append(d.buf[:0], &events[i])
		if len(d.buf) > d.o.MaxDatagram {
			tooLarge = append(tooLarge, i)
			continue
		}
		if _, err := d.conn.Write(d.buf); err != nil {
			d.drop()
			return partial(i, tooLarge, forward.SendError(d.name, err))
		}
	}
	if tooLarge == nil {
		return nil
	}
	words := fmt.Sprintf("the message is larger than the %d bytes of a datagram", d.o.MaxDatagram)
	return partial(len(events), tooLarge, &relay.RejectError{Events: tooLarge, Answer: words, Err: errors.New(words)})
}

// partial says that the first n events went out, without those in not.
func partial(n int, not []int, err error) error {
	var sent []int
	for i := range n {
		if len(not) > 0 && not[0] == i {
			not = not[1:]
			continue
		}
		sent = append(sent, i)
	}
	if len(sent) == 0 {
		return err
	}
	return &relay.PartialError{Delivered: sent, Err: err}
}

func (d *datagrams) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, d.o.ConnectTimeout)
	defer cancel()
	return d.ends.Do(ctx, func(i int) (err error) {
		d.name = d.o.Addresses[i]
		if d.conn, err = (&net.Dialer{}).DialContext(ctx, "udp", d.name); err != nil {
			d.conn = nil
			return forward.ConnectError(d.name, err)
		}
		d.opened = time.Now()
		return nil
	})
}

func (d *datagrams) drop() {
	if d.conn != nil {
		d.conn.Close()
		d.conn = nil
	}
}

// Serial keeps the messages in order; see forward.Serial.
func (d *datagrams) Serial() bool { return true }

// Close closes the socket.
func (d *datagrams) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drop()
	return nil
}

// Probe looks the addresses up. Whether anyone listens cannot be known.
func (d *datagrams) Probe(ctx context.Context) error {
	var all []error
	for _, address := range d.o.Addresses {
		c, err := (&net.Dialer{}).DialContext(ctx, "udp", address)
		if err != nil {
			all = append(all, forward.ConnectError(address, err))
			continue
		}
		c.Close()
	}
	if len(all) > 0 {
		return errors.Join(all...)
	}
	return fmt.Errorf("whether %s takes messages over UDP, which has no answers: %w", d.o.Addresses[0], forward.ErrNotTested)
}
