package eks

import (
	"slices"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

const (
	klogLine  = `E1121 09:15:32.123456      11 authentication.go:70] "Unable to authenticate" err="token expired"`
	grantLine = `time="2026-11-21T09:15:32Z" level=info msg="access granted" arn="arn:aws:iam::123456789012:role/Admin" client="127.0.0.1:49310" groups="[system:masters ops]" method=POST path=/authenticate ` +
		`stsendpoint=sts.eu-central-1.amazonaws.com uid="aws-iam-authenticator:123456789012:AROAEXAMPLE" username=kubernetes-admin`
	denyLine = `time="2026-11-21T09:15:32Z" level=warning msg="access denied" client="127.0.0.1:49311" error="input token was \"not\" properly formatted" method=POST path=/authenticate`
)

func read(t testing.TB, stream, raw string) *relay.Event {
	t.Helper()
	var p Parser
	var es relay.Events
	o := &relay.Origin{}
	if stream != "" {
		o.Attrs = []relay.Attr{{Key: relay.AttrLogGroup, Value: "/aws/eks/prod/cluster"}, {Key: relay.AttrLogStream, Value: stream}}
	}
	p.Append(&es, &relay.Record{Raw: []byte(raw), Origin: o, Received: 1_795_252_540e9})
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	return &es.List[0]
}

func rest(e *relay.Event) string {
	s := ""
	for _, f := range e.Rest {
		s += f.Name + "=" + f.Value + " "
	}
	return s
}

func TestKlog(t *testing.T) {
	t.Parallel()
	e := read(t, "kube-apiserver-0a1b2c", klogLine)
	m := e.Class.(*relay.Message)
	if e.Time != 1_795_252_532_123456e3 || m.Severity != relay.SeverityHigh || m.Level != "error" || m.App != "kube-apiserver" || m.ProcID != "11" || m.Product.Name != "Amazon EKS" ||
		m.Text != `"Unable to authenticate" err="token expired"` || rest(e) != "source=authentication.go:70 " || m.TimeText != "1121 09:15:32.123456" {
		t.Errorf("%d %+v %s", e.Time, m, rest(e))
	}
	if m = read(t, "", klogLine).Class.(*relay.Message); m.Product.Vendor != "" || m.Cloud.Provider != "" || m.App != "" {
		t.Errorf("a line of unknown origin is of AWS: %+v", m)
	}
	for line, want := range map[string]relay.Severity{"I": relay.SeverityInformational, "W": relay.SeverityMedium, "F": relay.SeverityFatal} {
		if m = read(t, "", line+klogLine[1:]).Class.(*relay.Message); m.Severity != want {
			t.Errorf("%s: %d", line, m.Severity)
		}
	}
	if e = read(t, "kube-scheduler-1", "E1321"+klogLine[5:]); e.Time != e.Record.Received || e.Class.(*relay.Message).TimeText != "1321 09:15:32.123456" {
		t.Errorf("a month 13: %d", e.Time)
	}
	if m = read(t, "kube-scheduler-1", "goroutine 1 [running]:").Class.(*relay.Message); m.Text != "goroutine 1 [running]:" || m.App != "kube-scheduler" {
		t.Errorf("%+v", m)
	}
}

func TestYear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, received, want string }{
		{"1121 09:15:32.000000", "2026-11-21T09:15:33Z", "2026-11-21T09:15:32Z"},
		{"1231 23:59:59.000000", "2027-01-01T00:00:01Z", "2026-12-31T23:59:59Z"},
		{"0101 00:00:01.000000", "2026-12-31T23:59:59Z", "2027-01-01T00:00:01Z"},
		{"1121 09:15:32.000000", "2026-11-21T08:00:00Z", "2026-11-21T09:15:32Z"},
		{"1123 09:15:32.000000", "2026-11-21T08:00:00Z", "2025-11-23T09:15:32Z"},
		{"0229 00:00:00.000000", "2026-11-21T08:00:00Z", "2024-02-29T00:00:00Z"},
		{"0230 00:00:00.000000", "2026-11-21T08:00:00Z", ""},
		{"0000 00:00:00.000000", "2026-11-21T08:00:00Z", ""},
	} {
		at, err := time.Parse(time.RFC3339, c.received)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if ns, ok := yearless(c.line, at.UnixNano()); ok {
			got = time.Unix(0, ns).UTC().Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s at %s: %s", c.line, c.received, got)
		}
	}
}

func TestAuthenticator(t *testing.T) {
	t.Parallel()
	e := read(t, "authenticator-0a1b2c", grantLine)
	a := e.Class.(*relay.Authentication)
	if e.Time != 1_795_252_532e9 || a.Status != relay.StatusSuccess || a.Activity != relay.AuthLogon || a.User.Name != "kubernetes-admin" || a.User.UIDAlt != "arn:aws:iam::123456789012:role/Admin" ||
		a.User.Account != "123456789012" || !slices.Equal(a.User.Groups, []string{"system:masters", "ops"}) || a.Src.IP != "127.0.0.1" || a.Src.Port.Value != 49310 ||
		a.HTTP.Path != "/authenticate" || a.Message != "access granted" || a.Severity != relay.SeverityInformational || a.App != "authenticator" {
		t.Errorf("%+v", a)
	}
	if got := rest(e); got != "stsendpoint=sts.eu-central-1.amazonaws.com " {
		t.Errorf("rest: %s", got)
	}
	e = read(t, "authenticator-0a1b2c", denyLine)
	if a = e.Class.(*relay.Authentication); a.Status != relay.StatusFailure || a.StatusDetail != `input token was "not" properly formatted` || a.Severity != relay.SeverityMedium || len(e.Rest) != 0 {
		t.Errorf("%+v %v", a, e.Rest)
	}
	e = read(t, "authenticator-0a1b2c", `time="x" level=error msg="could not reload" path=/etc/x bare client=here`)
	if m := e.Class.(*relay.Message); m.Text != "could not reload" || m.Severity != relay.SeverityHigh || rest(e) != "path=/etc/x words=bare client=here " || e.Time != e.Record.Received {
		t.Errorf("%+v %s", m, rest(e))
	}
	if m := read(t, "authenticator-0a1b2c", "panic: x").Class.(*relay.Message); m.Text != "panic: x" {
		t.Errorf("%+v", m)
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		group, stream string
		want          bool
	}{
		{"/aws/eks/prod/cluster", "kube-apiserver-0a1b", true},
		{"/aws/eks/prod/cluster", "authenticator-0a1b", true},
		{"/aws/eks/prod/cluster", "cloud-controller-manager-0a1b", true},
		{"/aws/eks/prod/cluster", "kube-apiserver-audit-0a1b", false},
		{"/aws/eks/prod/cluster", "app-1", false},
		{"/aws/eks/a/b/cluster", "authenticator-0a1b", false},
		{"/aws/eks//cluster", "authenticator-0a1b", false},
		{"app", "authenticator-0a1b", false},
		{"", "", false},
	} {
		o := &relay.Origin{Attrs: []relay.Attr{{Key: relay.AttrLogGroup, Value: c.group}, {Key: relay.AttrLogStream, Value: c.stream}}}
		if Of(o) != c.want {
			t.Errorf("%s %s: %v", c.group, c.stream, !c.want)
		}
		if OfAudit(o) != (c.stream == "kube-apiserver-audit-0a1b") {
			t.Errorf("%s %s is audit: %v", c.group, c.stream, OfAudit(o))
		}
	}
}

func TestIsKlog(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		klogLine: true, "I1121 09:15:32.123456       1 x.go:1]": true, "D1121 09:15:32.123456 1 x.go:1] x": false, "I1121 09:15:32.123 1 x.go:1] x": false,
		"I1121 09:15:32.123456 1 no place] x": false, "I1121 09:15:32.123456 x.go:1] x": false, "": false, "I1121 09:15:32.123456 11111111": false,
	} {
		if IsKlog([]byte(line)) != want {
			t.Errorf("%s: %v", line, !want)
		}
	}
}

func FuzzEKS(f *testing.F) {
	for _, s := range []string{klogLine, grantLine, denyLine, `time="" msg=access granted" = =x a`, "W0229 00:00:00.000000 1 a:1]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, stream := range []string{"", "authenticator-1"} {
			relaytest.CheckRest(t, []relay.Event{*read(t, stream, string(raw))})
		}
	})
}

func BenchmarkEKS(b *testing.B) {
	for name, raw := range map[string]string{"klog": klogLine, "authenticator": grantLine} {
		b.Run(name, func(b *testing.B) {
			var p Parser
			var es relay.Events
			r := &relay.Record{Raw: []byte(raw), Received: 1_795_252_540e9, Origin: &relay.Origin{Attrs: []relay.Attr{
				{Key: relay.AttrLogGroup, Value: "/aws/eks/prod/cluster"}, {Key: relay.AttrLogStream, Value: "authenticator-1"}}}}
			b.SetBytes(int64(len(r.Raw)))
			b.ReportAllocs()
			for b.Loop() {
				es.Reset()
				if !Of(r.Origin) {
					b.Fatal("not of EKS")
				}
				p.Append(&es, r)
			}
		})
	}
}
