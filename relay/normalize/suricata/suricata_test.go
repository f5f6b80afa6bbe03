package suricata

import (
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/relaytest"
)

const (
	head = `"timestamp":"2026-11-21T09:15:32.123456+0000","flow_id":1842334567,"in_iface":"eth0","src_ip":"192.0.2.10","src_port":50512,"dest_ip":"198.51.100.7","dest_port":443,"proto":"TCP"`

	alertLog = `{` + head + `,"event_type":"alert","app_proto":"tls","alert":{"action":"blocked","gid":1,"signature_id":2024897,"rev":3,"signature":"ET USER_AGENTS curl","category":"Potentially Bad Traffic",` +
		`"severity":2,"metadata":{"created_at":["2017_10_23"]}},"flow":{"pkts_toserver":3,"bytes_toserver":204}}`
	flowLog = `{` + head + `,"event_type":"flow","app_proto":"failed","flow":{"pkts_toserver":12,"pkts_toclient":9,"bytes_toserver":1500,"bytes_toclient":9000,"start":"2026-11-21T09:14:00.000001+0000",` +
		`"end":"2026-11-21T09:15:00.5+0000","age":60,"state":"closed","reason":"timeout","alerted":false},"tcp":{"tcp_flags":"1b","syn":true,"state":"closed"}}`
	tlsLog = `{` + head + `,"event_type":"tls","tls":{"subject":"CN=www.example.com","issuerdn":"C=US, O=CA","serial":"0A:0B","fingerprint":"aa:bb","sni":"www.example.com","version":"TLS 1.2",` +
		`"ja3":{"hash":"e7d705a3286e19ea42f587b344ee6865","string":"771,4865"},"ja3s":{"hash":"f4febc55ea12b31ae17cfb7e614afda8"}}}`
	dnsLog = `{` + head + `,"event_type":"dns","dns":{"version":2,"type":"answer","id":4711,"flags":"8180","rrname":"www.example.com","rrtype":"A","rcode":"NOERROR",` +
		`"answers":[{"rrname":"www.example.com","rrtype":"CNAME","ttl":60,"rdata":"edge.example.net"},{"rrname":"edge.example.net","rrtype":"A","ttl":20,"rdata":"192.0.2.44"},{"rrname":"x","rrtype":"SOA","soa":{"mname":"y"}}],"grouped":{"A":["192.0.2.44"]}}}`
	dns3Log = `{` + head + `,"event_type":"dns","ip_v":4,"dns":{"version":3,"type":"request","tx_id":0,"id":1,"rd":true,"queries":[{"rrname":"a.example","rrtype":"TXT","opcode":0},{"rrname":"b.example","rrtype":"A"}]}}`
	dns1Log = `{` + head + `,"event_type":"dns","dns":{"type":"answer","id":1,"rcode":"NXDOMAIN","rrname":"c.example","rrtype":"A","ttl":5,"rdata":"192.0.2.9"}}`
	httpLog = `{` + head + `,"event_type":"http","http":{"hostname":"www.example.com","http_port":8080,"url":"/a?b=c","http_user_agent":"curl/8","http_refer":"http://r.example/","http_method":"POST",` +
		`"protocol":"HTTP/1.1","status":302,"length":12,"http_content_type":"text/html","redirect":"/x","xff":"203.0.113.5","request_headers":[{"name":"Host","value":"www.example.com"},{"name":"x"}]}}`
	dropLog  = `{` + head + `,"event_type":"drop","drop":{"len":60,"reason":"rules"}}`
	sshLog   = `{` + head + `,"event_type":"ssh","ssh":{"client":{"software_version":"OpenSSH_9"}}}`
	statsLog = `{"timestamp":"2026-11-21T09:15:32.123456+0000","event_type":"stats","stats":{"uptime":1}}`
)

func firewall(event string) string {
	return `{"firewall_name":"edge","availability_zone":"eu-central-1a","event_timestamp":"1795252532","event":` + event + `}`
}

func read(t testing.TB, raw string) *relay.Event {
	t.Helper()
	var p Parser
	var es relay.Events
	var d jsondoc.Doc
	r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: 1}
	if !d.Parse(r.Raw, 8) {
		t.Fatal(d.Fault())
	}
	parse := p.Append
	if d.Root().Get("firewall_name").Exists() {
		parse = p.AppendFirewall
	}
	if f := parse(&es, r, &d); f.Reason != relay.FaultNone {
		es.AddUnparsed(r, relay.KindSuricata, f)
	}
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

func checkRest(t *testing.T, e *relay.Event, want string) {
	t.Helper()
	if got := rest(e); got != `in_iface="eth0" `+want {
		t.Errorf("rest: %s", got)
	}
}

func TestAlert(t *testing.T) {
	t.Parallel()
	e := read(t, alertLog)
	f := e.Class.(*relay.Finding)
	if e.Kind != relay.KindSuricata || e.Time != 1_795_252_532_123456e3 || f.Title != "ET USER_AGENTS curl" || f.Severity != relay.SeverityMedium || f.Src.Port.Value != 50512 || f.Dst.IP != "198.51.100.7" ||
		f.Connection.Protocol.Value != 6 || f.Connection.Application != "tls" || f.Types[0] != "Potentially Bad Traffic" || f.Product.Name != "Suricata" || f.Connection.SessionID != "1842334567" {
		t.Errorf("%+v", f)
	}
	if v := f.Verdict; v.Action != relay.ActionDenied || v.Disposition != relay.DispositionBlocked || !v.Alert || v.Rule.UID != "2024897" {
		t.Errorf("%+v", v)
	}
	checkRest(t, e, `alert={"gid":1,"rev":3,"metadata":{"created_at":["2017_10_23"]}} flow={"pkts_toserver":3,"bytes_toserver":204} `)
	f = read(t, strings.Replace(alertLog, "blocked", "allowed", 1)).Class.(*relay.Finding)
	if v := f.Verdict; v.Action != relay.ActionAllowed || v.Disposition != relay.DispositionAlert {
		t.Errorf("%+v", v)
	}
}

func TestFlow(t *testing.T) {
	t.Parallel()
	e := read(t, flowLog)
	f := e.Class.(*relay.NetworkFlow)
	if f.Bytes.Value != 10500 || f.BytesOut.Value != 1500 || f.PacketsIn.Value != 9 || f.TCPFlags.Value != 0x1b || f.Start != 1_795_252_440_000_001_000 || f.End != 1_795_252_500_500e6 ||
		f.IPVersion != "IPv4" || f.Verdict.Present || f.EventCode != "flow" || f.Application != "" {
		t.Errorf("%+v", f)
	}
	checkRest(t, e, `app_proto="failed" flow={"age":60,"state":"closed","reason":"timeout","alerted":false} tcp={"syn":true,"state":"closed"} `)
	e = read(t, dropLog)
	if f = e.Class.(*relay.NetworkFlow); f.Verdict.Disposition != relay.DispositionDropped || f.StatusDetail != "rules" {
		t.Errorf("%+v", f)
	}
	checkRest(t, e, `drop={"len":60} `)
	checkRest(t, read(t, sshLog), `ssh={"client":{"software_version":"OpenSSH_9"}} `)
}

func TestTLS(t *testing.T) {
	t.Parallel()
	e := read(t, tlsLog)
	if got := e.Class.(*relay.NetworkFlow).TLS; got != (relay.TLS{Version: "TLS 1.2", SNI: "www.example.com", Subject: "CN=www.example.com", Issuer: "C=US, O=CA", Certificate: "0A:0B",
		JA3: "e7d705a3286e19ea42f587b344ee6865", JA3S: "f4febc55ea12b31ae17cfb7e614afda8"}) {
		t.Errorf("%+v", got)
	}
	checkRest(t, e, `tls={"fingerprint":"aa:bb","ja3":{"string":"771,4865"}} `)
}

func TestDNS(t *testing.T) {
	t.Parallel()
	e := read(t, dnsLog)
	q := e.Class.(*relay.DNSQuery)
	if q.Name != "www.example.com" || q.Type != "A" || q.Activity != relay.DNSResponse || q.Status != relay.StatusSuccess || len(q.Answers) != 2 ||
		q.Answers[1] != (relay.Answer{Data: "192.0.2.44", Type: "A", TTL: relay.NumberOf(20)}) {
		t.Errorf("%+v", q)
	}
	checkRest(t, e, `dns={"version":2,"id":4711,"flags":"8180","answers":[{"rrname":"edge.example.net"},{"rrname":"x","rrtype":"SOA","soa":{"mname":"y"}}],"grouped":{"A":["192.0.2.44"]}} `)
	e = read(t, dns3Log)
	if q = e.Class.(*relay.DNSQuery); q.Name != "a.example" || q.Type != "TXT" || q.Activity != relay.DNSQuestion || q.Status != relay.StatusUnset {
		t.Errorf("%+v", q)
	}
	checkRest(t, e, `ip_v=4 dns={"version":3,"tx_id":0,"id":1,"rd":true,"queries":[{"opcode":0},{"rrname":"b.example","rrtype":"A"}]} `)
	e = read(t, dns1Log)
	if q = e.Class.(*relay.DNSQuery); len(q.Answers) != 1 || q.Answers[0].TTL.Value != 5 || q.Status != relay.StatusFailure {
		t.Errorf("%+v", q)
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	e := read(t, httpLog)
	h := e.Class.(*relay.HTTPRequest).HTTP
	if h.Host != "www.example.com" || h.Port.Value != 8080 || h.Path != "/a" || h.Query != "b=c" || h.Status.Value != 302 || h.Method != "POST" || h.XForwardedFor[0] != "203.0.113.5" || len(h.Headers) != 1 {
		t.Errorf("%+v", h)
	}
	checkRest(t, e, `http={"redirect":"/x","request_headers":[{"name":"x"}]} `)
}

func TestFirewall(t *testing.T) {
	t.Parallel()
	e := read(t, firewall(alertLog))
	f := e.Class.(*relay.Finding)
	if e.Kind != relay.KindNetworkFirewall || f.Product.Name != "AWS Network Firewall" || f.Product.Feature != "alert" || f.Cloud.Zone != "eu-central-1a" || f.Cloud.Provider != "AWS" || e.Time != 1_795_252_532_123456e3 {
		t.Errorf("%+v", f)
	}
	const want = `firewall_name="edge" event={"in_iface":"eth0","alert":{"gid":1,"rev":3,"metadata":{"created_at":["2017_10_23"]}},"flow":{"pkts_toserver":3,"bytes_toserver":204}} `
	if got := rest(e); got != want {
		t.Errorf("rest: %s", got)
	}
	if e = read(t, firewall(`{"event_type":"x"}`)); e.Time != 1_795_252_532e9 || e.Class.(*relay.Other).JSON == "" || e.Rest != nil {
		t.Errorf("%+v", e)
	}
	if got := rest(read(t, strings.Replace(firewall(sshLog), "1795252532", "1795252531", 1))); !strings.Contains(got, `event_timestamp="1795252531"`) {
		t.Errorf("rest: %s", got)
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	var d jsondoc.Doc
	for raw, want := range map[string]string{alertLog: "eve", statsLog: "eve", firewall(flowLog): "firewall", `{"event_type":"login","timestamp":"2026-11-21T09:15:32Z"}`: "", `{"event":{},"firewall_name":"x"}`: ""} {
		d.Parse([]byte(raw), 8)
		if Is(d.Root()) != (want == "eve") || IsFirewall(d.Root()) != (want == "firewall") {
			t.Errorf("%.40s is not %q", raw, want)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]relay.FaultReason{
		`{"timestamp":"2026-11-21T09:15:32Z"}`:                         relay.FaultKind,
		`{"event_type":"flow","timestamp":"0000-01-01T00:00:00+0000"}`: relay.FaultTime,
		`{"firewall_name":"x","event":"y"}`:                            relay.FaultKind,
		statsLog:                                                       relay.FaultNone,
	} {
		if e := read(t, raw); e.Fault.Reason != want {
			t.Errorf("%s: %v", raw, e.Fault)
		}
	}
}

func FuzzEVE(f *testing.F) {
	for _, s := range []string{alertLog, flowLog, tlsLog, dnsLog, dns3Log, dns1Log, httpLog, dropLog, sshLog, statsLog, firewall(dnsLog), firewall(statsLog)} {
		f.Add([]byte(s))
	}
	f.Add([]byte(`{"event_type":"dns","src_ip":1,"proto":"\u00dc","dns":{"type":[1],"queries":[1,{"rrname":{}}],"answers":{"rdata":1},"ttl":9}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		relaytest.CheckNothingLost(t, raw, reader(), "query", "request", "answer", "response", "1795252532", "TCP")
	})
}

func BenchmarkEVE(b *testing.B) {
	for name, raw := range map[string]string{"alert": alertLog, "flow": flowLog, "dns": dnsLog, "http": httpLog} {
		b.Run(name, func(b *testing.B) { relaytest.BenchmarkReader(b, []byte(raw), reader()) })
	}
}

func reader() relaytest.Reader {
	var p Parser
	var d jsondoc.Doc
	return func(es *relay.Events, r *relay.Record) bool {
		if !d.Parse(r.Raw, 8) || !d.Root().IsObject() {
			return false
		}
		if d.Root().Get("firewall_name").Exists() {
			return p.AppendFirewall(es, r, &d).Reason == relay.FaultNone
		}
		return p.Append(es, r, &d).Reason == relay.FaultNone
	}
}
