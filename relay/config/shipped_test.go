package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const shipped = "../../etc/logrelay.yaml"

func TestShippedFileLoads(t *testing.T) {
	t.Parallel()
	c, err := Load(Options{Path: shipped, Environ: []string{}, OverrideFiles: []string{}})
	if err != nil {
		t.Fatalf("the shipped file:\n%v", err)
	}
	if got := c.Inputs["https"].(*HTTPSInput).Auth; got != AuthGenerated {
		t.Errorf("inputs.https.auth = %q, want %q", got, AuthGenerated)
	}
	if len(c.Inputs) != 1 || len(c.Outputs) != 1 {
		t.Errorf("%d inputs and %d outputs are on, want 1 and 1", len(c.Inputs), len(c.Outputs))
	}
}

// Every key stands in the shipped file, and what it shows is the default, but for the examples listed here.
func TestShippedFileShowsEveryDefault(t *testing.T) {
	t.Parallel()
	examples := []string{
		"tenants.acme", "aws.log-archive.region", "aws.log-archive.role_arn", "inputs.trail.queue", "inputs.trail.buckets", "inputs.trail.rules", "inputs.https.auth", "inputs.https.tokens", "inputs.https.users", "inputs.syslog.networks",
		"outputs.siem.address", "outputs.splunk.url", "outputs.splunk.token_file", "outputs.collector.url", "outputs.archive.path",
	}
	l := newLoader(Options{Path: "logrelay.yaml", Environ: []string{}})
	c := Default()
	root, ok := l.parse(uncommented(t))
	if !ok {
		t.Fatal(l.problems)
	}
	l.decode(root, reflect.ValueOf(c).Elem(), "", "")
	l.fillDefaults(c)
	if len(l.problems) > 0 {
		t.Fatal(l.problems)
	}
	want := Default()
	want.Inputs["https"], want.Inputs["syslog"], want.Inputs["trail"] = NewInput("https"), NewInput("syslog"), NewInput("s3")
	want.AWS["log-archive"] = NewAWSCredentials()
	for name, typ := range map[string]string{"siem": "syslog", "splunk": "hec", "collector": "https", "archive": "file", "console": "stdout"} {
		want.Outputs[name] = NewOutput(typ)
	}
	newLoader(Options{}).fillDefaults(want)
	wantKeys := leaves(reflect.ValueOf(want).Elem(), "")
	got := leaves(reflect.ValueOf(c).Elem(), "")
	for key, value := range wantKeys {
		if _, ok := l.place[key]; !ok {
			t.Errorf("the shipped file does not show %s", key)
		}
		if slices.Contains(examples, key) {
			continue
		}
		if diff := cmp.Diff(value, got[key]); diff != "" {
			t.Errorf("%s is not the default (-default +shipped):\n%s", key, diff)
		}
	}
	for list, member := range map[string]any{"https.tokens[0]": &Token{}, "https.users[0]": &User{}, "trail.rules[0]": &S3Rule{}} {
		for key := range leaves(reflect.ValueOf(member).Elem(), "inputs."+list) {
			if _, ok := l.place[key]; !ok {
				t.Errorf("the shipped file does not show %s", key)
			}
		}
	}
}

// uncommented takes the "#" off every line that shows a key.
func uncommented(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(shipped))
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^( *)#([a-z-])`).ReplaceAll(text, []byte("$1$2"))
}

// leaves lists the keys of a struct that a file can set, with their values as text.
func leaves(v reflect.Value, path string) map[string]string {
	all := map[string]string{}
	for _, f := range fieldsOf(v) {
		key := join(path, f.key)
		switch t := f.value.Type(); {
		case f.tag.Get("secret") == "env":
			continue
		case isScalar(t) || t.Kind() == reflect.Slice || t.Kind() == reflect.Map && t.Elem().Kind() == reflect.String:
			all[key] = text(f.value)
		case t.Kind() == reflect.Struct:
			maps.Copy(all, leaves(f.value, key))
		case t.Kind() == reflect.Map:
			for _, name := range f.value.MapKeys() {
				maps.Copy(all, leaves(memberOf(f.value, name), join(key, name.String())))
			}
		}
	}
	return all
}

func text(v reflect.Value) string {
	if k := v.Kind(); (k == reflect.Slice || k == reflect.Map) && v.Len() == 0 {
		return "[]"
	}
	return fmt.Sprint(v.Interface())
}
