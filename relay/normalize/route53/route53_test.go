package route53

import (
	"slices"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/relaytest"
)

const (
	resolverLog = `{"version":"1.100000","account_id":"123456789012","region":"eu-central-1","vpc_id":"vpc-0a1b2c3d","query_timestamp":"2026-11-21T09:15:32Z",` +
		`"query_name":"www.example.com.","query_type":"A","query_class":"IN","rcode":"NOERROR","answers":[{"Rdata":"edge.example.net.","Type":"CNAME","Class":"IN"},` +
		`{"Rdata":"192.0.2.44","Type":"A","Class":"IN"}],"srcaddr":"10.0.31.38","srcport":"16173","transport":"UDP","srcids":{"instance":"i-0123456789abcdef0"},` +
		`"firewall_rule_action":"ALERT","firewall_rule_group_id":"rslvr-frg-1","firewall_domain_list_id":"rslvr-fdl-1"}`
	zoneLog = `1.0 2026-11-21T09:15:32.130Z Z0123456789ABC example.com AAAA NOERROR UDP FRA6 2001:db8::35 198.51.100.0/24`
)

func read(t testing.TB, raw string) (*relay.Event, *relay.DNSQuery) {
	t.Helper()
	var p Parser
	var es relay.Events
	var d jsondoc.Doc
	r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: 1}
	if strings.HasPrefix(raw, "{") {
		if !d.Parse(r.Raw, 8) {
			t.Fatal(d.Fault())
		}
		if f := p.AppendJSON(&es, r, &d); f.Reason != relay.FaultNone {
			es.AddUnparsed(r, relay.KindRoute53, f)
		}
	} else {
		p.Append(&es, r)
	}
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	q, _ := es.List[0].Class.(*relay.DNSQuery)
	return &es.List[0], q
}

func TestResolver(t *testing.T) {
	t.Parallel()
	e, q := read(t, resolverLog)
	if q == nil || e.Time != 1_795_252_532e9 || q.Name != "www.example.com." || q.Status != relay.StatusSuccess || q.Src.Port.Value != 16173 ||
		q.Src.Instance != "i-0123456789abcdef0" || q.Protocol.Value != 17 || len(q.Answers) != 2 || q.Answers[1].Data != "192.0.2.44" {
		t.Fatalf("%+v", q)
	}
	if v := q.Verdict; !v.Present || !v.Alert || v.Action != relay.ActionAllowed || v.Disposition != relay.DispositionAlert || v.Rule.UID != "rslvr-frg-1" {
		t.Errorf("%+v", v)
	}
	if len(e.Rest) != 1 || e.Rest[0].Name != "firewall_domain_list_id" {
		t.Errorf("rest: %v", e.Rest)
	}
}

// TestOdd: what cannot be read of a query stays with it.
func TestOdd(t *testing.T) {
	t.Parallel()
	for old, c := range map[string]struct{ new, name, value string }{
		`"srcport":"16173"`:               {`"srcport":"70000"`, "srcport", `"70000"`},
		`"srcaddr":"10.0.31.38"`:          {`"srcaddr":"10.0.31.381"`, "srcaddr", `"10.0.31.381"`},
		`{"Rdata":"192.0.2.44",`:          {`{"RData":"192.0.2.44",`, "answers", `[{"RData":"192.0.2.44","Type":"A","Class":"IN"}]`},
		`"Rdata":"edge.example.net."`:     {`"TTL":60,"Rdata":"edge.example.net."`, "answers", `[{"TTL":60}]`},
		`"srcids":{`:                      {`"srcids":{"new":{"a":1},`, "srcids", `{"new":{"a":1}}`},
		`"firewall_rule_action":"ALERT",`: {``, "firewall_rule_group_id", `"rslvr-frg-1"`},
		`"region":"eu-central-1"`:         {`"region":["eu-central-1"]`, "region", `["eu-central-1"]`},
	} {
		e, q := read(t, strings.Replace(resolverLog, old, c.new, 1))
		if q == nil || !slices.ContainsFunc(e.Rest, func(f relay.Field) bool { return f.Name == c.name && f.Value == c.value }) {
			t.Errorf("%s: %v %v", c.new, e.Fault, e.Rest)
		}
	}
}

// TestParsed: what pipelines make of these logs is read too.
func TestParsed(t *testing.T) {
	t.Parallel()
	e, q := read(t, `{"query_timestamp":"2026-11-21 09:15:32","query_name":"www.example.com","query_type":"A","rcode":"NXDOMAIN","srcport":53,"version":1.1,`+
		`"answers":{"Class":"IN","Rdata":"192.0.2.1","Type":"A"},"firewall_rule_action":"NEW"}`)
	if q == nil || e.Time != 1_795_252_532e9 || len(q.Answers) != 1 || q.Src.Port.Value != 53 || q.Status != relay.StatusFailure || q.Product.Version != "1.1" ||
		q.Verdict.Action != relay.ActionOther || q.Verdict.Word != "NEW" || len(e.Rest) != 0 {
		t.Errorf("%v %+v %v", e.Fault, q, e.Rest)
	}
}

func TestZone(t *testing.T) {
	t.Parallel()
	if !IsLine([]byte(zoneLog)) || IsLine([]byte("1.0 2026-11-21T09:15:32.130Z Z0 a.example A NOERROR UDP FRA6 x -")) || IsLine([]byte("1.0 and more")) {
		t.Error("a line is not what it is")
	}
	e, q := read(t, zoneLog)
	if q == nil || e.Time != 1_795_252_532_130e6 || q.Name != "example.com" || q.Src.IP != "2001:db8::35" || q.Protocol.Value != 17 || q.Rcode != "NOERROR" || len(e.Rest) != 3 {
		t.Errorf("%+v %v", q, e.Rest)
	}
	if e, q = read(t, "1.0 2026-11-21T09:15:32.130Z Z0 a.example A SERVFAIL TCP FRA6 - -"); q == nil || q.Src.IP != "" || len(e.Rest) != 2 {
		t.Errorf("%+v %v", q, e.Rest)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]relay.FaultReason{
		`{"query_timestamp":"2026-11-21T09:15:32Z"}`:                   relay.FaultKind,
		`{"query_name":"a.","query_timestamp":"9999-01-01T00:00:00Z"}`: relay.FaultTime,
		`{"query_name":"a.","query_timestamp":"0000-01-01T00:00:00Z"}`: relay.FaultTime,
		`{"query_name":"a."}`: relay.FaultTime,
		zoneLog + " x":        relay.FaultColumns,
		strings.Replace(zoneLog, "2026-11-21", "2026-13-21", 1): relay.FaultTime,
		"": relay.FaultColumns,
	} {
		if e, _ := read(t, raw); e.Fault.Reason != want {
			t.Errorf("%s: %v", raw, e.Fault)
		}
	}
}

func FuzzResolver(f *testing.F) {
	f.Add([]byte(resolverLog))
	f.Add([]byte(`{"query_name":"\u00fc.","query_timestamp":"2026-11-21 09:15:32","answers":{"Rdata":"x"},"srcids":"i-1","firewall_rule_action":[1]}`))
	f.Add([]byte(`{"query_name":1,"query_timestamp":1795252532,"answers":[{"Rdata":"","Type":"A"},{},[],"x",null],"srcaddr":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		relaytest.CheckNothingLost(t, raw, reader(), "UDP", "TCP")
	})
}

func FuzzZone(f *testing.F) {
	f.Add([]byte(zoneLog))
	f.Add([]byte("1.0  2026-11-21T09:15:32.130Z Z0 \x00 A - TCP x - -\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var p Parser
		var es relay.Events
		IsLine(raw)
		p.Append(&es, &relay.Record{Raw: raw, Origin: &relay.Origin{}})
		if len(es.List) != 1 {
			t.Fatalf("%d events", len(es.List))
		}
	})
}

func BenchmarkResolver(b *testing.B) {
	relaytest.BenchmarkReader(b, []byte(resolverLog), reader())
}

func BenchmarkZone(b *testing.B) {
	var p Parser
	relaytest.BenchmarkReader(b, []byte(zoneLog), relaytest.LineReader(p.Append))
}

func reader() relaytest.Reader {
	var p Parser
	var d jsondoc.Doc
	return func(es *relay.Events, r *relay.Record) bool {
		return d.Parse(r.Raw, 8) && d.Root().IsObject() && p.AppendJSON(es, r, &d).Reason == relay.FaultNone
	}
}
