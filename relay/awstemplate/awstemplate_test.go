package awstemplate

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// stack is a template, parsed. Functions in the short form (!Ref) stand as in the long one ({"Ref": ...}).
type stack struct {
	text                                                  string
	Parameters, Rules, Conditions, Resources, Outputs, Of map[string]any
	Description                                           string
}

func parse(t *testing.T, kind string) stack {
	t.Helper()
	text, err := Text(kind, CloudFormation)
	if err != nil {
		t.Fatal(err)
	}
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	top := value(t, n.Content[0]).(map[string]any)
	section := func(name string) map[string]any { m, _ := top[name].(map[string]any); return m }
	return stack{
		text: string(text), Description: top["Description"].(string), Of: top,
		Parameters: section("Parameters"), Rules: section("Rules"), Conditions: section("Conditions"), Resources: section("Resources"), Outputs: section("Outputs"),
	}
}

func value(t *testing.T, n *yaml.Node) any {
	t.Helper()
	var v any
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			if _, twice := m[n.Content[i].Value]; twice {
				t.Errorf("line %d: %s stands there twice", n.Content[i].Line, n.Content[i].Value)
			}
			m[n.Content[i].Value] = value(t, n.Content[i+1])
		}
		v = m
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, value(t, c))
		}
		v = list
	default:
		v = n.Value
	}
	if name, ok := strings.CutPrefix(n.Tag, "!"); ok && !strings.HasPrefix(name, "!") {
		if name != "Ref" && name != "Condition" {
			name = "Fn::" + name
		}
		return map[string]any{name: v}
	}
	return v
}

// each calls f for every map within v.
func each(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(v)
		for _, c := range v {
			each(c, f)
		}
	case []any:
		for _, c := range v {
			each(c, f)
		}
	}
}

func TestEveryKindIsText(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds() {
		text, err := Text(k.Name, CloudFormation)
		if err != nil || len(text) > 51200 || strings.Contains(string(text), "<<") || strings.Contains(string(text), "<no value>") {
			t.Errorf("%s: %v, %d bytes: CloudFormation takes 51,200 in a request (CloudFormation user guide, Quotas)", k.Name, err, len(text))
		}
	}
	for _, wrong := range [][2]string{{"none", CloudFormation}, {"cloudtrail", "pulumi"}, {"parts", CloudFormation}} {
		if text, err := Text(wrong[0], wrong[1]); err == nil {
			t.Errorf("%v: %s", wrong, text)
		}
	}
}

// A person fills in the parameters: each has words, and a place among others of its kind.
func TestParametersAreExplained(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds() {
		s := parse(t, k.Name)
		if len(s.Description) > 1024 {
			t.Errorf("%s: a description of %d characters; CloudFormation takes 1024", k.Name, len(s.Description))
		}
		shown := map[string]int{}
		each(s.Of["Metadata"], func(m map[string]any) {
			list, _ := m["Parameters"].([]any)
			for _, name := range list {
				shown[name.(string)]++
			}
			if _, group := m["Parameters"]; group && m["Label"] == nil {
				t.Errorf("%s: a group without a label", k.Name)
			}
		})
		for name, p := range s.Parameters {
			p := p.(map[string]any)
			if d, _ := p["Description"].(string); len(d) < 10 || shown[name] != 1 {
				t.Errorf("%s: parameter %s is described as %q and stands in %d groups", k.Name, name, d, shown[name])
			}
			if !strings.Contains(strings.SplitN(s.text, "\nConditions:", 2)[1], name) {
				t.Errorf("%s: nothing uses parameter %s", k.Name, name)
			}
			if strings.HasSuffix(name, "Token") || name == "AccessKey" {
				if p["NoEcho"] != "true" {
					t.Errorf("%s: parameter %s is shown to whoever may look at the stack", k.Name, name)
				}
			}
			delete(shown, name)
		}
		if len(shown) > 0 {
			t.Errorf("%s: groups name what is no parameter: %v", k.Name, shown)
		}
	}
}

func TestOutputsSayWhatTheRelayNeeds(t *testing.T) {
	t.Parallel()
	for kind, names := range map[string][]string{
		"vpc-flow-logs":      {"Configuration", "QueueURL", "RoleArn", "UserName", "BucketName"},
		"cloudtrail":         {"Configuration", "QueueURL", "RoleArn", "UserName", "BucketName", "RedirectTrail"},
		"service-logs":       {"Configuration", "QueueURL", "RoleArn", "SwitchLoadBalancerOn", "SwitchS3AccessOn"},
		"vpc-flow-logs-push": {"QueueURL", "RoleArn", "DeadLettersURL", "FunctionName"},
		"eks":                {"SwitchLogsOn", "RoleArn", "BackupBucketName"},
		"nlb":                {"DNSName", "SecurityGroupId"},
	} {
		s := parse(t, kind)
		for _, name := range names {
			if o, ok := s.Outputs[name].(map[string]any); !ok || o["Description"] == nil {
				t.Errorf("%s has no output %s that is explained", kind, name)
			}
		}
	}
}

func TestQueuesAndBucketsKeepLogs(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds() {
		s := parse(t, k.Name)
		queues := 0
		for name, r := range s.Resources {
			r := r.(map[string]any)
			p, _ := r["Properties"].(map[string]any)
			switch r["Type"] {
			case "AWS::SQS::Queue":
				queues++
				if p["MessageRetentionPeriod"] != "1209600" || p["SqsManagedSseEnabled"] != "true" || (p["RedrivePolicy"] == nil) != (name == "DeadLetters") {
					t.Errorf("%s: %s: %v: 14 days, encrypted, and what fails goes to the dead letters", k.Name, name, p)
				}
			case "AWS::S3::Bucket", "AWS::KMS::Key":
				if r["DeletionPolicy"] != "Retain" || r["UpdateReplacePolicy"] != "Retain" {
					t.Errorf("%s: %s goes with the stack", k.Name, name)
				}
			}
			if r["Type"] == "AWS::S3::Bucket" {
				block, _ := p["PublicAccessBlockConfiguration"].(map[string]any)
				if p["BucketEncryption"] == nil || p["LifecycleConfiguration"] == nil || len(block) != 4 || s.Resources["BucketPolicy"] == nil {
					t.Errorf("%s: bucket %s: %v", k.Name, name, p)
				}
				for what, on := range block {
					if on != "true" {
						t.Errorf("%s: %s of %s is %v", k.Name, what, name, on)
					}
				}
			}
			if r["Type"] == "AWS::EC2::FlowLog" {
				flowLog(t, k.Name, p)
			}
		}
		if strings.Contains(k.Makes, "SQS") && queues != 2 {
			t.Errorf("%s has %d queues", k.Name, queues)
		}
	}
}

// flowLog looks at the format, and that whatever can change makes another destination.
func flowLog(t *testing.T, kind string, p map[string]any) {
	t.Helper()
	fields := strings.Fields(p["LogFormat"].(string))
	slices.Sort(fields)
	if len(slices.Compact(fields)) != 26 {
		t.Errorf("%s: %d fields", kind, len(fields))
	}
	destination := p["LogDestination"].(map[string]any)["Fn::Sub"].(string)
	for name, v := range p {
		if m, ok := v.(map[string]any); ok && m["Ref"] != nil && name != "ResourceId" && !strings.Contains(destination, "${"+m["Ref"].(string)+"}") {
			t.Errorf("%s: a change of %s makes a second flow log to %s, which AWS refuses", kind, name, destination)
		}
	}
}
