package filterlog

import (
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/relaytest"
)

const (
	tcp  = "86,,,fae559338f65e11c,vtnet0,match,pass,in,4,0x0,,64,12345,0,DF,6,tcp,60,198.51.100.10,192.0.2.5,51234,443,0,S,1234567890,,64240,,mss;sackOK;TS"
	udp6 = "5,,,1000000104,igb1,match,block,out,6,0x00,0x00000,255,UDP,17,60,2001:db8::1,ff02::fb,5353,5353,60"
)

func read(app, text string) (*relay.Event, bool) {
	var p Parser
	var es relay.Events
	m := es.Message()
	m.App, m.Text = app, text
	e := es.Add(&relay.Record{Raw: []byte(text), Origin: &relay.Origin{}}, relay.KindSyslog)
	e.Class = m
	ok := p.Content(&es, e, m)
	return e, ok
}

func TestLines(t *testing.T) {
	t.Parallel()
	e, ok := read("filterlog", tcp)
	f, flow := e.Class.(*relay.NetworkFlow)
	if !ok || !flow || f.Src.IP != "198.51.100.10" || f.Dst.Port.Value != 443 || f.Direction != "ingress" || f.Src.Interface != "vtnet0" || f.Verdict.Action != relay.ActionAllowed || f.TCPFlags.Value != 2 {
		t.Errorf("%+v", e.Class)
	}
	e, ok = read("", udp6)
	f, flow = e.Class.(*relay.NetworkFlow)
	if !ok || !flow || f.Src.IP != "2001:db8::1" || f.Protocol.Value != 17 || f.Direction != "egress" || f.Dst.Interface != "igb1" || f.Activity != relay.FlowRefuse || f.IPVersion != "IPv6" {
		t.Errorf("%+v", e.Class)
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{"filterlog", ""}, {"filterlog", "1,2,3"}, {"nginx", tcp}, {"filterlog", strings.Replace(tcp, ",in,", ",sideways,", 1)}, {"filterlog", strings.Replace(tcp, ",4,0x0", ",5,0x0", 1)},
		{"filterlog", tcp + strings.Repeat(",x", mostFields)}} {
		if e, ok := read(c[0], c[1]); ok || e.Kind != relay.KindSyslog {
			t.Errorf("%q of %q was taken", c[1], c[0])
		}
	}
}

// FuzzContent: nothing panics, and no field is lost.
func FuzzContent(f *testing.F) {
	f.Add(tcp)
	f.Add(udp6)
	f.Add("0,,,,,,,in,4,,,,,,,,,-")
	f.Add("7,,,1,igb1,match,rdr,in,6,0x00,0x00000,1,Options,0,36,fe80::1%igb1,ff02::16,HBH,RTALERT")
	f.Add("9,,,1,igb1,match,block,in,4,0x0,,64,3,0,none,112,carp,40,192.0.2.1,224.0.0.18,advertise,255,1,2,0,1")
	f.Fuzz(func(t *testing.T, text string) {
		e, ok := read("filterlog", text)
		if !ok || strings.ContainsRune(text, '"') {
			return
		}
		texts := relaytest.Texts(e)
		for i, v := range strings.Split(text, ",") {
			switch i {
			case 7, 8, 12, 16: // direction, version, protocol: taken as what they mean
				continue
			case 20, 23: // flags of TCP
				var n relay.Number
				if field.TCPLetters(&n, v) {
					continue
				}
			}
			if field.Says(v) && !strings.Contains(texts, strings.TrimLeft(v, "0")) {
				t.Fatalf("field %d %q is lost:\n%s", i, v, texts)
			}
		}
	})
}

func BenchmarkContent(b *testing.B) {
	var p Parser
	relaytest.BenchmarkReader(b, []byte(tcp), relaytest.ContentReader("", p.Content))
}
