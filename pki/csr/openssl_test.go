package csr

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func openssl(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// signature is what differs from one request to the next.
var signature = regexp.MustCompile(`(?s)    Signature Algorithm:.*`)

// asRead is what openssl says about a request, but for the bytes of the signature.
func asRead(t testing.TB, file string) string {
	t.Helper()
	text := openssl(t, "req", "-verify", "-noout", "-text", "-in", file)
	if !strings.Contains(text, "verify OK") {
		t.Errorf("openssl does not verify %s: %s", file, text)
	}
	return signature.ReplaceAllString(text, "")
}

// Requests are what openssl makes of the same file with "prompt = no", as openssl itself reads them: subject, names, other extensions and key.
func TestSameAsOpenSSL(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed: nothing to compare requests with")
	}
	files := map[string]string{
		"guide": guide,
		"extensions": `[req]
distinguished_name = dn
req_extensions = ext
[dn]
C = US
0.OU = one
1.OU = two
CN = a.example.com
+UID = both in one place
emailAddress = ops@example.com
DC = example
serialNumber = 12 34
[ext]
keyUsage = critical, digitalSignature, keyEncipherment, decipherOnly
extendedKeyUsage = serverAuth, clientAuth
basicConstraints = CA:FALSE
subjectAltName = DNS:a.example.com, IP:192.0.2.1, email:ops@example.com, URI:https://example.com/x, DNS:192.0.2.9
`,
		"no extensions": "[req]\ndistinguished_name = dn\n[dn]\nO = a 'b' \\\n c\\#d # e\nCN = $O\n",
	}
	keys := map[string][]string{
		"rsa":     {"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"},
		"ec":      {"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"},
		"ed25519": {"genpkey", "-algorithm", "ED25519"},
	}
	dir := t.TempDir()
	for kind, args := range keys {
		keyFile := filepath.Join(dir, kind+".key")
		openssl(t, append(args, "-out", keyFile)...)
		for name, text := range files {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				base := filepath.Join(t.TempDir(), "x")
				if err := os.WriteFile(base+".cnf", []byte(strings.Replace(text, "[ req ]", "[req]", 1)), 0o600); err != nil {
					t.Fatal(err)
				}
				theirs := strings.Replace(strings.Replace(text, "[ req ]", "[req]", 1), "[req]", "[req]\nprompt = no", 1)
				if err := os.WriteFile(base+".theirs", []byte(theirs), 0o600); err != nil {
					t.Fatal(err)
				}
				openssl(t, "req", "-new", "-nodes", "-key", keyFile, "-config", base+".theirs", "-out", base+".theirs.csr")
				der, err := request(t, config(t, text)).Create(readKey(t, keyFile))
				if err != nil {
					t.Fatal(err)
				}
				ours := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
				if err := os.WriteFile(base+".csr", ours, 0o600); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(asRead(t, base+".theirs.csr"), asRead(t, base+".csr")); diff != "" {
					t.Errorf("(-openssl +ours)\n%s", diff)
				}
				if theirs, ours := subjectBytes(t, base+".theirs.csr"), subjectBytes(t, base+".csr"); theirs != ours {
					t.Errorf("the subject is encoded as\n%x, by openssl as\n%x", ours, theirs)
				}
			})
		}
	}
}

func readKey(t testing.TB, file string) crypto.Signer {
	t.Helper()
	key, err := x509.ParsePKCS8PrivateKey(readBlock(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return key.(crypto.Signer)
}

func readBlock(t testing.TB, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("no PEM in %s", file)
	}
	return block.Bytes
}

func subjectBytes(t testing.TB, file string) string {
	t.Helper()
	r, err := x509.ParseCertificateRequest(readBlock(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(r.RawSubject)
}
