package pki

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// issue returns a certificate and key as PEM. What is nil or zero in the template gets a value; a nil parent signs itself.
func issue(t testing.TB, template x509.Certificate, parent *tls.Certificate) (cert *tls.Certificate, certPEM, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	if template.Subject.CommonName == "" {
		template.Subject = pkix.Name{CommonName: "relay.example.com"}
	}
	if template.NotBefore.IsZero() {
		template.NotBefore = time.Now().Add(-time.Hour)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(90 * 24 * time.Hour)
	}
	template.BasicConstraintsValid = true
	signer, above := crypto.Signer(key), &template
	if parent != nil {
		signer, above = parent.PrivateKey.(crypto.Signer), parent.Leaf
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, above, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func named(name string) x509.Certificate {
	return x509.Certificate{Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}}
}

func write(t testing.TB, path string, text []byte, mode fs.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, text, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// files writes a pair into a new directory.
func files(t testing.TB, certPEM, keyPEM []byte) (certFile, keyFile string) {
	t.Helper()
	dir := t.TempDir()
	return write(t, filepath.Join(dir, "cert.pem"), certPEM, 0o644), write(t, filepath.Join(dir, "key.pem"), keyPEM, 0o640)
}

func open(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s, err := Open(o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

// serves returns the common name that a client of the store meets.
func serves(t testing.TB, s *Store) string {
	t.Helper()
	c, err := s.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Leaf.Subject.CommonName
}

func TestSelfSigned(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tls")
	o := Options{Dir: t.TempDir(), SelfSignedDir: dir, Hostnames: []string{"relay.example.com", "192.0.2.9"}}
	s := open(t, o)
	i := s.Info()
	for _, name := range []string{"relay.example.com", "192.0.2.9", "localhost", "127.0.0.1", "::1"} {
		if !slices.Contains(i.Names, name) {
			t.Errorf("the certificate lacks %s: %v", name, i.Names)
		}
	}
	if !i.SelfSigned || i.DaysLeft != 824 || i.Problem != "" || i.CertFile != filepath.Join(dir, "logrelay.pem") {
		t.Errorf("Info = %+v", i)
	}
	for name, want := range map[string]fs.FileMode{"logrelay.key": 0o640, "logrelay.pem": 0o644} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, mode %v, want %v", name, err, info.Mode(), want)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "logrelay.key"))
	if err != nil || !strings.HasPrefix(string(text), "-----BEGIN PRIVATE KEY-----") {
		t.Errorf("the key is not PKCS#8: %v", err)
	}

	// A start under another name keeps what devices have pinned; a lost certificate is made anew with the same key.
	o.Hostnames = []string{"other.example.com"}
	if again := open(t, o).Info(); again.SHA256 != i.SHA256 {
		t.Error("the certificate changed with the names of the host")
	}
	if err := os.Remove(i.CertFile); err != nil {
		t.Fatal(err)
	}
	if again := open(t, o).Info(); again.SHA256 == i.SHA256 || again.PinSHA256 != i.PinSHA256 {
		t.Errorf("after the loss of the certificate: certificate new %v, key the same %v; want both true", again.SHA256 != i.SHA256, again.PinSHA256 == i.PinSHA256)
	}
}

func TestForeignFilesStay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, certPEM, _ := issue(t, named("a"), nil)
	path := write(t, filepath.Join(dir, "logrelay.pem"), certPEM, 0o644)
	if _, err := Open(Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "logrelay.key: no such file") {
		t.Errorf("Open = %v, want the missing key", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != string(certPEM) {
		t.Errorf("the certificate was replaced: %v", err)
	}
}

// A handshake with the relay's own certificate works for a client that has it as its CA.
func TestHandshake(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Hostnames: []string{"relay.example.com"}})
	c, err := s.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(c.Leaf)
	server := ServerConfig(ServerOptions{GetCertificate: s.GetCertificate, NextProtos: []string{"h2"}})
	state, err := handshake(t, server, &tls.Config{RootCAs: roots, ServerName: "relay.example.com", NextProtos: []string{"h2"}})
	if err != nil || state.NegotiatedProtocol != "h2" {
		t.Errorf("handshake: %v, protocol %q", err, state.NegotiatedProtocol)
	}
	if _, err := handshake(t, server, &tls.Config{RootCAs: roots, ServerName: "relay.example.com", MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
}

func TestLoadPair(t *testing.T) {
	t.Parallel()
	ca, caPEM, _ := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: "ca"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	leaf, certPEM, keyPEM := issue(t, named("a"), ca)
	_, _, otherKey := issue(t, named("a"), ca)
	_, expired, expiredKey := issue(t, x509.Certificate{NotAfter: time.Now().Add(-time.Minute)}, nil)
	_, early, earlyKey := issue(t, x509.Certificate{NotBefore: time.Now().Add(time.Hour)}, nil)
	sec1, err := x509.MarshalECPrivateKey(leaf.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaCert, err := x509.CreateCertificate(rand.Reader, ca.Leaf, ca.Leaf, rsaKey.Public(), ca.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	block := func(typ string, der []byte, headers map[string]string) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der, Headers: headers})
	}
	for _, tt := range []struct {
		name      string
		cert, key []byte
		mode      fs.FileMode
		want      string // "" is good
		hint      string
	}{
		{"PKCS#8", certPEM, keyPEM, 0o640, "", ""},
		{"SEC1 with parameters", certPEM, slices.Concat(block("EC PARAMETERS", []byte{6, 0}, nil), block("EC PRIVATE KEY", sec1, nil)), 0o600, "", ""},
		{"PKCS#1", block("CERTIFICATE", rsaCert, nil), block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), nil), 0o600, "", ""},
		{"chain", slices.Concat(certPEM, caPEM), keyPEM, 0o640, "", ""},
		{"both in one", slices.Concat(keyPEM, certPEM), slices.Concat(certPEM, keyPEM), 0o640, "", ""},
		{"chain the wrong way round", slices.Concat(caPEM, certPEM), keyPEM, 0o640, "the certificate of the key stands at place 2", "put it first"},
		{"mismatch", certPEM, otherKey, 0o640, "the certificate (CN=a) does not belong to the key in", "requested with"},
		{"expired", expired, expiredKey, 0o640, "the certificate expired at", "renew it"},
		{"not yet", early, earlyKey, 0o640, "the certificate is good from", "clock"},
		{"encrypted PKCS#8", certPEM, block("ENCRYPTED PRIVATE KEY", []byte{1}, nil), 0o640, "the key is encrypted", "openssl pkey"},
		{"encrypted PKCS#1", certPEM, block("RSA PRIVATE KEY", []byte{1}, map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}), 0o640, "the key is encrypted", "openssl pkey"},
		{"damaged key", certPEM, block("PRIVATE KEY", []byte{1}, nil), 0o640, "reading the key", "export it again"},
		{"damaged certificate", block("CERTIFICATE", []byte{1}, nil), keyPEM, 0o640, "certificate 1: ", "export it again"},
		{"DER", leaf.Leaf.Raw, keyPEM, 0o640, "DER and not PEM", "-inform der"},
		{"a request", block("CERTIFICATE REQUEST", []byte{1}, nil), keyPEM, 0o640, "a request and not a certificate", "send the request"},
		{"PKCS#7", block("PKCS7", []byte{1}, nil), keyPEM, 0o640, "PKCS#7", "openssl pkcs7"},
		{"PKCS#12", []byte("\x30\x82\x01\x00\x02\x01\x03\x30\x82"), keyPEM, 0o640, "PKCS#12 and not PEM", "openssl pkcs12"},
		{"empty", nil, nil, 0o640, "no certificate in this file", "BEGIN CERTIFICATE"},
		{"no key", certPEM, certPEM, 0o640, "no private key in this file", "BEGIN PRIVATE KEY"},
		{"open key", certPEM, keyPEM, 0o644, "everyone can read this key (mode 0644)", "chmod o-rwx"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			certFile, keyFile := files(t, tt.cert, tt.key)
			if err := os.Chmod(keyFile, tt.mode); err != nil {
				t.Fatal(err)
			}
			err := CheckPair(certFile, keyFile)
			if tt.want == "" {
				if err != nil {
					t.Errorf("CheckPair = %v, want nil", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(hintOf(err), tt.hint) {
				t.Errorf("CheckPair = %v, hint %q; want %q, hint %q", err, hintOf(err), tt.want, tt.hint)
			}
		})
	}
	if err := CheckPair("/nowhere/cert", "/nowhere/key"); err == nil || err.Error() != "/nowhere/cert: no such file or directory" || hintOf(err) == "" {
		t.Errorf("CheckPair of no files = %v, hint %q", err, hintOf(err))
	}
}

func TestBadPairIsRefusedAndLastGoodServesAfterRestart(t *testing.T) {
	t.Parallel()
	_, cert1, key1 := issue(t, named("one"), nil)
	_, cert2, key2 := issue(t, named("two"), nil)
	certFile, keyFile := files(t, cert1, key1)
	o := Options{CertFile: certFile, KeyFile: keyFile, Dir: t.TempDir()}
	s := open(t, o)

	write(t, certFile, cert2, 0o644) // without its key
	if err := s.Reload(); err == nil || serves(t, s) != "one" {
		t.Errorf("Reload of a bad pair = %v, serves %s", err, serves(t, s))
	}
	if i := s.Info(); !strings.Contains(i.Problem, "does not belong to the key") || i.Hint == "" || i.LastGood {
		t.Errorf("Info = %+v", i)
	}
	again := open(t, o)
	if i := again.Info(); serves(t, again) != "one" || !i.LastGood || i.Problem == "" {
		t.Errorf("after a restart: serves %s, Info %+v", serves(t, again), i)
	}
	write(t, keyFile, key2, 0o640)
	if err := again.Reload(); err != nil || serves(t, again) != "two" || again.Info().Problem != "" || again.Info().LastGood {
		t.Errorf("Reload of a good pair = %v, serves %s, Info %+v", err, serves(t, again), again.Info())
	}
	if info, err := os.Stat(filepath.Join(o.Dir, "last-good.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy of the last good pair: %v, mode %v", err, info.Mode())
	}
}

func TestExpiredPairServesWhenThereIsNoOther(t *testing.T) {
	t.Parallel()
	_, old, oldKey := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: "old"}, NotAfter: time.Now().Add(-time.Hour)}, nil)
	certFile, keyFile := files(t, old, oldKey)
	s := open(t, Options{CertFile: certFile, KeyFile: keyFile})
	if i := s.Info(); serves(t, s) != "old" || i.LastGood || i.DaysLeft != -1 || !strings.Contains(i.Problem, "expired") {
		t.Errorf("serves %s, Info %+v", serves(t, s), i)
	}
	// A pair that served before and still holds is better.
	dir := t.TempDir()
	open(t, Options{Dir: dir, Hostnames: []string{"x"}})
	if s := open(t, Options{CertFile: certFile, KeyFile: keyFile, Dir: dir}); serves(t, s) == "old" || !s.Info().LastGood {
		t.Errorf("serves %s, want the self-signed one from before", serves(t, s))
	}
}

// A named pair that never worked does not keep the relay from taking records in.
func TestOpenWithoutANamedPair(t *testing.T) {
	t.Parallel()
	o := Options{CertFile: "/nowhere/c", KeyFile: "/nowhere/k", Dir: t.TempDir()}
	for range 2 {
		i := open(t, o).Info()
		if !i.SelfSigned || i.LastGood || i.CertFile != "/nowhere/c" || i.Problem != "/nowhere/c: no such file or directory" || i.Hint == "" {
			t.Errorf("Info = %+v; want a self-signed certificate and the problem", i)
		}
	}
	_, certPEM, _ := issue(t, named("a"), nil)
	o.Dir = t.TempDir()
	write(t, filepath.Join(o.Dir, "logrelay.pem"), certPEM, 0o644) // somebody's, without its key
	if _, err := Open(o); err == nil || hintOf(err) == "" {
		t.Errorf("Open = %v, hint %q; want an error with a hint", err, hintOf(err))
	}
}

func TestHasImported(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir()}
	if o.HasImported() {
		t.Error("before the first start")
	}
	open(t, o)
	if o.HasImported() {
		t.Error("the relay's own counts as imported")
	}
	_, certPEM, keyPEM := issue(t, named("a"), nil)
	certFile, keyFile := files(t, certPEM, keyPEM)
	if err := Import(ImportOptions{CertFile: certFile, KeyFile: keyFile, Dir: o.Dir}); err != nil {
		t.Fatal(err)
	}
	if !o.HasImported() {
		t.Error("an imported pair is not seen")
	}
}

func TestSwitch(t *testing.T) {
	t.Parallel()
	_, cert1, key1 := issue(t, named("one"), nil)
	certFile, keyFile := files(t, cert1, key1)
	s := open(t, Options{})
	own := serves(t, s)
	if err := s.Switch("/nowhere/c", keyFile); err == nil || serves(t, s) != own || s.Info().Problem != "" {
		t.Errorf("Switch to a bad pair = %v, serves %s, problem %q", err, serves(t, s), s.Info().Problem)
	}
	if err := s.Switch(certFile, keyFile); err != nil || serves(t, s) != "one" {
		t.Errorf("Switch = %v, serves %s", err, serves(t, s))
	}
	if err := s.Switch("", ""); err != nil || serves(t, s) != own {
		t.Errorf("Switch back = %v, serves %s", err, serves(t, s))
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		// As a mounted secret: names are links to links that are swapped.
		_, cert1, key1 := issue(t, named("one"), nil)
		_, cert2, key2 := issue(t, named("two"), nil)
		for dir, pair := range map[string][2][]byte{"v1": {cert1, key1}, "v2": {cert2, key2}} {
			if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(root, dir, "cert"), pair[0], 0o644)
			write(t, filepath.Join(root, dir, "key"), pair[1], 0o640)
		}
		link := func(to string) {
			if err := os.Symlink(to, filepath.Join(root, "new")); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(root, "new"), filepath.Join(root, "data")); err != nil {
				t.Fatal(err)
			}
		}
		link("v1")
		s, err := Open(Options{CertFile: filepath.Join(root, "data/cert"), KeyFile: filepath.Join(root, "data/key"), Dir: root})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Watch(ctx) }()

		expect := func(when, name string, bad bool) {
			t.Helper()
			time.Sleep(3 * watchInterval)
			synctest.Wait()
			if serves(t, s) != name || (s.Info().Problem != "") != bad {
				t.Errorf("%s: serves %s, problem %q", when, serves(t, s), s.Info().Problem)
			}
		}
		link("v2")
		expect("after the swap", "two", false)
		write(t, filepath.Join(root, "v2/cert"), cert1, 0o644)
		expect("after half a change", "two", true)
		write(t, filepath.Join(root, "v2/key"), key1, 0o640)
		expect("after the other half", "one", false)
		if err := os.Remove(filepath.Join(root, "v2/key")); err != nil {
			t.Fatal(err)
		}
		expect("after the key was removed", "one", true)
		stop()
		<-done
	})
}

func TestSelfSignedIsRenewedWithItsKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		first := s.Info()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Watch(ctx) }()
		// Two looks at the files, more than two years later: sleeping through every look between would take the test too long.
		stop()
		<-done
		time.Sleep(validity - renewBefore/2)
		ctx, stop = context.WithCancel(t.Context())
		done = make(chan struct{})
		go func() { defer close(done); s.Watch(ctx) }()
		time.Sleep(2 * watchInterval)
		synctest.Wait()
		stop()
		<-done
		if i := s.Info(); i.SHA256 == first.SHA256 || i.PinSHA256 != first.PinSHA256 || i.DaysLeft < 800 || !slices.Equal(i.Names, first.Names) {
			t.Errorf("first %+v, then %+v", first, i)
		}
	})
}
