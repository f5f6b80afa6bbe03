package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"logrelay/pki"
)

// authority issues certificates for scripts.
type authority struct {
	ts   *testscript.TestScript
	cert *x509.Certificate
	key  crypto.Signer
}

func newAuthority(ts *testscript.TestScript, name string, parent *authority) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	a := &authority{ts: ts, key: key}
	if parent == nil {
		parent = a
	}
	a.cert = parent.issue(key.Public(), x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

func (a *authority) issue(public crypto.PublicKey, template x509.Certificate) *x509.Certificate {
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.BasicConstraintsValid = true
	if template.NotBefore.IsZero() {
		template.NotBefore = time.Now().Add(-48 * time.Hour)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(90*24*time.Hour + time.Minute)
	}
	above := a.cert
	if above == nil {
		above = &template
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, above, public, a.key)
	a.ts.Check(err)
	c, err := x509.ParseCertificate(der)
	a.ts.Check(err)
	return c
}

// makeCerts writes certificates for relay.example.com, localhost and 127.0.0.1 into the script's directory:
//
//	ca.pem                      the root
//	good.pem, good.key          issued by the root
//	long.pem, between.pem       issued by a CA between, and that one's, with long.key
//	disorder.pem                the same and the root, in the wrong order, with long.key
//	expired.pem, early.pem, sha1.pem   with good.key
//	weak.pem, weak.key          RSA of 1024 bits
//	encrypted.key
//	own/tls                     what a relay with the state directory "own" makes at its first start
func makeCerts(ts *testscript.TestScript, _ bool, _ []string) {
	root := newAuthority(ts, "Example Root", nil)
	*ts.Value(rootKey{}).(*authority) = *root
	between := newAuthority(ts, "Example Between", root)
	write := func(file string, certs ...*x509.Certificate) {
		var text bytes.Buffer
		for _, c := range certs {
			ts.Check(pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
		}
		ts.Check(os.WriteFile(ts.MkAbs(file), text.Bytes(), 0o600))
	}
	writeKey := func(file string, key crypto.Signer) {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(file), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	}
	newKey := func(file string) crypto.Signer {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		ts.Check(err)
		writeKey(file, key)
		return key
	}
	leaf := func() x509.Certificate {
		return x509.Certificate{
			Subject: pkix.Name{CommonName: "relay.example.com"}, DNSNames: []string{"relay.example.com", "localhost"},
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
	}
	good, long := newKey("good.key"), newKey("long.key")
	write("ca.pem", root.cert)
	write("good.pem", root.issue(good.Public(), leaf()))
	viaBetween := between.issue(long.Public(), leaf())
	write("long.pem", viaBetween)
	write("between.pem", between.cert)
	write("disorder.pem", viaBetween, root.cert, between.cert)
	old := leaf()
	old.NotAfter = time.Now().Add(-time.Hour)
	write("expired.pem", root.issue(good.Public(), old))
	early := leaf()
	early.NotBefore = time.Now().Add(time.Hour)
	write("early.pem", root.issue(good.Public(), early))
	sha1 := leaf()
	sha1.SignatureAlgorithm = x509.ECDSAWithSHA1
	write("sha1.pem", root.issue(good.Public(), sha1))
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	ts.Check(err)
	writeKey("weak.key", weak)
	write("weak.pem", root.issue(weak.Public(), leaf()))
	_, err = pki.Open(pki.Options{Dir: ts.MkAbs("own/tls")})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("encrypted.key"), pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}), 0o600))
}

// signRequest issues a certificate of the CA of certs for a request.
func signRequest(ts *testscript.TestScript, _ bool, args []string) {
	root := ts.Value(rootKey{}).(*authority)
	block, _ := pem.Decode([]byte(ts.ReadFile(args[0])))
	request, err := x509.ParseCertificateRequest(block.Bytes)
	ts.Check(err)
	ts.Check(request.CheckSignature())
	root.ts = ts
	c := root.issue(request.PublicKey, x509.Certificate{Subject: request.Subject, DNSNames: request.DNSNames, IPAddresses: request.IPAddresses})
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600))
}

// rootKey is where a script keeps the CA of certs.
type rootKey struct{}

// tlsEnd serves handshakes with a pair of the script until the script ends.
func tlsEnd(ts *testscript.TestScript, _ bool, args []string) {
	pair, err := tls.LoadX509KeyPair(ts.MkAbs(args[0]), ts.MkAbs(args[1]))
	ts.Check(err)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	ts.Check(err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).Handshake() // the client says what was wrong
			_ = conn.Close()
		}
	}()
	ts.Defer(func() {
		_ = l.Close()
		<-done
	})
	ts.Setenv("TLSEND", l.Addr().String())
}
