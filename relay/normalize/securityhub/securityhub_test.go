package securityhub

import (
	"encoding/json"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/relaytest"
)

func events(t testing.TB, raw string) []relay.Event {
	t.Helper()
	var p Parser
	var es relay.Events
	var d jsondoc.Doc
	if !d.Parse([]byte(raw), 10) {
		t.Fatalf("%s: %s", raw, d.Fault())
	}
	if f := p.Append(&es, &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: 7}, &d); f.Reason != relay.FaultNone {
		t.Fatalf("%s: %s", raw, f)
	}
	return es.List
}

func read(t testing.TB, raw string) (*relay.Event, *relay.Finding) {
	t.Helper()
	list := events(t, raw)
	return &list[0], list[0].Class.(*relay.Finding)
}

func rest(e *relay.Event) string {
	var b strings.Builder
	for _, f := range e.Rest {
		b.WriteString(f.Name + "=" + f.Value + " ")
	}
	return b.String()
}

// finding is a finding with these members more.
func finding(members string) string {
	if members != "" {
		members = "," + members
	}
	return `{"Id":"f-1","ProductArn":"arn:p","AwsAccountId":"123456789012","GeneratorId":"g","Title":"T","CreatedAt":"2026-11-21T09:00:00Z","UpdatedAt":"2026-11-21T09:15:32.000Z"` + members + `}`
}

const kept = `ProductArn="arn:p" `

func TestSeverity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		severity string
		want     relay.Severity
		score    string
		rest     string
	}{
		{`{"Label":"INFORMATIONAL"}`, relay.SeverityInformational, "", ""},
		{`{"Label":"CRITICAL","Normalized":10}`, relay.SeverityCritical, "10", ""},
		{`{"Label":"odd","Normalized":39}`, relay.SeverityLow, "39", `Severity={"Label":"odd"} `},
		{`{"Normalized":0}`, relay.SeverityInformational, "0", ""},
		{`{"Normalized":40,"Original":"8.3","Product":8.3}`, relay.SeverityMedium, "8.3", `Severity={"Product":8.3,"Normalized":40} `},
		{`{"Normalized":70}`, relay.SeverityHigh, "70", ""},
		{`{"Normalized":90}`, relay.SeverityCritical, "90", ""},
		{`"HIGH"`, relay.SeverityUnset, "", `Severity="HIGH" `},
	} {
		e, f := read(t, finding(`"Severity":`+c.severity))
		if f.Severity != c.want || f.Score != c.score || rest(e) != kept+c.rest {
			t.Errorf("%s: %d %q %s", c.severity, f.Severity, f.Score, rest(e))
		}
	}
}

func TestActivity(t *testing.T) {
	t.Parallel()
	for members, want := range map[string]relay.FindingActivity{
		``: relay.FindingUpdate, `"RecordState":"ACTIVE","Workflow":{"Status":"NEW"}`: relay.FindingUpdate, `"RecordState":"ARCHIVED"`: relay.FindingClose,
		`"Workflow":{"Status":"RESOLVED"}`: relay.FindingClose, `"Workflow":{"Status":"SUPPRESSED"}`: relay.FindingUpdate,
	} {
		if _, f := read(t, finding(members)); f.Activity != want {
			t.Errorf("%s: %d", members, f.Activity)
		}
	}
	if _, f := read(t, strings.Replace(finding(""), "09:00:00Z", "09:15:32Z", 1)); f.Activity != relay.FindingCreate {
		t.Errorf("a finding that was not updated: %d", f.Activity)
	}
}

// TestWhere: Network tells the two ends, Action does where there is none.
func TestWhere(t *testing.T) {
	t.Parallel()
	const action = `"Action":{"ActionType":"NETWORK_CONNECTION","NetworkConnectionAction":{"ConnectionDirection":"OUTBOUND","RemoteIpDetails":{"IpAddressV4":"203.0.113.66"},` +
		`"RemotePortDetails":{"Port":443},"Protocol":"TCP","Blocked":true}}`
	e, f := read(t, finding(action))
	if f.Dst.IP != "203.0.113.66" || f.Dst.Port != relay.NumberOf(443) || f.Connection.Direction != "egress" || !f.Verdict.Present || rest(e) != kept+`Action={"ActionType":"NETWORK_CONNECTION"} ` {
		t.Errorf("%+v %+v %s", f.Dst, f.Connection, rest(e))
	}
	e, f = read(t, finding(action+`,"Network":{"Direction":"IN","SourceIpV4":"192.0.2.1","SourceIpV6":"2001:db8::1","SourcePort":70000,"DestinationDomain":"x.example.com","Protocol":"GRE"}`))
	if f.Src.IP != "192.0.2.1" || f.Src.Port.Set || f.Dst.Domain != "x.example.com" || f.Dst.IP != "" || f.Connection.Direction != "ingress" || f.Connection.Protocol != relay.NumberOf(47) ||
		rest(e) != kept+`Network={"SourceIpV6":"2001:db8::1","SourcePort":70000} Action=`+strings.TrimPrefix(action, `"Action":`)+" " {
		t.Errorf("%+v %+v %+v %s", f.Src, f.Dst, f.Connection, rest(e))
	}
	_, f = read(t, finding(`"Action":{"AwsApiCallAction":{"Api":"PutRolePolicy","ServiceName":"iam.amazonaws.com","DomainDetails":{"Domain":"x.example.com"}}}`))
	if f.API.Operation != "PutRolePolicy" || f.API.Service != "iam.amazonaws.com" || f.Src.Domain != "x.example.com" {
		t.Errorf("%+v %+v", f.API, f.Src)
	}
	if _, f = read(t, finding(`"Action":{"DnsRequestAction":{"Domain":"c2.example.com"}}`)); f.DNSName != "c2.example.com" {
		t.Errorf("%+v", f)
	}
}

// TestProduct: who found it, and Security Hub where nobody says.
func TestProduct(t *testing.T) {
	t.Parallel()
	for members, want := range map[string]relay.Product{
		``: {Vendor: "AWS", Name: "Security Hub"},
		`"ProductFields":{"aws/securityhub/ProductName":"Config","aws/securityhub/CompanyName":"AWS"}`: {Vendor: "AWS", Name: "Config"},
		`"ProductName":"Scanner","CompanyName":"Example Inc.","SchemaVersion":"2018-10-08"`:            {Vendor: "Example Inc.", Name: "Scanner", Version: "2018-10-08"},
	} {
		if _, f := read(t, finding(members)); f.Product != want || f.Cloud.Account != "123456789012" || f.Detector != "g" {
			t.Errorf("%s: %+v", members, f.Product)
		}
	}
	e, f := read(t, finding(`"Resources":[{"Id":"arn:r","Type":"AwsS3Bucket","Region":"eu-central-1","Details":{"x":1}},{"Type":"x"}],"Confidence":101,"Remediation":{"Recommendation":{"Text":"do","Url":"u"}}`))
	if len(f.Resources) != 1 || (f.Resources[0] != relay.Resource{UID: "arn:r", Type: "AwsS3Bucket", Region: "eu-central-1", Data: `{"Details":{"x":1}}`}) || f.Remediation != "do" ||
		rest(e) != kept+`Resources=[{"Type":"x"}] Confidence=101 Remediation={"Recommendation":{"Url":"u"}} ` {
		t.Errorf("%+v %s", f.Resources, rest(e))
	}
}

// TestLists: each finding of a list is an event, numbered, with what stands beside the list.
func TestLists(t *testing.T) {
	t.Parallel()
	envelope := func(findings ...string) string {
		return `{"id":"e-1","detail-type":"Security Hub Findings - Custom Action","source":"aws.securityhub","detail":{"actionName":"a","findings":[` + strings.Join(findings, ",") + `]}}`
	}
	list := events(t, envelope(finding(""), finding(`"RecordState":"ARCHIVED"`)))
	if len(list) != 2 {
		t.Fatalf("%d events", len(list))
	}
	for i := range list {
		e := &list[i]
		if e.N != int32(i) || e.Of != 2 || !strings.Contains(rest(e), `detail={"actionName":"a"} id="e-1" `) {
			t.Errorf("%d of %d: %s", e.N, e.Of, rest(e))
		}
	}
	if list := events(t, `{"Findings":[`+finding("")+`],"NextToken":"n"}`); len(list) != 1 || list[0].Of != 1 || rest(&list[0]) != kept+`NextToken="n" ` {
		t.Errorf("%+v", list)
	}
	if list := events(t, envelope()); len(list) != 1 || list[0].Class.(*relay.Other).JSON != envelope() {
		t.Errorf("%+v", list)
	}
	// What stands beside a long list goes out once: else a record of megabytes would become gigabytes.
	many := make([]string, 2000)
	for i := range many {
		many[i] = finding("")
	}
	list = events(t, `{"x":"`+strings.Repeat("x", 1000)+`","Findings":[`+strings.Join(many, ",")+`]}`)
	if len(list) != len(many) || len(list[0].Rest) != 2 || len(list[1].Rest) != 1 {
		t.Errorf("%d events, %d and %d fields", len(list), len(list[0].Rest), len(list[1].Rest))
	}
	for raw, want := range map[string]bool{
		finding(""): true, envelope(finding("")): true, `{"Findings":[` + finding("") + `]}`: true, envelope(): false, `{"Findings":[{}]}`: false, `{"Findings":{}}`: false, `{}`: false,
	} {
		var d jsondoc.Doc
		if d.Parse([]byte(raw), 10); Is(d.Root()) != want {
			t.Errorf("%s: %v", raw, !want)
		}
	}
}

// TestFaults: what is no finding makes the whole record not understood.
func TestFaults(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]relay.FaultReason{
		`{"Findings":[` + strings.Repeat("{},", maxFindings) + `{}]}`: relay.FaultSize,
		`{"Id":"x"}`: relay.FaultKind, `{"Title":"x"}`: relay.FaultKind, `{"Findings":[` + finding("") + `,7]}`: relay.FaultKind,
		strings.Replace(finding(""), "2026-11-21T09:15:32.000Z", "0000-01-01T00:00:00Z", 1): relay.FaultTime,
	} {
		var p Parser
		var es relay.Events
		var d jsondoc.Doc
		d.Parse([]byte(raw), 10)
		if f := p.Append(&es, &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}}, &d); f.Reason != want || f.Offset < 0 {
			t.Errorf("%.100s: %v", raw, f)
		}
	}
}

// FuzzFinding: whatever the finding, all that it says is in the class or in Rest.
func FuzzFinding(f *testing.F) {
	for _, line := range relaytest.Cases(f, relay.KindSecurityHub) {
		f.Add(line)
	}
	f.Fuzz(checkNothingLost)
}

// TestOdd: with an odd value in any place, the same.
func TestOdd(t *testing.T) {
	t.Parallel()
	for _, line := range relaytest.Cases(t, relay.KindSecurityHub) {
		if json.Valid(line) {
			relaytest.EachOdd(t, line, func(raw []byte) { checkNothingLost(t, raw) })
		}
	}
}

func checkNothingLost(t *testing.T, raw []byte) {
	t.Helper()
	relaytest.CheckNothingLost(t, raw, reader(), "IN", "INBOUND", "OUT", "OUTBOUND", "TCP", "UDP", "udp", "ICMP", "GRE", "INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL", "true", "True", "TRUE")
}

func BenchmarkFinding(b *testing.B) {
	relaytest.BenchmarkReader(b, []byte(finding(`"Severity":{"Label":"LOW"},"Resources":[{"Id":"arn:r","Type":"x","Details":{"a":1}}]`)), reader())
}

func reader() relaytest.Reader {
	var p Parser
	var d jsondoc.Doc
	return func(es *relay.Events, r *relay.Record) bool {
		return d.Parse(r.Raw, 10) && d.Root().IsObject() && p.Append(es, r, &d).Reason == relay.FaultNone
	}
}
