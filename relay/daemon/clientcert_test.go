package daemon

import (
	"bytes"
	"crypto/tls"
	"os"
	"path/filepath"
	"testing"
	"time"

	"logrelay/relay/config"
	"logrelay/relay/relaytest"
)

// A renewed certificate of ours goes to the next far end that asks, without a reload.
func TestOurCertificateIsReadAgain(t *testing.T) {
	t.Parallel()
	ca, dir := relaytest.NewCA(), t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	replace := func() tls.Certificate {
		c := ca.Issue("relay", time.Now().Add(time.Hour))
		cert, key := relaytest.CertPEM(c)
		for path, text := range map[string][]byte{certFile: cert, keyFile: key} {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	first := replace()
	c, err := newClientTLS(&config.ClientTLS{Strict: true, CertFile: config.File(certFile), KeyFile: config.File(keyFile)})
	if err != nil {
		t.Fatal(err)
	}
	shows := func(want tls.Certificate) {
		t.Helper()
		got, err := c.GetClientCertificate(nil)
		if err != nil || !bytes.Equal(got.Certificate[0], want.Certificate[0]) {
			t.Errorf("another certificate is shown: %v", err)
		}
	}
	shows(first)
	shows(replace())
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetClientCertificate(nil); err == nil {
		t.Error("a key that is gone does not show")
	}
}
