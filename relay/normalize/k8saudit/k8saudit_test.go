package k8saudit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/relaytest"
)

const audit = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"0f0e0d0c-0b0a-0908-0706-050403020100","stage":"ResponseComplete",` +
	`"requestURI":"/api/v1/namespaces/shop/pods/web-0/exec?command=sh\u0026stdin=true","verb":"create","user":{"username":"kubernetes-admin","uid":"aws-iam-authenticator:123456789012:AROAEXAMPLE",` +
	`"groups":["system:masters","system:authenticated"],"extra":{"accessKeyId":["ASIAEXAMPLE"],"arn":["arn:aws:sts::123456789012:assumed-role/Admin/mary"],` +
	`"canonicalArn":["arn:aws:iam::123456789012:role/Admin"],"principalId":["AROAEXAMPLE"],"sessionName":["mary"]}},"impersonatedUser":{"username":"ops","groups":["o"]},` +
	`"sourceIPs":["203.0.113.9","10.0.0.1"],"userAgent":"kubectl/v1.33.0","objectRef":{"resource":"pods","namespace":"shop","name":"web-0","apiVersion":"v1","subresource":"exec","resourceVersion":"71"},` +
	`"responseStatus":{"metadata":{},"code":101},"requestObject":{"kind":"PodExecOptions","stdin":true},"requestReceivedTimestamp":"2026-11-21T09:15:32.756152Z",` +
	`"stageTimestamp":"2026-11-21T09:15:33.759439Z","annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":""}}`

func read(t testing.TB, raw string) []relay.Event {
	t.Helper()
	var p Parser
	var es relay.Events
	var d jsondoc.Doc
	r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: 1}
	if !d.Parse(r.Raw, 8) {
		t.Fatal(d.Fault())
	}
	if f := p.Append(&es, r, &d); f.Reason != relay.FaultNone {
		es.List = es.List[:0]
		es.AddUnparsed(r, relay.KindK8sAudit, f)
	}
	return es.List
}

func call(t testing.TB, raw string) (*relay.Event, *relay.APICall) {
	t.Helper()
	list := read(t, raw)
	if len(list) != 1 {
		t.Fatalf("%d events", len(list))
	}
	c, _ := list[0].Class.(*relay.APICall)
	return &list[0], c
}

func rest(e *relay.Event) string {
	s := ""
	for _, f := range e.Rest {
		s += f.Name + "=" + f.Value + " "
	}
	return s
}

func TestEvent(t *testing.T) {
	t.Parallel()
	e, c := call(t, audit)
	if c == nil {
		t.Fatal(e.Fault)
	}
	if e.Time != 1_795_252_533_759_439_000 || c.Start != 1_795_252_532_756_152_000 || c.Activity != relay.APICreate || c.Status != relay.StatusSuccess || c.StatusCode != "101" ||
		c.Src.IP != "203.0.113.9" || !slices.Equal(c.Src.Intermediates, []string{"10.0.0.1"}) || c.HTTP.Path != "/api/v1/namespaces/shop/pods/web-0/exec" || c.HTTP.Query != "command=sh&stdin=true" ||
		c.Cloud.Account != "123456789012" || c.API.Request != `{"kind":"PodExecOptions","stdin":true}` || c.API.Response != "" || c.API.RequestUID != c.EventID {
		t.Errorf("%+v", c)
	}
	if a := c.Actor; a.User.Name != "kubernetes-admin" || len(a.User.Groups) != 2 || a.Session.UID != "mary" || a.Session.Issuer != "arn:aws:iam::123456789012:role/Admin" ||
		a.Session.Credential != "ASIAEXAMPLE" || a.ImpersonatedUser != "ops" {
		t.Errorf("%+v", a)
	}
	if o := c.Resources; len(o) != 1 || o[0] != (relay.Resource{Name: "web-0", Namespace: "shop", Type: "pods/exec", Version: "71"}) {
		t.Errorf("%+v", o)
	}
	const want = `user={"extra":{"arn":["arn:aws:sts::123456789012:assumed-role/Admin/mary"],"principalId":["AROAEXAMPLE"]}} impersonatedUser={"username":"ops","groups":["o"]} ` +
		`annotations={"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":""} `
	if got := rest(e); got != want {
		t.Errorf("rest: %s", got)
	}
}

func TestOdd(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"kind":"Event","verb":"list","objectRef":{"resource":"secrets","apiVersion":"v1"},"requestObject":{"a":1}}`:           `requestObject={"a":1} objectRef={"resource":"secrets","apiVersion":"v1"} `,
		`{"kind":"Event","verb":"get","sourceIPs":["::1","host","10.0.0.1"]}`:                                                   `sourceIPs=["host"] `,
		`{"kind":"Event","verb":"get","responseStatus":{"code":403,"status":"Failure","reason":"Forbidden","details":{"x":1}}}`: `responseStatus={"details":{"x":1}} `,
		`{"kind":"Event","verb":"get","responseStatus":{"code":200,"status":"Failure"}}`:                                        `responseStatus={"status":"Failure"} `,
		`{"kind":"Event","verb":"get","user":{"extra":{"sessionName":["a","b"],"accessKeyId":"k"}}}`:                            `user={"extra":{"sessionName":["b"]}} `,
		`{"kind":"Event","verb":"get","requestReceivedTimestamp":"soon"}`:                                                       `requestReceivedTimestamp="soon" `,
	} {
		e, c := call(t, raw)
		if c == nil || rest(e) != want {
			t.Errorf("%s: %v %s", raw, e.Fault, rest(e))
		}
	}
	if e, c := call(t, `{"kind":"Event","verb":"propfind","requestReceivedTimestamp":"2026-11-21 09:15:32.1","responseStatus":{"status":"Success"}}`); e.Time != 1_795_252_532_100e6 ||
		c.Activity != relay.APIOther || c.Status != relay.StatusSuccess {
		t.Errorf("%+v", c)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	list := read(t, `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[{"auditID":"a","verb":"get"},{"auditID":"b","stageTimestamp":"0000-01-01T00:00:00Z"},[1],{"auditID":"c","verb":"list"}]}`)
	var got []string
	for i := range list {
		e := &list[i]
		id := e.Fault.Reason.String()
		if c, ok := e.Class.(*relay.APICall); ok {
			id = c.EventID + c.Product.Version
		}
		got = append(got, fmt.Sprint(e.N, "/", e.Of, " ", id))
	}
	if want := []string{"0/4 aaudit.k8s.io/v1", "1/4 time", "2/4 kind", "3/4 caudit.k8s.io/v1"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if list = read(t, `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[]}`); len(list) != 1 || list[0].Class.(*relay.Other).JSON == "" {
		t.Errorf("an empty list: %+v", list)
	}
	if list = read(t, `{"kind":"EventList","items":[`+strings.Repeat("{},", maxItems)+`{}]}`); len(list) != 1 || list[0].Fault.Reason != relay.FaultSize {
		t.Errorf("a long list: %d events", len(list))
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	var d jsondoc.Doc
	for raw, want := range map[string]bool{
		audit: true,
		`{"kind":"Event","verb":"get","user":{}}`:                                     true,
		`{"kind":"Event","apiVersion":"v1","involvedObject":{},"reason":"Scheduled"}`: false,
		`{"kind":"Pod","apiVersion":"audit.k8s.io/v1"}`:                               false,
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[]}`:              true,
		`{"kind":"EventList","apiVersion":"v1","items":[]}`:                           false,
	} {
		if !d.Parse([]byte(raw), 8) || Is(d.Root()) != want {
			t.Errorf("%.60s: %v", raw, !want)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]relay.FaultReason{
		`{"kind":"Event"}`: relay.FaultKind,
		`{"kind":"Event","verb":"get","stageTimestamp":"9999-01-01T00:00:00Z"}`: relay.FaultTime,
		`{"kind":"Event","verb":"get","stageTimestamp":{}}`:                     relay.FaultNone,
	} {
		if e, _ := call(t, raw); e.Fault.Reason != want {
			t.Errorf("%s: %v", raw, e.Fault)
		}
	}
}

func FuzzAudit(f *testing.F) {
	f.Add([]byte(audit))
	f.Add([]byte(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{"kind":"x","verb":1},2,{"user":"u","objectRef":{"uid":"1","subresource":{}},"responseStatus":[]}]}`))
	f.Add([]byte(`{"verb":"get","impersonatedUser":"x","sourceIPs":"1.2.3.4","user":{"groups":[1,[2]],"extra":{"arn":"arn:aws:iam::1:x","sessionName":[]}},"requestURI":"?a?b"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if strings.Contains(string(raw), "EventList") { // whose events have records of their own
			return
		}
		relaytest.CheckNothingLost(t, raw, reader(), "Event", "Success", "Failure")
	})
}

func BenchmarkAudit(b *testing.B) {
	relaytest.BenchmarkReader(b, []byte(audit), reader())
}

func reader() relaytest.Reader {
	var p Parser
	var d jsondoc.Doc
	return func(es *relay.Events, r *relay.Record) bool {
		return d.Parse(r.Raw, 8) && d.Root().IsObject() && p.Append(es, r, &d).Reason == relay.FaultNone
	}
}
