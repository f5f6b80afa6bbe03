package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The very command line of a guide, with the guide's file, gives the request that openssl makes of that file with "prompt = no" added: subject,
// names and key, as openssl reads them.
func TestCSRSameAsOpenSSL(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed: nothing to compare requests with")
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	const text = `[ req ]
default_bits       = 2048
distinguished_name = req_distinguished_name
req_extensions     = req_ext
[ req_distinguished_name ]
countryName            = US
stateOrProvinceName    = TX
localityName           = Plano
organizationName       = Example Inc
organizationalUnitName = Security
commonName             = relay.example.com
emailAddress           = ops@example.com
[ req_ext ]
subjectAltName = @alt_names
[ alt_names ]
DNS.1 = relay.example.com
DNS.2 = logs.example.com
IP.1  = 192.0.2.10
`
	for name, text := range map[string]string{"guide.cnf": text, "theirs.cnf": strings.Replace(text, "[ req ]", "[ req ]\nprompt = no", 1)} {
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	openssl := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("openssl", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	read := func(name string) string {
		t.Helper()
		text := openssl("req", "-verify", "-noout", "-text", "-in", path(name))
		if !strings.Contains(text, "verify OK") {
			t.Errorf("%s: %s", name, text)
		}
		return regexp.MustCompile(`(?s)Signature Value:.*`).ReplaceAllString(text, "")
	}
	var stdout, stderr bytes.Buffer
	line := []string{"logrelay", "csr", "-new", "rsa:2048", "-key", path("relay.key"), "-nodes", "-out", path("ours.csr"), "-config", path("guide.cnf")}
	if status := execute(line, &stdout, &stderr); status != exitDone {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	openssl("req", "-new", "-nodes", "-key", path("relay.key"), "-out", path("theirs.csr"), "-config", path("theirs.cnf"))
	if diff := cmp.Diff(read("theirs.csr"), read("ours.csr")); diff != "" {
		t.Errorf("(-openssl +ours)\n%s", diff)
	}
}
