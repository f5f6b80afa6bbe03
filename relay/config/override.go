package config

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// DefaultOverrideFiles are the files that may name the relay's certificate and key, as NAME=value lines. A later one wins.
var DefaultOverrideFiles = []string{
	legacyOverride,
	"/etc/sysconfig/logrelay",
	"/etc/default/logrelay",
	"/etc/sysconfig/logrelay.override",
	"/etc/default/logrelay.override",
}

// defaultDropIn is where another program's guide puts the certificate and key of a relay. They count when both are there and nothing
// else names any.
var defaultDropIn = [2]string{"/opt/armor/logrelay.pem", "/opt/armor/logrelay.key"}

const (
	certVariable       = prefix + "TLS_CERT"
	keyVariable        = prefix + "TLS_KEY"
	legacyCertVariable = "ARMOR_LOGSTASH_SSL_CERT"
	legacyKeyVariable  = "ARMOR_LOGSTASH_SSL_KEY"

	legacyOverride = "/etc/sysconfig/armor-logstash.override"

	maxOverride = 64 << 10 // bytes of an override file
)

// override is a value that an override file or the environment gives, and where.
type override struct {
	value string
	place place
}

// applyOverrides sets the certificate and key from the named variables: the environment first, then the files, so that a
// file wins. The legacy names count only where nothing else names a certificate or key, and the drop-in after them.
func (l *loader) applyOverrides(t *TLS, o Options) {
	found := map[string]override{}
	for _, name := range []string{certVariable, keyVariable, legacyCertVariable, legacyKeyVariable} {
		if v, ok := l.env[name]; ok {
			found[name] = override{v, place{variable: name}}
		}
	}
	files := o.OverrideFiles
	if files == nil {
		files = DefaultOverrideFiles
	}
	for _, file := range files {
		if err := readOverrides(file, o.OverrideOwner, found); err != nil && !errors.Is(err, fs.ErrNotExist) {
			p := Problem{File: file, Message: err.Error(), Hint: "chown root " + file + " && chmod 0644 " + file + ", or remove it"}
			if file == legacyOverride {
				l.warnings = append(l.warnings, p) // another program's: it must not keep this one from starting
			} else {
				l.problems = append(l.problems, p)
			}
		}
	}
	set := func(dst *Path, key, name string) {
		if v, ok := found[name]; ok {
			*dst = Path(v.value)
			l.place[key] = v.place
		}
	}
	set(&t.CertFile, "tls.cert_file", certVariable)
	set(&t.KeyFile, "tls.key_file", keyVariable)
	if t.CertFile == "" && t.KeyFile == "" {
		set(&t.CertFile, "tls.cert_file", legacyCertVariable)
		set(&t.KeyFile, "tls.key_file", legacyKeyVariable)
		t.Legacy = t.CertFile != "" || t.KeyFile != ""
	}
	dropIn := o.DropIn
	if o.OverrideFiles == nil {
		dropIn = defaultDropIn
	}
	if t.CertFile == "" && t.KeyFile == "" && isFile(dropIn[0]) && isFile(dropIn[1]) {
		t.CertFile, t.KeyFile, t.Legacy = Path(dropIn[0]), Path(dropIn[1]), true
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// readOverrides adds the named variables of a file to found. The file has to belong to owner and to be writable by no one else: it
// decides which key the service uses.
func readOverrides(file string, owner uint32, found map[string]override) error {
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return reason(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return reason(err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return errors.New("not a regular file")
	case !ok || stat.Uid != owner:
		return fmt.Errorf("not used: it does not belong to user %d", owner)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("not used: others than its owner can write it (mode %04o)", info.Mode().Perm())
	case info.Size() > maxOverride:
		return fmt.Errorf("not used: larger than %s", Bytes(maxOverride))
	}
	text := make([]byte, info.Size())
	n, _ := f.Read(text)
	parseOverrides(file, text[:n], found)
	return nil
}

// parseOverrides reads lines as a service manager's environment file or a shell has them: NAME=value, the value in quotes or not, comments after "#" or
// ";" at the start of a line and after " #" behind a value, "export" before the name or not.
func parseOverrides(file string, text []byte, found map[string]override) {
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	lines.Buffer(nil, maxOverride+1)
	for n := 1; lines.Scan(); n++ {
		name, value, ok := strings.Cut(lines.Text(), "=")
		if !ok {
			continue
		}
		words := strings.Fields(name)
		if len(words) == 2 && words[0] == "export" {
			words = words[1:]
		}
		if len(words) != 1 {
			continue
		}
		switch name := words[0]; name {
		case certVariable, keyVariable, legacyCertVariable, legacyKeyVariable:
			if value = plainValue(value); value != "" {
				found[name] = override{value, place{file: file, line: n, column: 1}}
			}
		}
	}
}

// plainValue takes off blanks, a comment and quotes.
func plainValue(s string) string {
	s = strings.TrimSpace(s)
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		inside, after, closed := strings.Cut(s[1:], s[:1])
		if after = strings.TrimSpace(after); closed && (after == "" || after[0] == '#') {
			return inside
		}
	}
	for i := range len(s) {
		if s[i] == '#' && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t') {
			return strings.TrimSpace(s[:i])
		}
	}
	return s
}
