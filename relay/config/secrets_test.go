package config

import (
	"slices"
	"testing"
)

// Secrets finds them in every place that can hold one: keys, lists, maps, inputs and outputs.
func TestSecretsAreFound(t *testing.T) {
	t.Parallel()
	c := Default()
	in := NewInput("https").(*HTTPSInput)
	in.Tokens = []Token{{Name: "a", Token: NewSecret("listed")}, {Name: "none"}}
	c.Inputs["web"] = in
	out := NewOutput("https").(*HTTPSOutput)
	out.Bearer = NewSecret("plain")
	out.SecretHeaders = map[string]Secret{"X-Key": NewSecret("mapped")}
	out.Rules = []Rule{{Key: NewSecret("ruled")}}
	c.Outputs["siem"] = out
	got := c.Secrets()
	slices.Sort(got)
	if want := []string{"listed", "mapped", "plain", "ruled"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
