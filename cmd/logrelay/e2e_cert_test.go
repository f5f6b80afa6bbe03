package main

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"
	"testing"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// TestCertificateOverride is a certificate's life as the administrator of a host plays it: named by an override variable, a restart with a bad
// pair, its repair, and renewal by a link that is turned, as certbot and mounted secrets do it.
func TestCertificateOverride(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first, second := s.ca.Server(), s.ca.Server()
	for name, pair := range map[string]tls.Certificate{"live0": first, "live1": second} {
		if err := os.Mkdir(s.path(name), 0o700); err != nil {
			t.Fatal(err)
		}
		cert, key := relaytest.CertPEM(pair)
		s.write(name+"/relay.pem", string(cert))
		s.write(name+"/relay.key", string(key))
	}
	link := func(to string) {
		if err := os.Symlink(to, s.path("link")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(s.path("link"), s.path("live")); err != nil {
			t.Fatal(err)
		}
	}
	link("live0")
	s.env = append(s.env, "LOGRELAY_TLS_CERT="+s.path("live/relay.pem"), "LOGRELAY_TLS_KEY="+s.path("live/relay.key"))
	s.configure(webInput+tlsInput, s.hecOutput(""))
	shown := func() *x509.Certificate {
		return s.dialTLS("tls", s.ca.Pool()).ConnectionState().PeerCertificates[0]
	}
	s.start()
	if !shown().Equal(first.Leaf) {
		t.Error("the certificate of the variables does not serve")
	}
	s.stop()

	s.write("live0/relay.key", s.read("live1/relay.key"))
	s.must(0, args("check --config-only"), "WARNING", "does not belong to the key") // as the unit runs it: it must not keep the relay from starting
	s.start()
	st := s.await("the status is red", func(st status.Snapshot) bool { return st.Health == status.Red })
	if !shown().Equal(first.Leaf) || !strings.Contains(st.TLS.Problem, "does not belong to the key") {
		t.Errorf("after a restart with a bad pair: %+v", st.TLS)
	}
	link("live1")
	s.await("the certificate of the link serves", func(st status.Snapshot) bool {
		return st.Health != status.Red && shown().Equal(second.Leaf)
	})
}
