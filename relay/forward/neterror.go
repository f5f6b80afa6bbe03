package forward

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"logrelay/relay"
)

// connectRetry bounds the wait after a connection that could not be made: trying costs the far end nothing, and it should not
// wait for us once it is back.
const connectRetry = 2 * time.Second

// ConnectError classifies why address could not be reached: a certificate that does not verify, or that the far end refuses of us, is a
// *relay.HoldError with a hint; all else is retried within 2 s. Its words hold no port numbers of ours, so that equal failures read
// the same. A cancelled context is passed on as it is.
func ConnectError(address string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if hold := tlsHold(address, err); hold != nil {
		return hold
	}
	return &relay.RetryError{After: connectRetry/4 + rand.N(connectRetry*3/4), Err: inWords("connecting to "+address, err)}
}

// SendError classifies why a connection to address broke. A far end may refuse our certificate only after the handshake, so
// that is a hold here too.
func SendError(address string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if hold := tlsHold(address, err); hold != nil {
		return hold
	}
	return inWords("sending to "+address, err)
}

// ErrNotTested is wrapped by what Probe returns when all that could be tried worked, but something could not be tried.
var ErrNotTested = errors.New("not tested")

func inWords(doing string, err error) error {
	return fmt.Errorf("%s: %w", doing, plainly(err))
}

// plain is an error in words without addresses. The original stays reachable.
type plain struct {
	words string
	err   error
}

func (p *plain) Error() string { return p.words }
func (p *plain) Unwrap() error { return p.err }

// plainly puts a network error into plain words, with a hint for those an operator can act on.
func plainly(err error) error {
	say := func(words, hint string) error {
		if hint == "" {
			return &plain{words, err}
		}
		return relay.WithHint(&plain{words, err}, hint)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return say("no such host: "+dns.Name, "check the host name and the resolver of this machine")
		}
		return say("the name server does not answer for "+dns.Name, "check the resolver of this machine")
	}
	for _, known := range []struct {
		is    error
		words string
		hint  string
	}{
		{syscall.ECONNREFUSED, "connection refused", "nothing listens there, or a firewall refuses: check address and port"},
		{syscall.ECONNRESET, "the far end reset the connection", ""},
		{syscall.EPIPE, "the far end closed the connection", ""},
		{syscall.EHOSTUNREACH, "no route to the host", "check the network and the firewalls between"},
		{syscall.ENETUNREACH, "no route to the network", "check the network of this machine"},
		{os.ErrDeadlineExceeded, "timed out", ""},
		{context.DeadlineExceeded, "timed out", ""},
		{io.ErrUnexpectedEOF, "the far end closed the connection in the middle", ""},
		{io.EOF, "the far end closed the connection", ""},
	} {
		if errors.Is(err, known.is) {
			return say(known.words, known.hint)
		}
	}
	if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() {
		return say("timed out", "")
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		return say(op.Op+": "+op.Err.Error(), "")
	}
	return err
}

// tlsHold recognises a handshake that fails until a person acts, or returns nil.
func tlsHold(address string, err error) error {
	hint := ""
	var (
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
	)
	pin, pinned := errors.AsType[*pinError](err)
	record, notTLS := errors.AsType[tls.RecordHeaderError](err)
	alert := remoteAlert(err)
	switch {
	case pinned:
		err, hint = pin, "if the server's key was changed on purpose, put the new one into pin_sha256"
	case errors.As(err, &unknown):
		err, hint = errors.New("the server's certificate is signed by an unknown authority"), "name the file with the private CA's certificate in tls.ca_file"
	case errors.As(err, &host):
		err, hint = errors.New("the server's certificate is for other names: "+names(host.Certificate)), "use one of these names in the address, or set tls.server_name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		err = fmt.Errorf("the server's certificate is valid from %s to %s", invalid.Cert.NotBefore.UTC().Format(time.DateOnly), invalid.Cert.NotAfter.UTC().Format(time.DateOnly))
		hint = "have the server's certificate renewed, and check the clock of this machine"
	case errors.As(err, &invalid):
		err, hint = fmt.Errorf("the server's certificate is not valid: %w", invalid), "have the server's certificate corrected"
	case notTLS:
		err, hint = fmt.Errorf("the far end does not speak TLS: %s", record.Msg), "check the port; use the protocol without TLS only inside a trusted network"
	case alert != "":
		err = fmt.Errorf("the far end refuses TLS with us: %s", alert)
		hint = "the far end may want a client certificate (tls.cert_file, tls.key_file) of a CA that it knows, or another TLS version"
	default:
		if v, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			err, hint = fmt.Errorf("the server's certificate does not verify: %w", v.Err), "have the server's certificate corrected"
			break
		}
		return nil
	}
	return &relay.HoldError{Hint: hint, Err: fmt.Errorf("connecting to %s: %w", address, err)}
}

// remoteAlert returns the words of an alert with which the far end refused us, or "": package tls wraps those as an operation named "remote
// error". Trouble inside the far end is none of them: it passes.
func remoteAlert(err error) string {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || op.Op != "remote error" || strings.Contains(op.Err.Error(), "internal error") || strings.Contains(op.Err.Error(), "user canceled") {
		return ""
	}
	return strings.TrimPrefix(op.Err.Error(), "tls: ")
}

// names lists what a certificate is for, bounded.
func names(c *x509.Certificate) string {
	all := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "none (it has no subject alternative name)"
	}
	if len(all) > 8 {
		all = append(all[:8], "…")
	}
	return strings.Join(all, ", ")
}
