package cloudtrail

import (
	"encoding/json"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/relaytest"
)

// read returns the event of a record, and what the parser says of it.
func read(t testing.TB, raw string) (*relay.Event, relay.Fault) {
	t.Helper()
	var p Parser
	var es relay.Events
	var d jsondoc.Doc
	if !d.Parse([]byte(raw), 10) {
		t.Fatalf("%s: %s", raw, d.Fault())
	}
	f := p.Append(&es, &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: 7}, &d)
	if f.Reason != relay.FaultNone {
		if len(es.List) != 0 {
			t.Fatalf("%s: a fault and an event", raw)
		}
		return nil, f
	}
	if len(es.List) != 1 {
		t.Fatalf("%s: %d events", raw, len(es.List))
	}
	return &es.List[0], f
}

func rest(e *relay.Event) string {
	var b strings.Builder
	for _, f := range e.Rest {
		b.WriteString(f.Name + "=" + f.Value + " ")
	}
	return b.String()
}

// record is an event with an eventTime, and the members given.
func record(source, name, members string) string {
	if members != "" {
		members = "," + members
	}
	return `{"eventTime":"2026-11-21T09:15:32Z","awsRegion":"eu-central-1","eventSource":"` + source + `","eventName":"` + name + `"` + members + `}`
}

// TestActivity: the first word tells, whole; only where it does not, whether the event reads.
func TestActivity(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]relay.APIActivity{
		"CreateTags": 1, "RunInstances": 1, "GenerateDataKey": 1, "DescribeInstances": 2, "ListTags": 2, "HeadObject": 2, "Download": 2,
		"PutObject": 3, "AddTags": 3, "StopLogging": 3, "UntagResource": 3, "DeleteTags": 4, "DeleteListener": 4, "DeleteAddon": 4, "TerminateInstances": 4,
		"BatchGetImage": 2, "AdminDeleteUser": 4, "BulkPublish": 99, "BatchAdminCreateX": 1, "Batch": 99,
		"Address": 99, "Getaway": 99, "Listen": 99, "describeInstances": 99, "LeaveOrganization": 99, "": 99, "X": 99, "Get": 2, "Get2": 2, "GetÄ": 2,
	} {
		if got := activity(name, relay.TruthNo); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
		if want == relay.APIOther {
			want = relay.APIRead
		}
		if got := activity(name, relay.TruthYes); got != want {
			t.Errorf("%s that reads: %d, want %d", name, got, want)
		}
	}
}

// TestClass: the class goes by name and service together.
func TestClass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source, name string
		login        relay.AuthActivity
		change       uint8
	}{
		{"signin.amazonaws.com", "ConsoleLogin", relay.AuthLogon, 0},
		{"signin.amazonaws.com.cn", "ConsoleLogin", relay.AuthLogon, 0},
		{"sts.amazonaws.com", "AssumeRoleWithSAML", relay.AuthLogon, 0},
		{"sso.amazonaws.com", "UserAuthentication", relay.AuthLogon, 0},
		{"sso-directory.amazonaws.com", "ExternalIdPDirectoryLogin", relay.AuthLogon, 0},
		{"signin.amazonaws.com", "SwitchRole", relay.AuthAccountSwitch, 0},
		{"sts.amazonaws.com", "GetSessionToken", relay.AuthOther, 0},
		{"sts.amazonaws.com", "GetCallerIdentity", 0, 0},
		{"sts.example.com", "AssumeRole", 0, 0},
		{"ec2.amazonaws.com", "AssumeRole", 0, 0},
		{"sts.amazonaws.com", "assumeRole", 0, 0},
		{"iam.amazonaws.com", "CreateUser", 0, changeCreate},
		{"iam.amazonaws.com", "DeactivateMFADevice", 0, changeDisableFactor},
		{"signin.amazonaws.com", "PasswordUpdated", 0, changePassword},
		{"iam.amazonaws.com", "CreateRole", 0, 0},
		{"iam.amazonaws.com", "AttachRolePolicy", 0, 0},
		{"sso-directory.amazonaws.com", "CreateUser", 0, 0},
		{"", "x", 0, 0},
	} {
		e, f := read(t, record(c.source, c.name, ""))
		switch {
		case c.source == "":
			if f.Reason != relay.FaultKind {
				t.Errorf("an event of nobody: %v", f)
			}
		case c.login != 0:
			if a, ok := e.Class.(*relay.Authentication); !ok || a.Activity != c.login || a.Service != c.source {
				t.Errorf("%s of %s: %+v", c.name, c.source, e.Class)
			}
		default:
			if a, ok := e.Class.(*relay.APICall); !ok || a.Change.Activity != c.change || a.API.Operation != c.name {
				t.Errorf("%s of %s: %+v", c.name, c.source, e.Class)
			}
		}
	}
}

// TestOutcome: a sign-in says how it ended; all else ended well unless there is an error.
func TestOutcome(t *testing.T) {
	t.Parallel()
	const signin, iam = "signin.amazonaws.com", "iam.amazonaws.com"
	for _, c := range []struct {
		source, name, members string
		want                  relay.Status
	}{
		{signin, "ConsoleLogin", `"responseElements":{"ConsoleLogin":"Success"}`, relay.StatusSuccess},
		{signin, "ConsoleLogin", `"responseElements":{"ConsoleLogin":"Failure"}`, relay.StatusFailure},
		{signin, "ConsoleLogin", `"responseElements":null,"errorMessage":"Failed authentication"`, relay.StatusFailure},
		{signin, "ConsoleLogin", `"responseElements":{"ConsoleLogin":{}}`, relay.StatusSuccess},
		{signin, "PasswordUpdated", `"responseElements":{"PasswordUpdated":"Failure"}`, relay.StatusFailure},
		{"sso.amazonaws.com", "CredentialVerification", `"responseElements":null,"serviceEventDetails":{"CredentialVerification":"Failure"}`, relay.StatusFailure},
		{iam, "X", `"serviceEventDetails":{"X":"Failure"}`, relay.StatusSuccess},
		{iam, "CreateUser", `"errorCode":"EntityAlreadyExists"`, relay.StatusFailure},
		{iam, "CreateUser", `"errorMessage":"no code"`, relay.StatusFailure},
		{iam, "CreateUser", `"errorCode":"","errorMessage":null`, relay.StatusSuccess},
		{iam, "X", `"responseElements":{"X":"Failure"}`, relay.StatusSuccess},
	} {
		if e, _ := read(t, record(c.source, c.name, c.members)); e.Class.Head().Status != c.want {
			t.Errorf("%s %s: %d", c.name, c.members, e.Class.Head().Status)
		}
	}
}

// TestLogin: whose login it is, under which session, and whether there was a second factor.
func TestLogin(t *testing.T) {
	t.Parallel()
	login := func(raw string) *relay.Authentication {
		e, _ := read(t, raw)
		return e.Class.(*relay.Authentication)
	}
	const alice = `"userIdentity":{"type":"IAMUser","userName":"alice","arn":"arn:alice","principalId":"AIDA","accountId":"123456789012","accessKeyId":"AKIA"}`
	who := relay.User{Name: "alice", UID: "arn:alice", UIDAlt: "AIDA", Account: "123456789012"}

	a := login(record("sts.amazonaws.com", "AssumeRoleWithSAML", alice+`,"requestParameters":{"roleArn":"arn:role","roleSessionName":"s"},`+
		`"responseElements":{"assumedRoleUser":{"arn":"arn:session","assumedRoleId":"AROA:s"},"credentials":{"accessKeyId":"ASIA"}}`))
	if a.User.UID != "arn:role" || a.User.Name != "s" || a.Actor.User.AccessKey != "AKIA" || a.Actor.User.TypeID != 1 || a.ProtocolID != 5 || a.Protocol != "SAML" {
		t.Errorf("%+v", a)
	}
	if (a.Session != relay.Session{UID: "arn:session", UIDAlt: "AROA:s", Credential: "ASIA"}) {
		t.Errorf("session %+v", a.Session)
	}
	a = login(record("sts.amazonaws.com", "AssumeRole", alice+`,"errorCode":"AccessDenied"`))
	if a.User.Name != who.Name || a.User.UID != who.UID || a.User.Type != "" || a.User.AccessKey != "" || a.MFA != relay.TruthUnset {
		t.Errorf("refused: %+v", a.User)
	}
	for said, want := range map[string]relay.Truth{"Yes": relay.TruthYes, "No": relay.TruthNo, "": relay.TruthUnset, "true": relay.TruthUnset} {
		a = login(record("signin.amazonaws.com", "ConsoleLogin", alice+`,"additionalEventData":{"MFAUsed":"`+said+`"}`))
		if a.MFA != want || a.User.UIDAlt != "AIDA" {
			t.Errorf("MFAUsed %q: %d", said, a.MFA)
		}
	}
}

// TestChange: who was changed, and by which policy.
func TestChange(t *testing.T) {
	t.Parallel()
	const actor = `"userIdentity":{"type":"Root","arn":"arn:root","principalId":"1","accountId":"123456789012"},`
	for _, c := range []struct {
		name, members string
		want          relay.AccountChange
	}{
		{"CreateUser", `"requestParameters":{"userName":"a"},"responseElements":{"user":{"userName":"bob","arn":"arn:bob","userId":"AIDA"}}`,
			relay.AccountChange{Activity: changeCreate, User: relay.User{Name: "bob", UID: "arn:bob", UIDAlt: "AIDA"}}},
		{"CreateUser", `"requestParameters":{"userName":"bob","permissionsBoundary":"arn:policy"}`, relay.AccountChange{Activity: changeCreate, User: relay.User{Name: "bob"}}},
		{"ChangePassword", `"requestParameters":null`, relay.AccountChange{Activity: changePassword, User: relay.User{UID: "arn:root", UIDAlt: "1", Account: "123456789012"}}},
		{"AttachUserPolicy", `"requestParameters":{"userName":"bob","policyArn":"arn:policy"}`,
			relay.AccountChange{Activity: changeAttachPolicy, User: relay.User{Name: "bob"}, PolicyUID: "arn:policy"}},
		{"PutUserPolicy", `"requestParameters":{"userName":"bob","policyName":"p","policyDocument":"{}"}`,
			relay.AccountChange{Activity: changeAttachPolicy, User: relay.User{Name: "bob"}, PolicyName: "p"}},
		{"PutUserPermissionsBoundary", `"requestParameters":{"userName":"bob","permissionsBoundary":"arn:policy"}`,
			relay.AccountChange{Activity: changeAttachPolicy, User: relay.User{Name: "bob"}, PolicyUID: "arn:policy"}},
		{"UpdateUser", `"requestParameters":{"userName":["bob"]}`, relay.AccountChange{Activity: changeOther, User: relay.User{UID: "arn:root", UIDAlt: "1", Account: "123456789012"}}},
	} {
		e, _ := read(t, record("iam.amazonaws.com", c.name, actor+c.members))
		got := e.Class.(*relay.APICall).Change
		if got.Activity != c.want.Activity || got.PolicyName != c.want.PolicyName || got.PolicyUID != c.want.PolicyUID || got.User.Name != c.want.User.Name ||
			got.User.UID != c.want.User.UID || got.User.UIDAlt != c.want.User.UIDAlt || got.User.Account != c.want.User.Account || got.User.Type != "" {
			t.Errorf("%s %s: %+v", c.name, c.members, got)
		}
	}
}

// TestRest: what has no place stays, under its name and in its structure; empty values do not.
func TestRest(t *testing.T) {
	t.Parallel()
	for members, want := range map[string]string{
		`"readOnly":false,"tlsDetails":{"tlsVersion":"TLSv1.3"},"x":null,"y":"","z":{},"sourceIPAddress":"-","w":"-"`: `readOnly=false tlsDetails={"tlsVersion":"TLSv1.3"} `,
		`"requestParameters":{"a":1}`:                                                            `requestParameters={"a":1} `,
		`"requestID":"1","requestParameters":{"a":1}`:                                            ``,
		`"resources":[{"ARN":"arn:x"},{"ARNPrefix":"arn:y"},{"ARN":""},7]`:                       `resources=[{"ARNPrefix":"arn:y"},{"ARN":""},7] `,
		`"userIdentity":{"type":"AWSService","invokedBy":"x.amazonaws.com","sessionContext":{}}`: ``,
		`"userIdentity":{"type":"AssumedRole","arn":"a","sessionContext":{"sessionIssuer":{"type":"Role","arn":"r"},"sourceIdentity":"s","attributes":{"mfaAuthenticated":"?"}},"onBehalfOf":{"userId":"u"}}`: `userIdentity={"sessionContext":{"sourceIdentity":"s","attributes":{"mfaAuthenticated":"?"}},"onBehalfOf":{"userId":"u"}} `,
		`"userIdentity":{"arn":"a","sessionContext":{"sessionIssuer":{"type":"Role","userName":"r"}}}`:                                                                                                        `userIdentity={"sessionContext":{"sessionIssuer":{"type":"Role","userName":"r"}}} `,
		`"userIdentity":"odd","sourceIPAddress":["odd"],"sharedEventID":"s","insightDetails":"odd"`:                                                                                                           `userIdentity="odd" sourceIPAddress=["odd"] insightDetails="odd" sharedEventID="s" `,
	} {
		e, _ := read(t, record("x.amazonaws.com", "GetX", members))
		if got := rest(e); got != want {
			t.Errorf("%s:\n%s, want\n%s", members, got, want)
		}
	}
}

// TestSource: where a call came from is an address, or else the name of who called.
func TestSource(t *testing.T) {
	t.Parallel()
	for members, want := range map[string]relay.Endpoint{
		`"sourceIPAddress":"192.0.2.1"`:                                             {IP: "192.0.2.1"},
		`"sourceIPAddress":"2001:db8::1","vpcEndpointId":"vpce-1"`:                  {IP: "2001:db8::1", UID: "vpce-1"},
		`"sourceIPAddress":"192.0.2.001"`:                                           {Domain: "192.0.2.001"},
		`"sourceIPAddress":"AWS Internal"`:                                          {Domain: "AWS Internal"},
		`"sourceIPAddress":"","userIdentity":{"invokedBy":"rds.amazonaws.com"}`:     {Domain: "rds.amazonaws.com"},
		`"vpcEndpointId":"vpce-1","userIdentity":{"invokedBy":"rds.amazonaws.com"}`: {UID: "vpce-1"},
		`"sourceIPAddress":null`:                                                    {},
	} {
		e, _ := read(t, record("x.amazonaws.com", "GetX", members))
		if got := e.Class.(*relay.APICall).Src; got.IP != want.IP || got.Domain != want.Domain || got.UID != want.UID {
			t.Errorf("%s: %+v", members, got)
		}
	}
}

// TestTime: times in any form; none is the time of arrival, an odd one a fault.
func TestTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		`"2026-11-21T09:15:32Z"`: 1795252532e9, `"2026-11-21 09:15:32.5"`: 17952525325e8, `1795252532`: 1795252532e9, `"1795252532000"`: 1795252532e9, `"20261121T091532Z"`: 1795252532e9, `null`: 7, `""`: 7,
	} {
		e, f := read(t, `{"eventTime":`+text+`,"eventSource":"x.amazonaws.com","eventName":"GetX"}`)
		if e == nil || e.Time != want {
			t.Errorf("%s: %v %v", text, e, f)
		}
	}
	for _, text := range []string{`"soon"`, `"9999-01-01T00:00:00Z"`, `"0000-01-01T00:00:00Z"`, `"20261321T091532Z"`, `"99991121T091532Z"`, `[1]`} {
		if _, f := read(t, `{"eventTime":`+text+`,"eventSource":"x.amazonaws.com","eventName":"GetX"}`); f.Reason != relay.FaultTime || f.Offset != 13 {
			t.Errorf("%s: %v", text, f)
		}
	}
}

// TestInsight: unusual activity is a finding that is opened and closed.
func TestInsight(t *testing.T) {
	t.Parallel()
	const head = `{"eventTime":"2026-11-21T09:15:32Z","awsRegion":"us-east-1","eventID":"e","sharedEventID":"s","eventCategory":"Insight","insightDetails":`
	e, _ := read(t, head+`{"state":"Start","eventSource":"ssm.amazonaws.com","eventName":"UpdateInstanceInformation","insightType":"ApiCallRateInsight","insightContext":{"statistics":{}}}}`)
	f := e.Class.(*relay.Finding)
	if f.Activity != relay.FindingCreate || f.Severity != relay.SeverityMedium || f.UID != "s" || f.EventID != "e" || f.Start != e.Time || f.End != 0 ||
		f.Title != "ApiCallRateInsight ssm.amazonaws.com UpdateInstanceInformation" || rest(e) != `insightDetails={"insightContext":{"statistics":{}}} ` {
		t.Errorf("%+v %s", f, rest(e))
	}
	e, _ = read(t, head+`{"state":"End"}}`)
	if f := e.Class.(*relay.Finding); f.Activity != relay.FindingClose || f.End != e.Time {
		t.Errorf("%+v", f)
	}
	e, _ = read(t, head+`{"state":"Odd","insightType":[]}}`)
	if f := e.Class.(*relay.Finding); f.Activity != relay.FindingUnset || rest(e) != `insightDetails={"state":"Odd"} ` {
		t.Errorf("%+v %s", f, rest(e))
	}
}

// TestIs: an event is recognised by its layout, in an event of EventBridge too; what looks like one is not.
func TestIs(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		record("x.amazonaws.com", "GetX", ""): true,
		`{"detail-type":"AWS API Call via CloudTrail","source":"aws.x","detail":` + record("x.amazonaws.com", "GetX", "") + `}`:                            true,
		`{"eventTime":"x","awsRegion":"x","insightDetails":{}}`:                                                                                            true,
		`{"awsAccountId":"123456789012","digestStartTime":"2026-11-21T09:15:32Z"}`:                                                                         true,
		`{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2026-11-21T09:15:32Z","eventName":"ObjectCreated:Put","s3":{}}`: false,
		`{"eventTime":"x","awsRegion":"x","eventSource":1}`:                                                                                                false,
		`{"eventSource":"x.amazonaws.com","eventName":"GetX"}`:                                                                                             true,
		`{"eventSource":"app.example.com","eventName":"GetX"}`:                                                                                             false,
		record("app.example.com", "GetX", ""):                                                                                                              true,
		`{"eventTime":"x","eventSource":"x"}`:                                                                                                              false,
		`{"awsAccountId":"123456789012"}`:                                                                                                                  false,
		`{"detail":{"eventTime":"x","awsRegion":"x"}}`:                                                                                                     false,
		`{}`: false,
	} {
		var d jsondoc.Doc
		if !d.Parse([]byte(raw), 10) {
			t.Fatal(d.Fault())
		}
		if Is(d.Root()) != want {
			t.Errorf("%s: %v", raw, !want)
		}
	}
}

// TestDigest: a list of log files is no event of an account.
func TestDigest(t *testing.T) {
	t.Parallel()
	const raw = `{"awsAccountId":"123456789012","digestStartTime":"2026-11-21T08:15:32Z","digestEndTime":"2026-11-21T09:15:32Z","logFiles":[]}`
	e, _ := read(t, raw)
	if o, ok := e.Class.(*relay.Other); !ok || o.JSON != raw || e.Kind != relay.KindCloudTrail || e.Time != 1795252532e9 {
		t.Errorf("%+v", e)
	}
}

// TestLongValue: a value of megabytes is a value.
func TestLongValue(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10<<20)
	e, _ := read(t, record("x.amazonaws.com", "GetX", `"userAgent":"`+long+`","more":"`+long+`"`))
	if c := e.Class.(*relay.APICall); c.HTTP.UserAgent != long || len(e.Rest) != 1 || len(e.Rest[0].Value) != len(long)+2 {
		t.Errorf("%d bytes, %d fields", len(c.HTTP.UserAgent), len(e.Rest))
	}
}

// FuzzEvent: whatever the event, all that it says is in the class or in Rest.
func FuzzEvent(f *testing.F) {
	for _, line := range relaytest.Cases(f, relay.KindCloudTrail) {
		f.Add(line)
	}
	f.Fuzz(checkNothingLost)
}

// TestOdd: with an odd value in any place, the same.
func TestOdd(t *testing.T) {
	t.Parallel()
	for _, line := range relaytest.Cases(t, relay.KindCloudTrail) {
		if json.Valid(line) {
			relaytest.EachOdd(t, line, func(raw []byte) { checkNothingLost(t, raw) })
		}
	}
}

func checkNothingLost(t *testing.T, raw []byte) {
	t.Helper()
	relaytest.CheckNothingLost(t, raw, reader(), "Start", "End", "true", "True", "TRUE", "false", "False", "FALSE")
}

func reader() relaytest.Reader {
	var p Parser
	var d jsondoc.Doc
	return func(es *relay.Events, r *relay.Record) bool {
		return d.Parse(r.Raw, 10) && d.Root().IsObject() && p.Append(es, r, &d).Reason == relay.FaultNone
	}
}
