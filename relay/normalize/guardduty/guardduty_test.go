package guardduty

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/relaytest"
)

func read(t testing.TB, raw string) (*relay.Event, *relay.Finding) {
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
	return &es.List[0], es.List[0].Class.(*relay.Finding)
}

func rest(e *relay.Event) string {
	var b strings.Builder
	for _, f := range e.Rest {
		b.WriteString(f.Name + "=" + f.Value + " ")
	}
	return b.String()
}

// finding is a finding with these members of service, and others.
func finding(service, others string) string {
	if service != "" {
		service = "," + service
	}
	if others != "" {
		others = "," + others
	}
	return `{"schemaVersion":"2.0","accountId":"123456789012","region":"eu-central-1","id":"f-1","type":"Recon:EC2/Portscan","title":"T","description":"D",` +
		`"createdAt":"2026-11-21T09:00:00Z","updatedAt":"2026-11-21T09:15:32Z","service":{"detectorId":"d"` + service + `}` + others + `}`
}

// TestSeverity: the bands of severity, and what becomes of a finding.
func TestSeverity(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]relay.Severity{
		"0.5": relay.SeverityInformational, "1": relay.SeverityLow, "3.9": relay.SeverityLow, "4": relay.SeverityMedium, "6.9": relay.SeverityMedium,
		"7.0": relay.SeverityHigh, "8.9": relay.SeverityHigh, "9": relay.SeverityCritical, "10": relay.SeverityCritical, `"5"`: relay.SeverityMedium, `"x"`: relay.SeverityUnset,
	} {
		if _, f := read(t, finding("", `"severity":`+number)); f.Severity != want || f.Score != strings.Trim(number, `"`) {
			t.Errorf("%s: %d %q", number, f.Severity, f.Score)
		}
	}
	for service, want := range map[string]relay.FindingActivity{
		`"count":1,"archived":false`: relay.FindingCreate, `"count":2`: relay.FindingUpdate, `"archived":true,"count":1`: relay.FindingClose, ``: relay.FindingUpdate,
	} {
		if _, f := read(t, finding(service, "")); f.Activity != want {
			t.Errorf("%s: %d", service, f.Activity)
		}
	}
}

// TestConnection: which end is the source goes by the direction, and by the role of the resource where that is not known.
func TestConnection(t *testing.T) {
	t.Parallel()
	const local, remote = "10.0.0.1", "203.0.113.66"
	for _, c := range []struct{ direction, role, src, word string }{
		{"INBOUND", "TARGET", remote, "ingress"}, {"OUTBOUND", "TARGET", local, "egress"},
		{"UNKNOWN", "TARGET", remote, ""}, {"UNKNOWN", "ACTOR", local, ""},
	} {
		_, f := read(t, finding(fmt.Sprintf(`"resourceRole":%q,"action":{"networkConnectionAction":{"connectionDirection":%q,"localIpDetails":{"ipAddressV4":%q},"localPortDetails":{"port":22},`+
			`"remoteIpDetails":{"ipAddressV4":%q},"remotePortDetails":{"port":54321},"protocol":"TCP","blocked":true}}`, c.role, c.direction, local, remote), ""))
		dst, port := remote, int64(54321)
		if c.src == remote {
			dst, port = local, 22
		}
		if f.Src.IP != c.src || f.Dst.IP != dst || f.Dst.Port != relay.NumberOf(port) || f.Connection.Direction != c.word || f.Connection.Protocol != relay.NumberOf(6) ||
			f.Verdict.Disposition != relay.DispositionBlocked {
			t.Errorf("%+v: %+v -> %+v, %+v", c, f.Src, f.Dst, f.Connection)
		}
	}
}

// TestActions: the call, the query and the probe that a finding is about.
func TestActions(t *testing.T) {
	t.Parallel()
	_, f := read(t, finding(`"action":{"awsApiCallAction":{"api":"PutRolePolicy","serviceName":"iam.amazonaws.com","errorCode":"AccessDenied","remoteIpDetails":{"ipAddressV4":"203.0.113.66","country":{"countryCode":"NL"}}}}`, ""))
	if f.API.Operation != "PutRolePolicy" || f.API.Service != "iam.amazonaws.com" || f.API.Error != "AccessDenied" || f.Src.IP != "203.0.113.66" || f.Src.Country != "NL" {
		t.Errorf("%+v %+v", f.API, f.Src)
	}
	e, f := read(t, finding(`"action":{"dnsRequestAction":{"domain":"c2.example.com","protocol":"UDP","blocked":false}}`, ""))
	if f.DNSName != "c2.example.com" || f.Connection.Protocol != relay.NumberOf(17) || f.Verdict.Present || rest(e) != `service={"action":{"dnsRequestAction":{"blocked":false}}} ` {
		t.Errorf("%+v %s", f, rest(e))
	}
	e, f = read(t, finding(`"action":{"portProbeAction":{"portProbeDetails":[{"localPortDetails":{"port":80},"remoteIpDetails":{"ipAddressV4":"203.0.113.66"}},{"localPortDetails":{"port":81}}]}}`, ""))
	if f.Dst.Port != relay.NumberOf(80) || f.Src.IP != "203.0.113.66" || rest(e) != `service={"action":{"portProbeAction":{"portProbeDetails":[{"localPortDetails":{"port":81}}]}}} ` {
		t.Errorf("%+v %+v %s", f.Src, f.Dst, rest(e))
	}
	_, f = read(t, finding(`"action":{"kubernetesApiCallAction":{"verb":"create","statusCode":201,"remoteIpDetails":{"ipAddressV6":"2001:db8::66"}}}`,
		`"resource":{"kubernetesDetails":{"kubernetesUserDetails":{"username":"u","groups":["g",""]},"kubernetesWorkloadDetails":{"name":"web","uid":"w","namespace":"apps","type":"pods"}}}`))
	if f.API.Operation != "create" || f.API.Code != relay.NumberOf(201) || f.Src.IP != "2001:db8::66" || f.Actor.User.Name != "u" || len(f.Actor.User.Groups) != 1 ||
		len(f.Resources) != 1 || (f.Resources[0] != relay.Resource{UID: "w", Name: "web", Namespace: "apps", Type: "KubernetesWorkload", Data: `{"type":"pods"}`}) {
		t.Errorf("%+v", f)
	}
}

// TestResources: what was acted upon, and what is known of it; who acted.
func TestResources(t *testing.T) {
	t.Parallel()
	e, f := read(t, finding("", `"resource":{"resourceType":"S3Bucket","accessKeyDetails":{"userName":"u","principalId":"p","accessKeyId":"k","userType":"AssumedRole"},`+
		`"s3BucketDetails":[{"arn":"arn:b","name":"b","tags":[]},{"type":"x"}],"instanceDetails":{"instanceId":"i-1","imageId":"ami-1"},"rdsDbInstanceDetails":{"dbInstanceIdentifier":"db"},"lambdaDetails":"odd"}`))
	want := []relay.Resource{
		{UID: "arn:b", Name: "b", Type: "S3Bucket"}, {UID: "i-1", Type: "Instance", Data: `{"imageId":"ami-1"}`}, {UID: "db", Name: "db", Type: "RDSDBInstance"},
	}
	if len(f.Resources) != len(want) {
		t.Fatalf("%+v", f.Resources)
	}
	for i := range want {
		if f.Resources[i] != want[i] {
			t.Errorf("%+v", f.Resources[i])
		}
	}
	if u := f.Actor.User; u.Name != "u" || u.UIDAlt != "p" || u.AccessKey != "k" || u.Type != "AssumedRole" || u.TypeID != 99 {
		t.Errorf("%+v", u)
	}
	if got := rest(e); got != `resource={"resourceType":"S3Bucket","s3BucketDetails":[{"type":"x"}],"lambdaDetails":"odd"} ` {
		t.Error(got)
	}
}

// TestUsers: whose credentials were used is who acted, wherever that stands; another user stays under its name.
func TestUsers(t *testing.T) {
	t.Parallel()
	key, cluster := `"accessKeyDetails":{"userName":"carol"}`, `"kubernetesDetails":{"kubernetesUserDetails":{"username":"system:x"}}`
	for _, members := range []string{key + "," + cluster, cluster + "," + key} {
		e, f := read(t, finding("", `"severity":5,"resource":{`+members+`}`))
		if f.Actor.User.Name != "carol" || !strings.Contains(rest(e), "system:x") {
			t.Errorf("%s: %q, %s", members, f.Actor.User.Name, rest(e))
		}
	}
}

// TestKinds: the type gives the tactic where it is one.
func TestKinds(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"CredentialAccess:IAMUser/AnomalousBehavior": "Credential Access", "Impact:S3/X": "Impact", "Trojan:EC2/X": "", "Impact": "Impact", "NoImpact:EC2/X": "",
	} {
		_, f := read(t, strings.Replace(finding("", ""), "Recon:EC2/Portscan", kind, 1))
		if got := strings.Join(f.Tactics, ","); got != want || f.Types[0] != kind || f.EventCode != kind {
			t.Errorf("%s: %s", kind, got)
		}
	}
}

// TestEnvelope: what EventBridge adds is kept beside the finding.
func TestEnvelope(t *testing.T) {
	t.Parallel()
	raw := `{"id":"e-1","detail-type":"GuardDuty Finding","source":"aws.guardduty","resources":[],"detail":` + finding("", `"severity":5`) + `}`
	e, f := read(t, raw)
	if f.UID != "f-1" || e.Time != 1795252532e9 || rest(e) != `id="e-1" detail-type="GuardDuty Finding" source="aws.guardduty" ` {
		t.Errorf("%+v %s", f, rest(e))
	}
	for s, want := range map[string]bool{raw: true, finding("", `"severity":5`): true, finding("", ""): false, `{"type":"x","severity":1,"accountId":"1","service":{}}`: false} {
		var d jsondoc.Doc
		if d.Parse([]byte(s), 10); Is(d.Root()) != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
}

// TestFaults: what is no finding, or has a time that cannot be, is not understood.
func TestFaults(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]relay.FaultReason{
		`{"id":"x"}`: relay.FaultKind, `{"type":"x"}`: relay.FaultKind,
		strings.Replace(finding("", ""), "2026-11-21T09:15:32Z", "9999-01-01T00:00:00Z", 1): relay.FaultTime,
	} {
		var p Parser
		var es relay.Events
		var d jsondoc.Doc
		d.Parse([]byte(raw), 10)
		if f := p.Append(&es, &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}}, &d); f.Reason != want || f.Offset < 0 {
			t.Errorf("%s: %v", raw, f)
		}
	}
}

// FuzzFinding: whatever the finding, all that it says is in the class or in Rest.
func FuzzFinding(f *testing.F) {
	for _, line := range relaytest.Cases(f, relay.KindGuardDuty) {
		f.Add(line)
	}
	f.Fuzz(checkNothingLost)
}

// TestOdd: with an odd value in any place, the same.
func TestOdd(t *testing.T) {
	t.Parallel()
	for _, line := range relaytest.Cases(t, relay.KindGuardDuty) {
		if json.Valid(line) {
			relaytest.EachOdd(t, line, func(raw []byte) { checkNothingLost(t, raw) })
		}
	}
}

func checkNothingLost(t *testing.T, raw []byte) {
	t.Helper()
	relaytest.CheckNothingLost(t, raw, reader(), "INBOUND", "OUTBOUND", "TCP", "UDP", "udp", "ICMP", "GRE", "true", "True", "TRUE", "false", "False", "FALSE")
}

func BenchmarkFinding(b *testing.B) {
	relaytest.BenchmarkReader(b, relaytest.Cases(b, relay.KindGuardDuty)[8], reader())
}

func reader() relaytest.Reader {
	var p Parser
	var d jsondoc.Doc
	return func(es *relay.Events, r *relay.Record) bool {
		return d.Parse(r.Raw, 10) && d.Root().IsObject() && p.Append(es, r, &d).Reason == relay.FaultNone
	}
}
