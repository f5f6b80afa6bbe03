package config

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

func (l *loader) validateOutput(c *Config, out Output, path string) {
	o := out.Common()
	for i, name := range o.Inputs {
		if _, ok := c.Inputs[name]; !ok && !l.reported("inputs."+name) {
			known := slices.Sorted(maps.Keys(c.Inputs))
			l.problem(fmt.Sprintf("%s.inputs[%d]", path, i), quote(name), notOneOf("input", name, known).Error())
		}
	}
	tenants := tenantsOf(c)
	for i, name := range o.Tenants {
		if !slices.Contains(tenants, name) {
			l.problem(fmt.Sprintf("%s.tenants[%d]", path, i), quote(name), notOneOf("tenant", name, tenants).Error())
		}
	}
	for i, k := range o.Kinds {
		if key := fmt.Sprintf("%s.kinds[%d]", path, i); k == "" && !l.reported(key) {
			l.problem(key, quote("auto"), "no kind of its own; allowed: a kind, or no list for all")
		}
	}
	if o.Schema != "ocsf" && (o.Observables || o.OCSFVersion != "1.8.0") {
		l.problem(path+".schema", quote(o.Schema), "has no observables and no ocsf_version; allowed with them: ocsf")
	}
	l.validateRules(o, path)
	switch out := out.(type) {
	case *HECOutput:
		l.validateHTTP(&out.HTTPCommon, path, true)
		l.needsToken(out.Token, path)
	case *HTTPSOutput:
		l.validateHTTPSOutput(out, path)
	case *ElasticOutput:
		l.validateElasticOutput(out, path)
	case *XSIAMOutput:
		l.validateXSIAMOutput(out, path)
	case *SyslogOutput:
		l.validateSyslogOutput(out, path)
	case *FileOutput:
		if out.Path == "" {
			l.problem(path+".path", "", "empty; allowed: the file to append to")
		}
	}
}

// tenantsOf lists every tenant that the configuration names outside of selections.
func tenantsOf(c *Config) []string {
	set := map[string]bool{}
	for name := range c.Tenants {
		set[name] = true
	}
	for _, in := range c.Inputs {
		set[in.Common().Tenant] = true
		if h, ok := in.(*HTTPSInput); ok {
			for i := range h.Tokens {
				set[h.Tokens[i].Tenant] = true
			}
			for i := range h.Users {
				set[h.Users[i].Tenant] = true
			}
		}
	}
	delete(set, "")
	return slices.Sorted(maps.Keys(set))
}

func (l *loader) needsToken(token Secret, path string) {
	if token.IsZero() && !l.reported(path+".token_file") && !l.reported(path+".token") {
		l.problem(path+".token_file", "", "no token; allowed: token_file, or the variable "+variable(path+".token"))
	}
}

// validateHTTP checks what outputs over HTTP share.
func (l *loader) validateHTTP(h *HTTPCommon, path string, credentials bool) {
	if len(h.URL) == 0 {
		l.problem(path+".url", "", `empty; allowed: one URL or a list, such as "https://siem.example.com:8088"`)
	}
	for i, text := range h.URL {
		key := fmt.Sprintf("%s.url[%d]", path, i)
		u, err := url.Parse(text)
		switch {
		case err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
			l.problem(key, quote(redact(text)), `not a URL; allowed: https://host:port/path`)
		case u.User != nil:
			l.problem(key, quote(redact(text)), "a user in the URL; allowed: the keys for tokens and users")
		case u.Fragment != "":
			l.problem(key, quote(text), `a "#" in the URL; allowed: https://host:port/path`)
		case u.Scheme == "http" && credentials && !h.Insecure:
			l.problem(key, quote(text), "a secret would travel in the clear; allowed: https://, or insecure: true")
		case u.Scheme == "http":
			l.warn(key, quote(text), "not encrypted: others can read along")
		}
	}
	if h.Ordered && h.Mode == "balance" {
		l.problem(path+".mode", quote(h.Mode), "keeps no order; allowed with ordered: true: failover")
	}
	l.validateTLS(&h.TLS, path+".tls")
}

// redact cuts what stands before the "@" of a URL.
func redact(text string) string {
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		return masked + text[i:]
	}
	return text
}

func (l *loader) validateTLS(t *ClientTLS, path string) {
	if !t.Strict {
		l.warn(path+".strict", "false", "whoever answers at the address is taken for the SIEM: others can read along")
	}
	if (t.CertFile == "") != (t.KeyFile == "") && !l.reported(path+".cert_file") && !l.reported(path+".key_file") {
		l.problem(path, "", "a certificate without a key, or a key without a certificate; allowed: cert_file and key_file, or neither")
	}
	for i, pin := range t.PinSHA256 {
		if b, err := base64.StdEncoding.DecodeString(pin); err != nil || len(b) != 32 {
			l.problem(fmt.Sprintf("%s.pin_sha256[%d]", path, i), quote(pin), "not a pin; allowed: base64 of the SHA-256 of a public key, 44 characters")
		}
	}
}

func (l *loader) validateHTTPSOutput(out *HTTPSOutput, path string) {
	credentials := !out.Bearer.IsZero() || out.Basic.User != "" || len(out.HeaderFiles) > 0
	l.validateHTTP(&out.HTTPCommon, path, credentials)
	l.validateBasic(&out.Basic, path+".basic")
	if !out.JSON() && out.Schema != "raw" && out.Format != "lines" { // raw may be JSON
		l.problem(path+".format", quote(out.Format), "takes JSON alone; allowed with schema: "+out.Schema+": lines")
	}
	auth := 0
	for _, has := range []bool{!out.Bearer.IsZero(), out.Basic.User != "", hasHeader(out.HeaderFiles, "Authorization")} {
		if has {
			auth++
		}
	}
	if auth > 1 {
		l.problem(path, "", "several ways to log in; allowed: one of bearer_file, basic, header_files.Authorization")
	}
	for _, name := range slices.Sorted(maps.Keys(out.Headers)) {
		l.header(path+".headers."+name, name, out.Headers[name])
		if hasHeader(out.HeaderFiles, name) {
			l.problem(path+".headers."+name, "", "stands in header_files too; allowed: one of them")
		}
		if isSecretHeader(name) {
			l.problem(path+".headers."+name, masked, "secrets do not stand in this file; allowed: header_files: {"+name+": FILE}")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(out.HeaderFiles)) {
		l.header(path+".header_files."+name, name, "")
	}
}

func (l *loader) validateBasic(b *Basic, path string) {
	if (b.User == "") != b.Password.IsZero() && !l.reported(path+".password_file") {
		l.problem(path, "", "a user without a password, or a password without a user; allowed: user and password_file (or the variable "+variable(path+".password")+")")
	}
}

func hasHeader[V any](headers map[string]V, name string) bool {
	for h := range headers {
		if strings.EqualFold(h, name) {
			return true
		}
	}
	return false
}

// isSecretHeader tells the headers that carry secrets, by their usual names.
func isSecretHeader(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"authorization", "token", "secret", "password", "api-key", "apikey", "cookie"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// header checks a header's name (RFC 9110 section 5.1) and value, and that it is not one that the program sets.
func (l *loader) header(key, name, value string) {
	const tokens = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
	if name == "" || strings.Trim(strings.ToLower(name), tokens) != "" {
		l.problem(key, quote(name), "not a header name; allowed: letters, digits and -")
	}
	switch strings.ToLower(name) {
	case "host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection":
		l.problem(key, quote(name), "the program sets this header itself")
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		l.problem(key, quote(value), "control characters in a header")
	}
}

func (l *loader) validateSyslogOutput(out *SyslogOutput, path string) {
	if len(out.Address) == 0 {
		l.problem(path+".address", "", `empty; allowed: one host:port or a list, such as "siem.example.com:6514"`)
	}
	for i, a := range out.Address {
		key := fmt.Sprintf("%s.address[%d]", path, i)
		if host, port, ok := l.address(key, a); ok && (host == "" || port == 0) {
			l.problem(key, quote(a), "no host or no port; allowed: host:port")
		}
	}
	if out.Transport == "tls" {
		l.validateTLS(&out.TLS, path+".tls")
		return
	}
	l.warn(path+".transport", quote(out.Transport), "not encrypted: others can read along")
}
