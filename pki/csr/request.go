package csr

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"slices"
)

// Request is what is asked for.
type Request struct {
	Subject    Subject
	Names      []Name
	Extensions []pkix.Extension // but the names
}

// Create signs a request with the key that the certificate is for, by SHA-256 or better, and returns its DER.
func (r Request) Create(key crypto.Signer) ([]byte, error) {
	if len(r.Subject) == 0 && len(r.Names) == 0 {
		return nil, errors.New("making a request: it has neither a subject nor names")
	}
	if len(r.Names) > maxNames {
		return nil, fmt.Errorf("making a request: more than %d alternative names", maxNames)
	}
	subject, err := r.Subject.encode()
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	template := &x509.CertificateRequest{RawSubject: subject, ExtraExtensions: slices.Clone(r.Extensions)}
	if len(r.Names) > 0 {
		names, err := generalNames(r.Names)
		if err != nil {
			return nil, fmt.Errorf("making a request: %w", err)
		}
		// RFC 5280 section 4.2.1.6: critical where there is no subject.
		template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: oidSubjectAltName, Critical: len(r.Subject) == 0, Value: names})
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	return der, nil
}

// CopyCommonName adds the common name to the names, an address as one, since strict clients look at nothing else. It returns the name that was
// added. False: it is there already, or cannot be a name of a host.
func (r *Request) CopyCommonName() (Name, bool) {
	n, ok := HostName(r.Subject.CommonName())
	if !ok {
		return n, false
	}
	before := len(r.Names)
	r.Names = AddName(r.Names, n)
	return n, len(r.Names) > before
}
