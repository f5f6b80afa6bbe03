package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
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
		"tenants.acme", "aws.log-archive.region", "aws.log-archive.role_arn", "inputs.trail.queue", "inputs.trail.buckets", "inputs.https.auth", "inputs.syslog.networks",
		"outputs.siem.address", "outputs.splunk.url", "outputs.splunk.token_file", "outputs.collector.url", "outputs.archive.path",
		"outputs.siem.rules[0].with", "outputs.search.url", "outputs.xsiam.url", "outputs.xsiam.token_file",
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
	for name, typ := range map[string]string{"siem": "syslog", "splunk": "hec", "collector": "https", "search": "elastic", "xsiam": "xsiam", "archive": "file", "console": "stdout"} {
		want.Outputs[name] = NewOutput(typ)
	}
	for _, typ := range InputTypes {
		if !slices.ContainsFunc(slices.Collect(maps.Values(want.Inputs)), func(in Input) bool { return in.Common().Type == typ }) {
			t.Errorf("the shipped file shows no input of type %s", typ)
		}
	}
	for _, typ := range OutputTypes {
		if !slices.ContainsFunc(slices.Collect(maps.Values(want.Outputs)), func(out Output) bool { return out.Common().Type == typ }) {
			t.Errorf("the shipped file shows no output of type %s", typ)
		}
	}
	newLoader(Options{}).fillDefaults(want)
	wantKeys := leaves(reflect.ValueOf(want).Elem(), "")
	got := leaves(reflect.ValueOf(c).Elem(), "")
	for key, value := range wantKeys {
		if strings.Contains(key, ".rules[0].") && !strings.HasPrefix(key, "outputs.siem.") {
			continue // one output shows them for all
		}
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
}

// Each recipe is a whole configuration, once a "#" is off each of its lines and the files are there that it names.
func TestShippedRecipesLoad(t *testing.T) {
	t.Parallel()
	_, text := shippedFile(t)
	recipes := strings.Split(strings.TrimSpace(text), "\n\n")[1:] // behind how to use them
	for _, want := range []string{"Armor", "CloudTrail", "Firewalls to Splunk", "Firewalls to Microsoft Sentinel", "to Elastic", "to Cortex XSIAM"} {
		if !slices.ContainsFunc(recipes, func(r string) bool { return strings.HasPrefix(r, "## ") && strings.Contains(r, want) }) {
			t.Errorf("there is no recipe for %s", want)
		}
	}
	for _, recipe := range recipes {
		title := regexp.MustCompile(`^## [^:,]*`).FindString(recipe)
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, m := range regexp.MustCompile(`(?:_file|Authorization): ([^,}\s]+)`).FindAllStringSubmatch(recipe, -1) {
				path := filepath.Join(dir, m[1])
				if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			yaml := regexp.MustCompile(`(?m)^#`).ReplaceAllString(recipe, "")
			c, err := Load(Options{Path: filepath.Join(dir, "logrelay.yaml"), YAML: []byte(yaml), Environ: []string{}, OverrideFiles: []string{}})
			if err != nil {
				t.Fatalf("%v\n%s", err, yaml)
			}
			if len(c.Inputs) == 0 || len(c.Outputs) == 0 || len(c.Warnings) > 0 {
				t.Errorf("%d inputs, %d outputs, warnings: %v", len(c.Inputs), len(c.Outputs), c.Warnings)
			}
		})
	}
}

// shippedFile returns the file's keys and, apart from them, its recipes.
func shippedFile(t *testing.T) (keys, recipes string) {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(shipped))
	if err != nil {
		t.Fatal(err)
	}
	keys, recipes, ok := strings.Cut(string(text), recipesLine)
	if !ok {
		t.Fatal("the shipped file has no recipes")
	}
	return keys, recipes
}

// uncommented takes the "#" off every line that shows a key.
func uncommented(t *testing.T) []byte {
	t.Helper()
	keys, _ := shippedFile(t)
	return []byte(hiddenKey.ReplaceAllString(keys, "$1$2"))
}

// leaves lists the keys of a struct that a file can set, with their values as text.
func leaves(v reflect.Value, path string) map[string]string {
	all := map[string]string{}
	for _, f := range fieldsOf(v) {
		key := join(path, f.key)
		switch t := f.value.Type(); {
		case f.tag.Get("secret") == "env":
			continue
		case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && !isScalar(t.Elem()):
			maps.Copy(all, leaves(reflect.New(t.Elem()).Elem(), key+"[0]"))
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
