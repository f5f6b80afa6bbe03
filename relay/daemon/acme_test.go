package daemon

import (
	"crypto/tls"
	"io"
	"slices"
	"strings"
	"testing"

	"logrelay/relay/config"
	"logrelay/relay/status"
)

func withACME(c *config.Config, challenge, listen string) {
	c.TLS.ACME = config.ACME{
		Names: []string{"relay.example.com"}, Directory: "https://127.0.0.1:1/dir", Email: "ops@example.com", AgreeTerms: true, Challenge: challenge, Listen: listen, Access: config.NewAWSCredentials(),
	}
}

// A CA that does not answer keeps nobody from starting or from delivering; status says what serves in the place of its certificate.
func TestACMEOutageAtStart(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *site) {
		in := s.syslogInput("127.0.0.1:0")
		in.Transport = "tls"
		s.cfg.Inputs["in"] = in
		withACME(s.cfg, "tls-alpn-01", "127.0.0.1:0")
	})
	c, err := tls.Dial("tcp", s.address(t, "in"), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"syslog-tls"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if serving := c.ConnectionState().PeerCertificates[0]; serving.Issuer.String() != serving.Subject.String() {
		t.Errorf("a certificate of %s serves", serving.Issuer)
	}
	if _, err := io.WriteString(c, "<13>Jan  1 00:00:00 h a: while the CA is away\n"); err != nil {
		t.Fatal(err)
	}
	s.arrived(t, 1)
	var shown status.Snapshot
	until(t, "a red status", func() bool { shown = s.Snapshot(); return shown.Health == status.Red })
	i := slices.IndexFunc(shown.Problems, func(p status.Problem) bool { return p.Where == "certificate relay.example.com" })
	if i < 0 {
		t.Fatalf("problems: %+v", shown.Problems)
	}
	p := shown.Problems[i]
	if !strings.Contains(p.What, "the relay's own serves") || !strings.Contains(p.What, "next attempt at") || p.Hint == "" || !shown.TLS.SelfSigned {
		t.Errorf("problem %+v, certificate %+v", p, shown.TLS)
	}
}

func TestCheckSaysWhatTheCAHasToReach(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		challenge, listen, input string
		result                   string
		want                     []string
	}{
		"http":           {"http-01", ":80", ":5443", CheckNotTested, []string{"relay.example.com", "port 80 of each name"}},
		"forwarded":      {"http-01", ":8080", ":5443", CheckNotTested, []string{"forward port 80 to :8080"}},
		"tls":            {"tls-alpn-01", ":443", ":5443", CheckNotTested, []string{"port 443 of each name"}},
		"tls, an input":  {"tls-alpn-01", ":443", ":443", CheckOK, []string{"input in answers there"}},
		"http, an input": {"http-01", ":5443", ":5443", CheckFailed, []string{"belongs to input in"}},
		"dns":            {"dns-01", "", ":5443", CheckNotTested, []string{"no port", "route53:ChangeResourceRecordSets"}},
	} {
		c := config.Default()
		in := config.NewInput("https").(*config.HTTPSInput)
		in.Listen = tt.input
		c.Inputs["in"] = in
		withACME(c, tt.challenge, tt.listen)
		r := checkACME(t.Context(), c, true, false)
		if len(r) != 1 || r[0].Result != tt.result || tt.challenge != "dns-01" && !strings.Contains(r[0].Hint, "dns-01") {
			t.Errorf("%s: %+v", name, r)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(r[0].Detail, want) {
				t.Errorf("%s: %q lacks %q", name, r[0].Detail, want)
			}
		}
	}
	c := config.Default()
	withACME(c, "http-01", "127.0.0.1:0")
	if r := checkACME(t.Context(), c, false, false); r[0].Result != CheckOK || !strings.Contains(r[0].Detail, "listening would work") {
		t.Errorf("a free port: %+v", r)
	}
	if r := checkACME(t.Context(), config.Default(), false, false); r != nil {
		t.Errorf("without ACME: %+v", r)
	}
}

// A key that was rotated in its file is no reason to restart: it is read again by itself. Another file, or another role, is.
func TestReloadWithARotatedKey(t *testing.T) {
	t.Parallel()
	with := func(id, secret string, file config.File, role string) *config.Config {
		c := config.Default()
		withACME(c, "dns-01", "")
		c.TLS.ACME.Access.AccessKeyID, c.TLS.ACME.Access.SecretAccessKey = config.NewSecret(id), config.NewSecret(secret)
		c.TLS.ACME.Access.SecretAccessKeyFile, c.TLS.ACME.Access.RoleARN = file, role
		return c
	}
	old := with("id", "secret", "key", "")
	if err := needsRestart(old, with("id", "rotated", "key", "")); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]*config.Config{
		"another file": with("id", "secret", "other", ""), "a role": with("id", "secret", "key", "arn:aws:iam::111122223333:role/dns"), "an id": with("other", "secret", "key", ""),
	} {
		if err := needsRestart(old, c); err == nil || !strings.Contains(err.Error(), "tls.acme") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := old.TLS.ACME.Access.SecretAccessKey.Reveal(); got != "secret" {
		t.Errorf("the comparison changed the configuration: %q", got)
	}
}
