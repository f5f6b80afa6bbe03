//go:build integration

package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

const acmeName = "relay.example.com"

// acme configures an input with certificates of the CA.
func (s *site) acme(p *relaytest.Pebble, challenge string, more ...string) {
	s.t.Helper()
	s.write("acme-ca.pem", string(p.CA.PEM()))
	s.configure(webInput, s.hecOutput(""), append(more, fmt.Sprintf("tls: {acme: {names: [%s], directory: '%s', ca_file: acme-ca.pem, email: ops@example.com, agree_terms: true, %s}}\n",
		acmeName, p.Directory, challenge))...)
}

// strict connects as a sender does that trusts roots alone, and returns what serves.
func (s *site) strict(roots *x509.CertPool) (*x509.Certificate, error) {
	s.t.Helper()
	c, err := tls.Dial("tcp", s.at("web"), &tls.Config{RootCAs: roots, ServerName: acmeName})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0], nil
}

// await for the certificate of the CA, which a sender that trusts nobody else is served without a restart.
func (s *site) certified(p *relaytest.Pebble) {
	s.t.Helper()
	roots := p.Issuers(s.t)
	s.await("the CA's certificate serves", func(st status.Snapshot) bool { return st.TLS != nil && strings.Contains(st.TLS.Issuer, "Pebble") })
	leaf, err := s.strict(roots)
	if err != nil || !slices.Contains(leaf.DNSNames, acmeName) {
		s.t.Errorf("a strict sender: %+v, %v", leaf, err)
	}
	for _, problem := range s.status().Problems {
		if strings.Contains(problem.Where, "certificate") {
			s.t.Errorf("a problem that is over: %+v", problem)
		}
	}
}

// TestACMEAfterAnOutage starts the relay while the CA is down. Senders are served with its own certificate, status says so, and once the CA is up
// they get one of the CA.
func TestACMEAfterAnOutage(t *testing.T) {
	t.Parallel()
	p := relaytest.NewPebble(t, 90*24*time.Hour)
	s := newSite(t)
	s.acme(p, fmt.Sprintf("listen: '%s'", p.HTTPAt))
	s.must(0, args("check --config-only"), "the CA connects to port 80 of each name", "forward port 80 to "+p.HTTPAt)
	s.start()
	s.await("the outage shows", func(st status.Snapshot) bool {
		return slices.ContainsFunc(st.Problems, func(p status.Problem) bool {
			return p.Where == "certificate "+acmeName && p.Health == status.Red && strings.Contains(p.What, "the relay's own serves") && strings.Contains(p.What, "next attempt at")
		})
	})
	s.must(3, args("status"), "the relay's own serves")
	n := newNumbers()
	h := s.httpSender(n) // trusts the relay's own
	h.must(10)
	pid := s.relay.cmd.Process.Pid

	p.Start(t, nil)
	s.certified(p)
	if s.relay.cmd.Process.Pid != pid {
		t.Error("it took a restart")
	}
	h.must(10) // on the connection that it has
	s.settled(20)
	s.tally.complete(t, "hec", n)

	s.stop()
	s.start()
	s.certified(p) // without asking
}

// TestACMEByRoute53 shows the CA a name by its DNS records, with the access key of a block of aws and not that of the environment.
func TestACMEByRoute53(t *testing.T) {
	t.Parallel()
	keys := new(relaytest.AWSKeys)
	keys.Add("AKIADNS", "", "arn:aws:iam::111122223333:user/dns")
	aws, err := relaytest.NewRoute53(relaytest.AWSOptions{Keys: keys}, map[string]string{"example.com": "Z0EXAMPLE"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(aws.Close)
	p := relaytest.NewPebble(t, 90*24*time.Hour)
	p.Start(t, aws.TXT)
	s := newSite(t)
	s.env = append(s.env, "AWS_ENDPOINT_URL_ROUTE_53="+aws.URL, "AWS_ACCESS_KEY_ID=AKIAOTHER", "AWS_SECRET_ACCESS_KEY=other", "AWS_REGION=eu-central-1")
	s.write("aws-secret", "secret")
	s.acme(p, "challenge: dns-01, credentials: dns", "aws: {dns: {access_key_id: AKIADNS, secret_access_key_file: aws-secret}}\n")
	s.start()
	s.certified(p)
	now, ever := aws.Names()
	if len(now) != 0 || !slices.Contains(ever, "_acme-challenge."+acmeName+".") {
		t.Errorf("records now %q, ever %q", now, ever)
	}
}
