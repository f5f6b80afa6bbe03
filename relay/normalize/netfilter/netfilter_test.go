package netfilter

import (
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/relaytest"
)

const dropped = "[19955416.516358] [UFW BLOCK] IN=ens2 OUT= MAC=de:1c:88:64:10:19:5e:e1:a4:3b:cf:f0:08:00 SRC=198.51.100.168 DST=192.0.2.49 LEN=44 TOS=0x00 TTL=43 ID=25313 DF PROTO=TCP SPT=52220 DPT=80 WINDOW=1024 RES=0x00 SYN URGP=0 "

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

// TestPrefixes: a verdict comes only from a prefix that a program writes.
func TestPrefixes(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]relay.Action{
		"[UFW BLOCK] ": relay.ActionDenied, "[UFW ALLOW] ": relay.ActionAllowed, "[UFW AUDIT] ": relay.ActionObserved, "[WAN_IN-4000-D]": relay.ActionDenied, "[WAN_IN-A-4000] ": relay.ActionAllowed,
		"[WAN_IN-R-4000] ": relay.ActionDenied, "Shorewall:net-fw:REJECT:": relay.ActionDenied, "DROP all: ": relay.ActionUnknown, "[my-rule-x] ": relay.ActionUnknown, "": relay.ActionUnknown,
		"[UFW WHAT] ": relay.ActionUnknown, "[wan-lan-default-D]": relay.ActionDenied, "[a-b-c-2000-A] ": relay.ActionAllowed, "[a-b-D-2000]": relay.ActionDenied, "[my-own-rule-x-A] ": relay.ActionUnknown,
		"[-D] ": relay.ActionUnknown, "[-1-D] ": relay.ActionUnknown,
	} {
		_, packet, _ := strings.Cut(dropped, "IN=")
		e, ok := read("kernel", prefix+"IN="+packet)
		f, flow := e.Class.(*relay.NetworkFlow)
		if !ok || !flow || f.Verdict.Action != want || f.Verdict.Present != (want != relay.ActionUnknown) || f.Src.IP != "198.51.100.168" {
			t.Errorf("%q: %+v", prefix, e.Class)
		}
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{"kernel", "eth0: link up"}, {"kernel", "LOGIN= OUT= SRC="}, {"nginx", dropped}, {"", ""}, {"kernel", "IN=eth0 OUT= ARP"}} {
		if e, ok := read(c[0], c[1]); ok || e.Kind != relay.KindSyslog {
			t.Errorf("%q of %q was taken", c[1], c[0])
		}
	}
}

// FuzzContent: nothing panics, and no value is lost.
func FuzzContent(f *testing.F) {
	f.Add(dropped)
	f.Add("IN=a OUT=b SRC=192.0.2.1 DST=x LEN=1 LEN=2 PROTO=ICMP TYPE=3 [SRC=192.0.2.9 DST=1 ] ")
	f.Add(`x DESCR="a b" IN= OUT=b MAC=1 SRC=::1 ACK FIN SYN=1`)
	f.Fuzz(func(t *testing.T, text string) {
		e, ok := read("kernel", text)
		if !ok {
			return
		}
		texts := relaytest.Texts(e)
		if strings.ContainsAny(texts, "\\[") { // arrays, and what is kept whole
			return
		}
		_, s, _ := strings.Cut(text, "IN=")
		for s = "IN=" + s; ; {
			name, v, rest, ok := field.Pair(s)
			if !ok {
				break
			}
			s = rest
			if n, ok := field.Number(v, field.Max); ok && (n.Value == 0 || strings.Contains(texts, strings.TrimLeft(v, "0"))) || name == "PROTO" || name == "MAC" {
				continue
			}
			if field.Says(v) && !strings.Contains(texts, v) {
				t.Fatalf("%s=%q is lost:\n%s", name, v, texts)
			}
		}
	})
}

func BenchmarkContent(b *testing.B) {
	var p Parser
	relaytest.BenchmarkReader(b, []byte(dropped), relaytest.ContentReader("", p.Content))
}
