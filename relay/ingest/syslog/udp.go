package syslog

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"logrelay/relay"
)

// udpBatches is how many batches of one socket may be on their way. While they are, the socket is still read: a datagram that nobody
// reads is lost when the kernel's buffer is full, and its sender does not wait.
const udpBatches = 8

// udpRounds is how many times a socket is read in a row, before what was read is passed on.
const udpRounds = 128

// udp serves one socket: one goroutine reads, one puts.
type udp struct {
	src     *Source
	rx      *receiver
	senders senders
	f       framer // appends, and cuts what is longer than the limit; it finds no frames here
	batch   uint64 // number of the batch in f.out
	spare   chan *relay.Batch
	ready   chan *relay.Batch
}

// receive takes the datagrams of one socket. The kernel counts what it has to drop while the sink is full.
func (s *Source) receive(ctx context.Context, c net.PacketConn, out relay.Sink) error {
	defer c.Close()
	rx, err := newReceiver(c)
	if err != nil {
		return err
	}
	u := &udp{
		src:     s,
		rx:      rx,
		senders: senders{src: s},
		spare:   make(chan *relay.Batch, udpBatches),
		ready:   make(chan *relay.Batch, udpBatches),
	}
	for range udpBatches {
		u.spare <- &relay.Batch{}
	}
	u.f = framer{max: s.o.MaxMessage, full: u.pass, out: <-u.spare}
	p := newPutter(ctx, s, out)
	var g errgroup.Group
	g.Go(func() error {
		for b := range u.ready {
			if err := p.put(b); err != nil {
				c.SetReadDeadline(time.Unix(1, 0)) // the reader takes what the kernel holds, and ends
				for b := range u.ready {           // so that it does not wait for us
					p.lose(b, err)
					b.Reset()
					u.spare <- b
				}
				return err
			}
			b.Reset()
			u.spare <- b
		}
		return nil
	})
	g.Go(func() error {
		defer close(u.ready)
		return u.read()
	})
	return g.Wait()
}

// read takes datagrams until the deadline that stop sets, and then what the kernel holds.
func (u *udp) read() error {
	for {
		n, err := u.rx.wait()
		switch {
		case err == nil:
			if _, err := u.take(n); err != nil {
				return err
			}
		case errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed):
			return u.finish()
		default: // the kernel has no memory, for instance
			u.src.refusals.add(reasonSocket, netip.AddrPort{}, err)
			time.Sleep(socketPause)
		}
	}
}

// finish takes what the kernel still holds.
func (u *udp) finish() (err error) {
	for end, more := time.Now().Add(drainTime), true; err == nil && more && time.Now().Before(end); {
		more, err = u.take(0)
	}
	return err
}

// take appends the n datagrams that were received and those that are ready, and passes them on. It reports whether there may be more.
func (u *udp) take(n int) (more bool, err error) {
	u.src.o.Pulse.Beat(relay.StateWorking)
	defer u.src.o.Pulse.Beat(relay.StateIdle)
	for range udpRounds {
		if n == 0 {
			n, _ = u.rx.poll() // an error comes again when we wait
		}
		if more = n > 0; !more {
			break
		}
		u.f.now = time.Now().UnixNano()
		for i := range n {
			if err := u.append(u.rx.datagram(i)); err != nil {
				return false, err
			}
		}
		n = 0
	}
	u.src.metrics.Lost.Add(float64(u.rx.newDrops()))
	if u.f.out.Len() == 0 {
		return more, nil
	}
	return more, u.pass()
}

// pass hands the batch to the goroutine that puts, and takes another one, waiting for it when all are on their way.
func (u *udp) pass() error {
	u.ready <- u.f.out
	u.src.o.Pulse.Beat(relay.StateWaiting) // while the log is full all batches are on their way: that is no fault of this loop
	u.f.out = <-u.spare
	u.src.o.Pulse.Beat(relay.StateWorking)
	u.batch++
	moveCounts(&u.f, u.src.metrics)
	return nil
}

// append appends one datagram: one message, whatever is in it, without the LF or NUL that some senders end it with (RFC 5426 section 3.1).
func (u *udp) append(raw []byte, from netip.Addr, flags relay.Flag) error {
	s := u.senders.get(from)
	if !s.allowed {
		u.src.refusals.add(reasonNetwork, netip.AddrPortFrom(from, 0), nil)
		return nil
	}
	if n := len(raw); n > 0 && (raw[n-1] == '\n' || raw[n-1] == 0) {
		raw = bytes.TrimSuffix(raw[:n-1], cr)
	}
	if len(raw) == 0 {
		return nil // no record, and no origin: a batch that is never full would come to hold more of them than it can number
	}
	b := u.f.out
	if records := 1 + len(raw)/u.f.max; b.Len() > 0 &&
		(len(b.Bytes)+len(raw)+records*maxPartMeta > relay.BatchBytes || b.Len()+records > relay.MaxBatchRecords || len(b.Origins) >= maxOrigins) {
		if err := u.pass(); err != nil {
			return err
		}
		b = u.f.out
	}
	first := b.Len()
	if s.batch != u.batch+1 { // its first in this batch
		b.Use(s.origin, 0)
		s.batch, s.index = u.batch+1, uint16(len(b.Origins)-1)
	}
	if flags&relay.FlagTruncated != 0 {
		u.f.truncated++
	}
	if err := u.f.last(raw, flags); err != nil {
		return err
	}
	for i := first; i < b.Len(); i++ {
		b.Entries[i].Origin = s.index
	}
	return nil
}
