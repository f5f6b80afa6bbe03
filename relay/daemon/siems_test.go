package daemon

import (
	"strings"
	"testing"

	"logrelay/relay/config"
	"logrelay/relay/relaytest"
)

const apiKey, collectorToken = "a2V5", "t0ken"

// siems makes an elastic and an xsiam output for a SIEM each.
func siems(search, collector string) (*config.ElasticOutput, *config.XSIAMOutput) {
	e := config.NewOutput("elastic").(*config.ElasticOutput)
	e.URL, e.Insecure, e.APIKey, e.DataStream = []string{"http://" + search + "/elastic"}, true, config.NewSecret(apiKey), "logs-{kind}-{tenant}"
	x := config.NewOutput("xsiam").(*config.XSIAMOutput)
	x.URL, x.Insecure, x.Token, x.Schema = []string{"http://" + collector}, true, config.NewSecret(collectorToken), "ocsf"
	return e, x
}

// newSIEM returns a SIEM that lets in who shows the token, and its address.
func newSIEM(t *testing.T, token string) (*relaytest.SIEM, string) {
	t.Helper()
	siem := relaytest.NewSIEM(relaytest.Options{Token: token})
	t.Cleanup(siem.Close)
	addr, err := siem.HTTP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return siem, addr
}

func TestElasticAndXSIAM(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{"json", "ocsf", "ecs"} {
		t.Run(schema, func(t *testing.T) {
			t.Parallel()
			search, searchAddr := newSIEM(t, apiKey)
			collector, collectorAddr := newSIEM(t, collectorToken)
			s := newSite(t, func(s *site) {
				e, x := siems(searchAddr, collectorAddr)
				e.Schema, x.Schema = schema, schema
				s.cfg.Outputs = map[string]config.Output{"search": e, "xsiam": x}
			})
			say(t, s.dial(t, "in"), "one", "two", "three")
			for _, name := range []string{"search", "xsiam"} {
				until(t, name+" has delivered", func() bool { return s.find(t, name).Sum.Delivered == 3 })
			}
			documents, lines := search.Records(), collector.Records()
			if len(documents) != 3 || len(lines) != 3 {
				t.Fatalf("%d documents, %d lines", len(documents), len(lines))
			}
			for i, r := range documents {
				if !strings.HasPrefix(string(r.Data), `{"@timestamp":"20`) || !strings.Contains(string(r.Envelope), `"_index":"logs-syslog-default"`) ||
					!strings.Contains(r.Query, "require_data_stream=true") {
					t.Errorf("%s behind %s, asked with %s", r.Data, r.Envelope, r.Query)
				}
				if line := string(lines[i].Data); !strings.HasPrefix(line, "{") || lines[i].Protocol != "xsiam" {
					t.Errorf("a line %s", line)
				}
			}
		})
	}
}

func TestCheckOfElasticAndXSIAM(t *testing.T) {
	t.Parallel()
	search, searchAddr := newSIEM(t, apiKey)
	_, collectorAddr := newSIEM(t, "another token, which check does not notice")
	for name, c := range map[string]struct {
		change       func(*config.ElasticOutput)
		result       string
		detail, hint string
	}{
		"good":         {func(*config.ElasticOutput) {}, CheckOK, "Connection established: http://", ""},
		"wrong key":    {func(e *config.ElasticOutput) { e.APIKey = config.NewSecret("other") }, CheckFailed, "401 Unauthorized", "check the token or password"},
		"wrong path":   {func(e *config.ElasticOutput) { e.URL[0] += "/x" }, CheckFailed, "400 Bad Request", "check url, port and path"},
		"no such yet":  {func(e *config.ElasticOutput) { e.DataStream = "logs-new-default" }, CheckOK, "logs-new-default, which is not there yet", ""},
		"nobody there": {func(e *config.ElasticOutput) { e.URL[0] = "http://127.0.0.1:1" }, CheckFailed, "refused", ""},
	} {
		e, x := siems(searchAddr, collectorAddr)
		c.change(e)
		if r := checkOutput(t.Context(), "search", e, false); r.Result != c.result || !strings.Contains(r.Detail, c.detail) || !strings.Contains(r.Hint, c.hint) {
			t.Errorf("%s: %+v", name, r)
		}
		if r := checkOutput(t.Context(), "xsiam", x, false); r.Result != CheckOK || !strings.Contains(r.Detail, "the token, the format and the compression of the collector: not tested") {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if n := search.Stats().Records; n > 0 {
		t.Errorf("check has written %d records", n)
	}
}
