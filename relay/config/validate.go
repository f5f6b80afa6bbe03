package config

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,62}$`)

const maxUserName = 64

const nameAllowed = `not a name; allowed: lower-case letters, digits, "-", "_" and ".", at most 63, a letter or digit first`

// validate checks what one key alone does not show.
func (l *loader) validate(c *Config) {
	if c.StateDir == "" {
		l.problem("state_dir", "", "empty; allowed: a directory")
	}
	switch { // told where the one that is there stands, which may be an override file
	case c.TLS.CertFile != "" && c.TLS.KeyFile == "":
		l.problem("tls.cert_file", "", "a certificate without a key; allowed: both or neither")
	case c.TLS.CertFile == "" && c.TLS.KeyFile != "":
		l.problem("tls.key_file", "", "a key without a certificate; allowed: both or neither")
	}
	l.validateACME(c)
	l.validateAdmin(&c.Admin)
	for _, name := range slices.Sorted(maps.Keys(c.Tenants)) {
		l.name("tenants", name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.AWS)) {
		l.name("aws", name)
		l.validateAWS(c.AWS[name], "aws."+name)
	}
	var listens []listener
	for _, name := range slices.Sorted(maps.Keys(c.Inputs)) {
		l.name("inputs", name)
		listens = append(listens, l.validateInput(c, c.Inputs[name], "inputs."+name)...)
	}
	if b := parseListener("admin.listen", "tcp", c.Admin.Listen); b != nil {
		listens = append(listens, *b)
	}
	l.duplicateListeners(listens)
	if len(c.Inputs) == 0 && !l.reported("inputs") {
		l.warn("inputs", "", "there are none: nothing is accepted")
	}
	if len(c.Outputs) == 0 && !l.reported("outputs") {
		l.problem("outputs", "", "there are none; allowed: at least one, or what arrives would go nowhere")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Outputs)) {
		l.name("outputs", name)
		l.validateOutput(c, c.Outputs[name], "outputs."+name)
	}
	l.duplicatePaths(c)
}

func (l *loader) name(section, name string) {
	if !nameForm.MatchString(name) {
		l.problem(section+"."+name, quote(name), nameAllowed)
	}
}

func (l *loader) validateAdmin(a *Admin) {
	l.validateUsers(a.Users)
	if a.Listen == "" {
		return
	}
	host, _, ok := l.address("admin.listen", a.Listen)
	if !ok {
		return
	}
	if ip, err := netip.ParseAddr(host); (host == "localhost" || err == nil && ip.IsLoopback()) || a.TLS && len(a.Users) > 0 {
		return
	}
	l.problem("admin.listen", quote(a.Listen), "not on loopback; allowed: 127.0.0.1:PORT, [::1]:PORT, localhost:PORT, or with admin.tls: true and admin.users any")
}

// validateUsers checks who may log in.
func (l *loader) validateUsers(users []AdminUser) {
	names := map[string]string{}
	for i, u := range users {
		key := fmt.Sprintf("admin.users[%d]", i)
		l.identity(names, key, u.Name, &Labels{})
		if len(u.Name) > maxUserName {
			l.problem(key+".name", quote(u.Name), fmt.Sprintf("too long; allowed: %d bytes", maxUserName))
		}
		switch {
		case l.reported(key + ".password_hash"):
		case u.PasswordHash.IsZero():
			l.problem(key+".password_hash", "", "empty; allowed: what `logrelay hash-password` prints")
		case l.hash != nil:
			if err := l.hash(u.PasswordHash.Reveal()); err != nil {
				l.problem(key+".password_hash", masked, err.Error())
			}
		}
	}
}

// address splits host:port and reports what is none.
func (l *loader) address(key, value string) (host string, port int, ok bool) {
	host, service, err := net.SplitHostPort(value)
	port, perr := strconv.Atoi(service)
	if err != nil || perr != nil || port < 0 || port > 65535 || strings.ContainsAny(host, " /\t") {
		l.problem(key, quote(value), `not an address; allowed: host:port, such as "192.0.2.1:6514", "[2001:db8::1]:6514" or, to listen on all addresses, ":6514"`)
		return "", 0, false
	}
	return host, port, true
}

// listener is an address that will be bound.
type listener struct {
	key, network string
	host         string // "" means all addresses
	port         string
}

func parseListener(key, network, address string) *listener {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "0" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if host = ip.Unmap().String(); ip.IsUnspecified() {
			host = ""
		}
	}
	return &listener{key, network, strings.ToLower(host), port}
}

func (l *loader) duplicateListeners(all []listener) {
	for i, b := range all {
		for _, a := range all[:i] {
			if a.network == b.network && a.port == b.port && (a.host == b.host || a.host == "" || b.host == "") {
				l.problem(b.key, quote(net.JoinHostPort(b.host, b.port)), "the address is taken by "+a.key+"; allowed: another port or another host")
			}
		}
	}
}

func (l *loader) duplicatePaths(c *Config) {
	seen := map[Path]string{}
	for _, name := range slices.Sorted(maps.Keys(c.Outputs)) {
		f, ok := c.Outputs[name].(*FileOutput)
		if !ok || f.Path == "" {
			continue
		}
		if other := seen[f.Path]; other != "" {
			l.problem("outputs."+name+".path", quote(string(f.Path)), "the file belongs to outputs."+other+"; allowed: a file of its own")
		}
		seen[f.Path] = name
	}
}
