package config

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// No text makes Load panic or fail without a reason, and what it accepts says the same when it is written and read again.
func FuzzLoad(f *testing.F) {
	text, err := os.ReadFile(shipped)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for _, s := range []string{
		"", minimal, "a: &a [*a]\n", "<<: {}\n", "inputs: {a: &x {type: https, auth: none}, b: *x}\n", "? [a]\n: b\n", "--- a\n--- b\n",
		"outputs: {a: {type: https, url: https://x, headers: {a: b}, header_files: {c: credential:x}}}\n", "log: !!str x\n", "\xff\xfe",
		"inputs: {h: {type: https, tokens: [{name: a, token_hash: sha256:00, expires: 2026-01-01}], networks: [::/0]}}\n", "tenants: {a: {buffer_share: 5%}, b: }\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		load := func(text []byte) (*Config, error) {
			return Load(Options{Path: "/nowhere/logrelay.yaml", YAML: append([]byte{}, text...), Environ: []string{}, OverrideFiles: []string{}})
		}
		c, err := load(text)
		if err != nil {
			ps, ok := errors.AsType[Problems](err)
			if !ok || len(ps) == 0 {
				t.Fatalf("Load failed without a problem: %v", err)
			}
			for _, p := range ps {
				if p.Message == "" {
					t.Fatalf("a problem that says nothing: %+v", p)
				}
			}
			return
		}
		first := c.Masked()
		if bytes.Contains(first, []byte(masked)) {
			return
		}
		again, err := load(first)
		if err != nil {
			t.Fatalf("written and read again:\n%v\n%s", err, first)
		}
		if diff := cmp.Diff(string(first), string(again.Masked())); diff != "" {
			t.Fatalf("written and read again (-first +second):\n%s", diff)
		}
	})
}

// No override file makes the reader panic, and it takes nothing but the four names.
func FuzzOverrides(f *testing.F) {
	for _, s := range []string{"", "LOGRELAY_TLS_CERT=/a\nexport ARMOR_LOGSTASH_SSL_KEY='/b'\n", "PATH=/x\n", "=\n", "LOGRELAY_TLS_KEY=\"\n", "\x00=\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		found := map[string]override{}
		parseOverrides("f", text, found)
		for name, v := range found {
			switch name {
			case certVariable, keyVariable, legacyCertVariable, legacyKeyVariable:
			default:
				t.Errorf("took %q", name)
			}
			if v.value == "" || v.place.line < 1 {
				t.Errorf("%s = %+v", name, v)
			}
		}
	})
}
