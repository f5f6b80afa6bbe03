package pki

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

// lastGoodName is the file with the certificates and the key of the last pair that was good.
const lastGoodName = "last-good.pem"

func (s *Store) lastGoodFile() string { return filepath.Join(s.o.Dir, lastGoodName) }

func (s *Store) saveLastGood(cert *tls.Certificate) error {
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return fmt.Errorf("writing the key: %w", err)
	}
	var text bytes.Buffer
	for _, c := range cert.Certificate {
		_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: c})
	}
	_ = pem.Encode(&text, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if old, err := os.ReadFile(s.lastGoodFile()); err == nil && bytes.Equal(old, text.Bytes()) {
		return nil
	}
	return writeFile(s.lastGoodFile(), text.Bytes(), 0o600)
}

// loadLastGood returns the last pair that was good, whatever its dates say now, or nil.
func (s *Store) loadLastGood() *tls.Certificate {
	cert, err := loadPair(s.lastGoodFile(), s.lastGoodFile())
	if err != nil {
		return nil
	}
	return cert
}
