package pki

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ServerOptions say how an input does TLS. GetCertificate is needed.
type ServerOptions struct {
	GetCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	ClientCAs      *x509.CertPool // set: senders need a certificate of one of them
	Optional       bool           // with ClientCAs: senders without a certificate are let in too; a bad one is still refused
	Subjects       []string       // with ClientCAs: who is let in, as IsSubject has it; empty means all
	Modern         bool           // TLS 1.3 alone
	NextProtos     []string       // ALPN: "h2", "http/1.1"
}

// ServerConfig returns the TLS configuration of an input: TLS 1.2 and 1.3, forward secrecy, authenticated ciphers. The two policies are those that
// Mozilla's guidance on server-side TLS calls modern and intermediate, the latter without DHE, which the library does not have.
func ServerConfig(o ServerOptions) *tls.Config {
	c := &tls.Config{
		GetCertificate: o.GetCertificate,
		MinVersion:     tls.VersionTLS12,
		NextProtos:     o.NextProtos,
		// For TLS 1.2 (RFC 9325 section 4.2); the order is the library's. TLS 1.3 has good ones alone.
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
	}
	if o.Modern {
		c.MinVersion = tls.VersionTLS13
	}
	if o.ClientCAs == nil {
		return c
	}
	c.ClientCAs, c.ClientAuth = o.ClientCAs, tls.RequireAndVerifyClientCert
	if o.Optional {
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	if len(o.Subjects) > 0 {
		// Unlike VerifyPeerCertificate this runs for resumed sessions too.
		c.VerifyConnection = func(cs tls.ConnectionState) error {
			if len(cs.PeerCertificates) == 0 || IsSubject(cs.PeerCertificates[0], o.Subjects) {
				return nil
			}
			return fmt.Errorf("the client certificate of %s is not among the subjects that are let in", cs.PeerCertificates[0].Subject)
		}
	}
	return c
}

// IsSubject reports whether a certificate is among subjects: by its common name, an alternative name (DNS, address, mail, URI), or its whole subject,
// "CN=fw1,O=Example". One that begins with a dot, or with "*.", lets in every host name that ends in it, as common name or DNS name.
func IsSubject(c *x509.Certificate, subjects []string) bool {
	hosts := append([]string{c.Subject.CommonName}, c.DNSNames...)
	names := slices.Concat(hosts, c.EmailAddresses, []string{c.Subject.String()})
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	for _, u := range c.URIs {
		names = append(names, u.String())
	}
	return slices.ContainsFunc(subjects, func(want string) bool {
		if want == "" {
			return false
		}
		if suffix := strings.TrimPrefix(want, "*"); strings.HasPrefix(suffix, ".") && len(suffix) > 1 {
			return slices.ContainsFunc(hosts, func(name string) bool { return endsIn(name, suffix) })
		}
		return slices.Contains(names, want)
	})
}

// endsIn compares without case, as host names are, and wants something before the suffix.
func endsIn(name, suffix string) bool {
	at := len(name) - len(suffix)
	return at > 0 && strings.EqualFold(name[at:], suffix)
}

// LoadClientCA reads the CA certificates (PEM) that senders' certificates have to come from. Its errors have a method Hint.
func LoadClientCA(path string) (*x509.CertPool, error) {
	text, err := ReadPEM(path)
	if err != nil {
		return nil, err
	}
	chain, err := parseChain(path, text)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	good := 0
	for _, c := range chain {
		if c.BasicConstraintsValid && !c.IsCA {
			return nil, &fileError{path, fmt.Errorf("%s is not a CA", c.Subject), "name the file of the CA that issued the senders' certificates"}
		}
		if time.Now().Before(c.NotAfter) {
			good++
		}
		pool.AddCert(c)
	}
	if good == 0 {
		return nil, &fileError{path, errors.New("every CA in this file has expired"), "ask the CA for its present certificate"}
	}
	return pool, nil
}
