package awstemplate

import (
	"bytes"
	"embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed templates
var files embed.FS

// Formats of templates.
const (
	CloudFormation = "cloudformation"
	Terraform      = "terraform"
)

// Kind is one way of connecting.
type Kind struct {
	Name  string
	Makes string // in one line

	settings settings
}

// settings are what the shared parts differ in.
type settings struct {
	Retention int    // default of RetentionInDays
	Services  string // who writes to the bucket, as words
	Old       bool   // a bucket that exists already will do
	KMS       bool   // the bucket may be encrypted with a key of KMS
	Named     string // pattern of the bucket's name; "" where it is made up, and then the same name begins whatever is made
	Function  bool   // code of a function reads the bucket
	Secret    bool   // a token goes into Secrets Manager
}

// anyBucket is how buckets are named (S3 user guide, "General purpose bucket naming rules").
const anyBucket = `^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`

var kinds = []Kind{
	{"vpc-flow-logs", "VPC flow logs to S3, announced by SQS, for an input of type s3",
		settings{Retention: 7, Services: "VPC flow logs", Old: true, KMS: true, Named: anyBucket}},
	{"cloudtrail", "CloudTrail, of an account or an organization, to S3, announced by SQS",
		settings{Retention: 30, Services: "CloudTrail", Old: true, KMS: true, Named: anyBucket}},
	{"service-logs", "Route 53 Resolver queries, WAF, load balancers and S3 access, through one bucket and queue",
		settings{Retention: 7, Services: "Route 53 Resolver, WAF, load balancers and S3", Named: `^aws-waf-logs-[a-z0-9-]{0,49}[a-z0-9]$`}},
	{"vpc-flow-logs-push", "VPC flow logs to S3, and a function that pushes them to the relay's HTTPS input", settings{Retention: 3, Function: true, Secret: true}},
	{"eks", "EKS control plane logs to CloudWatch Logs and on by Firehose to the relay, with a backup bucket", settings{Retention: 14, Secret: true}},
	{"nlb", "a Network Load Balancer with port 443 before relays: what Firehose needs", settings{}},
}

// Formats returns the formats that there are of each kind. The caller may keep and change it.
func Formats() []string { return []string{CloudFormation, Terraform} }

// Kinds returns what there is, in the order in which it is listed to people. The caller may keep and change it.
func Kinds() []Kind { return append([]Kind(nil), kinds...) }

// Text returns the template of a kind in a format.
func Text(kind, format string) ([]byte, error) {
	extension := map[string]string{CloudFormation: ".yaml.tmpl", Terraform: ".tf.tmpl"}[format]
	if extension == "" {
		return nil, fmt.Errorf("there is no format %q", format)
	}
	for _, k := range kinds {
		if k.Name != kind {
			continue
		}
		return render(kind+extension, "parts"+extension, k.settings)
	}
	return nil, fmt.Errorf("there is no template %q", kind)
}

func render(name, parts string, s settings) ([]byte, error) {
	t, err := template.New(name).Delims("<<", ">>").Funcs(template.FuncMap{"code": code, "heredoc": heredoc}).ParseFS(files, "templates/"+name, "templates/"+parts)
	if err != nil {
		return nil, fmt.Errorf("reading template %s: %w", name, err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, s); err != nil {
		return nil, fmt.Errorf("filling template %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// code returns a file as it stands, each line indented, for a block of YAML.
func code(name string, indent int) (string, error) {
	text, err := files.ReadFile("templates/" + name)
	if err != nil {
		return "", err
	}
	margin := strings.Repeat(" ", indent)
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if line != "\n" {
			b.WriteString(margin)
		}
		b.WriteString(line)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// heredoc returns a file as a string of Terraform, in which nothing is taken for an expression.
func heredoc(name string) (string, error) {
	text, err := files.ReadFile("templates/" + name)
	if err != nil {
		return "", err
	}
	return "<<PYTHON\n" + strings.NewReplacer("${", "$${", "%{", "%%{").Replace(string(text)) + "PYTHON", nil
}
