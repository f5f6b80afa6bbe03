package awstemplate

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
)

// anyResource is where a policy may say "*", by kind or "" for all, and why.
var anyResource = []struct{ action, why string }{
	{"kms:", "in the policy of a key it means that key, and nothing else can be named (KMS developer guide, Key policies)"},
	{"ec2:CreateNetworkInterface", "Lambda makes the interfaces of a function in a VPC, and names none before (Lambda developer guide, Execution role permissions)"},
	{"ec2:DeleteNetworkInterface", "the same"},
	{"ec2:DescribeNetworkInterfaces", "EC2 knows no resource for what describes"},
	{"ec2:DescribeSubnets", "EC2 knows no resource for what describes"},
	{"ec2:AssignPrivateIpAddresses", "as for making the interface"},
	{"ec2:UnassignPrivateIpAddresses", "as for making the interface"},
}

// anyAction is where an action may end in "*".
var anyAction = map[string]string{
	"kms:*": "for the account itself, in a key's policy: without it nobody could change the key any more (KMS developer guide, Default key policy)",
}

// needsNoSource has the services that may act without a condition that says for which account.
var needsNoSource = map[string]string{
	"lambda.amazonaws.com": "a role is handed to Lambda by who may pass it (iam:PassRole)",
}

// byFolder has the services that write below a folder named for the account, and for which no condition is documented: what is allowed has to name that.
var byFolder = map[string]string{
	"logdelivery.elasticloadbalancing.amazonaws.com": "Application Load Balancers user guide, Enable access logs",
}

// madeUpAccount is the account that stacks are for where Terraform has applied them.
const madeUpAccount = "123456789012"

// TestLeastPrivilege goes through every statement of every policy.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds() {
		s, statements, tls := parse(t, k.Name), 0, 0
		for name, r := range s.Resources {
			each(r, func(m map[string]any) {
				effect, _ := m["Effect"].(string)
				if effect == "" {
					return
				}
				statements++
				where := fmt.Sprintf("%s, %s, %v", k.Name, name, m["Sid"])
				if effect == "Deny" {
					if strings.Contains(fmt.Sprint(m["Condition"]), "aws:SecureTransport:false") {
						tls++
					}
					return
				}
				checkAllow(t, where, m)
			})
		}
		buckets := 0
		for _, r := range s.Resources {
			if typ := r.(map[string]any)["Type"]; typ == "AWS::S3::Bucket" || typ == "AWS::SQS::Queue" {
				buckets++
			}
		}
		if tls != buckets || statements == 0 && k.Name != "nlb" {
			t.Errorf("%s: %d buckets and queues, %d of them for TLS alone; %d statements", k.Name, buckets, tls, statements)
		}
	}
}

func checkAllow(t *testing.T, where string, m map[string]any) {
	t.Helper()
	actions, resources := words(m["Action"]), words(m["Resource"])
	if len(actions) == 0 || m["NotAction"] != nil || m["NotResource"] != nil || m["NotPrincipal"] != nil {
		t.Errorf("%s: what is allowed is not named", where)
	}
	for _, a := range actions {
		if strings.Contains(a, "*") && anyAction[a] == "" {
			t.Errorf("%s allows %s", where, a)
		}
	}
	for _, r := range resources {
		if r != "*" {
			continue
		}
		for _, a := range actions {
			if !slices.ContainsFunc(anyResource, func(x struct{ action, why string }) bool { return strings.HasPrefix(a, x.action) }) {
				t.Errorf("%s allows %s for everything", where, a)
			}
		}
	}
	if m["Principal"] == nil {
		return
	}
	condition := fmt.Sprint(m["Condition"])
	principal, _ := m["Principal"].(map[string]any)
	if len(words(m["Principal"])) == 0 || slices.Contains(words(m["Principal"]), "*") {
		t.Errorf("%s allows everybody", where)
	}
	for _, service := range words(principal["Service"]) {
		whom := condition
		if byFolder[service] != "" {
			whom = fmt.Sprint(m["Resource"])
		}
		if needsNoSource[service] == "" && !slices.ContainsFunc([]string{"aws:SourceAccount", "AWS::AccountId", madeUpAccount}, func(s string) bool { return strings.Contains(whom, s) }) {
			t.Errorf("%s: %s may do it on behalf of any account", where, service)
		}
	}
	if slices.Contains(actions, "sts:AssumeRole") && principal["AWS"] != nil && !strings.Contains(condition, "sts:ExternalId") {
		t.Errorf("%s: without an external id", where)
	}
}

// words returns the strings within v, wherever they stand.
func words(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, c := range v {
			all = append(all, words(c)...)
		}
		return all
	case map[string]any:
		var all []string
		for _, c := range v {
			all = append(all, words(c)...)
		}
		return all
	}
	return nil
}

// The relay asks for exactly what README says that it needs.
func TestRelayMayNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	needs := []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "kms:Decrypt"}
	for _, kind := range []string{"vpc-flow-logs", "cloudtrail", "service-logs"} {
		resources := parse(t, kind).Resources
		each([]any{resources["RelayPolicy"], resources["RelayKeyPolicy"]}, func(m map[string]any) {
			for _, a := range words(m["Action"]) {
				if !slices.Contains(needs, a) && a != "OldBucket" {
					t.Errorf("%s lets the relay %s", kind, a)
				}
			}
		})
	}
}

// The Terraform form has the same conditions. What stands in its text is looked at here; what comes of it, where Terraform is at hand (TestTerraform).
func TestLeastPrivilegeInTerraform(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds() {
		text := terraformText(t, k.Name)
		tls, statements := 0, 0
		for statement := range blocks(text, "statement {", `dynamic "statement" {`) {
			statements++
			switch {
			case strings.Contains(statement, `"Deny"`):
				if strings.Contains(statement, "aws:SecureTransport") {
					tls++
				}
			case allowsAnything(statement):
				t.Errorf("%s allows anything:\n%s", k.Name, statement)
			case strings.Contains(statement, `"Service"`) && !strings.Contains(statement, "lambda.amazonaws.com") && !strings.Contains(statement, "aws:SourceA") && !strings.Contains(statement, "local.account"):
				t.Errorf("%s, on behalf of any account:\n%s", k.Name, statement)
			}
		}
		kept := strings.Count(text, "\nresource \"aws_sqs_queue\"") + strings.Count(text, "\nresource \"aws_s3_bucket\"")
		if tls != kept || statements == 0 && k.Name != "nlb" {
			t.Errorf("%s: %d buckets and queues, %d of them for TLS alone; %d statements", k.Name, kept, tls, statements)
		}
	}
}

// allowsAnything reports whether a statement says "*" where it need not: what must is in anyResource, and the streams of a group of logs.
func allowsAnything(statement string) bool {
	for line := range strings.Lines(statement) {
		switch {
		case strings.Contains(line, `"*"`) && !slices.ContainsFunc(anyResource, func(x struct{ action, why string }) bool { return strings.Contains(statement, `"`+x.action) }):
			return true
		case strings.Contains(line, `:*"`) && strings.Contains(line, "actions") && !strings.Contains(line, `["kms:*"]`):
			return true
		case strings.Contains(line, `:*"`) && strings.Contains(line, "resources") && !strings.Contains(line, "_log_group."):
			return true
		}
	}
	return false
}

// blocks yields what stands in the blocks of a resource that begin so.
func blocks(text string, begin ...string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, b := range begin {
			for _, rest := range strings.Split(text, "\n  "+b+"\n")[1:] {
				inner, _, _ := strings.Cut(rest, "\n  }\n")
				if !yield(inner) {
					return
				}
			}
		}
	}
}
