package syslog

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

// TestFlushIsNotTakenInByCloseNotify: a peer that ends TLS and then resets, because it had not read everything, took nothing for
// certain.
func TestFlushIsNotTakenInByCloseNotify(t *testing.T) {
	t.Parallel()
	ca := relaytest.NewCA()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	flushed := make(chan struct{})
	served := make(chan error, 1)
	go func() {
		raw, err := l.Accept()
		if err != nil {
			served <- err
			return
		}
		defer raw.Close()
		c := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{ca.Server()}})
		if err = c.Handshake(); err == nil {
			err = awaitFIN(raw.(*net.TCPConn))
		}
		if err == nil {
			err = c.CloseWrite()
		}
		served <- err
		select { // the gap between the two ends
		case <-flushed:
		case <-time.After(300 * time.Millisecond):
		}
	}()
	raw := func(dst []byte, e *relay.Event) []byte { return append(dst, e.Record.Raw...) }
	d, err := New(Options{
		Transport: TLS, Addresses: []string{l.Addr().String()}, Encode: raw, Wrap: raw,
		TLS: &tls.Config{RootCAs: ca.Pool(), ServerName: "127.0.0.1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := d.Send(ctx, relaytest.Events(0, 100)); err != nil {
		t.Fatal(err)
	}
	err = d.(relay.Stream).Flush(ctx)
	close(flushed)
	if e := <-served; e != nil {
		t.Fatal(e)
	}
	if err == nil {
		t.Error("what the peer never read counts as delivered")
	}
}

// awaitFIN waits until the far end of c has ended its side, without reading what is before that.
func awaitFIN(c *net.TCPConn) error {
	rc, err := c.SyscallConn()
	if err != nil {
		return err
	}
	for {
		var info *unix.TCPInfo
		var e error
		if err := rc.Control(func(fd uintptr) { info, e = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) }); err != nil || e != nil {
			return e
		}
		if info.State == unix.BPF_TCP_CLOSE_WAIT {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
}
