package config

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// validateInput checks an input and returns what it binds.
func (l *loader) validateInput(c *Config, in Input, path string) []listener {
	if tenant := in.Common().Tenant; tenant == "" {
		l.problem(path+".tenant", "", `empty; allowed: a name, such as "default"`)
	} else {
		l.tenantName(path+".tenant", tenant)
	}
	network := "tcp"
	switch in := in.(type) {
	case *HTTPSInput:
		l.validateHTTPS(in, path)
	case *SyslogInput:
		l.validateSyslog(in, path)
		if in.Transport == "udp" {
			network = "udp"
		}
	case *S3Input:
		l.validateS3(c, in, path)
	}
	if in, ok := in.(ListeningInput); ok {
		l.products(in.Listening().Products, path+".products")
		return l.validateListening(in.Listening(), path, network)
	}
	return nil
}

func (l *loader) validateListening(c *ListenCommon, path, network string) []listener {
	l.address(path+".listen", c.Listen)
	if len(c.ClientSubjects) > 0 && c.ClientCAFile == "" {
		l.problem(path+".client_subjects", "", "needs client_ca_file, or no one is asked for a certificate")
	}
	if c.ClientCert == ClientCertOptional && c.ClientCAFile == "" {
		l.problem(path+".client_cert", quote(c.ClientCert), "needs client_ca_file, or no one is asked for a certificate")
	}
	if b := parseListener(path+".listen", network, c.Listen); b != nil {
		return []listener{*b}
	}
	return nil
}

func (l *loader) tenantName(key, tenant string) {
	if !nameForm.MatchString(tenant) {
		l.problem(key, quote(tenant), nameAllowed)
	}
}

func (l *loader) validateHTTPS(in *HTTPSInput, path string) {
	named := len(in.Tokens)+len(in.Users) > 0 || in.ClientCAFile != ""
	switch {
	case in.Auth == AuthRequired && !named && len(in.Networks) == 0:
		l.problem(path+".auth", quote(in.Auth), "nothing says who may send; allowed: tokens, users, client_ca_file or networks, or auth: generated, or auth: none for everyone")
	case in.Auth == AuthNone && named:
		l.problem(path+".auth", quote(in.Auth), "contradicts tokens, users and client_ca_file; allowed: one or the other")
	case in.Auth == AuthNone && len(in.Networks) == 0:
		l.warn(path+".auth", quote(in.Auth), "everyone who reaches this input may send")
	}
	if in.ClientCert == ClientCertOptional && len(in.Tokens)+len(in.Users) == 0 && in.Auth != AuthGenerated {
		l.problem(path+".client_cert", quote(in.ClientCert), "nothing else says who may send; allowed: with tokens, users or auth: generated")
	}
	if in.MaxRecord > in.MaxDecompressed {
		l.problem(path+".max_record", quote(in.MaxRecord.String()), "larger than max_decompressed")
	}
	names := map[string]string{}
	for i := range in.Tokens {
		t, key := &in.Tokens[i], fmt.Sprintf("%s.tokens[%d]", path, i)
		l.identity(names, key, t.Name, &t.Labels)
		l.oneSecret(key, "token", t.Token, t.TokenHash)
		if h, ok := strings.CutPrefix(t.TokenHash.Reveal(), "sha256:"); !t.TokenHash.IsZero() && (!ok || !isSHA256(h)) {
			l.problem(key+".token_hash", masked, `not a hash of a token; allowed: "sha256:" and 64 hex digits, as from: printf %s TOKEN | sha256sum`)
		}
	}
	for i := range in.Users {
		u, key := &in.Users[i], fmt.Sprintf("%s.users[%d]", path, i)
		l.identity(names, key, u.Name, &u.Labels)
		l.oneSecret(key, "password", u.Password, u.PasswordHash)
		if !u.PasswordHash.IsZero() && !bcryptForm.MatchString(u.PasswordHash.Reveal()) {
			l.problem(key+".password_hash", masked, "not a hash of a password; allowed: bcrypt, as from: htpasswd -nB USER")
		}
	}
}

var bcryptForm = regexp.MustCompile(`^\$2[aby]\$(0[4-9]|1[0-9])\$[./A-Za-z0-9]{53}$`)

func isSHA256(text string) bool {
	b, err := hex.DecodeString(text)
	return err == nil && len(b) == 32
}

func (l *loader) identity(names map[string]string, key, name string, labels *Labels) {
	switch other := names[name]; {
	case name == "":
		l.problem(key+".name", "", "empty; allowed: a name for logs and status, and for users to log in with")
	case other != "":
		l.problem(key+".name", quote(name), "the name is taken by "+other)
	}
	names[name] = key
	if labels.Tenant != "" {
		l.tenantName(key+".tenant", labels.Tenant)
	}
	if labels.Expires.IsZero() {
		return
	}
	if !labels.Expires.After(labels.NotBefore) {
		l.problem(key+".expires", quote(labels.Expires.Format(time.RFC3339)), "not after not_before")
	} else if labels.Expires.Before(time.Now()) {
		l.warn(key+".expires", quote(labels.Expires.Format(time.RFC3339)), "expired: "+quote(name)+" lets no one in")
	}
}

// oneSecret asks for exactly one of a secret and its hash. A secret whose file could not be read has been reported already.
func (l *loader) oneSecret(key, what string, secret, hash Secret) {
	if !secret.IsZero() && !hash.IsZero() {
		l.problem(key, "", fmt.Sprintf("both a %s and its hash; allowed: one of %s_file, %s_hash, or the variable %s", what, what, what, variable(key+"."+what)))
	}
	if secret.IsZero() && hash.IsZero() && !l.reported(key+"."+what+"_file") && !l.reported(key+"."+what) {
		l.problem(key, "", fmt.Sprintf("no %s; allowed: one of %s_file, %s_hash, or the variable %s", what, what, what, variable(key+"."+what)))
	}
}

// reported reports whether there is a problem with a key, or with one below it.
func (l *loader) reported(key string) bool {
	for i := range l.problems {
		if rest, ok := strings.CutPrefix(l.problems[i].Key, key); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

func (l *loader) validateSyslog(in *SyslogInput, path string) {
	plain := in.Transport != "tls"
	if plain && len(in.Networks) == 0 {
		l.problem(path+".networks", "", "needed for "+in.Transport+", which asks no one who they are; allowed: the networks of the senders")
	}
	if plain && in.ClientCAFile != "" {
		l.problem(path+".client_ca_file", quote(string(in.ClientCAFile)), "there are no certificates with transport: "+in.Transport)
	}
	named := in.ClientCAFile != "" || len(in.Networks) > 0
	if !plain && in.Auth == AuthRequired && !named {
		l.problem(path+".auth", quote(in.Auth), "nothing says who may send; allowed: client_ca_file or networks, or auth: none for everyone")
	}
	if in.ClientCert == ClientCertOptional && len(in.Networks) == 0 {
		l.problem(path+".client_cert", quote(in.ClientCert), "nothing else says who may send; allowed: with networks")
	}
	if in.Auth == AuthNone && in.ClientCAFile != "" {
		l.problem(path+".auth", quote(in.Auth), "contradicts client_ca_file; allowed: one or the other")
	}
	if in.Auth == AuthNone && !named {
		l.warn(path+".auth", quote(in.Auth), "everyone who reaches this input may send")
	}
	if in.Transport == "udp" && len(in.ProxyProtocol) > 0 {
		l.problem(path+".proxy_protocol", "", "not with transport: udp")
	}
	if in.Transport != "udp" && in.Sockets > 0 {
		l.problem(path+".sockets", "", "only with transport: udp")
	}
	if _, err := time.LoadLocation(in.Zone); err != nil {
		l.problem(path+".zone", quote(in.Zone), `not a time zone of this host; allowed: IANA names such as "Europe/Berlin", "UTC", "Local"`)
	}
}

// maxProducts bounds the list: it is stored with every block.
const maxProducts = 64

func (l *loader) products(list []string, path string) {
	if len(list) > maxProducts {
		l.problem(path, "", fmt.Sprintf("%d of them; allowed: up to %d", len(list), maxProducts))
	}
	for i, p := range list {
		vendor, product, ok := strings.Cut(p, "/")
		if !ok || vendor == "" || product == "" || len(p) > 256 || strings.ContainsAny(p, "\r\n") {
			l.problem(fmt.Sprintf("%s[%d]", path, i), quote(p), `not a product; allowed: vendor/product as the events have them, such as "Fortinet/Fortigate", or "Fortinet/*"`)
		}
	}
}
