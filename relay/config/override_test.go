package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOverrideFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, yaml, first, second string
		environ                   []string
		cert, key                 string
	}{
		{"none", "", "", "", nil, "", ""},
		{"file", "", "# comment\n\nLOGRELAY_TLS_CERT=/a.pem\nexport LOGRELAY_TLS_KEY='/a.key'\nPATH=/evil\n", "", nil, "/a.pem", "/a.key"},
		{"as editors and shells leave it", "", "\ufeffexport\tLOGRELAY_TLS_CERT = \"/my certs/a.pem\"  # of the CA \r\n;LOGRELAY_TLS_KEY=/evil\r\n  LOGRELAY_TLS_KEY=/my certs/a#1.key\t# its key\r\n #LOGRELAY_TLS_KEY=/evil\r\nLOGRELAY_TLS_KEY= # none\r\n", "", nil, "/my certs/a.pem", "/my certs/a#1.key"},
		{"later file wins", "", "LOGRELAY_TLS_CERT=/a.pem\nLOGRELAY_TLS_KEY=/a.key\n", "LOGRELAY_TLS_CERT=\"/b.pem\"\n", nil, "/b.pem", "/a.key"},
		{"file over environment over YAML", "tls: {cert_file: /y.pem, key_file: /y.key}\n", "LOGRELAY_TLS_CERT=/a.pem", "",
			[]string{"LOGRELAY_TLS_CERT=/e.pem", "LOGRELAY_TLS_KEY=/e.key"}, "/a.pem", "/e.key"},
		{"legacy", "", "ARMOR_LOGSTASH_SSL_CERT=/a.pem\nARMOR_LOGSTASH_SSL_KEY=/a.key\n", "", nil, "/a.pem", "/a.key"},
		{"legacy in the environment", "", "", "", []string{"ARMOR_LOGSTASH_SSL_CERT=/a.pem", "ARMOR_LOGSTASH_SSL_KEY=/a.key"}, "/a.pem", "/a.key"},
		{"legacy is last", "tls: {cert_file: /y.pem, key_file: /y.key}\n", "ARMOR_LOGSTASH_SSL_CERT=/a.pem\nARMOR_LOGSTASH_SSL_KEY=/a.key\n", "", nil, "/y.pem", "/y.key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			o := Options{
				YAML: []byte(minimal + tt.yaml), Environ: append([]string{}, tt.environ...), OverrideOwner: uint32(os.Getuid()),
				OverrideFiles: []string{
					writeFile(t, filepath.Join(dir, "first"), tt.first, 0o644), writeFile(t, filepath.Join(dir, "second"), tt.second, 0o600),
					filepath.Join(dir, "absent"),
				},
			}
			c, err := Load(o)
			if err != nil {
				t.Fatal(err)
			}
			c.TLS.ACME = ACME{}
			legacy := strings.HasPrefix(tt.name, "legacy") && !strings.Contains(tt.name, "last")
			if diff := cmp.Diff(TLS{CertFile: Path(tt.cert), KeyFile: Path(tt.key), Policy: "intermediate", Legacy: legacy}, c.TLS); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOverrideFilesRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self := uint32(os.Getuid())
	good := "LOGRELAY_TLS_CERT=/a.pem\nLOGRELAY_TLS_KEY=/a.key\n"
	for _, tt := range []struct {
		name, file string
		owner      uint32
		want       string
	}{
		{"writable by the group", writeFile(t, filepath.Join(dir, "group"), good, 0o664), self, "others than its owner can write it (mode 0664)"},
		{"writable by all", writeFile(t, filepath.Join(dir, "all"), good, 0o646), self, "others than its owner can write it (mode 0646)"},
		{"of another owner", writeFile(t, filepath.Join(dir, "owner"), good, 0o644), self + 1, "does not belong to user"},
		{"a directory", dir, self, "not a regular file"},
		{"too large", writeFile(t, filepath.Join(dir, "large"), strings.Repeat("#", maxOverride+1), 0o644), self, "larger than 64KiB"},
		{"half a pair", writeFile(t, filepath.Join(dir, "half"), "\nLOGRELAY_TLS_CERT=/a.pem\n", 0o644), self, "half:2:1: tls.cert_file: a certificate without a key"},
		{"the other half", writeFile(t, filepath.Join(dir, "key"), "LOGRELAY_TLS_KEY=/a.key\n", 0o644), self, "key:1:1: tls.key_file: a key without a certificate"},
	} {
		_, err := Load(Options{YAML: []byte(minimal), Environ: []string{}, OverrideFiles: []string{tt.file}, OverrideOwner: tt.owner})
		if got := problems(t, err); len(got) != 1 || !strings.Contains(got[0], tt.want) {
			t.Errorf("%s: problems %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Another program's certificate is taken as it is when nothing else is configured.
func TestDropIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := writeFile(t, filepath.Join(dir, "logrelay.pem"), "", 0o644), writeFile(t, filepath.Join(dir, "logrelay.key"), "", 0o600)
	legacy := writeFile(t, filepath.Join(dir, "armor"), "ARMOR_LOGSTASH_SSL_CERT=/a.pem\nARMOR_LOGSTASH_SSL_KEY=/a.key\n", 0o644)
	for name, tt := range map[string]struct {
		yaml, file string
		dropIn     [2]string
		want       TLS
	}{
		"there":           {"", "none", [2]string{cert, key}, TLS{CertFile: Path(cert), KeyFile: Path(key), Policy: "intermediate", Legacy: true}},
		"not asked for":   {"", "none", [2]string{}, TLS{Policy: "intermediate"}},
		"half of it":      {"", "none", [2]string{cert, filepath.Join(dir, "none")}, TLS{Policy: "intermediate"}},
		"the other half":  {"", "none", [2]string{filepath.Join(dir, "none"), key}, TLS{Policy: "intermediate"}},
		"after variables": {"", legacy, [2]string{cert, key}, TLS{CertFile: "/a.pem", KeyFile: "/a.key", Policy: "intermediate", Legacy: true}},
		"after the YAML":  {"tls: {cert_file: /y.pem, key_file: /y.key}\n", "none", [2]string{cert, key}, TLS{CertFile: "/y.pem", KeyFile: "/y.key", Policy: "intermediate"}},
	} {
		c, err := Load(Options{
			YAML: []byte(minimal + tt.yaml), Environ: []string{}, OverrideFiles: []string{tt.file}, OverrideOwner: uint32(os.Getuid()), DropIn: tt.dropIn,
		})
		if err != nil {
			t.Fatal(err)
		}
		c.TLS.ACME = ACME{}
		if diff := cmp.Diff(tt.want, c.TLS); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
}

// What a service manager reads as its environment file and what an administrator puts beside it: the latter wins, on both families of distributions.
func TestDefaultOverrideFiles(t *testing.T) {
	t.Parallel()
	want := []string{
		"/etc/sysconfig/armor-logstash.override", "/etc/sysconfig/logrelay", "/etc/default/logrelay",
		"/etc/sysconfig/logrelay.override", "/etc/default/logrelay.override",
	}
	if diff := cmp.Diff(want, DefaultOverrideFiles); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
