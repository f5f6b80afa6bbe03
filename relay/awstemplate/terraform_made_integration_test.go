//go:build integration

package awstemplate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// checkConfiguration looks whether the lines for the relay's configuration have the keys of those that CloudFormation puts out, which the relay is tested to take.
func checkConfiguration(t *testing.T, kind, state string) {
	t.Helper()
	var is struct {
		Outputs struct{ Configuration struct{ Value string } }
	}
	if err := json.Unmarshal([]byte(state), &is); err != nil {
		t.Fatal(err)
	}
	output, ok := parse(t, kind).Outputs["Configuration"].(map[string]any)
	if !ok {
		return
	}
	var same bool
	for _, lines := range words(output["Value"])[1:] {
		same = same || keys(t, lines) == keys(t, is.Outputs.Configuration.Value)
	}
	if !same {
		t.Errorf("no lines of CloudFormation have the keys of\n%s", is.Outputs.Configuration.Value)
	}
}

// keys returns the paths of what a configuration sets.
func keys(t *testing.T, lines string) string {
	t.Helper()
	var top any
	if err := yaml.Unmarshal([]byte(lines), &top); err != nil {
		t.Fatalf("%v\n%s", err, lines)
	}
	var paths []string
	var walk func(at string, v any)
	walk = func(at string, v any) {
		m, ok := v.(map[string]any)
		if !ok {
			paths = append(paths, at)
		}
		for k, inner := range m {
			walk(at+"."+k, inner)
		}
	}
	walk("", top)
	slices.Sort(paths)
	return strings.Join(paths, "\n")
}

// policies are the arguments that hold one.
var policies = map[string]string{
	"aws_sqs_queue_policy": "policy", "aws_s3_bucket_policy": "policy", "aws_iam_role_policy": "policy", "aws_iam_user_policy": "policy", "aws_kms_key": "policy",
	"aws_iam_role": "assume_role_policy",
}

// checkMade holds what was made to what CloudFormation's templates are held to.
func checkMade(t *testing.T, kind string, resources []made) {
	t.Helper()
	count, tls := map[string]int{}, 0
	for _, r := range resources {
		for _, instance := range r.Instances {
			if r.Type == "archive_file" {
				source := instance.Attributes["source"].([]any)[0].(map[string]any)
				want, err := files.ReadFile("templates/push.py")
				if err != nil || source["content"] != string(want) {
					t.Errorf("the function's code is not push.py: %v", err)
				}
			}
			if r.Mode == "data" {
				continue
			}
			count[r.Type]++
			checkResource(t, r, instance.Attributes)
			document, _ := instance.Attributes[policies[r.Type]].(string)
			tls += checkPolicy(t, fmt.Sprintf("%s, %s.%s", kind, r.Type, r.Name), document)
		}
	}
	for _, beside := range []string{"ownership_controls", "public_access_block", "server_side_encryption_configuration", "lifecycle_configuration", "policy"} {
		if n := count["aws_s3_bucket_"+beside]; n != count["aws_s3_bucket"] {
			t.Errorf("%d buckets, and %d of %s", count["aws_s3_bucket"], n, beside)
		}
	}
	if tls != count["aws_s3_bucket"]+count["aws_sqs_queue"] {
		t.Errorf("%d are for TLS alone, of %v", tls, count)
	}
}

func checkResource(t *testing.T, r made, is map[string]any) {
	t.Helper()
	switch r.Type {
	case "aws_sqs_queue":
		ends := strings.Contains(fmt.Sprint(is["redrive_policy"]), "maxReceiveCount")
		if is["message_retention_seconds"] != 1209600.0 || is["sqs_managed_sse_enabled"] != true || ends == (r.Name == "dead_letters") {
			t.Errorf("%s: %v: 14 days, encrypted, and what fails goes to the dead letters", r.Name, is)
		}
	case "aws_s3_bucket_public_access_block":
		for _, what := range []string{"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"} {
			if is[what] != true {
				t.Errorf("%s is %v", what, is[what])
			}
		}
	case "aws_flow_log":
		if fields := strings.Fields(is["log_format"].(string)); len(fields) != 26 || !strings.HasPrefix(fields[0], "${") {
			t.Errorf("%d fields: %s", len(fields), fields)
		}
	}
}

// checkPolicy returns how many statements of a policy refuse what comes without TLS.
func checkPolicy(t *testing.T, where, text string) (tls int) {
	t.Helper()
	if text == "" {
		return 0
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatalf("%s: %v: %s", where, err, text)
	}
	each(document, func(m map[string]any) {
		switch {
		case m["Effect"] == "Allow":
			checkAllow(t, fmt.Sprintf("%s, %v", where, m["Sid"]), m)
		case m["Effect"] == "Deny" && strings.Contains(fmt.Sprint(m["Condition"]), "aws:SecureTransport:[false]"):
			tls++
		}
	})
	return tls
}
