package forward

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"logrelay/relay"
)

// TLSOptions say how far ends are authenticated. The zero value is strict: a chain to a root of the system, the host's name,
// TLS 1.2 or later.
type TLSOptions struct {
	// Insecure (tls.strict: false) turns verification off, but for pins. Whoever sets it logs it at every start and shows it in status.
	Insecure bool
	// CAFile is the PEM content of a private CA, in addition to the system's roots. Nil: only those.
	CAFile []byte
	// Pins are SHA-256 hashes of the public key (SubjectPublicKeyInfo) of any certificate of the chain, in hex or base64,
	// with or without "sha256/" before it. One of them has to match, in addition to all else.
	Pins []string
	// ServerName replaces the address's host name in verification and SNI.
	ServerName string
	// Certificate returns our own certificate when the far end asks for one. Nil: none.
	Certificate func() (*tls.Certificate, error)
}

// TLSConfig builds the client's configuration. The error names the option at fault.
func TLSConfig(o TLSOptions) (*tls.Config, error) {
	c := &tls.Config{
		MinVersion:                  tls.VersionTLS12,
		ServerName:                  o.ServerName,
		DynamicRecordSizingDisabled: true, // whole 16 KiB records from the start: this is bulk, not a web page
		ClientSessionCache:          tls.NewLRUClientSessionCache(4),
		InsecureSkipVerify:          o.Insecure,
	}
	if o.CAFile != nil {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool() // a system without roots: the private CA stands alone
		}
		if !roots.AppendCertsFromPEM(o.CAFile) {
			return nil, relay.WithHint(errors.New("reading ca_file: it holds no PEM certificate"), "ca_file has to be a file with -----BEGIN CERTIFICATE----- blocks")
		}
		c.RootCAs = roots
	}
	if len(o.Pins) > 0 {
		pins, err := parsePins(o.Pins)
		if err != nil {
			return nil, err
		}
		c.VerifyConnection = func(s tls.ConnectionState) error { return checkPins(s, pins) }
	}
	if o.Certificate != nil {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return o.Certificate() }
	}
	return c, nil
}

func parsePins(texts []string) ([][]byte, error) {
	var pins [][]byte
	for _, text := range texts {
		s := strings.TrimPrefix(text, "sha256/")
		pin, err := hex.DecodeString(strings.ReplaceAll(s, ":", ""))
		if err != nil {
			pin, err = base64.StdEncoding.DecodeString(s)
		}
		if err != nil || len(pin) != sha256.Size {
			return nil, relay.WithHint(fmt.Errorf("reading pin_sha256 %q: it is not a SHA-256 hash", text), "a pin is 64 hex digits or 44 characters of base64: the SHA-256 of the certificate's public key")
		}
		pins = append(pins, pin)
	}
	return pins, nil
}

// pinError: the far end's keys are not the pinned ones.
type pinError struct{ seen string }

func (e *pinError) Error() string {
	return "the server's certificate does not have the pinned key; its key is sha256/" + e.seen
}

// checkPins looks for a pinned key in the verified chains, or, where nothing was verified, in the server's own certificate alone: the rest of an
// unverified chain proves nothing. It runs also when a session is resumed.
func checkPins(s tls.ConnectionState, pins [][]byte) error {
	if len(s.PeerCertificates) == 0 {
		return &pinError{"absent"}
	}
	chains := s.VerifiedChains
	if len(chains) == 0 {
		chains = [][]*x509.Certificate{s.PeerCertificates[:1]}
	}
	for _, chain := range chains {
		for _, cert := range chain {
			sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
			for _, pin := range pins {
				if subtle.ConstantTimeCompare(sum[:], pin) == 1 {
					return nil
				}
			}
		}
	}
	sum := sha256.Sum256(s.PeerCertificates[0].RawSubjectPublicKeyInfo)
	return &pinError{base64.StdEncoding.EncodeToString(sum[:])}
}
