package waf

import (
	"slices"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/relaytest"
)

const aclLog = `{"timestamp":1795252532123,"formatVersion":1,"webaclId":"arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/shop/a1b2c3d4","terminatingRuleId":"AWS-AWSManagedRulesSQLiRuleSet",` +
	`"terminatingRuleType":"MANAGED_RULE_GROUP","action":"BLOCK","terminatingRuleMatchDetails":[],"httpSourceName":"ALB","httpSourceId":"123456789012-app/shop/0a1b2c3d4e5f",` +
	`"ruleGroupList":[{"ruleGroupId":"AWS#AWSManagedRulesSQLiRuleSet","terminatingRule":{"ruleId":"SQLi_QUERYARGUMENTS","action":"BLOCK","ruleMatchDetails":null},"nonTerminatingMatchingRules":[],"excludedRules":null}],` +
	`"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],"requestHeadersInserted":null,"responseCodeSent":403,"httpRequest":{"clientIp":"203.0.113.9","country":"DE",` +
	`"headers":[{"name":"Host","value":"shop.example.com:8443"},{"name":"User-Agent","value":"curl/8.0 \"quoted\" \u0000"},{"name":"X-Forwarded-For","value":"198.51.100.4, unknown, 2001:db8::7"},` +
	`{"name":"referer","value":"https://shop.example.com/"},{"name":"cookie","value":"' OR 1=1 --"}],"uri":"/search","args":"q=1%27","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"1-5f-0a",` +
	`"fragment":"top","scheme":"https","host":"shop.example.com:8443"},"labels":[{"name":"awswaf:managed:aws:sql-database:SQLi"}],"ja3Fingerprint":"e7d705a3286e19ea42f587b344ee6865","ja4Fingerprint":"t13d1516h2_8daaf6152771_b186095e22b6","requestBodySize":12}`

func read(t testing.TB, raw string) (*relay.Event, *relay.HTTPRequest) {
	t.Helper()
	var p Parser
	var es relay.Events
	var d jsondoc.Doc
	r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: 1}
	if !d.Parse(r.Raw, 8) {
		t.Fatal(d.Fault())
	}
	if f := p.Append(&es, r, &d); f.Reason != relay.FaultNone {
		es.AddUnparsed(r, relay.KindWAF, f)
	}
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	q, _ := es.List[0].Class.(*relay.HTTPRequest)
	return &es.List[0], q
}

func TestRequest(t *testing.T) {
	t.Parallel()
	e, q := read(t, aclLog)
	if q == nil {
		t.Fatal(e.Fault)
	}
	h := q.HTTP
	if e.Time != 1_795_252_532_123e6 || q.Cloud.Account != "123456789012" || q.Cloud.Region != "eu-central-1" || h.Host != "shop.example.com" || h.Port.Value != 8443 ||
		h.UserAgent != "curl/8.0 \"quoted\" \x00" || !slices.Equal(h.XForwardedFor, []string{"198.51.100.4", "2001:db8::7"}) || len(h.Headers) != 5 || h.Headers[4].Value != "' OR 1=1 --" ||
		h.Status.Value != 403 || h.Scheme != "https" || !slices.Equal(q.Labels, []string{"awswaf:managed:aws:sql-database:SQLi"}) || q.TLS.JA4 == "" {
		t.Errorf("%+v", q)
	}
	if v := q.Verdict; v.Action != relay.ActionDenied || v.Disposition != relay.DispositionBlocked || v.Rule.UID != "AWS-AWSManagedRulesSQLiRuleSet" || v.Rule.Type != "MANAGED_RULE_GROUP" {
		t.Errorf("%+v", v)
	}
	var names []string
	for _, f := range e.Rest {
		names = append(names, f.Name)
		if f.Name == "httpRequest" && f.Value != `{"fragment":"top"}` {
			t.Errorf("httpRequest: %s", f.Value)
		}
	}
	if !slices.Equal(names, []string{"ruleGroupList", "httpRequest", "ja3Fingerprint", "requestBodySize"}) {
		t.Errorf("rest: %v", names)
	}
}

func TestOdd(t *testing.T) {
	t.Parallel()
	for old, c := range map[string]struct{ new, name, value string }{
		`"clientIp":"203.0.113.9"`:         {`"clientIp":"host"`, "httpRequest", `{"clientIp":"host","fragment":"top"}`},
		`"name":"cookie"`:                  {`"nome":"cookie"`, "httpRequest", `{"headers":[{"nome":"cookie","value":"' OR 1=1 --"}],"fragment":"top"}`},
		`"host":"shop.example.com:8443"`:   {`"host":"other.example"`, "httpRequest", `{"fragment":"top","host":"other.example"}`},
		`"responseCodeSent":403`:           {`"responseCodeSent":-1`, "responseCodeSent", `-1`},
		`"labels":[{"name"`:                {`"labels":[{"x":1,"name"`, "labels", `[{"x":1,"name":"awswaf:managed:aws:sql-database:SQLi"}]`},
		`"terminatingRuleMatchDetails":[]`: {`"terminatingRuleMatchDetails":[{"conditionType":"SQL_INJECTION"}]`, "terminatingRuleMatchDetails", `[{"conditionType":"SQL_INJECTION"}]`},
	} {
		e, q := read(t, strings.Replace(aclLog, old, c.new, 1))
		if q == nil || !slices.ContainsFunc(e.Rest, func(f relay.Field) bool { return f.Name == c.name && f.Value == c.value }) {
			t.Errorf("%s: %v %v", c.new, e.Fault, e.Rest)
		}
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]relay.Verdict{
		"ALLOW":     {Action: relay.ActionAllowed, Disposition: relay.DispositionAllowed},
		"COUNT":     {Action: relay.ActionObserved, Disposition: relay.DispositionCount},
		"CAPTCHA":   {Action: relay.ActionDenied, Disposition: relay.DispositionCaptcha},
		"CHALLENGE": {Action: relay.ActionDenied, Disposition: relay.DispositionChallenge},
		"MONETIZE":  {Action: relay.ActionOther, Disposition: relay.DispositionOther},
	} {
		_, q := read(t, `{"timestamp":1795252532123,"webaclId":"1","action":"`+action+`","httpRequest":{"country":"-"}}`)
		want.Present, want.Word = true, action
		if q.Verdict != want || q.Src.Country != "" || q.Cloud.Account != "" {
			t.Errorf("%s: %+v", action, q)
		}
	}
}

func TestHostPort(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"a.example:80": "a.example", "[2001:db8::1]:443": "[2001:db8::1]", "2001:db8::1": "2001:db8::1", "a:65536": "a:65536", "a:": "a:", ":80": ":80", "a:8x": "a:8x", "a": "a", "": "",
	} {
		if name, port := hostPort(s); name != want || port.Set != (name != s) {
			t.Errorf("%s: %s %v", s, name, port)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]relay.FaultReason{
		`{"timestamp":1795252532123,"webaclId":"1"}`:                    relay.FaultKind,
		`{"timestamp":1795252532123,"httpRequest":"x"}`:                 relay.FaultKind,
		`{"httpRequest":{}}`:                                            relay.FaultTime,
		`{"timestamp":"9999-12-31T23:59:59Z","httpRequest":{}}`:         relay.FaultTime,
		`{"timestamp":99999999999999999999,"httpRequest":{"uri":"/x"}}`: relay.FaultTime,
	} {
		if e, _ := read(t, raw); e.Fault.Reason != want {
			t.Errorf("%s: %v", raw, e.Fault)
		}
	}
}

func FuzzWAF(f *testing.F) {
	f.Add([]byte(aclLog))
	f.Add([]byte(`{"timestamp":"2026-11-21T09:15:32Z","httpRequest":{"headers":[{"value":"x","name":"host"},{"name":"HOST","value":""},{},{"name":1}],"host":["x"],"country":{}},"labels":[{"name":""},1]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		relaytest.CheckNothingLost(t, raw, reader())
	})
}

func BenchmarkWAF(b *testing.B) {
	relaytest.BenchmarkReader(b, []byte(aclLog), reader())
}

func reader() relaytest.Reader {
	var p Parser
	var d jsondoc.Doc
	return func(es *relay.Events, r *relay.Record) bool {
		return d.Parse(r.Raw, 8) && d.Root().IsObject() && p.Append(es, r, &d).Reason == relay.FaultNone
	}
}
