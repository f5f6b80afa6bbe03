package relaytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// CA is a certificate authority in memory. Safe for concurrent use.
type CA struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewCA makes a CA.
func NewCA() *CA {
	key := newKey()
	t := template("relaytest CA", time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour))
	t.IsCA, t.BasicConstraintsValid = true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	check(err)
	cert, err := x509.ParseCertificate(der)
	check(err)
	return &CA{cert, key}
}

// Pool returns a pool that holds the CA alone.
func (ca *CA) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(ca.cert)
	return p
}

// PEM returns the CA's certificate.
func (ca *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw})
}

// Server returns a good certificate for 127.0.0.1, ::1 and localhost.
func (ca *CA) Server() tls.Certificate {
	return ca.Issue("localhost", time.Now().Add(12*time.Hour), "127.0.0.1", "::1", "localhost")
}

// WrongHost returns a certificate for another host.
func (ca *CA) WrongHost() tls.Certificate {
	return ca.Issue("other.example", time.Now().Add(12*time.Hour), "other.example")
}

// Expired returns a certificate for localhost that ended an hour ago.
func (ca *CA) Expired() tls.Certificate {
	return ca.Issue("localhost", time.Now().Add(-time.Hour), "127.0.0.1", "::1", "localhost")
}

// Client returns a client certificate with the common name.
func (ca *CA) Client(name string) tls.Certificate {
	return ca.Issue(name, time.Now().Add(12*time.Hour))
}

// Issue makes a leaf for the hosts, names or addresses, that ends at the given time. It is good for servers and clients.
func (ca *CA) Issue(name string, end time.Time, hosts ...string) tls.Certificate {
	key := newKey()
	t := template(name, end.Add(-24*time.Hour), end)
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, ca.cert, &key.PublicKey, ca.key)
	check(err)
	leaf, err := x509.ParseCertificate(der)
	check(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// CertPEM returns a certificate and its key (PKCS#8) as PEM.
func CertPEM(c tls.Certificate) (cert, key []byte) {
	for _, der := range c.Certificate {
		cert = append(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	check(err)
	return cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func template(name string, start, end time.Time) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	check(err)
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: start, NotAfter: end}
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	return key
}

func check(err error) {
	if err != nil {
		panic(fmt.Sprintf("BUG: making a test certificate: %v", err))
	}
}
