package config

import (
	"strings"
	"testing"
)

func TestElasticAndXSIAM(t *testing.T) {
	t.Parallel()
	token := "LOGRELAY_OUTPUTS_X_TOKEN=t"
	for name, c := range map[string]struct {
		yaml, environ string
		schema        string
	}{
		"elastic":                {"type: elastic, url: 'https://x', data_stream: 'logs-{kind}-{tenant}'", "", "ecs"},
		"elastic with a key":     {"type: elastic, url: 'https://x', index: 'a-b-c-d', schema: ocsf", "LOGRELAY_OUTPUTS_X_API_KEY=k", "ocsf"},
		"OpenSearch with a user": {"type: elastic, url: 'https://x', basic: {user: u}", "LOGRELAY_OUTPUTS_X_BASIC_PASSWORD=p", "ecs"},
		"xsiam":                  {"type: xsiam, url: 'https://x'", token, "json"},
		"xsiam, cef":             {"type: xsiam, url: 'https://x', format: cef", token, "cef"},
		"xsiam, leef":            {"type: xsiam, url: 'https://x', format: leef, schema: leef", token, "leef"},
		"https, lines of CEF":    {"type: https, url: 'https://x', format: lines, schema: cef", "", "cef"},
		"xsiam, raw":             {"type: xsiam, url: 'https://x', format: raw", token, "raw"},
		"xsiam, lines of JSON":   {"type: xsiam, url: 'https://x', format: raw, schema: ocsf", token, "ocsf"},
		"xsiam, a schema":        {"type: xsiam, url: 'https://x', schema: ocsf", token, "ocsf"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := mustLoad(t, "outputs:\n  x: {"+c.yaml+"}\n", c.environ)
			if got := cfg.Outputs["x"].Common().Schema; got != c.schema {
				t.Errorf("schema %s, want %s", got, c.schema)
			}
		})
	}
}

func TestElasticAndXSIAMThatAreRefused(t *testing.T) {
	t.Parallel()
	const notAName, notAStream = "not a name; allowed: lower-case", "not a data stream's name; allowed: type-dataset-namespace"
	long := strings.Repeat("a", 101)
	for _, c := range []struct {
		yaml, environ, want string // the key without its path, and what is said
	}{
		{"type: xsiam", "", ".token_file: no token"},
		{"type: xsiam, format: raw, url: 'http://x'", "LOGRELAY_OUTPUTS_X_TOKEN=t", ".url[0]: \"http://x\": a secret would travel in the clear"},
		{"type: xsiam, schema: raw", "LOGRELAY_OUTPUTS_X_TOKEN=t", ".schema: \"raw\": is not JSON; allowed with format: json: the schemas that are, or format: raw"},
		{"type: xsiam, format: cef, schema: json", "LOGRELAY_OUTPUTS_X_TOKEN=t", ".schema: \"json\": is not what format says; allowed: cef"},
		{"type: xsiam, format: xml", "LOGRELAY_OUTPUTS_X_TOKEN=t", ".format: \"xml\": not a known word; allowed: json, raw, cef, leef"},
		{"type: xsiam, schema: leef", "LOGRELAY_OUTPUTS_X_TOKEN=t", ".schema: \"leef\": is not JSON"},
		{"type: https, schema: cef", "", ".format: \"ndjson\": takes JSON alone; allowed with schema: cef: lines"},
		{"type: https, observables: true", "", ".schema: \"json\": has no observables and no ocsf_version"},
		{"type: https, schema: ecs, ocsf_version: 1.1.0", "", ".schema: \"ecs\": has no observables and no ocsf_version"},
		{"type: https, schema: ocsf, ocsf_version: 1.0.0", "", ".ocsf_version: \"1.0.0\": not a known word"},
		{"type: https, raw: true, rules: [{redact: [src.ip]}]", "", ".raw: true: sends the record as it arrived beside what is redacted"},
		{"type: elastic, schema: raw", "", ".schema: \"raw\": is not JSON"},
		{"type: elastic, url: 'http://x'", "LOGRELAY_OUTPUTS_X_API_KEY=k", ".url[0]: \"http://x\": a secret would travel in the clear"},
		{"type: elastic, basic: {user: u}", "LOGRELAY_OUTPUTS_X_API_KEY=k", ".basic: a user without a password"},
		{"type: elastic, basic: {user: u}", "LOGRELAY_OUTPUTS_X_API_KEY=k;LOGRELAY_OUTPUTS_X_BASIC_PASSWORD=p", ": several ways to log in; allowed: one of api_key_file, basic"},
		{"type: elastic, index: a, data_stream: logs-b-c", "", ".index: \"a\": a data stream is named too"},
		{"type: elastic, index: Logs", "", ".index: \"Logs\": " + notAName},
		{"type: elastic, index: 'a b'", "", ".index: \"a b\": " + notAName},
		{"type: elastic, index: 'a/../b'", "", ".index: \"a/../b\": " + notAName},
		{"type: elastic, index: 'a,b*'", "", ".index: \"a,b*\": " + notAName},
		{"type: elastic, index: _bulk", "", ".index: \"_bulk\": begins wrongly"},
		{"type: elastic, index: '{kind}-x'", "", ".index: \"{kind}-x\": begins wrongly"},
		{"type: elastic, index: 'a-{index}'", "", ".index: \"a-{index}\": an unknown placeholder; allowed: {kind}, {tenant}"},
		{"type: elastic, index: 'a-{kind}-{kind}-{tenant}'", "", ".index: \"a-{kind}-{kind}-{tenant}\": too long"},
		{"type: elastic, data_stream: ''", "", ".data_stream: empty"},
		{"type: elastic, data_stream: logs", "", ".data_stream: \"logs\": " + notAStream},
		{"type: elastic, data_stream: logs-a-b-c", "", ".data_stream: \"logs-a-b-c\": " + notAStream},
		{"type: elastic, data_stream: logs--default", "", ".data_stream: \"logs--default\": " + notAStream},
		{"type: elastic, data_stream: logs-" + long + "-default", "", ".data_stream: \"logs-aaa"},
	} {
		yaml := c.yaml
		if !strings.Contains(yaml, "url:") {
			yaml += ", url: 'https://x'"
		}
		_, err := load(t, "outputs:\n  x: {"+yaml+"}\n", strings.Split(c.environ, ";")...)
		found := false
		for _, p := range problems(t, err) {
			found = found || strings.Contains(p, ": outputs.x"+c.want)
		}
		if !found {
			t.Errorf("%s\ngot  %v\nwant %s", yaml, err, c.want)
		}
	}
}
