package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"

	"logrelay/relay"
)

// tlsOptions say how the far end proves itself, and we to it.
type tlsOptions struct {
	caFile   string // trusted beside the system's authorities
	noVerify bool
	certFile string
	keyFile  string
}

// config returns the client's side for a host. Strict unless the user said otherwise: chain, host name, TLS 1.2 or newer.
func (o tlsOptions) config(host string) (*tls.Config, error) {
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.noVerify}
	if o.caFile != "" {
		pem, err := os.ReadFile(o.caFile)
		if err != nil {
			return nil, withStatus(exitUsage, fmt.Errorf("reading --ca-file: %w", err))
		}
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM(bytes.TrimPrefix(pem, []byte("\ufeff"))) { // a byte order mark would hide the first
			return nil, usageError("it has to be PEM: -----BEGIN CERTIFICATE-----", "--ca-file %s holds no certificate", o.caFile)
		}
		c.RootCAs = roots
	}
	if (o.certFile == "") != (o.keyFile == "") {
		return nil, usageError("a client certificate needs both", "--cert and --key go together")
	}
	if o.certFile != "" {
		pair, err := tls.LoadX509KeyPair(o.certFile, o.keyFile)
		if err != nil {
			return nil, withStatus(exitUsage, fmt.Errorf("reading the client certificate: %w", err))
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// explainDial says in an operator's words why where could not be connected to.
func explainDial(err error, where string) error {
	wrapped := fmt.Errorf("connecting to %s: %w", where, err)
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		hint := "trust its authority with --ca-file FILE"
		if c := unknown.Cert; c != nil && c.Subject.String() == c.Issuer.String() {
			hint = "the certificate is self-signed: pass a copy of it with --ca-file FILE; \"logrelay cert export\" on the relay prints it"
		}
		return relay.WithHint(wrapped, hint)
	}
	if host, ok := errors.AsType[x509.HostnameError](err); ok && host.Certificate != nil {
		names := host.Certificate.DNSNames
		for _, ip := range host.Certificate.IPAddresses {
			names = append(names, ip.String())
		}
		return relay.WithHint(wrapped, "connect by a name that the certificate holds: "+printable(strings.Join(names, ", "), 300))
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return relay.WithHint(wrapped, "renew the certificate of the relay, and look at the clock here")
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return relay.WithHint(wrapped, "the far end does not speak TLS on this port")
	}
	if isAlert(err) {
		return relay.WithHint(wrapped, refusalHint(err))
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return relay.WithHint(wrapped, fmt.Sprintf("is the host name right? %q could not be resolved", dns.Name))
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return relay.WithHint(wrapped, "nobody listens there: is the relay running, is the port right?")
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return relay.WithHint(wrapped, "no answer: is the address right, does a firewall drop the port?")
	}
	return wrapped
}

// isAlert reports whether the far end ended the handshake or the connection with a TLS alert.
func isAlert(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error" // crypto/tls has no exported type for alerts that it received
}

// loopbackHost reports whether host is this machine, so that nothing goes over a network.
func loopbackHost(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
