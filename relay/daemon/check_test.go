package daemon

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"logrelay/relay/config"
	"logrelay/relay/relaytest"
)

// What root can read and the service cannot is a fault, also when root asks.
func TestCheckPairAsRoot(t *testing.T) {
	t.Parallel()
	service, err := user.Lookup("nobody")
	if os.Geteuid() != 0 || err != nil {
		t.Skipf("needs root, and a user nobody: %v", err)
	}
	uid, err := strconv.Atoi(service.Uid)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c := config.Default()
	state := filepath.Join(dir, "state")
	c.StateDir, c.TLS.CertFile, c.TLS.KeyFile = config.Path(state), config.Path(filepath.Join(dir, "relay.pem")), config.Path(filepath.Join(dir, "relay.key"))
	cert, key := relaytest.CertPEM(relaytest.NewCA().Server())
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(state, uid, -1); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[config.Path][]byte{c.TLS.CertFile: cert, c.TLS.KeyFile: key} {
		if err := os.WriteFile(string(file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(string(c.TLS.CertFile), 0o644); err != nil {
		t.Fatal(err)
	}
	r := checkPair(c, false)
	if r.Result != CheckFailed || !strings.Contains(r.Detail, "relay.key: the user nobody cannot read it: it belongs to root:") || !strings.Contains(r.Hint, "chgrp ") {
		t.Errorf("%+v", r)
	}
	if r := checkPair(c, true); r.Result != CheckWarning {
		t.Errorf("--config-only: %+v", r)
	}
	if err := os.Chown(string(c.TLS.KeyFile), uid, -1); err != nil {
		t.Fatal(err)
	}
	if r := checkPair(c, false); r.Result != CheckOK {
		t.Errorf("the service's own key: %+v", r)
	}
}
