package elb

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
	alb = `https 2026-11-21T09:15:32.186641Z app/my-alb/50dc6c495c0c9188 [2001:db8::7]:2817 192.0.2.1:80 0.086 0.048 0.037 200 201 34 57` +
		` "GET https://www.example.com:443/a%20b?x=1&y=2 HTTP/1.1" "curl \x22quoted\x22 \"too\"" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2` +
		` arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com"` +
		` "arn:aws:acm:us-east-2:123456789012:certificate/12345678" 1 2026-11-21T09:15:32.015000Z "authenticate,forward" "-" "-" "192.0.2.1:80" "201" "-" "-" TID_1 "m.example.com" "-" "TransformSuccess" new`
	albConn = `2026-11-21T09:15:32.514108Z 203.0.113.1 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 "CN=example.com,O=Example Org" NotBefore=2025-09-21T22:43:21Z;NotAfter=2027-06-17T22:43:21Z FEF257372D5C14D4 Failed:ClientCertUntrusted TID_2`
	nlb     = `tls 2.0 2026-11-21T09:15:32 net/my-nlb/c6e77e28c25b2234 g3d4b5e8bb8464cd 198.51.100.154:51341 192.0.2.185:443 5 2 98 246 - arn:aws:acm:us-east-2:123456789012:certificate/2a108f19 - ECDHE-RSA-AES128-SHA tlsv12 - my-nlb.elb.us-east-2.amazonaws.com h2 - "h2","http/1.1" 2026-11-21T09:15:27`
	clb     = `2026-11-21T09:15:32.945958Z my-clb 198.51.100.39:2817 192.0.2.1:80 0.000073 0.001048 0.000057 503 503 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -`
	clbTCP  = `2026-11-21T09:15:32.541440Z my-clb 198.51.100.39:2817 192.0.2.1:80 0.001069 0.000028 0.000041 - - 82 305 "- - - " "-" ECDHE-ECDSA-AES128-GCM-SHA256 TLSv1.2`
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

func TestALB(t *testing.T) {
	t.Parallel()
	e := parse(t, alb)
	h, ok := e.Class.(*relay.HTTPRequest)
	if !ok {
		t.Fatal(e.Fault.String())
	}
	want := relay.HTTP{
		UID: "Root=1-58337281-1d84f3d73c47ec4e58577259", Method: "GET", Version: "HTTP/1.1", Scheme: "https", Host: "www.example.com", Port: relay.NumberOf(443),
		Path: "/a%20b", Query: "x=1&y=2", URL: "https://www.example.com:443/a%20b?x=1&y=2", UserAgent: `curl "quoted" "too"`,
		Length: relay.NumberOf(34), Status: relay.NumberOf(200), AnswerLength: relay.NumberOf(57), Latency: relay.NumberOf(171),
	}
	if d := cmp.Diff(want, h.HTTP); d != "" {
		t.Error(d)
	}
	if h.Src.IP != "2001:db8::7" || h.Src.Port.Value != 2817 || h.Dst.IP != "192.0.2.1" || h.IPVersion != "IPv6" || h.Balancer != "app/my-alb/50dc6c495c0c9188" ||
		h.Cloud.Region != "us-east-2" || h.Cloud.Account != "123456789012" || h.TLS.SNI != "www.example.com" || h.SessionID != "TID_1" || h.Status != relay.StatusSuccess {
		t.Errorf("%+v", h)
	}
	if at := time.Date(2026, 11, 21, 9, 15, 32, 186641000, time.UTC).UnixNano(); e.Time != at || h.End != at || h.Start != at-171641000 {
		t.Errorf("%d %d %d", e.Time, h.Start, h.End)
	}
	var rest []string
	for _, f := range e.Rest {
		rest = append(rest, f.Name+"="+f.Value)
	}
	if d := cmp.Diff([]string{
		"type=https", "request_processing_time=0.086", "target_processing_time=0.048", "response_processing_time=0.037", "target_status_code=201",
		"target_group_arn=arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067", "matched_rule_priority=1",
		"actions_executed=authenticate,forward", "target:port_list=192.0.2.1:80", "target_status_code_list=201", "transformed_host=m.example.com",
		"request_transform_status=TransformSuccess", "column_34=new",
	}, rest); d != "" {
		t.Error(d)
	}
}

// TestNotAllThere: a request that never became one keeps what there is.
func TestNotAllThere(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]relay.HTTP{
		`"- http://www.example.com:80- -"`: {URL: "http://www.example.com:80-"},
		`"- - -"`:                          {},
		`"GET /x y HTTP/1.1"`:              {Method: "GET", URL: "/x y", Path: "/x y", Version: "HTTP/1.1"},
	} {
		raw := `http 2026-11-21T09:15:32.1Z app/a/1 198.51.100.1:1 - -1 -1 -1 460 - 0 0 ` + line + ` "-" - - - "-" "-" "-"`
		h, ok := parse(t, raw).Class.(*relay.HTTPRequest)
		want.Status, want.Length, want.AnswerLength = relay.NumberOf(460), relay.NumberOf(0), relay.NumberOf(0)
		if !ok || h.Dst.IP != "" || h.Status != relay.StatusFailure {
			t.Fatalf("%s: %+v", line, h)
		}
		if d := cmp.Diff(want, h.HTTP); d != "" {
			t.Errorf("%s: %s", line, d)
		}
	}
}

func TestConnections(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]relay.NetworkFlow{
		albConn: {
			Activity: relay.FlowFail, Src: relay.Endpoint{IP: "203.0.113.1", Port: relay.NumberOf(36280)}, Dst: relay.Endpoint{Port: relay.NumberOf(443)},
			TLS: relay.TLS{Version: "TLSv1.2", Cipher: "ECDHE-RSA-AES128-GCM-SHA256", ClientSubject: "CN=example.com,O=Example Org", Certificate: "FEF257372D5C14D4"},
		},
		nlb: {
			Activity: relay.FlowClose, Src: relay.Endpoint{IP: "198.51.100.154", Port: relay.NumberOf(51341)}, Dst: relay.Endpoint{IP: "192.0.2.185", Port: relay.NumberOf(443)},
			TLS: relay.TLS{Version: "tlsv12", Cipher: "ECDHE-RSA-AES128-SHA", SNI: "my-nlb.elb.us-east-2.amazonaws.com", Certificate: "arn:aws:acm:us-east-2:123456789012:certificate/2a108f19"},
		},
		clbTCP: {
			Src: relay.Endpoint{IP: "198.51.100.39", Port: relay.NumberOf(2817)}, Dst: relay.Endpoint{IP: "192.0.2.1", Port: relay.NumberOf(80)},
			TLS: relay.TLS{Version: "TLSv1.2", Cipher: "ECDHE-ECDSA-AES128-GCM-SHA256"},
		},
	} {
		f, ok := parse(t, raw).Class.(*relay.NetworkFlow)
		if !ok {
			t.Errorf("no flow: %s", raw)
			continue
		}
		if f.Activity != want.Activity || cmp.Diff(f.Src, want.Src) != "" || cmp.Diff(f.Dst, want.Dst) != "" || f.TLS != want.TLS {
			t.Errorf("%+v", f)
		}
	}
	if f := parse(t, nlb).Class.(*relay.NetworkFlow); f.Bytes.Value != 344 || f.BytesOut.Value != 98 || f.Start == 0 || f.Cloud.Account != "123456789012" {
		t.Errorf("%+v", f)
	}
	if h, ok := parse(t, clb).Class.(*relay.HTTPRequest); !ok || h.HTTP.Status.Value != 503 || h.HTTP.Latency.Value != 1 {
		t.Errorf("%+v", h)
	}
}

func TestBroken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw    string
		reason relay.FaultReason
	}{
		"something else": {"hello", relay.FaultColumns},
		"empty":          {"", relay.FaultColumns},
		"cut":            {alb[:200], relay.FaultTruncated},
		"cut in quotes":  {alb[:170], relay.FaultTruncated},
		"year 0000":      {strings.Replace(alb, "2026-", "0000-", 1), relay.FaultTime},
		"year 9999":      {strings.Replace(clb, "2026-", "9999-", 1), relay.FaultTime},
	} {
		if e := parse(t, c.raw); e.Fault.Reason != c.reason || e.Class.(*relay.Other).Text != c.raw {
			t.Errorf("%s: %s", name, e.Fault.String())
		}
	}
	e := parse(t, strings.Replace(strings.Replace(alb, "[2001:db8::7]:2817", "\x00:99999", 1), " 34 57 ", " 99999999999999999999 -7 ", 1))
	h, ok := e.Class.(*relay.HTTPRequest)
	if !ok || h.Src.IP != "" || h.HTTP.Length.Set || !strings.Contains(relaytest.Texts(e), "\x00:99999\n") || !strings.Contains(relaytest.Texts(e), "99999999999999999999\n") || !strings.Contains(relaytest.Texts(e), "-7\n") {
		t.Errorf("odd values are lost: %+v %v", h, e.Rest)
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	for _, line := range []string{alb, albConn, nlb, clb, clbTCP} {
		if !Is([]byte(line)) {
			t.Errorf("not recognised: %s", line)
		}
	}
	for _, line := range []string{"", "http 2026", "http " + strings.Repeat("x", 60), "2026-11-21T09:15:32.945958Z host app[1]: hello, this is a line of text", strings.Repeat("-", 300)} {
		if Is([]byte(line)) {
			t.Errorf("recognised: %s", line)
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{alb, albConn, nlb, clb, clbTCP} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		e := parse(t, raw)
		texts := relaytest.Texts(e)
		if e.Fault.Reason != relay.FaultNone {
			if e.Class.(*relay.Other).Text != raw {
				t.Fatal("the raw bytes are lost")
			}
			return
		}
		var es relay.Events
		fields, _ := field.Quoted(nil, strings.TrimRight(raw, "\r\n "), 1000)
		for i, v := range fields {
			if v = field.Unescape(&es, v); v == "-" || i < 4 && (v == texts || strings.Contains(v, ":")) || strings.Trim(v, "- ") == "" {
				continue
			}
			if i > 80 || holds(texts, v) {
				continue
			}
			t.Fatalf("%q of %q is lost:\n%s", v, raw, texts)
		}
	})
}

// holds reports whether texts has v, or what v is taken apart into.
func holds(texts, v string) bool {
	if strings.Contains(texts, v) {
		return true
	}
	if n, ok := field.Number(v, field.Max); ok { // 007
		v = strings.TrimLeft(v, "0")
		return strings.Contains(texts, v) || n.Value == 0
	}
	if _, ok := field.DateTime(strings.TrimSuffix(v, "Z"), time.UTC); ok {
		return true
	}
	for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune(" []:?", r) }) {
		if part != "-" && !strings.Contains(texts, strings.TrimLeft(part, "0")) {
			return false
		}
	}
	return true
}

// TestSamples: every line of the samples is understood.
func TestSamples(t *testing.T) {
	t.Parallel()
	for _, path := range [][]string{{"elb", "opensearch-catalog-alb.log"}, {"syslog", "crowdsec", "aws-alb-logs.log"}, {"syslog", "crowdsec", "aws-alb-http-bad-user-agent.log"}} {
		for _, line := range relaytest.Lines(t, append([]string{"samples"}, path...)...) {
			if e := parse(t, line); e.Fault.Reason != relay.FaultNone || !Is([]byte(line)) {
				t.Errorf("%s: %s", e.Fault.String(), line)
			}
		}
	}
}

func BenchmarkLine(b *testing.B) {
	for name, raw := range map[string]string{"alb": alb, "nlb": nlb, "clb": clb} {
		b.Run(name, func(b *testing.B) {
			var p Parser
			relaytest.BenchmarkReader(b, []byte(raw), relaytest.LineReader(p.Append))
		})
	}
}
