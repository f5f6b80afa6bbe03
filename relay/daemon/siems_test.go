package daemon

import (
	"strings"
	"testing"

	"logrelay/relay/config"
	"logrelay/relay/relaytest"
)

// siems makes an elastic and an xsiam output for the site's SIEM.
func (s *site) siems(change func(*config.ElasticOutput, *config.XSIAMOutput)) map[string]config.Output {
	e := config.NewOutput("elastic").(*config.ElasticOutput)
	e.URL, e.Insecure, e.APIKey, e.DataStream = []string{"http://" + s.addr + "/elastic"}, true, config.NewSecret("a2V5"), "logs-{kind}-{tenant}"
	x := config.NewOutput("xsiam").(*config.XSIAMOutput)
	x.URL, x.Insecure, x.Token, x.Schema = []string{"http://" + s.addr}, true, config.NewSecret("t0ken"), "ocsf"
	change(e, x)
	return map[string]config.Output{"search": e, "xsiam": x}
}

func TestElasticAndXSIAM(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *site) { s.cfg.Outputs = s.siems(func(*config.ElasticOutput, *config.XSIAMOutput) {}) })
	say(t, s.dial(t, "in"), "one", "two", "three")
	s.arrived(t, 6)
	got := map[string]int{}
	for _, r := range s.siem.Records() {
		got[r.Protocol]++
		data, action := string(r.Data), string(r.Envelope)
		if r.Protocol == "elastic" && (!strings.HasPrefix(data, `{"@timestamp":"`) || !strings.Contains(action, `"_index":"logs-syslog-default"`)) {
			t.Errorf("a document %s behind %s", data, action)
		}
		if r.Protocol == "xsiam" && !strings.Contains(data, `"class_uid":`) {
			t.Errorf("a line %s", data)
		}
	}
	if got["elastic"] != 3 || got["xsiam"] != 3 {
		t.Errorf("got %v", got)
	}
	for _, name := range []string{"search", "xsiam"} {
		until(t, name+" has delivered", func() bool { return s.find(t, name).Sum.Delivered == 3 })
	}
}

func TestCheckOfElasticAndXSIAM(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	siem := relaytest.NewSIEM(relaytest.Options{Token: "other"})
	t.Cleanup(siem.Close)
	strange, err := siem.HTTP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change                     func(*config.ElasticOutput, *config.XSIAMOutput)
		result                     string
		search, xsiam, hintOfFirst string
	}{
		"good": {func(*config.ElasticOutput, *config.XSIAMOutput) {}, CheckOK,
			"Connection established: http://", "the token, the format and the compression of the collector: not tested", ""},
		"wrong key": {func(e *config.ElasticOutput, _ *config.XSIAMOutput) {
			e.URL = []string{"http://" + strange + "/elastic"}
		}, CheckFailed,
			"401 Unauthorized", "Connection established", "check the token or password"},
		"wrong path": {func(e *config.ElasticOutput, _ *config.XSIAMOutput) {
			e.URL = []string{"http://" + s.addr + "/elastic/x"}
		}, CheckFailed,
			"400 Bad Request", "Connection established", "check url, port and path"},
		"nobody there": {func(e *config.ElasticOutput, x *config.XSIAMOutput) {
			e.URL, x.URL = []string{"http://127.0.0.1:1"}, []string{"http://127.0.0.1:1"}
		}, CheckFailed, "refused", "refused", ""},
	} {
		before := s.siem.Stats().Records + siem.Stats().Records
		outputs := s.siems(c.change)
		for output, want := range map[string]string{"search": c.search, "xsiam": c.xsiam} {
			r := checkOutput(t.Context(), output, outputs[output], false)
			if !strings.Contains(r.Detail, want) || output == "search" && (r.Result != c.result || !strings.Contains(r.Hint, c.hintOfFirst)) {
				t.Errorf("%s: %+v, want %q", name, r, want)
			}
		}
		if got := s.siem.Stats().Records + siem.Stats().Records; got != before {
			t.Errorf("%s: check has written %d records", name, got-before)
		}
	}
}
