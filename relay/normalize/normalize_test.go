package normalize

import (
	"testing"

	"logrelay/relay"
)

func one(t testing.TB, n *Normalizer, r *relay.Record) *relay.Event {
	t.Helper()
	var es relay.Events
	n.Append(&es, r)
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	return &es.List[0]
}

func TestDetect(t *testing.T) {
	t.Parallel()
	const flow = "version srcaddr dstaddr"
	for _, c := range []struct {
		name, columns, raw string
		kind               relay.Kind
		failed             bool
	}{
		{"syslog", "", "<13>Nov 21 09:15:32 h a: x", relay.KindSyslog, false},
		{"syslog although there are columns", flow, "<13>x", relay.KindSyslog, false},
		{"no priority", "", "<html>", relay.KindText, false},
		{"priority too high", "", "<192>x", relay.KindText, false},
		{"JSON", "", "\xEF\xBB\xBF {\"a\":1}\r\n", relay.KindJSON, false},
		{"JSON although there are columns", flow, `{"a":1}`, relay.KindJSON, false},
		{"broken JSON", "", `{"a":1`, relay.KindText, false},
		{"an array is text", "", `[1]`, relay.KindText, false},
		{"flow", flow, "2 192.0.2.1 192.0.2.2", relay.KindVPCFlow, false},
		{"flow of another shape", flow, "2 192.0.2.1", relay.KindVPCFlow, true},
		{"flow in an object", flow, `{"message":"2 192.0.2.1 192.0.2.2"}`, relay.KindVPCFlow, false},
		{"flow beside what a forwarder says", flow, `{"date":1,"log":"2 192.0.2.1 192.0.2.2\n"}`, relay.KindVPCFlow, false},
		{"no flow in an object", flow, `{"message":"2 192.0.2.1"}`, relay.KindJSON, false},
		{"flow without columns is text", "", "2 192.0.2.1 192.0.2.2", relay.KindText, false},
		{"header", "", flow, relay.KindVPCFlow, false},
		{"text", "", "hello", relay.KindText, false},
		{"empty", "", "", relay.KindText, false},
	} {
		e := one(t, New(), &relay.Record{Raw: []byte(c.raw), Origin: &relay.Origin{Columns: c.columns}})
		if e.Kind != c.kind || (e.Fault.String() != "") != c.failed {
			t.Errorf("%s: %s %q", c.name, e.Kind, e.Fault.String())
		}
	}
}

// TestLogGroup: the stream of a control plane tells what its lines are, and the owner of the log group whose account it is, where the record does not.
func TestLogGroup(t *testing.T) {
	t.Parallel()
	const (
		klog  = `I1121 09:15:32.123456      11 alloc.go:330] "allocated"`
		audit = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"1","verb":"get"}`
		zone  = "1.0 2026-11-21T09:15:32.130Z Z0123456789ABC example.com A NOERROR UDP FRA6 192.0.2.53 -"
		flow  = "2 123456789010 eni-1235b8ca123456789 192.0.2.1 198.51.100.2 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
	)
	for _, c := range []struct {
		group, stream, raw string
		named, kind        relay.Kind
		account            string
	}{
		{"/aws/eks/prod/cluster", "kube-apiserver-0a1b", klog, "", relay.KindEKS, "123456789012"},
		{"/aws/eks/prod/cluster", "kube-apiserver-0a1b", "goroutine 1 [running]:", "", relay.KindEKS, "123456789012"},
		{"/aws/eks/prod/cluster", "authenticator-0a1b", `time="2026-11-21T09:15:32Z" level=info msg=x`, "", relay.KindEKS, "123456789012"},
		{"/aws/eks/prod/cluster", "kube-apiserver-audit-0a1b", audit, "", relay.KindK8sAudit, "123456789012"},
		{"/aws/eks/prod/cluster", "kube-apiserver-audit-0a1b", audit, relay.KindEKS, relay.KindK8sAudit, "123456789012"},
		{"/aws/eks/prod/cluster", "kube-apiserver-audit-0a1b", audit[:20], "", relay.KindK8sAudit, ""},
		{"/aws/eks/prod/cluster", "kube-apiserver-audit-0a1b", audit[20:], "", relay.KindK8sAudit, ""},
		{"/aws/eks/prod/cluster", "kube-apiserver-audit-0a1b", "[1]", "", relay.KindK8sAudit, ""},
		{"app", "web", `time="2026-11-21T09:15:32Z" level=info msg=x`, "", relay.KindText, ""},
		{"app", "web", klog, "", relay.KindEKS, ""},
		{"/aws/route53/example.com", "Z0123456789ABC/FRA6", zone, "", relay.KindRoute53, "123456789012"},
		{"flows", "eni-1235b8ca123456789-all", flow, "", relay.KindVPCFlow, "123456789010"},
	} {
		o := &relay.Origin{Kind: c.named, Attrs: []relay.Attr{{Key: relay.AttrOwner, Value: "123456789012"}, {Key: relay.AttrLogGroup, Value: c.group}, {Key: relay.AttrLogStream, Value: c.stream}}}
		e := one(t, New(), &relay.Record{Raw: []byte(c.raw), Origin: o})
		if whole := c.raw == audit || c.kind != relay.KindK8sAudit; whole != (e.Fault.Reason == relay.FaultNone) {
			t.Errorf("%s %.40s: %v", c.stream, c.raw, e.Fault)
		}
		if got := e.Class.Head().Cloud.Account; e.Kind != c.kind || got != c.account {
			t.Errorf("%s %.40s: kind %s, account %q", c.stream, c.raw, e.Kind, got)
		}
	}
}

// TestBothForms: of kinds that are JSON and lines either is read, named or not.
func TestBothForms(t *testing.T) {
	t.Parallel()
	for raw, kind := range map[string]relay.Kind{
		"1.0 2026-11-21T09:15:32.130Z Z0123456789ABC example.com A NOERROR UDP FRA6 192.0.2.53 -":            relay.KindRoute53,
		`{"query_timestamp":"2026-11-21T09:15:32Z","query_name":"a.","query_type":"A"}`:                      relay.KindRoute53,
		"2026-11-21T09:15:32.123456789Z stdout F text":                                                       relay.KindContainer,
		`{"log":"text\n","stream":"stdout","time":"2026-11-21T09:15:32Z"}`:                                   relay.KindContainer,
		`{"timestamp":1795252532123,"webaclId":"x","action":"ALLOW","httpRequest":{}}`:                       relay.KindWAF,
		`{"timestamp":"2026-11-21T09:15:32Z","event_type":"x","src_ip":"::1","dest_ip":"::1","proto":"TCP"}`: relay.KindSuricata,
		`{"firewall_name":"x","event_timestamp":"1795252532","event":{"event_type":"flow"}}`:                 relay.KindNetworkFirewall,
	} {
		for _, named := range []relay.Kind{relay.KindAuto, kind} {
			if e := one(t, New(), &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{Kind: named}}); e.Kind != kind || e.Fault.Reason != relay.FaultNone {
				t.Errorf("%s as %q: %s %v", raw, named, e.Kind, e.Fault)
			}
		}
	}
}

// TestWrappedRowInSyslog: what reads an object does so wherever in the record it stands.
func TestWrappedRowInSyslog(t *testing.T) {
	t.Parallel()
	const row = `{"message":"2 123456789012 eni-0a1b2c3d4e5f60718 192.0.2.1 198.51.100.2 443 50000 6 10 840 1763716421 1763716481 ACCEPT OK"}`
	for _, header := range []string{"", "<134>1 2026-11-21T09:15:32Z host fluentd - - - "} {
		e := one(t, New(), &relay.Record{Raw: []byte(header + row), Origin: &relay.Origin{Kind: relay.KindAuto}})
		if flow, ok := e.Class.(*relay.NetworkFlow); e.Kind != relay.KindVPCFlow || !ok || flow.Src.IP != "192.0.2.1" {
			t.Errorf("after %q: %s %v %T", header, e.Kind, e.Fault, e.Class)
		}
	}
}

// TestEnvelopeTime: the time beside a record wins over the one inside.
func TestEnvelopeTime(t *testing.T) {
	t.Parallel()
	const inside = int64(1_795_252_532_000_000_000)
	for _, c := range []struct {
		name   string
		meta   string
		origin string
		want   int64
	}{
		{"none", "", "", inside},
		{"of the record", "5", "", 5},
		{"of the origin", "", "6", 6},
		{"of the record before the origin's", "5", "6", 5},
		{"no number", "soon", "", inside},
	} {
		o := &relay.Origin{Kind: relay.KindJSON}
		if c.origin != "" {
			o.Attrs = []relay.Attr{{Key: "x", Value: "y"}, {Key: relay.AttrTime, Value: c.origin}}
		}
		r := &relay.Record{Raw: []byte(`{"time":1795252532}`), Origin: o}
		if c.meta != "" {
			r.Meta = relay.AppendMeta(relay.AppendMeta(nil, relay.AttrHost, "h"), relay.AttrTime, c.meta)
		}
		if e := one(t, New(), r); e.Time != c.want {
			t.Errorf("%s: want %d, got %d", c.name, c.want, e.Time)
		}
	}
}

// TestContinued: the second part of an over-long line is not read as a record, whatever it looks like.
func TestContinued(t *testing.T) {
	t.Parallel()
	for kind, failed := range map[relay.Kind]bool{relay.KindAuto: false, relay.KindText: false, relay.KindSyslog: true, relay.KindJSON: true} {
		e := one(t, New(), &relay.Record{Raw: []byte(`{"time":1}`), Origin: &relay.Origin{Kind: kind}, Flags: relay.FlagContinued})
		if o := e.Class.(*relay.Other); o.JSON != "" || o.Text != `{"time":1}` || (e.Fault.String() != "") != failed {
			t.Errorf("%q: %+v %q", kind, o, e.Fault.String())
		}
	}
}
