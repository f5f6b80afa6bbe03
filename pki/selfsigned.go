package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	selfSignedCert = "logrelay.pem"
	selfSignedKey  = "logrelay.key"

	validity    = 825 * 24 * time.Hour
	renewBefore = 30 * 24 * time.Hour
	maxNames    = 100 // names and addresses in a certificate
)

// ensureSelfSigned makes the key and certificate in dir when they are not there, and a new certificate for the same key when the old one
// ends soon. A pair that somebody else put there is left alone. It reports whether it wrote a certificate.
func ensureSelfSigned(dir string, names []string, now time.Time) (wrote bool, err error) {
	certFile, keyFile := filepath.Join(dir, selfSignedCert), filepath.Join(dir, selfSignedKey)
	cert, err := loadPair(certFile, keyFile)
	switch {
	case err == nil:
		if !isOurs(cert.Leaf) || now.Before(cert.Leaf.NotAfter.Add(-renewBefore)) {
			return false, nil
		}
		names = namesOf(cert.Leaf)
	case !errors.Is(err, fs.ErrNotExist) || holdsForeign(certFile):
		return false, err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return false, fmt.Errorf("making the directory of the certificate: %w", err)
	}
	key, err := ensureKey(keyFile)
	if err != nil {
		return false, err
	}
	der, err := selfSign(key, names, now)
	if err != nil {
		return false, err
	}
	return true, writeFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}

// holdsForeign reports whether there is a file that is not a certificate which the relay made.
func holdsForeign(certFile string) bool {
	text, err := ReadPEM(certFile)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	chain, err := parseChain(certFile, text)
	return err != nil || !isOurs(chain[0])
}

// ensureKey reads the key, or makes it when it is not there.
func ensureKey(path string) (crypto.Signer, error) {
	key, err := ReadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = NewKey(DefaultAlgorithm); err != nil {
		return nil, err
	}
	return key, writeKey(path, key, 0o640)
}

// organization marks certificates that the relay made.
const organization = "logrelay self-signed"

func isOurs(c *x509.Certificate) bool {
	return slices.Equal(c.Subject.Organization, []string{organization}) && isSelfSigned(c)
}

func isSelfSigned(c *x509.Certificate) bool {
	return string(c.RawSubject) == string(c.RawIssuer) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// selfSign makes a server certificate for the names, of which the first is the common name.
func selfSign(key crypto.Signer, names []string, now time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)) // RFC 5280 section 4.1.2.2: at most 20 octets
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	subject := pkix.Name{Organization: []string{organization}, CommonName: names[0]}
	if len(subject.CommonName) > 64 { // RFC 5280 appendix A.1, ub-common-name
		subject.CommonName = "logrelay"
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: subject,
		NotBefore: now.Add(-time.Hour).UTC(), NotAfter: now.Add(validity).UTC(), // an hour for clocks that are slow
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	return der, nil
}

// HostNames returns what this host is called: its name, more names, "localhost", and the addresses of its interfaces.
func HostNames(more []string) []string {
	var names []string
	add := func(name string) {
		if name != "" && isASCII(name) && !slices.Contains(names, name) && len(names) < maxNames {
			names = append(names, name)
		}
	}
	if host, err := os.Hostname(); err == nil {
		add(host)
	}
	for _, name := range more {
		add(name)
	}
	add("localhost")
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		addresses = nil // the names alone have to do
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() {
			add(n.IP.String())
		}
	}
	add("127.0.0.1")
	add("::1")
	return names
}

// isASCII reports whether a name can stand in a certificate (RFC 5280 section 4.2.1.6).
func isASCII(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' })
}

// namesOf returns the common name, when it is an alternative name too, and then the other alternative names.
func namesOf(c *x509.Certificate) []string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if i := slices.Index(names, c.Subject.CommonName); i > 0 {
		names = slices.Insert(slices.Delete(names, i, i+1), 0, c.Subject.CommonName)
	}
	return names
}

// missingNames returns those of names that a certificate does not have.
func missingNames(cert *tls.Certificate, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return cert.Leaf.VerifyHostname(name) == nil
	})
}
