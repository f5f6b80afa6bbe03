package pki

import "testing"

// No file makes the readers panic, and what they refuse has a hint.
func FuzzParse(f *testing.F) {
	_, certPEM, keyPEM := issue(f, named("a"), nil)
	f.Add(certPEM)
	f.Add(keyPEM)
	f.Add([]byte("-----BEGIN EC PRIVATE KEY-----\nDEK-Info: x\n\nAAAA\n-----END EC PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if chain, err := parseChain("f", text); err == nil && len(chain) == 0 || err != nil && hintOf(err) == "" {
			t.Errorf("parseChain: %d certificates, %v", len(chain), err)
		}
		if key, err := parseKey("f", text); err == nil && key == nil || err != nil && hintOf(err) == "" {
			t.Errorf("parseKey: %v, %v", key, err)
		}
	})
}
