package csr

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"strings"
	"testing"
)

// guide is a file as guides have it: no "prompt = no", values in the section of the name.
const guide = `
[ req ]
default_bits       = 2048
distinguished_name = req_distinguished_name
req_extensions     = req_ext

[ req_distinguished_name ]
countryName            = US
stateOrProvinceName    = TX
localityName           = Plano
organizationName       = "Example, Inc."
commonName             = relay.example.com   # as senders call it

[ req_ext ]
subjectAltName = @alt_names

[alt_names]
DNS.1 = relay.example.com
DNS.2 = *.logs.example.com
IP.1  = 192.0.2.10
IP.2  = 2001:db8::10
`

// asking is the form of the file that openssl brings along.
const asking = `
HOST = relay
[req]
default_bits = 3072
distinguished_name = dn
req_extensions = v3
[dn]
countryName = Country Name (2 letter code)
countryName_default = AU
countryName_min = 2
countryName_max = 2
0.organizationName = Organization Name (eg, company)
0.organizationName_default = Example \
Ltd
organizationalUnitName = Organizational Unit Name (eg, section)
commonName = ${HOST}.example.com
[v3]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = DNS:$HOST.example.com, IP:192.0.2.1, email:ops@example.com, URI:https://example.com/x
subjectKeyIdentifier = hash
`

func noEnv(string) (string, bool) { return "", false }

func config(t testing.TB, text string) *Config {
	t.Helper()
	c, err := ParseConfig([]byte(text), noEnv)
	if err != nil {
		t.Fatalf("ParseConfig: %v", err)
	}
	return c
}

// request makes one of a file, in which every question is answered by its default.
func request(t testing.TB, c *Config) Request {
	t.Helper()
	r := Request{Names: c.Names, Extensions: c.Extensions}
	for _, f := range c.Fields {
		if f.Default == "" {
			continue
		}
		a, err := NewAttribute(f.Name, f.Default)
		if err != nil {
			t.Fatal(err)
		}
		a.Joined = f.Joined
		r.Subject = append(r.Subject, a)
	}
	return r
}

func joined(names []Name) string {
	var s []string
	for _, n := range names {
		s = append(s, n.String())
	}
	return strings.Join(s, ",")
}

func TestParseConfig(t *testing.T) {
	t.Parallel()
	c := config(t, guide)
	if got := request(t, c).Subject.String(); got != "C = US, ST = TX, L = Plano, O = Example, Inc., CN = relay.example.com" {
		t.Errorf("subject %s", got)
	}
	if got := joined(c.Names); got != "DNS:relay.example.com,DNS:*.logs.example.com,IP:192.0.2.10,IP:2001:db8::10" || c.Bits != 2048 || c.Ignored != nil {
		t.Errorf("names %s, bits %d, ignored %q", got, c.Bits, c.Ignored)
	}
	c = config(t, asking)
	var fields []string
	for _, f := range c.Fields {
		fields = append(fields, f.Name+"|"+f.Prompt+"|"+f.Default)
	}
	want := "countryName|Country Name (2 letter code)|AU; organizationName|Organization Name (eg, company)|Example Ltd; " +
		"organizationalUnitName|Organizational Unit Name (eg, section)|; commonName||relay.example.com"
	if got := strings.Join(fields, "; "); got != want {
		t.Errorf("fields %s\n  want %s", got, want)
	}
	if len(c.Extensions) != 3 || len(c.Ignored) != 1 || !strings.Contains(c.Ignored[0], "subjectKeyIdentifier = hash") {
		t.Errorf("%d extensions, ignored %q", len(c.Extensions), c.Ignored)
	}
}

func TestParseConfigSmallThings(t *testing.T) {
	t.Parallel()
	env := func(name string) (string, bool) { return "from " + name, name == "HOME" }
	for name, tt := range map[string]struct{ text, want string }{
		"quotes":              {`O = 'a "b" # c'`, `O = a "b" # c`},
		"escapes":             {`O = a\#b\\c`, `O = a#b\c`},
		"comment in a value":  {"O = a # b", "O = a"},
		"last one wins":       {"O = a\nCN = c\nO = b", "CN = c, O = b"},
		"several of a kind":   {"1.OU = a\n2.OU = b", "OU = a, OU = b"},
		"one place":           {"CN = a\n+UID = b", "CN = a + UID = b"},
		"variables":           {"L = x\nO = $L-${L}$(L)", "L = x, O = x-xx"},
		"of another section":  {"O = ${other::name}$other::name", "O = otherother"},
		"of the environment":  {"O = $ENV::HOME", "O = from HOME"},
		"empty one":           {"OU =\nO = a", "O = a"},
		"lines of DOS":        {"O = a\r\nCN = b\r", "O = a, CN = b"},
		"a value, not asked":  {"O = ask\nO_value = told", "O = told"},
		"no prompt: all told": {"[req]\nprompt = no\n[dn]\nO = Organization Name", "O = Organization Name"},
	} {
		c, err := ParseConfig([]byte("[other]\nname = other\n[req]\ndistinguished_name = dn\n[dn]\n"+tt.text), env)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := request(t, c).Subject.String(); got != tt.want {
			t.Errorf("%s: subject %q, want %q", name, got, tt.want)
		}
	}
}

func TestParseConfigErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"empty":              {"", "no section [ req ]"},
		"YAML":               {"inputs:\n  web: {}\n", `line 1: "inputs:": neither a section`},
		"open section":       {"[ req\n", "line 1: "},
		"include":            {"\n.include x\n", "line 2: "},
		"no such section":    {"[req]\ndistinguished_name = dn\n", "[ dn ], which is not there"},
		"no such names":      {"[req]\nreq_extensions = x\n[x]\nsubjectAltName = @a\n", "[ a ], which is not there"},
		"no such variable":   {"[req]\na = $b\n", "line 2: a: the variable $b has no value"},
		"attribute":          {"[req]\ndistinguished_name = dn\n[dn]\ncomonName = a\n", `unknown attribute "comonName"`},
		"bits":               {"[req]\ndefault_bits = many\n", `"many" is not a number`},
		"kind of name":       {"[req]\nreq_extensions = x\n[x]\nsubjectAltName = RID:1.2\n", "none of DNS, IP"},
		"CA":                 {"[req]\nreq_extensions = x\n[x]\nbasicConstraints = CA:TRUE\n", "a relay is no CA"},
		"usage":              {"[req]\nreq_extensions = x\n[x]\nkeyUsage = all\n", `"all" is none of`},
		"growing":            {"a=" + strings.Repeat("x", 40000) + "\nb=$a$a\n", "longer than 65536 bytes"},
		"large":              {strings.Repeat("#", maxConfig+1), "larger than 65536 bytes"},
		"name without value": {"=x\n", "a value without a name"},
	} {
		if _, err := ParseConfig([]byte(tt.text), noEnv); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestParseSubject(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/C=US/ST=TX/O=Example/CN=relay.example.com": "C = US, ST = TX, O = Example, CN = relay.example.com",
		`/O=a\/b\+c\\d/CN=x`:                         `O = a/b+c\d, CN = x`,
		"/CN=a+UID=b/O=c=d":                          "CN = a + UID = b, O = c=d",
		"/O=/CN=a/":                                  "CN = a",
		"/commonname=a/EMAILADDRESS=a@b":             "CN = a, emailAddress = a@b",
		"CN=a":                                       `error: it begins with "/"`,
		"/":                                          "error: it is empty",
		"/CN":                                        `error: "CN" is not "name=value"`,
		"/XX=a":                                      `error: unknown attribute "XX"`,
		"/C=USA":                                     "error: it has to have 2 characters",
		"/C=Ü1":                                      "error: a character that this attribute cannot hold",
		"/O=a\nb":                                    "error: not plain text",
		"/CN=" + strings.Repeat("a", 65):             "error: 65 characters; allowed: 1 to 64",
	} {
		s, err := ParseSubject(text)
		if part, bad := strings.CutPrefix(want, "error: "); bad {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%q: %v, want %q", text, err, part)
			}
		} else if err != nil || s.String() != want {
			t.Errorf("%q: %s, %v; want %s", text, s, err, want)
		}
	}
}

func TestParseNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"DNS:a.example, ip:192.0.2.1":     "DNS:a.example,IP:192.0.2.1",
		"a.example,192.0.2.1,2001:db8::1": "DNS:a.example,IP:192.0.2.1,IP:2001:db8::1",
		"IP:::ffff:192.0.2.1":             "IP:192.0.2.1",
		"DNS:192.0.2.1":                   "DNS:192.0.2.1",
		"dns:a b":                         "error: not a host name",
		"DNS:bücher.example":              "error: ASCII form",
		"IP:fe80::1%eth0":                 "error: not an address",
		"URI:spiffe://a.example:1/b":      "URI:spiffe://a.example:1/b",
		"URI:urn:x:y":                     "URI:urn:x:y",
		"URI:https://a.example./":         "error: not a URI",
		"URI:https://a%C3%BC/":            "error: not a URI",
		"RID:1.2":                         "error: none of DNS, IP",
		"a b":                             "error: for example DNS:",
	} {
		names, err := ParseNames(text)
		if part, bad := strings.CutPrefix(want, "error: "); bad {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%q: %v, want %q", text, err, part)
			}
		} else if err != nil || joined(names) != want {
			t.Errorf("%q: %s, %v; want %s", text, joined(names), err, want)
		}
	}
}

func TestCopyCommonName(t *testing.T) {
	t.Parallel()
	for cn, want := range map[string]string{
		"Relay.example.com": "DNS:relay.example.com", // there already, in another case
		"new.example.com":   "DNS:relay.example.com,DNS:new.example.com",
		"192.0.2.7":         "DNS:relay.example.com,IP:192.0.2.7",
		"John Doe":          "DNS:relay.example.com",
	} {
		s, err := ParseSubject("/CN=" + cn)
		if err != nil {
			t.Fatal(err)
		}
		r := Request{Subject: s, Names: []Name{{DNS, "relay.example.com"}}}
		if _, added := r.CopyCommonName(); joined(r.Names) != want || added != (len(r.Names) == 2) {
			t.Errorf("%s: names %s, added %v; want %s", cn, joined(r.Names), added, want)
		}
	}
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Whatever the file, there is an error or a request that others can read.
func FuzzParseConfig(f *testing.F) {
	f.Add(guide)
	f.Add(asking)
	f.Add("[req]\ndistinguished_name=d\n[d]\n+CN=$ENV::A\nO='\\\n'\n")
	key := newKey(f)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConfig([]byte(text), func(string) (string, bool) { return "x", true })
		if err != nil {
			return
		}
		r := Request{Names: c.Names, Extensions: c.Extensions}
		for _, field := range c.Fields {
			if a, err := NewAttribute(field.Name, field.Default); err == nil {
				a.Joined = field.Joined
				r.Subject = append(r.Subject, a)
			}
		}
		r.CopyCommonName()
		if len(r.Subject) == 0 && len(r.Names) == 0 {
			return
		}
		der, err := r.Create(key)
		if err != nil {
			t.Fatalf("Create: %v", err)
		}
		got, err := x509.ParseCertificateRequest(der)
		if err != nil || got.CheckSignature() != nil {
			t.Fatalf("the request cannot be read: %v", err)
		}
		if n := len(got.DNSNames) + len(got.IPAddresses) + len(got.EmailAddresses) + len(got.URIs); n != len(r.Names) {
			t.Fatalf("%d of %d names arrived", n, len(r.Names))
		}
	})
}
