package s3access

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/relaytest"
)

const (
	owner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
	get   = owner + ` amzn-s3-demo-bucket [21/Nov/2026:09:15:32 +0000] 192.0.2.3 arn:aws:sts::123456789012:assumed-role/reader/session-1 3E57427F3EXAMPLE REST.GET.OBJECT` +
		` a%2520b/%25C3%25A9.jpg "GET /a%20b/%C3%A9.jpg?versionId=3 HTTP/1.1" 206 - 2662 34294 41 28 "https://www.example.com/" "curl/8 "quoted" x" 3HL4 s9lzHYrFp76ZVxRcpX9= SigV4` +
		` ECDHE-RSA-AES128-GCM-SHA256 AuthHeader amzn-s3-demo-bucket.s3.us-west-1.amazonaws.com TLSv1.2 arn:aws:s3:us-west-1:123456789012:accesspoint/example Yes us-east-1`
	denied = owner + ` amzn-s3-demo-bucket [21/Nov/2026:10:15:32 +0100] - - 3E57427F3EXAMPLF REST.PUT.OBJECT - "-" 403 AccessDenied 243 - 12 - "-" "-" -`
)

func parse(t testing.TB, raw string) *relay.Event {
	t.Helper()
	var p Parser
	var es relay.Events
	p.Append(&es, &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: 1})
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	return &es.List[0]
}

func TestGet(t *testing.T) {
	t.Parallel()
	e := parse(t, get+"\n")
	got, ok := e.Class.(*relay.APICall)
	if !ok {
		t.Fatal(e.Fault.String())
	}
	want := &relay.APICall{
		Common: relay.Common{
			Product: relay.Product{Vendor: "AWS", Name: "Amazon S3", Feature: "Server Access Logs"}, Cloud: relay.Cloud{Provider: "AWS", Region: "us-west-1"},
			Status: relay.StatusSuccess, StatusCode: "206", TimeText: "21/Nov/2026:09:15:32 +0000",
		},
		Activity: relay.APIRead,
		API:      relay.API{Operation: "REST.GET.OBJECT", Service: "s3.amazonaws.com", RequestUID: "3E57427F3EXAMPLE", Code: relay.NumberOf(206)},
		Actor: relay.Actor{User: relay.User{
			UID: "arn:aws:sts::123456789012:assumed-role/reader/session-1", Type: "AssumedRole", TypeID: 99, Name: "session-1", Account: "123456789012",
		}},
		Src: relay.Endpoint{IP: "192.0.2.3"},
		HTTP: relay.HTTP{
			Method: "GET", Version: "HTTP/1.1", URL: "/a%20b/%C3%A9.jpg?versionId=3", Path: "/a%20b/%C3%A9.jpg", Query: "versionId=3",
			Host: "amzn-s3-demo-bucket.s3.us-west-1.amazonaws.com", Referrer: "https://www.example.com/", UserAgent: `curl/8 "quoted" x`,
			Status: relay.NumberOf(206), AnswerBody: relay.NumberOf(2662), Latency: relay.NumberOf(41),
		},
		TLS: relay.TLS{Version: "TLSv1.2", Cipher: "ECDHE-RSA-AES128-GCM-SHA256"},
		Resources: []relay.Resource{
			{Name: "amzn-s3-demo-bucket", Type: "AWS::S3::Bucket", Region: "us-west-1"},
			{Name: "a b/é.jpg", Type: "AWS::S3::Object", Namespace: "amzn-s3-demo-bucket", Version: "3HL4", Region: "us-west-1"},
			{UID: "arn:aws:s3:us-west-1:123456789012:accesspoint/example", Type: "AWS::S3::AccessPoint"},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if at := time.Date(2026, 11, 21, 9, 15, 32, 0, time.UTC).UnixNano(); e.Time != at {
		t.Errorf("time %d", e.Time)
	}
	var rest []string
	for _, f := range e.Rest {
		rest = append(rest, f.Name+"="+f.Value)
	}
	if d := cmp.Diff([]string{
		"bucket_owner=" + owner, "object_size=34294", "turn_around_time=28", "host_id=s9lzHYrFp76ZVxRcpX9=", "signature_version=SigV4", "auth_type=AuthHeader", "acl_required=Yes",
		"column_27=us-east-1", "key=a%2520b/%25C3%25A9.jpg",
	}, rest); d != "" {
		t.Error(d)
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	e := parse(t, denied)
	c, ok := e.Class.(*relay.APICall)
	if !ok || c.Status != relay.StatusFailure || c.API.Error != "AccessDenied" || c.Actor.User.UID != "" || len(c.Resources) != 1 || c.HTTP.URL != "" ||
		e.Time != time.Date(2026, 11, 21, 9, 15, 32, 0, time.UTC).UnixNano() {
		t.Errorf("%+v %s", c, e.Fault.String())
	}
}

// TestForgedColumns: what a client sends as its user agent does not become the columns after it.
func TestForgedColumns(t *testing.T) {
	t.Parallel()
	const agent = `a" - b SigV4 - AuthHeader forged.example.com TLSv1.3 "c`
	c, ok := parse(t, strings.Replace(get, `curl/8 "quoted" x`, agent, 1)).Class.(*relay.APICall)
	if !ok || c.HTTP.UserAgent != agent || c.HTTP.Host != "amzn-s3-demo-bucket.s3.us-west-1.amazonaws.com" || c.TLS.Version != "TLSv1.2" {
		t.Errorf("%+v", c)
	}
	c, ok = parse(t, strings.Replace(get, "/a%20b/", `/a" b/`, 1)).Class.(*relay.APICall)
	if !ok || c.HTTP.URL != `/a" b/%C3%A9.jpg?versionId=3` || c.API.Code.Value != 206 {
		t.Errorf("%+v", c)
	}
}

func TestActivity(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]relay.APIActivity{
		"REST.GET.OBJECT": relay.APIRead, "WEBSITE.HEAD.OBJECT": relay.APIRead, "REST.PUT.ACL": relay.APIUpdate, "REST.POST.UPLOADS": relay.APICreate,
		"REST.POST.MULTI_OBJECT_DELETE": relay.APIDelete, "BATCH.DELETE.OBJECT": relay.APIDelete, "S3.EXPIRE.OBJECT": relay.APIDelete,
		"S3.CREATE.DELETEMARKER": relay.APICreate, "REST.COPY.OBJECT": relay.APICreate, "REST.COPY.OBJECT_GET": relay.APIRead, "S3.COMPUTE.OBJECT.CHECKSUM": relay.APIOther, "x": relay.APIOther,
	} {
		if got := activity(operation); got != want {
			t.Errorf("%s: %d", operation, got)
		}
	}
}

func TestRequester(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]relay.User{
		owner:                                   {UID: owner},
		"svc:cloudtrail.amazonaws.com":          {UID: "svc:cloudtrail.amazonaws.com"},
		"arn:aws:iam::123456789012:root":        {UID: "arn:aws:iam::123456789012:root", Type: "Root", TypeID: 2, Account: "123456789012"},
		"arn:aws:iam::123456789012:user/x/mary": {UID: "arn:aws:iam::123456789012:user/x/mary", Type: "IAMUser", TypeID: 1, Name: "mary", Account: "123456789012"},
		"arn:aws":                               {UID: "arn:aws"},
	} {
		var u relay.User
		requester(&u, v)
		if d := cmp.Diff(want, u); d != "" {
			t.Error(d)
		}
	}
}

func TestBroken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw    string
		reason relay.FaultReason
	}{
		"something else": {"hello", relay.FaultTruncated},
		"empty":          {"", relay.FaultTruncated},
		"cut in quotes":  {get[:300], relay.FaultTruncated},
		"no time":        {strings.Replace(get, "[21/Nov/2026", "[31/Feb/2026", 1), relay.FaultTime},
		"year 9999":      {strings.Replace(get, "/2026:", "/9999:", 1), relay.FaultTime},
	} {
		if e := parse(t, c.raw); e.Fault.Reason != c.reason || e.Class.(*relay.Other).Text != c.raw {
			t.Errorf("%s: %s", name, e.Fault.String())
		}
	}
}

// TestSamples: every line of the samples is understood, and recognised.
func TestSamples(t *testing.T) {
	t.Parallel()
	for _, line := range relaytest.Lines(t, "samples", "s3access", "opensearch-catalog-s3access.log") {
		if e := parse(t, line); e.Fault.Reason != relay.FaultNone || !Is([]byte(line)) {
			t.Errorf("%s: %s", e.Fault.String(), line)
		}
	}
	for _, line := range []string{"", "hello", strings.Repeat("0", 200), owner + " x y" + strings.Repeat(" ", 100)} {
		if Is([]byte(line)) {
			t.Errorf("recognised: %s", line)
		}
	}
}

// FuzzLine: nothing of a line is lost.
func FuzzLine(f *testing.F) {
	f.Add(get)
	f.Add(denied)
	f.Fuzz(func(t *testing.T, raw string) {
		Is([]byte(raw))
		e := parse(t, raw)
		if e.Fault.Reason != relay.FaultNone {
			if e.Class.(*relay.Other).Text != raw {
				t.Fatal("the raw bytes are lost")
			}
			return
		}
		texts := relaytest.Texts(e)
		var p Parser
		p.split(strings.TrimRight(raw, "\r\n "))
		for i, v := range p.fields {
			if v == "-" || strings.Contains(texts, v) {
				continue
			}
			if i < len(columns) && columns[i] == "request_uri" {
				for part := range strings.FieldsSeq(v) {
					if part != "-" && !strings.Contains(texts, part) {
						t.Fatalf("%q of %q is lost:\n%s", part, raw, texts)
					}
				}
				continue
			}
			if n, ok := field.Number(v, field.Max); !ok || n.Value != 0 && !strings.Contains(texts, strings.TrimLeft(v, "0")) {
				t.Fatalf("%q of %q is lost:\n%s", v, raw, texts)
			}
		}
	})
}

func BenchmarkLine(b *testing.B) {
	var p Parser
	relaytest.BenchmarkReader(b, []byte(get), relaytest.LineReader(p.Append))
}
