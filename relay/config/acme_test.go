package config

import (
	"slices"
	"strings"
	"testing"
)

func loadACME(t *testing.T, acme string) (*Config, error) {
	t.Helper()
	return Load(Options{YAML: []byte(minimal + "tls: {" + acme + "}\n"), Environ: []string{}, OverrideFiles: []string{}})
}

func TestACME(t *testing.T) {
	t.Parallel()
	const agreed = "email: ops@example.com, agree_terms: true"
	for name, tt := range map[string]struct{ yaml, listen string }{
		"http":        {"acme: {names: relay.example.com, " + agreed + "}", ":80"},
		"tls":         {"acme: {names: [a.example.com, b.example.com], challenge: tls-alpn-01, directory: staging, " + agreed + "}", ":443"},
		"forwarded":   {"acme: {names: 192.0.2.1, listen: '127.0.0.1:8080', directory: 'https://ca.example.com/dir', " + agreed + "}", "127.0.0.1:8080"},
		"dns":         {"acme: {names: '*.example.com', challenge: dns-01, hosted_zone: Z0123456789, " + agreed + "}", ""},
		"role":        {"acme: {names: a.example.com, challenge: dns-01, credentials: dns, " + agreed + "}}\naws: {dns: {role_arn: 'arn:aws:iam::111122223333:role/dns'}", ""},
		"not wanted":  {"acme: {challenge: dns-01}", ""},
		"one label":   {"acme: {names: relay, " + agreed + "}", ":80"},
		"IPv6, local": {"acme: {names: '2001:db8::1', listen: '[::1]:80', " + agreed + "}", "[::1]:80"},
	} {
		c, err := loadACME(t, tt.yaml)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if c.TLS.ACME.Listen != tt.listen || c.TLS.ACME.On() != (name != "not wanted") {
			t.Errorf("%s: %+v", name, c.TLS.ACME)
		}
	}
}

func TestACMEThatIsRefused(t *testing.T) {
	t.Parallel()
	const good = "names: relay.example.com, email: ops@example.com, agree_terms: true"
	for _, tt := range []struct{ yaml, want string }{
		{"cert_file: /c, key_file: /k, acme: {" + good + "}", "tls.acme: a certificate is named too"},
		{"acme: {names: relay.example.com, agree_terms: true}", `tls.acme.email: "": not an address`},
		{"acme: {names: relay.example.com, email: ops@example.com}", "tls.acme.agree_terms: false: the CA gives certificates to those who agree"},
		{"acme: {names: [Relay.example.com], email: ops@example.com, agree_terms: true}", `tls.acme.names[0]: "Relay.example.com": not a host name`},
		{"acme: {names: [../x], email: ops@example.com, agree_terms: true}", `tls.acme.names[0]: "../x": not a host name`},
		{"acme: {names: a.b, challenge: dns-01, credentials: nobody, email: ops@example.com, agree_terms: true}", `tls.acme.credentials: "nobody": not a known block of aws`},
		{"acme: {names: a.b, credentials: dns, email: ops@example.com, agree_terms: true}", `tls.acme.credentials: "dns": belongs to dns-01`},
		{"acme: {names: [a.b, a.b], email: ops@example.com, agree_terms: true}", "stands twice"},
		{"acme: {names: ['*.a.b'], email: ops@example.com, agree_terms: true}", "only dns-01"},
		{"acme: {names: [192.0.2.1], challenge: dns-01, email: ops@example.com, agree_terms: true}", "allowed: host names"},
		{"acme: {" + good + ", directory: 'http://ca.example.com/'}", "not a directory"},
		{"acme: {" + good + ", directory: 'https://u:secret@ca.example.com/'}", "not a directory"},
		{"acme: {" + good + ", listen: relay:80}", "not an address of this host"},
		{"acme: {" + good + ", listen: ':0'}", "not an address of this host"},
		{"acme: {" + good + ", listen: '80'}", "not an address"},
		{"acme: {" + good + ", hosted_zone: Z1}", "belongs to dns-01"},
		{"acme: {" + good + ", challenge: dns-01, listen: ':80'}", "needs no port"},
		{"acme: {" + good + ", challenge: dns-01, hosted_zone: /hostedzone/Z1}", "not a zone"},
		{"acme: {" + good + ", challenge: dns}", "allowed: http-01, tls-alpn-01, dns-01"},
	} {
		_, err := loadACME(t, tt.yaml)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s: %v; want %s", tt.yaml, err, tt.want)
		}
	}
	many := strings.Join(slices.Repeat([]string{"a.b"}, 51), ", ")
	if _, err := loadACME(t, "acme: {names: ["+many+"], email: ops@example.com, agree_terms: true}"); err == nil || !strings.Contains(err.Error(), "51 names; allowed: at most 50") {
		t.Errorf("51 names: %v", err)
	}
}

// What somebody wrote down goes before what lies where another program's guide puts it.
func TestACMEGoesBeforeALegacyPair(t *testing.T) {
	t.Parallel()
	c, err := Load(Options{
		YAML:    []byte(minimal + "tls: {acme: {names: relay.example.com, email: ops@example.com, agree_terms: true}}\n"),
		Environ: []string{"ARMOR_LOGSTASH_SSL_CERT=/a.pem", "ARMOR_LOGSTASH_SSL_KEY=/a.key"}, OverrideFiles: []string{},
	})
	if err != nil || c.TLS.CertFile != "" || c.TLS.Legacy {
		t.Errorf("Load = %+v, %v", c, err)
	}
}
