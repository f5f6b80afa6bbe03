package awstemplate

import (
	"fmt"
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
	if service, ok := principal["Service"].(string); ok && needsNoSource[service] == "" &&
		!strings.Contains(condition, "aws:SourceAccount") && !strings.Contains(condition, "AWS::AccountId") {
		t.Errorf("%s: %s may do it on behalf of any account", where, service)
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

// The Terraform form has the same conditions. Nothing here reads HCL, so this looks at the text of each statement.
func TestLeastPrivilegeInTerraform(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds() {
		if !k.Terraform {
			continue
		}
		text, err := Text(k.Name, Terraform)
		if err != nil {
			t.Fatal(err)
		}
		denied := 0
		for i, statement := range strings.Split(string(text), "\n  statement {\n")[1:] {
			statement, _, _ = strings.Cut(statement, "\n  }\n")
			deny := strings.Contains(statement, `"Deny"`)
			switch {
			case deny && strings.Contains(statement, "aws:SecureTransport"):
				denied++
			case strings.Contains(statement, `"*"`) || strings.Contains(statement, `:*"`) && !strings.Contains(statement, ":logs:"):
				t.Errorf("%s, statement %d allows anything:\n%s", k.Name, i, statement)
			case strings.Contains(statement, `"Service"`) && !strings.Contains(statement, "aws:SourceA"):
				t.Errorf("%s, statement %d, on behalf of any account:\n%s", k.Name, i, statement)
			}
		}
		if denied != 3 {
			t.Errorf("%s: %d of two queues and a bucket are for TLS alone", k.Name, denied)
		}
	}
}
