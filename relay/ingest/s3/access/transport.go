package access

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	maxHeader = 64 << 10
	// maxRefusal bounds an answer that is an error.
	maxRefusal = 1 << 20
	// maxAnswer bounds an answer that is no object: ten messages of 1 MiB, quoted, or a page of 1000 keys of 1 KiB.
	maxAnswer = 32 << 20
	// maxIdle is less than the time after which AWS closes an idle connection, so that a request seldom meets one that is being closed.
	maxIdle = 15 * time.Second
	// longPoll is how long a receive waits at the queue. The calls' connections may be silent for longer.
	longPoll       = 20 * time.Second
	longPollMargin = 10 * time.Second
)

// clients makes the client for objects and the one for all other calls.
func (o Options) clients() (objects, calls *http.Client, err error) {
	var roots *x509.CertPool
	if o.CAFile != nil {
		if roots, err = x509.SystemCertPool(); err != nil {
			return nil, nil, fmt.Errorf("reading the system's certificates: %w", err)
		}
		if !roots.AppendCertsFromPEM(o.CAFile) {
			return nil, nil, errors.New("the CA file has no certificate in PEM form")
		}
	}
	return o.client(roots, o.StallTimeout, false), o.client(roots, max(o.StallTimeout, longPoll+longPollMargin), true), nil
}

func (o Options) client(roots *x509.CertPool, stall time.Duration, all bool) *http.Client {
	dialer := &net.Dialer{Timeout: o.ConnectTimeout, KeepAlive: 30 * time.Second}
	var http1 http.Protocols
	http1.SetHTTP1(true)
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &watchedConn{Conn: c, stall: stall}, nil
		},
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    o.ConnectTimeout,
		DisableCompression:     true, // Content-Encoding is the object's own, and ranges count its bytes
		MaxIdleConns:           4 * o.Connections,
		MaxIdleConnsPerHost:    o.Connections,
		IdleConnTimeout:        maxIdle,
		ResponseHeaderTimeout:  stall,
		MaxResponseHeaderBytes: maxHeader,
		Protocols:              &http1,
	}
	return &http.Client{
		Transport:     &boundedTransport{Transport: t, all: all},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// watchedConn fails when a read is pending and nothing comes. A connection that nobody reads is not watched.
type watchedConn struct {
	net.Conn
	stall time.Duration
}

func (c *watchedConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("nothing came from %s for %s: %w", c.RemoteAddr(), c.stall, err)
	}
	return n, err
}

// Write moves the deadline of the read that waits for the answer, too.
func (c *watchedConn) Write(b []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// boundedTransport bounds answers that are errors, and all answers if all is set.
type boundedTransport struct {
	*http.Transport
	all bool
}

func (t *boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	switch {
	case resp.StatusCode >= 300:
		resp.Body = &boundedBody{resp.Body, maxRefusal}
	case t.all:
		resp.Body = &boundedBody{resp.Body, maxAnswer}
	}
	return resp, nil
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the answer is longer than it may be")
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
