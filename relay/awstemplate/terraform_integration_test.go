//go:build integration

package awstemplate

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// configuration is a template in a directory of its own, with Terraform to apply it and providers that have the schemas of the real ones and nothing
// behind them (testdata/provider).
type configuration struct {
	t         *testing.T
	terraform string
	dir       string
	env       []string
}

// program is Terraform's.
func program(t *testing.T) string {
	t.Helper()
	terraform := os.Getenv("LOGRELAY_TEST_TERRAFORM")
	if terraform == "" {
		t.Skip("Terraform is not here: LOGRELAY_TEST_TERRAFORM names no program with providers/ and schemas/ beside it")
	}
	return terraform
}

func newConfiguration(t *testing.T, text string) *configuration {
	t.Helper()
	terraform := program(t)
	c := &configuration{t: t, terraform: terraform, dir: t.TempDir()}
	beside, settings := filepath.Dir(terraform), filepath.Join(t.TempDir(), "terraformrc")
	overrides := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  dev_overrides {\n    \"hashicorp/aws\" = %[1]q\n    \"hashicorp/archive\" = %[1]q\n  }\n}\n", filepath.Join(beside, "providers"))
	if err := os.WriteFile(settings, []byte(overrides), 0o600); err != nil {
		t.Fatal(err)
	}
	c.env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+settings, "LOGRELAY_PROVIDER_SCHEMAS="+filepath.Join(beside, "schemas"))
	c.write(text)
	return c
}

func (c *configuration) write(text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, "main.tf"), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// run returns what Terraform says, and whether it did what it was asked for.
func (c *configuration) run(arguments ...string) (string, error) {
	cmd := exec.CommandContext(c.t.Context(), c.terraform, arguments...)
	cmd.Dir, cmd.Env = c.dir, c.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c *configuration) apply(variables map[string]string) (string, error) {
	arguments := []string{"apply", "-no-color", "-auto-approve", "-input=false"}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		arguments = append(arguments, "-var", name+"="+variables[name])
	}
	return c.run(arguments...)
}

// made is a resource, or what was looked up, in Terraform's state.
type made struct {
	Mode, Type, Name string
	Instances        []struct{ Attributes map[string]any }
}

// state returns what was made, and all of it as text.
func (c *configuration) state() ([]made, string) {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "terraform.tfstate"))
	if err != nil {
		c.t.Fatal(err)
	}
	var state struct{ Resources []made }
	if err := json.Unmarshal(text, &state); err != nil {
		c.t.Fatal(err)
	}
	return state.Resources, string(text)
}

const someToken = "a-token-that-nobody-shall-see"

// variants are the ways in which each kind is filled in.
var variants = []struct {
	kind, name string
	variables  map[string]string
}{
	{"vpc-flow-logs", "a new bucket", map[string]string{"bucket_name": "example-logs", "vpc_id": "vpc-1", "external_id": "example-7"}},
	{"vpc-flow-logs", "a key, of another account", map[string]string{"bucket_name": "example-logs", "external_id": "example-7", "encryption": "KMS", "publisher_account_id": "210987654321"}},
	{"vpc-flow-logs", "a bucket that is there, and a user", map[string]string{
		"bucket_name": "example-logs", "existing_bucket": "true", "access": "user", "kms_key_arn": "arn:aws:kms:eu-central-1:123456789012:key/1", "retention_in_days": "0", "vpc_id": "vpc-1",
	}},
	{"cloudtrail", "an account", map[string]string{"bucket_name": "example-logs", "external_id": "example-7", "relay_principal_arn": "arn:aws:iam::123456789012:role/relay"}},
	{"cloudtrail", "an organization, all events", map[string]string{
		"bucket_name": "example-logs", "external_id": "example-7", "organization_id": "o-example1234", "encryption": "KMS", "exclude_kms_events": "true",
		"s3_data_event_arns": `["arn:aws:s3:::example/"]`, "lambda_data_events": "true", "insight_events": "true",
	}},
	{"cloudtrail", "a trail that is there", map[string]string{"bucket_name": "example-logs", "external_id": "example-7", "existing_trail": "true"}},
	{"service-logs", "none yet", map[string]string{"bucket_name": "aws-waf-logs-x", "external_id": "example-7"}},
	{"service-logs", "all", map[string]string{
		"bucket_name": "aws-waf-logs-x", "external_id": "example-7", "resolver_vpc_id": "vpc-1", "web_acl_arn": "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/x/1",
		"load_balancer_logs": "true", "s3_access_logs": "true",
	}},
	{"vpc-flow-logs-push", "a public relay", map[string]string{"vpc_id": "vpc-1", "log_url": "https://relay.example.com:5443", "push_token": someToken}},
	{"vpc-flow-logs-push", "a private one", map[string]string{
		"vpc_id": "vpc-1", "log_url": "https://relay.internal:5443", "push_token_secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x", "strict_ssl": "false",
		"subnet_ids": `["subnet-1"]`, "security_group_ids": `["sg-1"]`, "make_endpoints": "S3AndSecretsManager", "route_table_ids": `["rtb-1"]`, "kms_key_stack": "keys",
	}},
	{"eks", "a token", map[string]string{"cluster_name": "example", "relay_url": "https://relay.example.com/firehose", "access_key": someToken}},
	{"eks", "a secret", map[string]string{"cluster_name": "example", "relay_url": "https://relay.example.com", "access_key_secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x"}},
	{"nlb", "one relay", map[string]string{"vpc_id": "vpc-1", "subnet_ids": `["subnet-1"]`, "relay_address": "10.0.0.1", "allowed_cidr": "192.0.2.0/27"}},
	{"nlb", "two relays", map[string]string{
		"vpc_id": "vpc-1", "subnet_ids": `["subnet-1"]`, "relay_address": "10.0.0.1", "second_relay_address": "10.0.0.2", "allowed_cidr": "192.0.2.0/27", "second_allowed_cidr": "198.51.100.0/24",
	}},
}

// TestTerraform has Terraform apply each template: whatever it names is in the schemas of the providers, fits, and can be made; and nothing is left to change.
func TestTerraform(t *testing.T) {
	t.Parallel()
	program(t)
	for _, v := range variants {
		t.Run(v.kind+", "+v.name, func(t *testing.T) {
			t.Parallel()
			c := newConfiguration(t, terraformText(t, v.kind))
			if out, err := c.apply(v.variables); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			resources, text := c.state()
			if strings.Contains(text, someToken) {
				t.Error("the token is in the state")
			}
			checkMade(t, v.kind, resources)
			checkConfiguration(t, v.kind, text)
		})
	}
}

// TestPreflightStopsTerraform: what the function says fails the apply, before the first log.
func TestPreflightStopsTerraform(t *testing.T) {
	t.Parallel()
	c := newConfiguration(t, terraformText(t, "vpc-flow-logs-push"))
	c.env = append(c.env, "LOGRELAY_PROVIDER_REFUSES=aws_lambda_invocation=Cannot push to https://relay.example.com:5443")
	variables := map[string]string{"vpc_id": "vpc-1", "log_url": "https://relay.example.com:5443", "push_token": someToken}
	out, err := c.apply(variables)
	if err == nil || !strings.Contains(out, "Error: Cannot push to https://relay.example.com:5443") || strings.Contains(out, someToken) {
		t.Errorf("%v\n%s", err, out)
	}
	resources, _ := c.state()
	for _, r := range resources {
		if r.Type == "aws_flow_log" || r.Type == "aws_lambda_event_source_mapping" || r.Type == "aws_lambda_invocation" {
			t.Errorf("%s is there", r.Type)
		}
	}
	c.env = c.env[:len(c.env)-1]
	if out, err := c.apply(variables); err != nil { // the reason is gone, and the same command goes on
		t.Errorf("%v\n%s", err, out)
	}
}

// TestTerraformIsAsked: what is wrong in a template does not pass.
func TestTerraformIsAsked(t *testing.T) {
	t.Parallel()
	program(t)
	for kind, faults := range map[string][]struct{ old, new, want string }{
		"eks": {
			{"request_configuration {", "request_config {", `Blocks of type "request_config" are not expected here`},
			{"url                = var.relay_url", "", `The argument "url" is required`},
			{"destination = \"http_endpoint\"", "", `The argument "destination" is required`},
		},
		"vpc-flow-logs-push": {
			{"handler          =", "handlers         =", `An argument named "handlers" is not expected here`},
			{"timeout          = 300", `timeout          = "long"`, "a number is required"},
			{"secret_string_wo  ", "secret_string     ", "Ephemeral value"},
			{"aws_sqs_queue.logs.url", "aws_sqs_queue.logs.uri", `no argument, nested block, or exported attribute named "uri"`},
		},
		"nlb": {{`resource "aws_lb" "relays"`, `resource "aws_lbs" "relays"`, "does not support resource type"}},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			text := terraformText(t, kind)
			for _, f := range faults {
				if !strings.Contains(text, f.old) {
					t.Errorf("%s has no %s", kind, f.old)
				}
				text = strings.Replace(text, f.old, f.new, 1)
			}
			out, err := newConfiguration(t, text).run("validate", "-no-color")
			said := strings.Join(strings.Fields(out), " ")
			for _, f := range faults {
				if err == nil || !strings.Contains(said, f.want) {
					t.Errorf("%v; it does not say %q\n%s", err, f.want, out)
				}
			}
		})
	}
}

// TestTerraformVariables: what is filled in wrongly is refused in words, before anything is made.
func TestTerraformVariables(t *testing.T) {
	t.Parallel()
	program(t)
	for name, c := range map[string]struct {
		kind      string
		variables map[string]string
		want      string
	}{
		"a wrong name of a bucket":     {"service-logs", map[string]string{"bucket_name": "logs", "external_id": "example-7"}, "begins with aws-waf-logs-"},
		"a role without external id":   {"vpc-flow-logs", map[string]string{"bucket_name": "logs"}, "A role needs an external_id"},
		"insight without management":   {"cloudtrail", map[string]string{"bucket_name": "logs", "external_id": "example-7", "management_events": "None", "insight_events": "true"}, "Insight events need management events"},
		"neither token nor secret":     {"vpc-flow-logs-push", map[string]string{"vpc_id": "vpc-1", "log_url": "https://relay.example.com"}, "Either push_token or push_token_secret_arn"},
		"a port that Firehose has not": {"eks", map[string]string{"cluster_name": "x", "relay_url": "https://relay.example.com:5443", "access_key": "x"}, "no port but 443"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conf := newConfiguration(t, terraformText(t, c.kind))
			out, err := conf.apply(c.variables)
			if err == nil || !strings.Contains(strings.Join(strings.Fields(out), " "), c.want) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestTerraformFormat: the templates are as Terraform writes them.
func TestTerraformFormat(t *testing.T) {
	t.Parallel()
	c := newConfiguration(t, terraformText(t, "nlb"))
	for _, k := range Kinds() {
		if err := os.WriteFile(filepath.Join(c.dir, k.Name+".tf"), []byte(terraformText(t, k.Name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := c.run("fmt", "-check", "-diff"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
