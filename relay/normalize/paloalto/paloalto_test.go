package paloalto

import (
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/relaytest"
)

// line returns a log of a type: the named columns have their values, all others are empty.
func line(sort, subtype string, n int, values map[string]string) string {
	f := make([]string, n)
	f[0], f[1], f[2], f[6] = "1", "2026/11/21 09:15:32", "007200001056", "2026/11/21 09:15:31"
	for i, name := range columns[sort][:n] {
		if v := values[name]; v != "" {
			f[i] = v
		}
	}
	f[typeColumn], f[subtypeColumn] = sort, subtype
	return strings.Join(f, ",")
}

func traffic(n int) string {
	return line("TRAFFIC", "end", n, map[string]string{
		"src": "10.0.0.8", "dst": "198.51.100.9", "nat_src": "203.0.113.9", "rule": "out", "src_user": `example\mary`, "app": "ssl", "vsys": "vsys1", "src_zone": "trust", "dst_zone": "untrust",
		"inbound_if": "ethernet1/2", "outbound_if": "ethernet1/1", "session_id": "4711", "sport": "50000", "dport": "443", "nat_sport": "1025", "flags": "0x400000", "proto": "tcp", "action": "allow",
		"bytes": "3000", "bytes_sent": "1000", "bytes_received": "2000", "packets": "22", "start_time": "2026/11/21 09:15:00", "elapsed": "30", "sequence": "1001",
		"session_end_reason": "tcp-fin", "device_name": "fw1", "high_res_timestamp": "2026-11-21T09:15:31.887+01:00",
	})
}

func read(text, zone string) (*relay.Event, bool) {
	var p Parser
	var es relay.Events
	m := es.Message()
	m.Text = text
	o := &relay.Origin{}
	if zone != "" {
		o.Attrs = []relay.Attr{{Key: relay.AttrZone, Value: zone}}
	}
	e := es.Add(&relay.Record{Raw: []byte(text), Origin: o, Received: 1}, relay.KindSyslog)
	e.Class = m
	ok := p.Content(&es, e, m)
	return e, ok
}

// TestVersions: a log of any length of columns is read as far as it goes.
func TestVersions(t *testing.T) {
	t.Parallel()
	for n := 47; n <= len(columns["TRAFFIC"]); n++ {
		e, ok := read(traffic(n), "Europe/Berlin")
		f, flow := e.Class.(*relay.NetworkFlow)
		if !ok || !flow || f.Src.IP != "10.0.0.8" || f.Dst.Port.Value != 443 || f.Bytes.Value != 3000 || f.StatusDetail != "tcp-fin" || f.Activity != relay.FlowClose || f.User.Name != "mary" {
			t.Fatalf("%d columns: %+v", n, e)
		}
		if want := time.Date(2026, 11, 21, 8, 15, 31, 0, time.UTC); time.Unix(0, e.Time).Truncate(time.Second).UTC() != want {
			t.Fatalf("%d columns: time %s", n, time.Unix(0, e.Time).UTC())
		}
		if start := time.Date(2026, 11, 21, 8, 15, 0, 0, time.UTC).UnixNano(); f.Start != start || f.End != start+30e9 {
			t.Fatalf("%d columns: from %d to %d", n, f.Start, f.End)
		}
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		subtype, action string
		want            relay.Disposition
	}{
		{"start", "allow", relay.DispositionAllowed}, {"drop", "deny", relay.DispositionDropped}, {"deny", "deny", relay.DispositionBlocked}, {"deny", "reset-both", relay.DispositionReset},
		{"end", "what", relay.DispositionOther}, {"end", "", relay.DispositionUnknown},
	} {
		e, _ := read(line("TRAFFIC", c.subtype, 47, map[string]string{"action": c.action}), "")
		if f := e.Class.(*relay.NetworkFlow); f.Verdict.Disposition != c.want {
			t.Errorf("%+v: %+v", c, f.Verdict)
		}
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "1,", "1,2,3,4,5,6,7,8,9,10,11,12", "1,2026/11/21 09:15:32,0072,traffic,end,1,2", "2026-11-21 09:15:32,x,TRAFFIC", strings.Repeat("1,", 50)} {
		if e, ok := read(text, ""); ok || e.Kind != relay.KindSyslog {
			t.Errorf("%q was taken", text)
		}
	}
}

// FuzzContent: nothing panics, and no field is lost.
func FuzzContent(f *testing.F) {
	f.Add(traffic(60))
	f.Add(line("THREAT", "url", 72, map[string]string{"url": `"a.example.com:1/x,""y"`, "action": "block-url", "threat_id": "x(1)"}))
	f.Add(line("THREAT", "virus", 72, map[string]string{"threat_id": "Eicar(100)", "severity": "high"}))
	f.Add(line("SYSTEM", "general", 26, map[string]string{"description": "x"}))
	f.Fuzz(func(t *testing.T, text string) {
		e, ok := read(text, "")
		if !ok {
			return
		}
		if m, message := e.Class.(*relay.Message); message {
			if m.Text != text {
				t.Fatal("the text is lost")
			}
			return
		}
		var es relay.Events
		texts := relaytest.Texts(e)
		for i, v := range field.CSV(nil, &es, strings.TrimRight(text, " \r\n"), mostFields) {
			name := ""
			if names := columns[e.Class.Head().Product.Feature]; i < len(names) {
				name = names[i]
			}
			switch name { // taken apart, or one of several zeros
			case "start_time", "elapsed", "threat_id", "proto", "nat_src", "nat_dst", "nat_sport", "nat_dport", "http_method", "src_user":
				continue
			}
			if n, ok := field.Number(v, field.Max); ok && (n.Value == 0 || strings.Contains(texts, strings.TrimLeft(v, "0"))) {
				continue
			}
			if field.Says(v) && !strings.Contains(texts, v) {
				t.Fatalf("%s %q is lost:\n%s", name, v, texts)
			}
		}
	})
}

func BenchmarkContent(b *testing.B) {
	var p Parser
	relaytest.BenchmarkReader(b, []byte(traffic(66)), relaytest.ContentReader("", p.Content))
}
