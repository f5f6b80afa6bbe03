package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

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

// TestClientCertificates lets senders in by a certificate whose name ends as the input says, or by a token, and changes the names while it runs.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.write("senders.pem", string(s.ca.PEM()))
	input := func(subjects string) string {
		return "  web: {type: https, listen: '127.0.0.1:0', auth: generated, client_ca_file: senders.pem, client_cert: optional, client_subjects: [" + subjects + "]}\n"
	}
	s.configure(input(".fw.example.com"), s.hecOutput(""))
	s.start()
	site1 := s.ca.Issue("x", time.Now().Add(time.Hour), "site1.fw.example.com")
	other := s.ca.Issue("other.example.com", time.Now().Add(time.Hour))
	post := func(cert *tls.Certificate, token string) int {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.trust()}}
		defer transport.CloseIdleConnections()
		if cert != nil {
			transport.TLSClientConfig.Certificates = []tls.Certificate{*cert}
		}
		req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, "https://"+s.at("web")+"/", strings.NewReader("one line\n"))
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := transport.RoundTrip(req)
		if err != nil {
			return 0 // the handshake
		}
		res.Body.Close()
		return res.StatusCode
	}
	want := func(when string, cert *tls.Certificate, token string, status int) {
		t.Helper()
		if got := post(cert, token); got != status {
			t.Errorf("%s: status %d, want %d", when, got, status)
		}
	}
	want("a certificate by suffix", &site1, "", 200)
	want("a token", nil, s.token(), 200)
	want("neither", nil, "", 401)
	want("a name that is not let in", &other, "", 0)

	s.configure(input("other.example.com"), s.hecOutput(""))
	s.must(0, args("reload"))
	s.readdress()
	want("a name that is let in now", &other, "", 200)
	want("a name that is not let in any more", &site1, "", 0)
}

// TestFIPS starts the relay with the FIPS 140-3 module of the Go runtime, and takes a record through it.
func TestFIPS(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.env = append(s.env, "GODEBUG=fips140=on")
	s.configure(webInput+tlsInput, s.hecOutput(""), "tls: {policy: modern}\n")
	s.start()
	n := newNumbers()
	res, err := s.httpSenderWith(n, s.token(), s.trust()).post(s.ctx, n.take(1))
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("post: %v, %v", res, err)
	}
	if v := s.dialTLS("tls", s.trust()).ConnectionState().Version; v != tls.VersionTLS13 {
		t.Errorf("TLS version %x", v)
	}
	s.settled(1)
}
