package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const minimal = `
inputs:
  https: {type: https, auth: generated}
outputs:
  siem: {type: syslog, address: "siem.example.com:6514"}
`

// load is Load without anything of this host.
func load(t *testing.T, yaml string, environ ...string) (*Config, error) {
	t.Helper()
	if environ == nil {
		environ = []string{}
	}
	return Load(Options{Path: filepath.Join(t.TempDir(), "logrelay.yaml"), YAML: []byte(yaml), Environ: environ, OverrideFiles: []string{}})
}

func mustLoad(t *testing.T, yaml string, environ ...string) *Config {
	t.Helper()
	c, err := load(t, yaml, environ...)
	if err != nil {
		t.Fatalf("Load:\n%v", err)
	}
	return c
}

// problems returns what Load complains about, a line each, without the directory of the file.
func problems(t *testing.T, err error) []string {
	t.Helper()
	ps, ok := errors.AsType[Problems](err)
	if !ok {
		t.Fatalf("Load returned %v, want Problems", err)
	}
	lines := []string{}
	for _, p := range ps {
		p.File = filepath.Base(p.File)
		lines = append(lines, p.String())
	}
	return lines
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, yaml string
		want       []string // the start of each problem
	}{
		{"empty file", "", []string{`logrelay.yaml: outputs: there are none`}},
		{"not YAML", "inputs: [\n", []string{`logrelay.yaml:1:1: not YAML: did not find expected node content`}},
		{"two documents", minimal + "---\na: b\n", []string{`logrelay.yaml:6:1: a second document`}},
		{"a list at the top", "- a\n", []string{`logrelay.yaml:1:1: a list; allowed: keys and values`, `logrelay.yaml: outputs: there are none`}},
		{"unknown key", minimal + "memory_limt: 1GiB\n", []string{
			`logrelay.yaml:6:1: memory_limt: unknown key; did you mean "memory_limit"?; allowed: state_dir, memory_limit,`}},
		{"unknown key below", "inputs:\n  a: {type: https, auth: none, lissten: ':1'}\noutputs:\n  b: {type: stdout}\n", []string{
			`logrelay.yaml:2:32: inputs.a.lissten: unknown key; did you mean "listen"?`}},
		{"key of another type", "outputs:\n  b: {type: stdout, token_file: x}\n", []string{
			`logrelay.yaml:2:21: outputs.b.token_file: not a key of type stdout, but of hec, xsiam; allowed: type, schema,`}},
		{"key twice", minimal + "log: {level: info, level: debug}\n", []string{`logrelay.yaml:6:20: log.level: stands twice; first in line 6`}},
		{"merge key", "outputs:\n  a: &a {type: stdout}\n  b: {<<: *a, type: stdout}\n", []string{
			`logrelay.yaml:3:7: outputs.b.<<: merge keys are not supported`}},
		{"wrong types", "memory_limit: lots\ndrain_timeout: 5\nlog: [1]\nbuffer: {quota: {a: b}, reserve: -1}\noutputs:\n  b: {type: stdout, batch_records: 9999999, schema: xml}\n", []string{
			`logrelay.yaml:1:15: memory_limit: "lots": not a size; allowed: bytes, or a number with KiB`,
			`logrelay.yaml:2:16: drain_timeout: "5": not a duration; allowed: a number with ms, s, m or h`,
			`logrelay.yaml:3:6: log: a list; allowed: keys and values`,
			`logrelay.yaml:4:17: buffer.quota: a mapping; allowed: one value`,
			`logrelay.yaml:4:34: buffer.reserve: "-1": not a size`,
			`logrelay.yaml:6:36: outputs.b.batch_records: "9999999": out of range; allowed: 1 to 8192`,
			`logrelay.yaml:6:53: outputs.b.schema: "xml": not a known word; allowed: raw, json, ocsf`}},
		{"no type, unknown type", "outputs:\n  a: {schema: raw}\n  b: {type: hek}\n", []string{
			`logrelay.yaml:2:6: outputs.a: no type; allowed: type: hec, https, elastic, xsiam, syslog, file, stdout`,
			`logrelay.yaml:3:13: outputs.b.type: "hek": not a known type; did you mean "hec"?; allowed: hec,`}},
		{"nobody may push", "inputs:\n  h: {type: https}\n  s: {type: syslog}\n  u: {type: syslog, transport: udp, auth: none, listen: ':515'}\noutputs:\n  b: {type: stdout}\n", []string{
			`logrelay.yaml:2:3: inputs.h.auth: "required": nothing says who may send; allowed: tokens, users`,
			`logrelay.yaml:3:3: inputs.s.auth: "required": nothing says who may send; allowed: client_ca_file or networks`,
			`logrelay.yaml:4:3: inputs.u.networks: needed for udp`}},
		{"certificates that are optional", "inputs:\n  h: {type: https, client_cert: optional, client_ca_file: /etc/hosts}\n  s: {type: syslog, client_cert: optional, client_ca_file: /etc/hosts}\n  t: {type: syslog, client_cert: optional, listen: ':1', networks: [10.0.0.0/8]}\noutputs:\n  b: {type: stdout}\n", []string{
			`logrelay.yaml:2:33: inputs.h.client_cert: "optional": nothing else says who may send; allowed: with tokens, users or auth: generated`,
			`logrelay.yaml:3:34: inputs.s.client_cert: "optional": nothing else says who may send; allowed: with networks`,
			`logrelay.yaml:4:34: inputs.t.client_cert: "optional": needs client_ca_file, or no one is asked for a certificate`}},
		{"listeners meet", "admin: {listen: '127.0.0.1:5443'}\ninputs:\n  a: {type: https, auth: none}\n  b: {type: https, auth: none, listen: '[::]:5443'}\n  c: {type: syslog, transport: udp, networks: [10.0.0.0/8], listen: ':5443'}\noutputs:\n  b: {type: stdout}\n", []string{
			`logrelay.yaml:1:17: admin.listen: "127.0.0.1:5443": the address is taken by inputs.a.listen`,
			`logrelay.yaml:1:17: admin.listen: "127.0.0.1:5443": the address is taken by inputs.b.listen`,
			`logrelay.yaml:4:40: inputs.b.listen: ":5443": the address is taken by inputs.a.listen`}},
		{"admin for all", minimal + "admin: {listen: ':5480'}\n", []string{`logrelay.yaml:6:17: admin.listen: ":5480": not on loopback`}},
		{"bad addresses", "inputs:\n  a: {type: https, auth: none, listen: 5443, networks: [10.0.0.1/8, x]}\noutputs:\n  b: {type: syslog, address: [siem, ':514']}\n", []string{
			`logrelay.yaml:2:40: inputs.a.listen: "5443": not an address; allowed: host:port`,
			`logrelay.yaml:2:57: inputs.a.networks[0]: "10.0.0.1/8": has bits set beyond the first 8; did you mean "10.0.0.0/8"?`,
			`logrelay.yaml:2:69: inputs.a.networks[1]: "x": not a network`,
			`logrelay.yaml:4:31: outputs.b.address[0]: "siem": not an address`,
			`logrelay.yaml:4:37: outputs.b.address[1]: ":514": no host or no port`}},
		{"bad URLs", "outputs:\n  a: {type: https, url: [siem.example.com, 'ftp://x', 'https://me:hunter2@x/', 'https://x/#a']}\n  b: {type: https}\n", []string{
			`logrelay.yaml:2:26: outputs.a.url[0]: "siem.example.com": not a URL; allowed: https://`,
			`logrelay.yaml:2:44: outputs.a.url[1]: "ftp://x": not a URL`,
			`logrelay.yaml:2:55: outputs.a.url[2]: "<secret>@x/": a user in the URL`,
			`logrelay.yaml:2:80: outputs.a.url[3]: "https://x/#a": a "#" in the URL`,
			`logrelay.yaml:3:3: outputs.b.url: empty`}},
		{"inline secrets", "inputs:\n  a: {type: https, tokens: [{name: n, token: hunter2}]}\noutputs:\n  b: {type: https, url: 'https://x/', headers: {X-Api-Key: hunter2}, bearer: hunter2}\n", []string{
			`logrelay.yaml:2:46: inputs.a.tokens[0].token: <secret>: secrets do not stand in this file; allowed: token_file, or the variable LOGRELAY_INPUTS_A_TOKENS_0_TOKEN`,
			`logrelay.yaml:4:49: outputs.b.headers.X-Api-Key: <secret>: secrets do not stand in this file; allowed: header_files`,
			`logrelay.yaml:4:78: outputs.b.bearer: <secret>: secrets do not stand in this file; allowed: bearer_file`}},
		{"tokens", "inputs:\n  a:\n    type: https\n    tokens:\n    - {name: n, token_hash: hunter2}\n    - {name: n}\n    - {token_hash: 'sha256:" + strings.Repeat("0", 64) + "', not_before: 2026-01-01, expires: 2025-01-01}\n    users: [{name: u, password_hash: hunter2}]\noutputs:\n  b: {type: stdout}\n", []string{
			`logrelay.yaml:5:29: inputs.a.tokens[0].token_hash: <secret>: not a hash of a token`,
			`logrelay.yaml:6:7: inputs.a.tokens[1]: no token; allowed: one of token_file, token_hash, or the variable`,
			`logrelay.yaml:6:14: inputs.a.tokens[1].name: "n": the name is taken by inputs.a.tokens[0]`,
			`logrelay.yaml:7:7: inputs.a.tokens[2].name: empty`,
			`logrelay.yaml:7:128: inputs.a.tokens[2].expires: "2025-01-01T00:00:00Z": not after not_before`,
			`logrelay.yaml:8:38: inputs.a.users[0].password_hash: <secret>: not a hash of a password`}},
		{"selections", minimal[:len(minimal)-1] + "\n  x: {type: stdout, inputs: [htps], tenants: [acme], kinds: [vpcflw]}\n", []string{
			`logrelay.yaml:6:30: outputs.x.inputs[0]: "htps": not a known input; did you mean "https"?; allowed: https`,
			`logrelay.yaml:6:47: outputs.x.tenants[0]: "acme": not a known tenant; allowed: default`,
			`logrelay.yaml:6:62: outputs.x.kinds[0]: "vpcflw": not a known kind; did you mean "vpcflow"?`}},
		{"clear text secrets", "outputs:\n  a: {type: https, url: 'http://x/', basic: {user: u}}\n", []string{
			`logrelay.yaml:2:25: outputs.a.url[0]: "http://x/": a secret would travel in the clear`,
			`logrelay.yaml:2:45: outputs.a.basic: a user without a password`}},
		{"names", "outputs:\n  SIEM: {type: stdout}\n", []string{`logrelay.yaml:2:3: outputs.SIEM: "SIEM": not a name`}},
		{"one file for two", "outputs:\n  a: {type: file, path: x}\n  b: {type: file, path: ./x}\n", []string{`logrelay.yaml:3:25: outputs.b.path: "`}},
		{"half a pair", minimal + "tls: {cert_file: a.pem}\n", []string{`logrelay.yaml:6:18: tls.cert_file: a certificate without a key`}},
		{"missing files", "outputs:\n  a: {type: hec, url: 'https://x', token_file: nosuch, tls: {ca_file: .}}\n  b: {type: hec, url: 'https://x', token_file: 'credential:a/b'}\n  c: {type: hec, url: 'https://x'}\n", []string{
			`logrelay.yaml:2:48: outputs.a.token_file: "nosuch": no such file or directory`,
			`logrelay.yaml:2:71: outputs.a.tls.ca_file: ".": not a regular file`,
			`logrelay.yaml:3:48: outputs.b.token_file: "credential:a/b": not a credential`,
			`logrelay.yaml:4:3: outputs.c.token_file: no token; allowed: token_file, or the variable LOGRELAY_OUTPUTS_C_TOKEN`}},
		{"zone", "inputs:\n  a: {type: syslog, auth: none, zone: Europe/Berlni}\noutputs:\n  b: {type: stdout}\n", []string{
			`logrelay.yaml:2:39: inputs.a.zone: "Europe/Berlni": not a time zone`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, tt.yaml)
			got := problems(t, err)
			for i, line := range got {
				if strings.Contains(line, "hunter2") {
					t.Errorf("a secret in: %s", line)
				}
				if i < len(tt.want) && strings.HasPrefix(line, tt.want[i]) {
					got[i] = tt.want[i]
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTab(t *testing.T) {
	t.Parallel()
	for yaml, hinted := range map[string]bool{"inputs:\n\thttps:\n": true, "inputs:\n  \ta: b\n": true, "inputs: [\n": false} {
		_, err := load(t, yaml)
		if err == nil || strings.Contains(err.Error(), "hint: YAML takes no tabs") != hinted {
			t.Errorf("%q: %v", yaml, err)
		}
	}
}

func TestMissingFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "nosuch.yaml")
	_, err := Load(Options{Path: path, Environ: []string{}, OverrideFiles: []string{}})
	want := path + ": no such file or directory\n  hint: name the configuration with --config FILE"
	if err == nil || err.Error() != want {
		t.Errorf("Load = %v, want %s", err, want)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	yaml := minimal + `  sp-1.x: {type: hec, url: "https://x:8088"}` + "\n"
	c := mustLoad(t, yaml,
		"LOGRELAY_MEMORY_LIMIT=1GiB", "LOGRELAY_LOG_LEVEL=debug", "LOGRELAY_LOG_FORMAT=",
		"LOGRELAY_INPUTS_HTTPS_NETWORKS=10.0.0.0/8, 192.0.2.7",
		"LOGRELAY_INPUTS_HTTPS_TOKENS_0_NAME=a", "LOGRELAY_INPUTS_HTTPS_TOKENS_0_TOKEN=hunter2", "LOGRELAY_INPUTS_HTTPS_TOKENS_0_TENANT=acme",
		"LOGRELAY_OUTPUTS_SP_1_X_TOKEN=hunter3", "LOGRELAY_OUTPUTS_SP_1_X_TLS_STRICT=false",
		"LOGRELAY_OUTPUTS_SIEM_TIMEOUT=7s", "LOGRELAY_PORT=tcp://10.0.0.1:5443", "LOGRELAY_CONFIG=/x", "TLS=1", "LOG_LEVEL=loud",
	)
	in := c.Inputs["https"].(*HTTPSInput)
	hec := c.Outputs["sp-1.x"].(*HECOutput)
	got := []any{
		c.MemoryLimit, c.Log, fmt.Sprint(in.Networks), len(in.Tokens), in.Tokens[0].Token.Reveal(), in.Tokens[0].Tenant,
		hec.Token.Reveal(), hec.TLS.Strict, c.Outputs["siem"].(*SyslogOutput).Timeout,
	}
	want := []any{
		Bytes(1 << 30), Log{"debug", "text"}, "[10.0.0.0/8 192.0.2.7/32]", 1, "hunter2", "acme", "hunter3", false, 7 * time.Second,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEnvironmentProblems(t *testing.T) {
	t.Parallel()
	yaml := minimal + "  siem_tls: {type: syslog, address: 'x:1'}\n"
	_, err := load(t, yaml, "LOGRELAY_OUTPUTS_SIEM_TIMOUT=5s", "LOGRELAY_OUTPUTS_SIEM_TIMEOUT=soon", "LOGRELAY_INPUTS_HTTPS_TOKENS_1_NAME=x",
		"LOGRELAY_OUTPUTS_SIEM_TYPE=hek", "LOGRELAY_OUTPUTS_SIEM_TLS_CERT_FILE=/etc/hosts")
	want := []string{
		`outputs.siem.type: "hek": not a known type`,
		`environment LOGRELAY_INPUTS_HTTPS_TOKENS_1_NAME: no key has this variable`,
	}
	text := strings.Join(problems(t, err), "\n")
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in:\n%s", w, text)
		}
	}
	_, err = load(t, yaml, "LOGRELAY_OUTPUTS_SIEM_TIMOUT=5s", "LOGRELAY_OUTPUTS_SIEM_TIMEOUT=soon")
	if diff := cmp.Diff([]string{
		`environment LOGRELAY_OUTPUTS_SIEM_TIMEOUT: outputs.siem.timeout: "soon": not a duration; allowed: a number with ms, s, m or h, such as "5s" or "1h30m"`,
		`environment LOGRELAY_OUTPUTS_SIEM_TIMOUT: no key has this variable; did you mean "LOGRELAY_OUTPUTS_SIEM_TIMEOUT"?`,
	}, problems(t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAmbiguousVariable(t *testing.T) {
	t.Parallel()
	_, err := load(t, "outputs:\n  a-b: {type: stdout}\n  a.b: {type: stdout}\n", "LOGRELAY_OUTPUTS_A_B_SCHEMA=raw")
	if got := problems(t, err); len(got) != 1 || !strings.Contains(got[0], "the variable could also mean outputs.a") {
		t.Errorf("problems = %q", got)
	}
}

func TestSecretFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "token"), "hunter2\n", 0o640)
	writeFile(t, filepath.Join(dir, "open"), "hunter3\n", 0o644)
	writeFile(t, filepath.Join(dir, "empty"), "\n", 0o600)
	writeFile(t, filepath.Join(dir, "lines"), "a\nb\n", 0o600)
	for _, tt := range []struct{ file, want string }{
		{filepath.Join(dir, "token"), ""},
		{"credential:token", ""},
		{filepath.Join(dir, "open"), "everyone can read this secret (mode 0644); allowed: owner and group only"},
		{"credential:open", "everyone can read this secret"},
		{filepath.Join(dir, "empty"), "the file is empty"},
		{filepath.Join(dir, "lines"), "the file has several lines"},
	} {
		yaml := "outputs:\n  a: {type: https, url: 'https://x/', header_files: {Authorization: '" + tt.file + "'}}\n  b: {type: hec, url: 'https://x', token_file: '" + tt.file + "'}\n"
		c, err := load(t, yaml, "CREDENTIALS_DIRECTORY="+dir)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.file, err)
			} else if a, b := c.Outputs["a"].(*HTTPSOutput).SecretHeaders["Authorization"].Reveal(), c.Outputs["b"].(*HECOutput).Token.Reveal(); a != "hunter2" || b != "hunter2" {
				t.Errorf("%s: secrets %q and %q, want hunter2", tt.file, a, b)
			}
			continue
		}
		if got := problems(t, err); len(got) != 2 || !strings.Contains(got[0], tt.want) || !strings.Contains(got[1], tt.want) {
			t.Errorf("%s: problems %q, want two of %q", tt.file, got, tt.want)
		}
	}
}

// What is run by hand sees the credentials that the service sees.
func TestCredentialsOfTheService(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "token"), "hunter2\n", 0o400)
	path := writeFile(t, filepath.Join(dir, "logrelay.yaml"), "outputs: {b: {type: hec, url: 'https://x', token_file: 'credential:token'}}\n", 0o644)
	c, err := Load(Options{Path: path, Environ: []string{}, OverrideFiles: []string{}, Credentials: dir})
	if err != nil || c.Outputs["b"].(*HECOutput).Token.Reveal() != "hunter2" {
		t.Errorf("while it runs: %v", err)
	}
	_, err = Load(Options{Path: path, Environ: []string{}, OverrideFiles: []string{}, Credentials: filepath.Join(dir, "nosuch")})
	if got := problems(t, err); len(got) != 1 || !strings.Contains(got[0], "the service does not run") {
		t.Errorf("while it does not: %q", got)
	}
}

func TestRelativePaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "ca.pem"), "x", 0o644)
	path := writeFile(t, filepath.Join(dir, "logrelay.yaml"), "state_dir: state\n"+minimal+"    \n  b: {type: https, url: 'https://x/', tls: {ca_file: ca.pem}}\n", 0o644)
	c, err := Load(Options{Path: path, Environ: []string{}, OverrideFiles: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{string(c.StateDir), string(c.Buffer.Dir), string(c.Outputs["b"].(*HTTPSOutput).TLS.CAFile), c.GeneratedTokenFile("https")}
	want := []string{dir + "/state", dir + "/state/buffer", dir + "/ca.pem", dir + "/state/tokens/https"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFlagsWin(t *testing.T) {
	t.Parallel()
	o := Options{YAML: []byte(minimal), Environ: []string{"LOGRELAY_LOG_LEVEL=debug"}, OverrideFiles: []string{}, LogLevel: "warn", LogFormat: "json"}
	c, err := Load(o)
	if err != nil || c.Log != (Log{"warn", "json"}) {
		t.Errorf("Load = %v, %v", c, err)
	}
	o.LogLevel = "loud"
	_, err = Load(o)
	if got := problems(t, err); len(got) != 1 || !strings.Contains(got[0], `--log-level: "loud": not a known word; allowed: debug, info, warn, error`) {
		t.Errorf("problems = %q", got)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "outputs:\n  a: {type: https, url: 'http://x/', tls: {strict: false}}\n  s: {type: syslog, transport: tcp, address: 'x:1'}\ninputs:\n  h: {type: https, auth: none}\n")
	var got []string
	for _, w := range c.Warnings {
		got = append(got, w.Key)
	}
	if diff := cmp.Diff([]string{"outputs.a.url[0]", "outputs.a.tls.strict", "outputs.s.transport", "inputs.h.auth"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, minimal+"  b: {type: hec, url: 'https://x'}\n", "LOGRELAY_OUTPUTS_B_TOKEN=hunter2", "LOGRELAY_INPUTS_HTTPS_TOKENS_0_NAME=n", "LOGRELAY_INPUTS_HTTPS_TOKENS_0_TOKEN=hunter2")
	hec := c.Outputs["b"].(*HECOutput)
	js, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	outputs := []string{string(c.Masked()), string(js), hec.Token.LogValue().String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		outputs = append(outputs, fmt.Sprintf(verb, hec.Token), fmt.Sprintf(verb, hec), fmt.Sprintf(verb, c.Inputs["https"]))
	}
	for _, out := range outputs {
		if strings.Contains(out, "hunter2") || strings.Contains(out, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("the secret stands in %s", out)
		}
	}
	if !strings.Contains(outputs[0], "token: <secret>") {
		t.Errorf("Masked does not show that there is a token:\n%s", outputs[0])
	}
}

func TestMaskedLoadsToTheSame(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, minimal+"  b: {type: https, url: ['https://x'], headers: {A: b}}\n  f: {type: file, path: /x}\ntenants: {acme: {buffer_share: 50%}}\n")
	again := mustLoad(t, string(c.Masked()))
	if diff := cmp.Diff(string(c.Masked()), string(again.Masked())); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

// Of a configuration with mistakes, what has to work meanwhile learns where log and socket are, and what the secrets are.
func TestSalvage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("a-secret-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	salvage := func(text string, environ ...string) (*Config, bool) {
		return Salvage(Options{Path: filepath.Join(dir, "logrelay.yaml"), YAML: []byte(text), Environ: append(environ, "X=")})
	}
	c, readable := salvage("state_dir: state\nadmin: {socket: a.sock, listne: x}\noutputs: {siem: {type: hec, token_file: token, url: 7}, b: {type: none}}\ntypo: 1\n")
	if !readable || string(c.Buffer.Dir) != filepath.Join(dir, "state/buffer") || string(c.Admin.Socket) != filepath.Join(dir, "a.sock") || !slices.Contains(c.Secrets(), "a-secret-token") {
		t.Errorf("%v %s %s %d secrets", readable, c.Buffer.Dir, c.Admin.Socket, len(c.Secrets()))
	}
	c, readable = salvage("state_dir: [", "LOGRELAY_ADMIN_SOCKET=/run/other.sock")
	if readable || c.Buffer.Dir != "/var/lib/logrelay/buffer" || c.Admin.Socket != "/run/other.sock" {
		t.Errorf("no YAML: %v %s %s", readable, c.Buffer.Dir, c.Admin.Socket)
	}
	if _, readable = Salvage(Options{Path: filepath.Join(dir, "none.yaml"), Environ: []string{"X="}}); readable {
		t.Error("a file that is not there was read")
	}
}
