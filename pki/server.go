package pki

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
)

// ServerOptions say how an input does TLS. GetCertificate is needed.
type ServerOptions struct {
	GetCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	ClientCAs      *x509.CertPool // set: senders need a certificate of one of them
	Optional       bool           // with ClientCAs: senders without a certificate are let in too; a bad one is still refused
	Subjects       []string       // with ClientCAs: common or alternative names that are let in; empty means all
	NextProtos     []string       // ALPN: "h2", "http/1.1"
}

// ServerConfig returns the TLS configuration of an input: TLS 1.2 and 1.3, forward secrecy, authenticated ciphers.
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

// IsSubject reports whether the common name or an alternative name (DNS, address, mail, URI) of a certificate is in subjects.
func IsSubject(c *x509.Certificate, subjects []string) bool {
	names := slices.Concat([]string{c.Subject.CommonName}, c.DNSNames, c.EmailAddresses)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	for _, u := range c.URIs {
		names = append(names, u.String())
	}
	return slices.ContainsFunc(names, func(name string) bool { return name != "" && slices.Contains(subjects, name) })
}
