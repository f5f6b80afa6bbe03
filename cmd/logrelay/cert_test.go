package main

import (
	"bytes"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"logrelay/relay/relaytest"
)

// Root is told what the service's user cannot read, though root can.
func TestCertShowSeesAsTheService(t *testing.T) {
	t.Parallel()
	nobody, err := user.Lookup("nobody")
	if err != nil || os.Geteuid() != 0 {
		t.Skipf("needs root and the user nobody: %v", err)
	}
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key := relaytest.CertPEM(relaytest.NewCA().Issue("relay", time.Now().Add(time.Hour), "relay"))
	for name, text := range map[string][]byte{
		"relay.pem": cert, "relay.key": key,
		"logrelay.yaml": []byte("state_dir: state\ntls: {cert_file: relay.pem, key_file: relay.key}\ninputs: {web: {type: https, auth: none}}\noutputs: {out: {type: stdout, schema: raw}}\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	show := func() (int, string) {
		var out bytes.Buffer
		status := execute([]string{"logrelay", "cert", "show", "--config", filepath.Join(dir, "logrelay.yaml")}, &out, &out)
		return status, out.String()
	}
	if status, text := show(); status != exitDone { // root's own relay
		t.Errorf("status %d:\n%s", status, text)
	}
	if err := os.Chown(filepath.Join(dir, "state"), uid, -1); err != nil {
		t.Fatal(err)
	}
	status, text := show()
	if status != exitUnhealthy || !strings.Contains(text, "relay.key: the user nobody cannot ") || !strings.Contains(text, "logrelay cert import") {
		t.Errorf("status %d:\n%s", status, text)
	}
}
