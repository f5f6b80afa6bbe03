package syslog

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"

	"github.com/pires/go-proxyproto"
)

const (
	// The proxy protocol, sections 2.1 and 2.2: version 1 is a line of at most 107 bytes; version 2 has a fixed part of 16 bytes that
	// states the length of the rest.
	maxProxyV1   = 107
	proxyV2Fixed = 16
	// maxProxyV2 bounds the rest of a version 2 header: addresses and extensions.
	maxProxyV2 = 4 << 10
)

var (
	proxyV1 = []byte("PROXY ")
	proxyV2 = []byte("\r\n\r\n\x00\r\nQUIT\n")
)

var (
	errUntrusted = errors.New("proxy protocol header from an address that is not trusted")
	errNoHeader  = errors.New("no proxy protocol header from a trusted proxy")
)

// isProxyHeader reports whether p, the first bytes of a connection, begins a proxy header rather than a message.
func isProxyHeader(p []byte) bool {
	return bytes.HasPrefix(p, proxyV2) || bytes.HasPrefix(p, []byte("PROXY TCP")) || bytes.HasPrefix(p, []byte("PROXY UNKNOWN"))
}

// startsProxyHeader is isProxyHeader for the five bytes that crypto/tls expected to be the header of a record.
func startsProxyHeader(b [5]byte) bool {
	return bytes.HasPrefix(proxyV1, b[:]) || bytes.HasPrefix(proxyV2, b[:])
}

// readProxyHeader takes the proxy header and makes its address the peer. A header without one (a health check by the proxy itself)
// leaves the proxy as the peer, and c.proxied false.
func (c *conn) readProxyHeader() error {
	size := 0
	for size == 0 {
		if err := c.st.fill(); err != nil {
			return fmt.Errorf("reading the proxy header: %w", err)
		}
		var err error
		if size, err = proxyHeaderSize(c.st.peek()); err != nil {
			return err
		}
	}
	h, err := proxyproto.Read(bufio.NewReaderSize(bytes.NewReader(c.st.peek()[:size]), size))
	if err != nil {
		return fmt.Errorf("reading the proxy header: %w", err)
	}
	c.st.skip(size)
	from, ok := h.SourceAddr.(*net.TCPAddr)
	if !ok || h.Command.IsLocal() {
		c.proxied = false
		return nil
	}
	c.setPeer(addrOf(from))
	return nil
}

// proxyHeaderSize returns the size of the proxy header at the start of b in bytes, or 0 when more of it has to come first.
func proxyHeaderSize(b []byte) (int, error) {
	switch {
	case bytes.HasPrefix(b, proxyV1):
		if k := bytes.IndexByte(b[:min(len(b), maxProxyV1)], '\n'); k >= 0 {
			return k + 1, nil
		}
		if len(b) < maxProxyV1 {
			return 0, nil
		}
		return 0, errors.New("proxy protocol header too long")
	case bytes.HasPrefix(b, proxyV2):
		if len(b) < proxyV2Fixed {
			return 0, nil
		}
		rest := int(binary.BigEndian.Uint16(b[14:16]))
		if rest > maxProxyV2 {
			return 0, errors.New("proxy protocol header too long")
		}
		if size := proxyV2Fixed + rest; len(b) >= size {
			return size, nil
		}
		return 0, nil
	case bytes.HasPrefix(proxyV1, b) || bytes.HasPrefix(proxyV2, b):
		return 0, nil
	}
	return 0, errNoHeader
}
