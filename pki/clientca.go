package pki

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// LoadClientCA reads the CA certificates (PEM) that senders' certificates have to come from. Its errors have a method Hint.
func LoadClientCA(path string) (*x509.CertPool, error) {
	text, err := readPEM(path)
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
