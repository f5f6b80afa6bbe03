package cloudfront

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/relaytest"
)

const (
	line = "2026-11-21\t09:15:32\tFRA56-P2\t675\t198.51.100.9\tGET\td111111abcdef8.cloudfront.net\t/a%2520b\t304\thttps://www.example.com/\tMozilla/5.0%20(X11;%20Linux)\tq=%2522\t-\tMiss\tY5rIQOuG" +
		"\twww.example.com\thttps\t536\t0.623\t198.51.100.9,%20192.0.2.4\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tMiss\tHTTP/2.0\t-\t-\t12812\t0.623\tMiss\ttext/html;%20charset=utf-8\t20\t-\t-"
	object = `{"date":"2026-11-21","time":"09:15:32","x-edge-location":"FRA56-P2","sc-bytes":"675","c-ip":"198.51.100.9","cs-method":"GET","cs(Host)":"d111111abcdef8.cloudfront.net",` +
		`"cs-uri-stem":"/a%2520b","sc-status":"304","x-edge-request-id":"Y5rIQOuG","timestamp(ms)":"1795252532123","DistributionId":"E2EXAMPLE","c-country":"DE","asn":"16509","cs(Cookie)":"-","new":{"a":[1]}}`
)

func parse(t testing.TB, columns, raw string) *relay.Event {
	t.Helper()
	var p Parser
	var es relay.Events
	r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{Columns: columns}, Received: 1}
	if strings.HasPrefix(raw, "{") {
		var d jsondoc.Doc
		if !d.Parse(r.Raw, 8) || !IsObject(d.Root()) {
			t.Fatal(d.Fault())
		}
		if f := p.AppendJSON(&es, r, &d); f.Reason != relay.FaultNone {
			t.Fatal(f)
		}
	} else {
		p.Append(&es, r)
	}
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	return &es.List[0]
}

func TestLine(t *testing.T) {
	t.Parallel()
	e := parse(t, "", line+"\r\n")
	h, ok := e.Class.(*relay.HTTPRequest)
	if !ok {
		t.Fatal(e.Fault.String())
	}
	want := relay.HTTP{
		UID: "Y5rIQOuG", Method: "GET", Version: "HTTP/2.0", Scheme: "https", Host: "www.example.com", Path: "/a%20b", Query: "q=%22", UserAgent: "Mozilla/5.0 (X11; Linux)",
		Referrer: "https://www.example.com/", XForwardedFor: []string{"198.51.100.9", "192.0.2.4"}, Length: relay.NumberOf(536), Status: relay.NumberOf(304),
		AnswerLength: relay.NumberOf(675), ContentType: "text/html; charset=utf-8", Latency: relay.NumberOf(623),
	}
	if d := cmp.Diff(want, h.HTTP); d != "" {
		t.Error(d)
	}
	if e.Time != time.Date(2026, 11, 21, 9, 15, 32, 0, time.UTC).UnixNano() || h.Src.IP != "198.51.100.9" || h.Src.Port.Value != 12812 || h.Balancer != "d111111abcdef8.cloudfront.net" ||
		h.TLS.Version != "TLSv1.3" || h.Status != relay.StatusSuccess {
		t.Errorf("%+v", h)
	}
}

// TestColumns: a header decides, in whatever order.
func TestColumns(t *testing.T) {
	t.Parallel()
	for _, columns := range []string{"c-ip new cs-method", "#Fields: c-ip new cs-method", "#Fields: c-ip\tnew\tcs-method"} {
		e := parse(t, columns, "192.0.2.1\tx y\tPUT\tmore")
		h, ok := e.Class.(*relay.HTTPRequest)
		if !ok || h.Src.IP != "192.0.2.1" || h.HTTP.Method != "PUT" || len(e.Rest) != 2 || e.Rest[0] != (relay.Field{Name: "new", Value: "x y"}) || e.Rest[1].Name != "column_4" || e.Time != 1 {
			t.Errorf("%+v %v", h, e.Rest)
		}
	}
	for _, header := range []string{"#Version: 1.0", "#Fields: date time"} {
		if e := parse(t, "", header); e.Fault.Reason != relay.FaultNone || e.Class.(*relay.Other).Text != header {
			t.Errorf("%+v", e)
		}
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	e := parse(t, "", object)
	h := e.Class.(*relay.HTTPRequest)
	if h.HTTP.Path != "/a%20b" || h.HTTP.Host != "d111111abcdef8.cloudfront.net" || h.Dst.UID != "E2EXAMPLE" || h.Src.Country != "DE" ||
		e.Time != time.Date(2026, 11, 21, 9, 15, 32, 123e6, time.UTC).UnixNano() {
		t.Errorf("%+v", h)
	}
	var rest []string
	for _, f := range e.Rest {
		rest = append(rest, f.Name+"="+f.Value)
	}
	if d := cmp.Diff([]string{`x-edge-location="FRA56-P2"`, `asn="16509"`, `new={"a":[1]}`, "timestamp(ms)=1795252532123"}, rest); d != "" {
		t.Error(d)
	}
}

// TestRealtime: real-time logs have seconds for a time, the distribution where standard logs have the host, and the query in the path as well.
func TestRealtime(t *testing.T) {
	t.Parallel()
	const columns = "timestamp c-ip sc-status cs-method cs-host cs-uri-stem x-host-header cs-user-agent cs-referer cs-uri-query"
	const raw = "1795252532.123\t192.0.2.1\t200\tGET\twww.example.com\t/a?b=c\td111111abcdef8.cloudfront.net\tcurl/8.11\thttps://www.example.com/\tb=c"
	e := parse(t, columns, raw)
	h := e.Class.(*relay.HTTPRequest)
	want := relay.HTTP{Method: "GET", Host: "www.example.com", Path: "/a", Query: "b=c", UserAgent: "curl/8.11", Referrer: "https://www.example.com/", Status: relay.NumberOf(200)}
	if d := cmp.Diff(want, h.HTTP); d != "" {
		t.Error(d)
	}
	if e.Time != 1795252532123e6 || h.TimeText != "1795252532.123" || h.Balancer != "d111111abcdef8.cloudfront.net" || h.Product.Feature != "Real-time Logs" || len(e.Rest) != 0 {
		t.Errorf("%+v %v", h, e.Rest)
	}
	e = parse(t, columns, strings.Replace(strings.Replace(raw, "1795252532.123", "soon", 1), "\tb=c", "\tb=d", 1))
	h = e.Class.(*relay.HTTPRequest)
	if e.Time != 1 || h.HTTP.Path != "/a?b=c" || h.HTTP.Query != "b=d" || len(e.Rest) != 1 || e.Rest[0].Value != "soon" {
		t.Errorf("%+v %v", h, e.Rest)
	}
}

func TestBroken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		columns, raw string
		reason       relay.FaultReason
	}{
		"twice":     {"a b a", "1\t2\t3", relay.FaultColumns},
		"few":       {"", "2026-11-21\t09:15:32\tx", relay.FaultColumns},
		"fewer":     {"a b c", "1\t2", relay.FaultColumns},
		"many":      {"", line + strings.Repeat("\t", 200), relay.FaultColumns},
		"no time":   {"", strings.Replace(line, "09:15", "25:15", 1), relay.FaultTime},
		"year 9999": {"", strings.Replace(line, "2026", "9999", 1), relay.FaultTime},
		"empty":     {"", "", relay.FaultColumns},
	} {
		if e := parse(t, c.columns, c.raw); e.Fault.Reason != c.reason || e.Class.(*relay.Other).Text != c.raw {
			t.Errorf("%s: %s", name, e.Fault.String())
		}
	}
}

// TestSamples: every line of the samples is understood, and recognised where there is no header.
func TestSamples(t *testing.T) {
	t.Parallel()
	for _, path := range [][]string{{"samples", "cloudfront", "opensearch-catalog-cloudfront.log"}, {"samples", "syslog", "crowdsec", "aws-cloudfront-logs.log"}} {
		columns := ""
		for _, l := range relaytest.Lines(t, path...) {
			if strings.HasPrefix(l, "#Fields:") {
				columns = l
			}
			e := parse(t, columns, l)
			if e.Fault.Reason != relay.FaultNone || l[0] != '#' && !Is([]byte(l)) {
				t.Errorf("%s: %s", e.Fault.String(), l)
			}
		}
	}
}

// FuzzLine: nothing of a line is lost.
func FuzzLine(f *testing.F) {
	f.Add("", line)
	f.Add("c-ip new date", "192.0.2.1\tx\t-\ty")
	f.Add("", "#Version: 1.0")
	f.Fuzz(func(t *testing.T, columns, raw string) {
		if strings.HasPrefix(raw, "{") {
			return
		}
		Is([]byte(raw))
		e := parse(t, columns, raw)
		h, ok := e.Class.(*relay.HTTPRequest)
		if !ok {
			if e.Class.(*relay.Other).Text != raw {
				t.Fatal("the raw bytes are lost")
			}
			return
		}
		texts := relaytest.Texts(e)
		var es relay.Events
		for v := range strings.SplitSeq(strings.TrimRight(raw, "\r\n"), "\t") {
			if v = field.Percent(&es, v); v == "-" || strings.Contains(texts, v) || strings.Join(h.HTTP.XForwardedFor, "") == strings.NewReplacer(" ", "", ",", "").Replace(v) {
				continue
			}
			if n, ok := field.Number(v, field.Max); ok && (n.Value == 0 || strings.Contains(texts, strings.TrimLeft(v, "0"))) {
				continue
			}
			if addrs := strings.Join(h.HTTP.XForwardedFor, ""); addrs != "" && strings.Contains(v, h.HTTP.XForwardedFor[0]) {
				continue
			}
			t.Fatalf("%q of %q is lost:\n%s", v, raw, texts)
		}
	})
}

func BenchmarkLine(b *testing.B) {
	var p Parser
	relaytest.BenchmarkReader(b, []byte(line), relaytest.LineReader(p.Append))
}
