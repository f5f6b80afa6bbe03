package pki

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Inspection is what is known of a pair. What could not be read is nil, and a fault says why.
type Inspection struct {
	Chain  []*x509.Certificate
	Key    crypto.PublicKey // of the private key
	Match  bool             // the key belongs to the first certificate
	Faults []error          // each with a method Hint
}

// Inspect reads a pair and finds all that is wrong with it, where CheckPair stops at the first.
func Inspect(certFile, keyFile string) Inspection {
	var i Inspection
	chain, err := ReadChain(certFile)
	if err != nil {
		i.Faults = append(i.Faults, err)
	}
	i.Chain = chain
	key, err := readServerKey(certFile, keyFile)
	if err != nil {
		i.Faults = append(i.Faults, err)
	} else {
		i.Key = key.Public()
	}
	if i.Chain == nil {
		return i
	}
	if i.Key != nil {
		_, err := pairUp(certFile, keyFile, i.Chain, key)
		if i.Match = err == nil; err != nil {
			i.Faults = append(i.Faults, err)
		}
	}
	i.Faults = append(i.Faults, ChainFaults(certFile, i.Chain, time.Now())...)
	return i
}

// ChainFaults says what is wrong with certificates whoever looks at them: dates, weak keys and signatures, their order. It does not know whom
// the one who looks trusts. The first certificate is the server's; where is the file or address they are from. Errors have a method Hint.
func ChainFaults(where string, chain []*x509.Certificate, now time.Time) []error {
	var faults []error
	for i, c := range chain {
		name := "the certificate"
		if i > 0 {
			name = fmt.Sprintf("certificate %d (%s)", i+1, c.Subject)
		}
		if err := checkDates(where, name, c, now); err != nil {
			faults = append(faults, err)
		}
		if k, ok := c.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() < minRSA {
			faults = append(faults, &fileError{where, fmt.Errorf("%s has an RSA key of %d bits, which is too weak; needed: %d", name, k.N.BitLen(), minRSA),
				"make a new key and request: logrelay csr --newkey rsa:2048 --key NEW"})
		}
		// A root is trusted for its key and not for its signature.
		if weakSignature(c.SignatureAlgorithm) && !isSelfSigned(c) {
			faults = append(faults, &fileError{where, fmt.Errorf("%s is signed with %s, which clients refuse", name, c.SignatureAlgorithm),
				"ask the CA to issue it anew with SHA-256"})
		}
	}
	if err := checkOrder(where, chain); err != nil {
		faults = append(faults, err)
	}
	return faults
}

func weakSignature(a x509.SignatureAlgorithm) bool {
	return slices.Contains([]x509.SignatureAlgorithm{x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1, x509.MD5WithRSA, x509.MD2WithRSA}, a)
}

// checkOrder wants each certificate after one that it issued (RFC 5246 section 7.4.2; RFC 8446 section 4.4.2 says "should"). Two that issued the same
// one may stand side by side.
func checkOrder(where string, chain []*x509.Certificate) error {
	for i := 1; i < len(chain); i++ {
		c := chain[i]
		if slices.ContainsFunc(chain[:i], func(before *x509.Certificate) bool { return bytes.Equal(before.RawIssuer, c.RawSubject) }) {
			continue
		}
		hint := "put the relay's certificate first, then the one that issued it, and so on"
		if slices.ContainsFunc(chain[i+1:], func(after *x509.Certificate) bool { return bytes.Equal(after.RawIssuer, c.RawSubject) }) {
			return &fileError{where, fmt.Errorf("the chain is in the wrong order: certificate %d (%s) stands before one that it issued", i+1, c.Subject), hint}
		}
		return &fileError{where, fmt.Errorf("the chain is broken: certificate %d (%s) issued none of those before it", i+1, c.Subject),
			hint + "; leave out what does not belong to it"}
	}
	return nil
}

// checkServing returns the first fault of a pair that was read whole.
func checkServing(path string, chain [][]byte, now time.Time) error {
	var certs []*x509.Certificate
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			panic("BUG: a certificate that was parsed before: " + err.Error())
		}
		certs = append(certs, c)
	}
	if faults := ChainFaults(path, certs, now); len(faults) > 0 {
		return faults[0]
	}
	return nil
}

// TrustedBy says who takes a chain today: the root in roots that it leads to; roots nil are the system's. An error says why nobody does who
// was not told to.
func TrustedBy(chain []*x509.Certificate, roots *x509.CertPool) (string, error) {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	chains, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
	if err != nil {
		return "", err
	}
	found := chains[0]
	return found[len(found)-1].Subject.String(), nil
}

// IsSelfSigned reports whether a certificate was signed with its own key.
func IsSelfSigned(c *x509.Certificate) bool { return isSelfSigned(c) }

// NamesOf returns the host names and addresses of a certificate, the common name first where it is one of them.
func NamesOf(c *x509.Certificate) []string { return namesOf(c) }
