package daemon

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"logrelay/relay/config"
)

// authority makes a CA (PEM) and a client certificate of it.
func authority(t *testing.T, name string) ([]byte, tls.Certificate) {
	t.Helper()
	sign := func(template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) []byte {
		t.Helper()
		template.Subject = pkix.Name{CommonName: name}
		template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(1), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	var keys [2]*ecdsa.PrivateKey
	for i := range keys {
		var err error
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	ca := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	root := sign(ca, ca, keys[0], keys[0])
	leaf := sign(&x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, ca, keys[1], keys[0])
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}), tls.Certificate{Certificate: [][]byte{leaf}, PrivateKey: keys[1]}
}

// TestReloadReadsCAsAgain: the name of a file is the same and what is in it is not. Who was let in by what is no longer in it is put out.
func TestReloadReadsCAsAgain(t *testing.T) {
	t.Parallel()
	oldCA, oldClient := authority(t, "old")
	newCA, newClient := authority(t, "new")
	file := filepath.Join(t.TempDir(), "ca.pem")
	write := func(pem []byte) {
		t.Helper()
		if err := os.WriteFile(file, pem, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(oldCA)
	s := newSite(t, func(s *site) {
		in := s.syslogInput("127.0.0.1:0")
		in.Transport, in.ClientCAFile = "tls", config.File(file)
		s.cfg.Inputs["in"] = in
		out := s.output()
		out.TLS.CAFile = config.File(file)
		s.cfg.Outputs["siem"] = out
	})
	open := func(client tls.Certificate) (*tls.Conn, error) {
		c, err := tls.Dial("tcp", s.address(t, "in"), &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{client}})
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { c.Close() })
		_, err = fmt.Fprintf(c, "<13>1 - h a - - - x\n")
		return c, err
	}
	// ended waits until the relay ends the connection, in order or by refusing the certificate.
	ended := func(c *tls.Conn) error {
		c.SetReadDeadline(time.Now().Add(patience))
		_, err := c.Read(make([]byte, 1))
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	before, err := open(oldClient)
	if err != nil {
		t.Fatal(err)
	}
	s.arrived(t, 1)
	in, out := s.inputs["in"], s.outputs["siem"]
	if err := s.reload(t); err != nil {
		t.Fatal(err)
	}
	if s.inputs["in"] != in || s.outputs["siem"] != out {
		t.Error("nothing has changed, and the input or the output is a new one")
	}
	write(newCA)
	if err := s.reload(t); err != nil {
		t.Fatal(err)
	}
	if s.outputs["siem"] == out {
		t.Error("the output has the old CA")
	}
	if err := ended(before); err != nil {
		t.Errorf("the connection of before: %v", err)
	}
	if c, err := open(oldClient); err == nil && ended(c) == nil {
		t.Error("the old CA is still trusted")
	}
	if _, err := open(newClient); err != nil {
		t.Errorf("the new CA: %v", err)
	}
	s.arrived(t, 2)
}
