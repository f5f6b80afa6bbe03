package awstemplate

import (
	"regexp"
	"strings"
	"testing"
)

func terraformText(t *testing.T, kind string) string {
	t.Helper()
	text, err := Text(kind, Terraform)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// explained returns the variables or outputs of a template, with their words.
func explained(text, block string) map[string]string {
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^`+block+` "(\w+)" \{\n  description = "(.*)"$`).FindAllStringSubmatch(text, -1) {
		found[m[1]] = m[2]
	}
	return found
}

// snake returns a name as Terraform writes it: RelayURL as relay_url.
func snake(name string) string {
	name = regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(name, "${1}_$2")
	return strings.ToLower(regexp.MustCompile(`([A-Z])([A-Z][a-z])`).ReplaceAllString(name, "${1}_$2"))
}

// Who knows one format knows the other: what can be set, and what comes out, has the same names.
func TestTerraformHasTheSameParametersAndOutputs(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds() {
		stack, text := parse(t, k.Name), terraformText(t, k.Name)
		variables, outputs := explained(text, "variable"), explained(text, "output")
		for name := range stack.Parameters {
			if variables[snake(name)] == "" {
				t.Errorf("%s: no variable is parameter %s", k.Name, name)
			}
			delete(variables, snake(name))
		}
		for name := range variables { // a stack has a name of its own, and CloudFormation sees by itself that a token has changed
			if name != "name" && name != "push_token_version" && name != "access_key_version" {
				t.Errorf("%s: no parameter is variable %s", k.Name, name)
			}
		}
		for name := range stack.Outputs {
			if outputs[snake(name)] == "" {
				t.Errorf("%s: no output of Terraform is %s", k.Name, name)
			}
			delete(outputs, snake(name))
		}
		if len(outputs) > 0 {
			t.Errorf("%s: outputs of Terraform alone: %v", k.Name, outputs)
		}
		if n := strings.Count(text, "\nvariable "); n != len(explained(text, "variable")) {
			t.Errorf("%s: %d variables, and not all are explained", k.Name, n)
		}
	}
}

func TestTerraformKeepsNoToken(t *testing.T) {
	t.Parallel()
	for kind, name := range map[string]string{"vpc-flow-logs-push": "push_token", "eks": "access_key"} {
		text := terraformText(t, kind)
		for block := range strings.SplitSeq(text, "\n}\n") {
			if strings.HasPrefix(strings.TrimSpace(block), `variable "`+name+`"`) && (!strings.Contains(block, "sensitive   = true") || !strings.Contains(block, "ephemeral   = true")) {
				t.Errorf("%s: %s would be in the state", kind, name)
			}
		}
		if strings.Contains(text, "secret_string ") || !strings.Contains(text, "secret_string_wo ") {
			t.Errorf("%s: the secret would be in the state", kind)
		}
	}
}
