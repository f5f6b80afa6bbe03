package config

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

func generated(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Schema(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestShippedFileNamesTheSchema(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte("# yaml-language-server: $schema="+SchemaURI+"\n")) {
		t.Error("the first line of the shipped file does not name the schema")
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(generated(t)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("logrelay.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("logrelay.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON turns YAML into what an editor holds against a schema.
func asJSON(t *testing.T, text string) any {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var convert func(n *yaml.Node) any
	convert = func(n *yaml.Node) any {
		switch n.Kind {
		case yaml.DocumentNode:
			return convert(n.Content[0])
		case yaml.MappingNode:
			m := map[string]any{}
			for i := 0; i < len(n.Content); i += 2 {
				m[n.Content[i].Value] = convert(n.Content[i+1])
			}
			return m
		case yaml.SequenceNode:
			list := []any{}
			for _, item := range n.Content {
				list = append(list, convert(item))
			}
			return list
		}
		var v any
		if tag := n.ShortTag(); tag == "!!timestamp" || n.Decode(&v) != nil {
			return n.Value
		}
		return v
	}
	return convert(&n)
}

// What the program takes an editor must not mark as wrong: the shipped file, the same with every key in it, and each recipe.
func TestSchemaTakesWhatIsShipped(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	keys, recipes := shippedFile(t)
	texts := map[string]string{"shipped": keys, "every key": string(uncommented(t))}
	for _, recipe := range strings.Split(strings.TrimSpace(recipes), "\n\n")[1:] {
		title, _, _ := strings.Cut(recipe, "\n")
		texts[title] = regexp.MustCompile(`(?m)^#`).ReplaceAllString(recipe, "")
	}
	for name, text := range texts {
		if err := s.Validate(asJSON(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{
		"buffer: {quota: 1073741824, reserve: 1.5 GiB}", "drain_timeout: 0", "drain_timeout: 1h30m", "tenants: {a: {buffer_share: 50}}",
		"inputs: {a: {type: s3, queue: q, expected_bucket_owner: 123456789012}}", "inputs: {a: {type: https, networks: 10.0.0.0/8}}",
		"outputs: {a: {type: stdout, rules: [{drop: x, sample: 0.1}, {sample: 10%}]}}",
	} {
		if err := s.Validate(asJSON(t, text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What an editor can know to be wrong it marks, where the program would refuse it.
func TestSchemaRefusesWhatLoadRefuses(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	for _, text := range []string{
		"bufer: {}", "log: {level: loud}", "memory_limit: 12 apples", "memory_limit: 1024", "drain_timeout: 30", "drain_timeout: soon", "tls: [a]",
		"tenants: {a: {buffer_share: 101%}}", "tenants: {A_B!: {}}", "aws: {a: {secret_access_key: x}}", "inputs: {a: {type: http}}",
		"inputs: {a: {type: s3, listen: x}}", "inputs: {a: {type: s3, workers: 0}}", "inputs: {a: {type: https, auth: maybe}}", "inputs: {a: {type: syslog, kind: pcap}}",
		"outputs: {a: {}}", "outputs: {a: {type: hec, token: x}}", "outputs: {a: {type: syslog, tls: {strict: maybe}}}", "outputs: {a: {type: stdout, rules: [{sample: 1.5}]}}",
		"outputs: {a: {type: stdout, rules: {}}}",
	} {
		if s.Validate(asJSON(t, text)) == nil {
			t.Errorf("the schema takes %s", text)
		}
		if _, err := Load(Options{Path: filepath.Join(t.TempDir(), "x.yaml"), YAML: []byte(text), Environ: []string{}, OverrideFiles: []string{}}); err == nil {
			t.Errorf("the program takes %s", text)
		}
	}
}

// Every key of the shipped file that has a comment has a description, so that an editor says what it is.
func TestSchemaDescribes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	words, err := wordsOf(text)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"Config.state_dir": "outlive a restart", "OutputCommon.schema": "Elastic Common Schema", "Rule.drop": "what it is true of is dropped", "Labels.tenant": "Senders cannot change it", "HTTPSInput/ListenCommon.listen": "The port", "SyslogInput/ListenCommon.listen": ":6514", "Rule.name": "its number",
		"AWSCredentials.role_arn": "A role to assume", "S3Rule.prefix": "", "ClientTLS.strict": "has to be valid",
	} {
		if !strings.Contains(words[key], want) {
			t.Errorf("%s: %q does not say %q", key, words[key], want)
		}
	}
	for key, w := range words {
		if strings.Contains(w, "#") || slices.Contains([]string{"", "-"}, w) {
			t.Errorf("%s: %q", key, w)
		}
	}
}
