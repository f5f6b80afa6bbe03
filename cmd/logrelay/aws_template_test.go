package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"go.yaml.in/yaml/v3"

	"logrelay/relay/awstemplate"
	"logrelay/relay/config"
)

// TestTemplatesConfigureTheRelay: what a stack says about the relay's configuration is taken as it is.
func TestTemplatesConfigureTheRelay(t *testing.T) {
	t.Parallel()
	filled := map[string]string{
		"AWS::Region": "eu-central-1", "RelayRole.Arn": "arn:aws:iam::123456789012:role/logrelay-1", "ExternalId": "a+b=c,@:/-",
		"Queue": "https://sqs.eu-central-1.amazonaws.com/123456789012/logs", "BucketName": "example-logs",
	}
	for _, kind := range []string{"vpc-flow-logs", "cloudtrail", "service-logs"} {
		text, err := awstemplate.Text(kind, awstemplate.CloudFormation)
		if err != nil {
			t.Fatal(err)
		}
		var stack struct {
			Outputs struct {
				Configuration struct {
					Value []string `yaml:"Value"`
				} `yaml:"Configuration"`
			} `yaml:"Outputs"`
		}
		var node yaml.Node
		if err := yaml.Unmarshal(text, &node); err != nil {
			t.Fatal(err)
		}
		plainTags(&node)
		if err := node.Decode(&stack); err != nil || len(stack.Outputs.Configuration.Value) != 3 {
			t.Fatalf("%s: %v, %v", kind, err, stack)
		}
		for _, lines := range stack.Outputs.Configuration.Value[1:] { // with a role, and with a user
			dir := t.TempDir()
			for _, name := range []string{"aws-key-id", "aws-secret-key"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("example"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			lines = regexp.MustCompile(`\$\{([\w:.]+)\}`).ReplaceAllStringFunc(lines, func(s string) string { return filled[s[2:len(s)-1]] })
			lines = regexp.MustCompile(`/etc/logrelay/secrets`).ReplaceAllString(lines, dir)
			c, err := config.Load(config.Options{YAML: []byte(lines + "outputs: {out: {type: stdout}}\n"), Environ: []string{"none=1"}})
			if err != nil {
				t.Errorf("%s: %v\n%s", kind, err, lines)
				continue
			}
			in, ok := c.Inputs[kind].(*config.S3Input)
			if !ok || in.Queue != filled["Queue"] || len(in.Buckets) != 1 || in.Access.Region != "eu-central-1" || (in.Access.RoleARN == "") == (in.Access.AccessKeyIDFile == "") {
				t.Errorf("%s: %+v\n%s", kind, in, lines)
			}
		}
	}
}

// plainTags takes CloudFormation's tags away, which stand before values that are what they look like.
func plainTags(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		n.Tag = "!!str"
	} else {
		n.Tag = ""
	}
	for _, c := range n.Content {
		plainTags(c)
	}
}
