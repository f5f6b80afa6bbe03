package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"logrelay/relay"
)

const (
	connectTimeout = 10 * time.Second
	writeTimeout   = time.Minute      // a relay whose buffer is full stops reading; send waits and says so
	closeTimeout   = 10 * time.Second // for the far end to take what is in the pipe and close
	maxDatagram    = 65507            // UDP over IPv4
)

// syslogTarget writes messages to one connection. Syslog has no answer: what the far end's kernel took may still be lost with it.
type syslogTarget struct {
	conn     net.Conn
	where    string
	udp      bool
	octet    bool // octet counting (RFC 6587, section 3.4.1), else newline
	hostname string
	buf      []byte
}

// dialSyslog connects. conf is nil for TCP and UDP.
func dialSyslog(ctx context.Context, o sendOptions, conf *tls.Config) (*syslogTarget, error) {
	network, port := o.syslogNetwork()
	addr := o.to.Host
	if o.to.Port() == "" {
		addr = net.JoinHostPort(o.to.Hostname(), port)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	t := &syslogTarget{where: o.to.Scheme + "://" + addr, udp: network == "udp", octet: o.framing == "octet"}
	if t.hostname, _ = os.Hostname(); t.hostname == "" {
		t.hostname = "-"
	}
	var err error
	if conf != nil {
		t.conn, err = (&tls.Dialer{Config: conf}).DialContext(ctx, network, addr)
	} else {
		t.conn, err = new(net.Dialer).DialContext(ctx, network, addr)
	}
	if err != nil {
		return nil, explainDial(err, t.where)
	}
	return t, nil
}

// send hands the batch to the kernel.
func (t *syslogTarget) send(ctx context.Context, b *sendBatch) error {
	stop := context.AfterFunc(ctx, func() { t.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	t.buf = t.buf[:0]
	now := time.Now()
	for i, r := range b.records {
		if t.udp {
			t.buf = t.appendMessage(t.buf[:0], r, now)
			if len(t.buf) > maxDatagram {
				return relay.WithHint(fmt.Errorf("record %d of the batch has %d bytes, more than a datagram holds", i+1, len(t.buf)), "use syslog+tcp:// or syslog+tls://")
			}
			if err := t.write(t.buf); err != nil {
				return t.lost(ctx, err)
			}
			continue
		}
		t.buf = t.appendFrame(t.buf, r, now)
	}
	if t.udp {
		return nil
	}
	if err := t.write(t.buf); err != nil {
		return t.lost(ctx, err)
	}
	return nil
}

func (t *syslogTarget) write(b []byte) error {
	t.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err := t.conn.Write(b)
	return err
}

// appendFrame appends the record as a message in its frame.
func (t *syslogTarget) appendFrame(dst, record []byte, now time.Time) []byte {
	if !t.octet {
		dst = t.appendMessage(dst, record, now)
		return append(dst, '\n')
	}
	start := len(dst)
	dst = t.appendMessage(dst, record, now)
	var count [20]byte
	prefix := append(strconv.AppendInt(count[:0], int64(len(dst)-start), 10), ' ')
	dst = append(dst, prefix...)
	copy(dst[start+len(prefix):], dst[start:])
	copy(dst[start:], prefix)
	return dst
}

// appendMessage appends a record that is a syslog message as it is, and any other as the text of an RFC 5424 message.
func (t *syslogTarget) appendMessage(dst, record []byte, now time.Time) []byte {
	if isSyslog(record) {
		return append(dst, record...)
	}
	dst = append(dst, "<13>1 "...) // user.notice
	dst = now.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000Z")
	dst = fmt.Appendf(dst, " %s logrelay-send %d - - ", t.hostname, os.Getpid())
	return append(dst, record...)
}

// isSyslog reports whether a line starts with a priority (RFC 5424, section 6.2.1).
func isSyslog(line []byte) bool {
	if len(line) < 3 || line[0] != '<' {
		return false
	}
	end := bytes.IndexByte(line[:min(len(line), 5)], '>')
	if end < 2 {
		return false
	}
	pri, err := strconv.ParseUint(string(line[1:end]), 10, 8)
	return err == nil && pri <= 191
}

// lost explains a failed write. A far end that refuses a TLS client says so only now.
func (t *syslogTarget) lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch {
	case t.udp && errors.Is(err, syscall.ECONNREFUSED):
		return relay.WithHint(fmt.Errorf("nobody listens at %s", t.where), "is the relay running, has it a UDP input on that port?")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return relay.WithHint(fmt.Errorf("%s takes nothing more since %s", t.where, span(writeTimeout)), "the relay stops reading when its buffer is full: see \"logrelay status\" there")
	}
	if said := t.drain(time.Second); said != nil {
		err = said
	}
	return relay.WithHint(fmt.Errorf("%s closed the connection: %w", t.where, err), refusalHint(err))
}

// close ends the connection in order, and waits until the far end has closed too: only then did it read everything.
func (t *syslogTarget) close(ctx context.Context) error {
	defer t.conn.Close()
	if t.udp {
		return nil
	}
	c, ok := t.conn.(interface{ CloseWrite() error })
	if !ok {
		panic("BUG: a stream connection without CloseWrite")
	}
	if err := c.CloseWrite(); err != nil {
		return t.lost(ctx, err)
	}
	if err := t.drain(closeTimeout); err != nil {
		return relay.WithHint(fmt.Errorf("%s refused the connection: %w", t.where, err), refusalHint(err))
	}
	return nil
}

// drain reads until the far end closes and returns what it complained about. A far end that merely keeps the connection open is no complaint.
func (t *syslogTarget) drain(wait time.Duration) error {
	t.conn.SetReadDeadline(time.Now().Add(wait))
	_, err := io.Copy(io.Discard, io.LimitReader(t.conn, maxAnswer))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

func (t *syslogTarget) acknowledged() bool { return false }

func refusalHint(err error) string {
	if isAlert(err) {
		return "the input wants a client certificate of its CA: --cert FILE --key FILE"
	}
	return "this address may not be in the input's networks, or the input takes only TLS: \"logrelay status\" and the log there say why"
}
