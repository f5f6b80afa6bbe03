package config

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// ACME says for which names the relay gets certificates from a CA by itself. Without names it does not.
type ACME struct {
	Names      []string `yaml:"names"`     // host names, or addresses; *.example.com with dns-01
	Directory  string   `yaml:"directory"` // production or staging (of Let's Encrypt), or the https URL of another CA's directory
	CAFile     File     `yaml:"ca_file"`   // PEM; of a private CA's HTTPS
	Email      string   `yaml:"email"`
	AgreeTerms bool     `yaml:"agree_terms"` // to the CA's terms of service
	Challenge  string   `yaml:"challenge" allowed:"http-01|tls-alpn-01|dns-01"`
	Listen     string   `yaml:"listen"`      // where http-01 or tls-alpn-01 is answered; Load fills in ":80" or ":443"
	HostedZone string   `yaml:"hosted_zone"` // dns-01: id of the zone in Route 53; "" means that it is looked for by its name

	Credentials string `yaml:"credentials"` // dns-01: name of a block of "aws"; "" means the default chain

	// Access is the block that Credentials names, or that of the default chain. Load fills it where ACME is on.
	Access *AWSCredentials `yaml:"-"`
}

// On reports whether certificates are to be had by ACME.
func (a *ACME) On() bool { return len(a.Names) > 0 }

// Words for the directories of Let's Encrypt.
const (
	ACMEProduction = "production"
	ACMEStaging    = "staging"
)

// maxACMENames bounds the names: each is a certificate of its own, and Let's Encrypt gives 50 a week for one registered domain.
const maxACMENames = 50

var (
	hostForm = regexp.MustCompile(`^(\*\.)?([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	zoneForm = regexp.MustCompile(`^[A-Z0-9]{1,32}$`)
)

// fillACME sets what follows from other keys. A pair that lies where another program's guide puts it does not go before names that somebody wrote down.
func fillACME(t *TLS) {
	if !t.ACME.On() {
		return
	}
	if t.Legacy {
		t.CertFile, t.KeyFile, t.Legacy = "", "", false
	}
	if t.ACME.Listen == "" {
		switch t.ACME.Challenge {
		case "http-01":
			t.ACME.Listen = ":80"
		case "tls-alpn-01":
			t.ACME.Listen = ":443"
		}
	}
}

func (l *loader) validateACME(c *Config) {
	t, a := &c.TLS, &c.TLS.ACME
	if !a.On() {
		return
	}
	const path = "tls.acme"
	access := l.credentials(c, path+".credentials", a.Credentials)
	a.Access = &access
	if t.CertFile != "" || t.KeyFile != "" {
		l.problem(path, "", "a certificate is named too; allowed: names for ACME, or cert_file and key_file")
	}
	if len(a.Names) > maxACMENames {
		l.problem(path+".names", "", fmt.Sprintf("%d names; allowed: at most %d", len(a.Names), maxACMENames))
	}
	for i, name := range a.Names {
		l.acmeName(fmt.Sprintf("%s.names[%d]", path, i), name, a.Challenge)
		if slices.Contains(a.Names[:i], name) {
			l.problem(fmt.Sprintf("%s.names[%d]", path, i), quote(name), "stands twice")
		}
	}
	if u, err := url.Parse(a.Directory); a.Directory != ACMEProduction && a.Directory != ACMEStaging && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil) {
		l.problem(path+".directory", quote(redact(a.Directory)), "not a directory; allowed: production, staging, or the https URL of a CA's directory")
	}
	if m, err := mail.ParseAddress(a.Email); err != nil || m.Address != a.Email {
		l.problem(path+".email", quote(a.Email), "not an address; allowed: an e-mail address that the CA may write to")
	}
	if !a.AgreeTerms {
		l.problem(path+".agree_terms", "false", "the CA gives certificates to those who agree to its terms; allowed: true, when you have read them (https://letsencrypt.org/repository/ for Let's Encrypt)")
	}
	switch dns := a.Challenge == "dns-01"; {
	case dns && a.Listen != "":
		l.problem(path+".listen", quote(a.Listen), "dns-01 needs no port; allowed: with http-01 and tls-alpn-01")
	case !dns && a.Credentials != "":
		l.problem(path+".credentials", quote(a.Credentials), "belongs to dns-01; allowed: with challenge: dns-01")
	case !dns && a.HostedZone != "":
		l.problem(path+".hosted_zone", quote(a.HostedZone), "belongs to dns-01; allowed: with challenge: dns-01")
	case dns && a.HostedZone != "" && !zoneForm.MatchString(a.HostedZone):
		l.problem(path+".hosted_zone", quote(a.HostedZone), `not a zone; allowed: the id of a hosted zone, such as "Z0123456789ABCDEFGHIJ"`)
	case !dns:
		if host, port, ok := l.address(path+".listen", a.Listen); ok {
			if _, err := netip.ParseAddr(host); port == 0 || host != "" && err != nil {
				l.problem(path+".listen", quote(a.Listen), `not an address of this host with a port; allowed: ":80", or "192.0.2.1:8080"`)
			}
		}
	}
}

func (l *loader) acmeName(key, name, challenge string) {
	_, err := netip.ParseAddr(name)
	switch {
	case err == nil && challenge == "dns-01":
		l.problem(key, quote(name), "an address, which dns-01 cannot show to be yours; allowed: host names")
	case err == nil:
	case len(name) > 253 || !hostForm.MatchString(name):
		l.problem(key, quote(name), `not a host name; allowed: lower-case names such as "relay.example.com", addresses, and with dns-01 "*.example.com"`)
	case strings.HasPrefix(name, "*.") && challenge != "dns-01":
		l.problem(key, quote(name), "a wildcard, which only dns-01 can show to be yours; allowed: names without *, or challenge: dns-01")
	}
}
