package pki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func testCA(t testing.TB, name string, parent *tls.Certificate) *tls.Certificate {
	t.Helper()
	ca, _, _ := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}, parent)
	return ca
}

func TestChainFaults(t *testing.T) {
	t.Parallel()
	root := testCA(t, "root", nil)
	between := testCA(t, "between", root)
	crossed := testCA(t, "between", nil) // the same name by another CA
	other := testCA(t, "other", nil)
	leaf, _, _ := issue(t, named("a"), between)
	sha1, _, _ := issue(t, x509.Certificate{SignatureAlgorithm: x509.ECDSAWithSHA1}, root)
	ownSHA1, _, _ := issue(t, x509.Certificate{SignatureAlgorithm: x509.ECDSAWithSHA1}, nil)
	oldCA, _, _ := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: "between"}, NotAfter: time.Now().Add(-time.Minute)}, root)
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, root.Leaf, key.Public(), root.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		chain []*x509.Certificate
		want  []string
	}{
		{"alone", []*x509.Certificate{leaf.Leaf}, nil},
		{"whole", []*x509.Certificate{leaf.Leaf, between.Leaf, root.Leaf}, nil},
		{"crossed", []*x509.Certificate{leaf.Leaf, between.Leaf, crossed.Leaf, root.Leaf}, nil},
		{"order", []*x509.Certificate{leaf.Leaf, root.Leaf, between.Leaf}, []string{"wrong order: certificate 2 (CN=root) stands before one that it issued"}},
		{"stranger", []*x509.Certificate{leaf.Leaf, between.Leaf, other.Leaf}, []string{"broken: certificate 3 (CN=other) issued none of those before it"}},
		{"SHA-1", []*x509.Certificate{sha1.Leaf}, []string{"the certificate is signed with ECDSA-SHA1"}},
		{"SHA-1 of a root", []*x509.Certificate{ownSHA1.Leaf}, nil},
		{"weak", []*x509.Certificate{weak}, []string{"RSA key of 1024 bits"}},
		{"several", []*x509.Certificate{weak, oldCA.Leaf}, []string{"RSA key of 1024 bits", "certificate 2 (CN=between) expired at", "broken: certificate 2"}},
	} {
		faults := ChainFaults("f", tt.chain, time.Now())
		for i, err := range faults {
			if i >= len(tt.want) || !strings.Contains(err.Error(), tt.want[i]) || hintOf(err) == "" {
				t.Errorf("%s: fault %d: %v, hint %q; want %q", tt.name, i, err, hintOf(err), tt.want)
			}
		}
		if len(faults) != len(tt.want) {
			t.Errorf("%s: %d faults, want %d", tt.name, len(faults), len(tt.want))
		}
	}
}

// A pair that strict clients refuse does not take the place of one that works, and serves where there is no other.
func TestWeakPair(t *testing.T) {
	t.Parallel()
	root := testCA(t, "root", nil)
	_, good, goodKey := issue(t, named("good"), root)
	_, weak, weakKey := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: "weak"}, SignatureAlgorithm: x509.ECDSAWithSHA1}, root)
	certFile, keyFile := files(t, good, goodKey)
	o := Options{CertFile: certFile, KeyFile: keyFile, Dir: t.TempDir()}
	s := open(t, o)
	write(t, certFile, weak, 0o644)
	write(t, keyFile, weakKey, 0o640)
	if err := s.Reload(); err == nil || serves(t, s) != "good" {
		t.Errorf("Reload = %v, serves %s", err, serves(t, s))
	}
	if s := open(t, o); serves(t, s) != "good" || !s.Info().LastGood || !strings.Contains(s.Info().Problem, "ECDSA-SHA1") {
		t.Errorf("after a restart: serves %s, %+v", serves(t, s), s.Info())
	}
	o.Dir = t.TempDir()
	if s := open(t, o); serves(t, s) != "weak" || s.Info().LastGood || s.Info().Problem == "" {
		t.Errorf("with no other: serves %s, %+v", serves(t, s), s.Info())
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "armor")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := write(t, filepath.Join(dir, "key"), nil, 0o640)
	uid, gid, err := ownerOf(path)
	if err != nil {
		t.Fatal(err)
	}
	if faults := Unreadable(os.TempDir(), os.TempDir(), User{"stranger", uid + 4242, nil}); faults != nil {
		t.Skipf("others cannot look into the directory for temporary files: %v", faults)
	}
	owner, member, stranger := User{"owner", uid, nil}, User{"member", uid + 4242, []int{gid}}, User{"stranger", uid + 4242, nil}
	for _, tt := range []struct {
		name            string
		fileMode, above fs.FileMode
		u               User
		want            string
	}{
		{"owner", 0o600, 0o700, owner, ""},
		{"member", 0o640, 0o710, member, ""},
		{"everyone", 0o644, 0o711, stranger, ""},
		{"not a member", 0o640, 0o755, stranger, "the user stranger cannot read it: it belongs to "},
		{"the group may not", 0o604, 0o755, member, "the user member cannot read it"},
		{"closed directory", 0o644, 0o700, stranger, "the user stranger cannot enter " + dir + ": it belongs to "},
	} {
		if err := os.Chmod(path, tt.fileMode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, tt.above); err != nil {
			t.Fatal(err)
		}
		faults := Unreadable(filepath.Join(dir, "none"), path, tt.u)
		if (tt.want == "") != (faults == nil) || faults != nil && (!strings.Contains(faults[0].Error(), tt.want) || hintOf(faults[0]) == "") {
			t.Errorf("%s: %v; want %q", tt.name, faults, tt.want)
		}
	}
}

// What is root's is shared with the relay's group; what is another user's is copied, and so is what lies in a closed directory.
func TestForeignKey(t *testing.T) {
	t.Parallel()
	_, certPEM, keyPEM := issue(t, named("a"), nil)
	certFile, keyFile := files(t, certPEM, keyPEM)
	copied := "logrelay cert import --cert " + certFile + " --key " + keyFile
	want := copied
	if os.Geteuid() == 0 {
		want = "chgrp " + groupName(os.Getegid()) + " " + keyFile + " && chmod 0640 " + keyFile
	}
	if err := foreignKey(certFile, keyFile); !strings.Contains(err.Error(), "permission denied: it belongs to ") || !strings.Contains(hintOf(err), want) {
		t.Errorf("%v, hint %q", err, hintOf(err))
	}
	if hint := readHint(certFile, keyFile, filepath.Dir(keyFile), "logrelay"); !strings.Contains(hint, copied) {
		t.Errorf("in a closed directory: %q", hint)
	}
	if os.Geteuid() != 0 {
		return
	}
	if err := os.Chown(keyFile, 4242, 4242); err != nil {
		t.Fatal(err)
	}
	if err := foreignKey(certFile, keyFile); !strings.Contains(err.Error(), "it belongs to 4242:4242") || !strings.Contains(hintOf(err), copied) {
		t.Errorf("%v, hint %q", err, hintOf(err))
	}
}

func TestImportAndRenew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	first := s.Info()
	if err := Renew(dir, []string{"new.example.com"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	if i := s.Info(); i.SHA256 == first.SHA256 || i.PinSHA256 != first.PinSHA256 || !slices.Contains(i.Names, "new.example.com") {
		t.Errorf("after Renew: %+v", i)
	}
	root := testCA(t, "root", nil)
	_, certPEM, keyPEM := issue(t, named("a"), root)
	certFile, keyFile := files(t, certPEM, keyPEM)
	renewed, err := os.ReadFile(first.CertFile)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second time changes nothing
		if err := Import(ImportOptions{CertFile: certFile, KeyFile: keyFile, Dir: dir}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Reload(); err != nil || serves(t, s) != "a" {
		t.Errorf("after Import: %v, serves %s", err, serves(t, s))
	}
	if old, err := os.ReadFile(first.CertFile + ".old"); err != nil || string(old) != string(renewed) {
		t.Errorf("the pair before it was not kept: %v", err)
	}
	for name, want := range map[string]fs.FileMode{"logrelay.key": 0o640, "logrelay.pem": 0o644, "logrelay.key.old": 0o640} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, mode %v, want %v", name, err, info.Mode(), want)
		}
	}
	if err := Renew(dir, nil); err == nil || !strings.Contains(err.Error(), "not the relay's own") || hintOf(err) == "" {
		t.Errorf("Renew of a CA's certificate = %v, hint %q", err, hintOf(err))
	}
}

// A CA that renews the certificate between may leave the relay's own as it is.
func TestReloadTakesANewChain(t *testing.T) {
	t.Parallel()
	root := testCA(t, "root", nil)
	between := testCA(t, "between", root)
	renewed := testCA(t, "between", root)
	leaf, leafPEM, keyPEM := issue(t, named("a"), between)
	certFile, keyFile := files(t, append(slices.Clone(leafPEM), encodeChain([]*x509.Certificate{between.Leaf})...), keyPEM)
	s := open(t, Options{CertFile: certFile, KeyFile: keyFile})
	write(t, certFile, encodeChain([]*x509.Certificate{leaf.Leaf, renewed.Leaf}), 0o644)
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	if c, err := s.GetCertificate(nil); err != nil || string(c.Certificate[1]) != string(renewed.Leaf.Raw) {
		t.Errorf("the old chain serves: %v", err)
	}
}
