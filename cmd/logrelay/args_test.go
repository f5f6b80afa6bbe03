package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

func TestPermute(t *testing.T) {
	t.Parallel()
	app := newApp(io.Discard, io.Discard)
	for _, c := range []struct{ in, want string }{
		{"logrelay", "logrelay"},
		{"logrelay send f --to x", "logrelay send --to x f"},
		{"logrelay send f --to=x g --json", "logrelay send --to=x --json f g"},
		{"logrelay send - --to x", "logrelay send --to x -"},
		{"logrelay send --json f -- --to x", "logrelay send --json f -- --to x"},
		{"logrelay buffer dead-letters drop 1-0 --yes", "logrelay buffer dead-letters drop --yes 1-0"},
		{"logrelay buffer dead-letters ls retry", "logrelay buffer dead-letters ls retry"},
		{"logrelay send --to", "logrelay send --to"},
		{"logrelay -h send", "logrelay -h send"},
	} {
		if got := strings.Join(permute(app, strings.Fields(c.in)), " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.in, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"run", "demo", "check", "status", "send", "to", "token-file"}
	for word, want := range map[string]string{
		"chekc": "check", "sned": "send", "tokenfile": "token-file", "stats": "status", "r": "", "xyz": "", "": "",
	} {
		if got := nearest(word, words); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

// Every command and flag can be found in every completion script, and says what it is for.
func TestCompletionIsWhole(t *testing.T) {
	t.Parallel()
	app := newApp(io.Discard, io.Discard)
	for shell, script := range completions {
		var b strings.Builder
		if err := script(&b, app); err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes(app) {
			for _, word := range n.words() {
				if !slices.Contains(strings.FieldsFunc(b.String(), func(r rune) bool { return strings.ContainsRune(" '\n:=", r) }), strings.TrimPrefix(word, "--")) &&
					!strings.Contains(b.String(), word) {
					t.Errorf("%s: %s %s is missing", shell, n.path, word)
				}
			}
			for _, c := range n.commands {
				if c.Usage == "" {
					t.Errorf("%s %s does not say what it is for", n.path, c.Name)
				}
			}
			for _, f := range n.flags {
				if flagUsage(f) == "" {
					t.Errorf("%s %s does not say what it is for", n.path, dashed(f.Names()[0]))
				}
			}
		}
	}
}
