package cef

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

func parse(t testing.TB, raw string, attrs ...relay.Attr) (*relay.Event, *relay.Events) {
	t.Helper()
	var p Parser
	var es relay.Events
	p.Append(&es, &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{Attrs: attrs}, Received: 1})
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	return &es.List[0], &es
}

// rest shows what was left over.
func rest(e *relay.Event) string {
	var parts []string
	for _, f := range e.Rest {
		parts = append(parts, f.Name+"="+f.Value)
	}
	return strings.Join(parts, "; ")
}

func TestFlow(t *testing.T) {
	t.Parallel()
	e, _ := parse(t, `CEF:0|Example\|Corp|Fire\\Wall|1.2|100|Traffic \| denied|7|rt=1795252532000 src=192.0.2.7 spt=50123 c6a3=2001:db8::9 `+
		`c6a3Label=Destination IPv6 Address dpt=443 proto=TCP act=Deny in=840 out=20 deviceDirection=0 suser=anaya k msg=a=b and c\=d \\ e\nf cs1=x y cs1Label=Policy name `)
	f, ok := e.Class.(*relay.NetworkFlow)
	if !ok {
		t.Fatalf("%T %s", e.Class, e.Fault)
	}
	if f.Product.Vendor != "Example|Corp" || f.Product.Name != `Fire\Wall` || f.EventCode != "100" || f.Severity != relay.SeverityHigh || e.Time != 1795252532e9 {
		t.Errorf("%+v", f.Common)
	}
	if f.Src.IP != "192.0.2.7" || f.Dst.IP != "2001:db8::9" || f.Dst.Port.Value != 443 || f.Protocol.Value != 6 || f.BytesOut.Value != 840 || f.BytesIn.Value != 20 || f.Direction != "ingress" {
		t.Errorf("%+v %+v", f.Src, f.Connection)
	}
	if v := f.Verdict; v.Action != relay.ActionDenied || v.Word != "Deny" || f.Activity != relay.FlowRefuse {
		t.Errorf("%+v", v)
	}
	if f.User.Name != "anaya k" || f.Message != "a=b and c=d \\ e\nf" {
		t.Errorf("%q %q", f.User.Name, f.Message)
	}
	if got := rest(e); got != "cs1=x y; cs1Label=Policy name; name=Traffic | denied" {
		t.Error(got)
	}
}

func TestClasses(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"CEF:0|v|p|1|id|n|3|src=192.0.2.1 request=https://www.example.com/a?b=c requestMethod=GET": "*relay.HTTPRequest",
		"CEF:0|v|p|1|id|n|3|src=192.0.2.1 dst=192.0.2.2":                                           "*relay.Message",
		"CEF:0|v|p|1|id|n|3|src=web-1 dpt=80":                                                      "*relay.Message",
		"CEF:1|v|p|1|id|n|Very-High|dst=2001:db8::1 dpt=80":                                        "*relay.NetworkFlow",
		"CEF:0|v|p|1|id|n|3|": "*relay.Message",
		"LEEF:1.0|v|p|1|id|src=192.0.2.1\tsrcPort=1\tdst=192.0.2.2\tproto=udp\tsev=9\tdevTime=1795252532000": "*relay.NetworkFlow",
		"LEEF:2.0|v|p|1|id|^|src=192.0.2.1^srcPort=1":                                                        "*relay.NetworkFlow",
		"LEEF:2.0|v|p|1|id|x5E|src=192.0.2.1^srcPort=1":                                                      "*relay.NetworkFlow",
		"LEEF:2.0|v|p|1|id|src=192.0.2.1\tsrcPort=1":                                                         "*relay.NetworkFlow",
		"LEEF:1.0|v|p|1|id|src=192.0.2.1 srcPort=1 usrName=a b":                                              "*relay.NetworkFlow",
	} {
		e, _ := parse(t, raw)
		if got := fmt.Sprintf("%T", e.Class); got != want || e.Class.Head().Product.Name != "p" || e.Class.Head().EventCode != "id" {
			t.Errorf("%s: %s %s", raw, got, e.Fault)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]relay.FaultReason{
		"CEF:0|v|p|1|id|n":      relay.FaultTruncated,
		`CEF:0|v|p|1|id|n\|3|`:  relay.FaultTruncated,
		"LEEF:1.0|v|p":          relay.FaultTruncated,
		"nothing of the sort":   relay.FaultKind,
		"CEF:|v|p|1|id|n|3|a=b": relay.FaultKind,
		"":                      relay.FaultKind,
	} {
		e, _ := parse(t, raw)
		if e.Fault.Reason != want || e.Class.(*relay.Other).Text != raw {
			t.Errorf("%q: %s", raw, e.Fault)
		}
	}
}

// TestOdd: what does not fit stays under its name, and nothing is thrown away.
func TestOdd(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"CEF:0|v|p|1|id|n|3|junk before src=192.0.2.1 spt=99999 dpt=80": "spt=99999; extension=junk before",
		"CEF:0|v|p|1|id|n|odd|rt=yesterday src=192.0.2.1 dpt=80":        "severity=odd; rt=yesterday",
		"CEF:0|v|p|1|id|n|3|no pairs at all":                            "extension=no pairs at all",
		"CEF:0|v|p|1|id|n|3|a=1 a=2":                                    `a=["1","2"]`,
		"LEEF:1.0|v|p|1|id|src=192.0.2.1\tjunk\tsrcPort=1":              "extension=junk",
		"CEF:0|v|p|1|id|n|3|path=C:\\Users\\new\\run.exe":               `path=C:\Users` + "\n" + `ew` + "\r" + `un.exe`,
	} {
		if e, _ := parse(t, raw); rest(e) != want {
			t.Errorf("%s\n got %q\nwant %q", raw, rest(e), want)
		}
	}
}

// TestActs: what a firewall did is known in any case, and in quotes; the word stays as it was sent.
func TestActs(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]relay.Action{
		"drop": relay.ActionDenied, "DROP": relay.ActionDenied, `"DROP"`: relay.ActionDenied, "Allowed": relay.ActionAllowed, "learn": relay.ActionOther,
	} {
		e, _ := parse(t, "CEF:0|v|p|1|id|n|3|src=192.0.2.1 dpt=80 act="+word)
		if v := e.Class.(*relay.NetworkFlow).Verdict; v.Action != want || v.Word != word {
			t.Errorf("%s: %+v", word, v)
		}
	}
}

// TestTimes: every form that the standard has for a time, and those that senders write in their place; a zone that nobody knows makes it none.
func TestTimes(t *testing.T) {
	t.Parallel()
	const noon = 1795262400_000 // 21 November 2026, 12:00 UTC
	for text, want := range map[string]int64{
		"1795262400000":                noon,
		"1795262400":                   noon,
		"1795262400.5":                 noon + 500,
		"Nov 21 2026 12:00:00":         noon,
		"Nov 21 2026 12:00:00.250":     noon + 250,
		"Nov 21 2026 12:00:00.250 UTC": noon + 250,
		"Nov 21 2026 07:00:00 EST":     noon,
		"Nov 21 2026 13:00:00.000 CET": noon,
		"Nov 21 2026 13:00:00 +0100":   noon,
		"Nov 21 12:00:00":              noon,
		"Nov 21 04:00:00.125 PST":      noon + 125,
		"Nov  1 2026 12:00:00":         noon - 20*86400_000,
		"Nov 1 12:00:00":               noon - 20*86400_000,
		"Nov 24 12:00:00":              noon - 362*86400_000, // last year's: no more than a day ahead
		"2026-11-21 12:00:00":          noon,
		"2026-11-21T13:00:00.500+0100": noon + 500,
		"2026-11-21T12:00:00Z":         noon,
		"Nov 21 2026 12:00:00 IST":     0, // Ireland's, Israel's or India's
		"Nov 31 2026 12:00:00":         0,
		"Nov 21 2026":                  0,
	} {
		raw := "CEF:0|v|p|1|id|n|3|rt=" + text + " src=192.0.2.1 dpt=80"
		r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}, Received: (noon + 86400_000) * 1e6}
		var es relay.Events
		new(Parser).Append(&es, r)
		e := &es.List[0]
		if want == 0 {
			if e.Time != r.Received || rest(e) != "rt="+text {
				t.Errorf("%s: %d, %s", text, e.Time, rest(e))
			}
			continue
		}
		if e.Time != want*1e6 || e.Class.Head().TimeText != text {
			t.Errorf("%s: %d, not %d ms", text, e.Time, want)
		}
	}
}

// TestManyPairs: pairs that are too many, or none, cost no more than their length, and nothing of them is lost.
func TestManyPairs(t *testing.T) {
	t.Parallel()
	const n = 200_000
	for _, one := range []string{"a=1^", "junk^"} {
		var e *relay.Event
		took := relaytest.CPUTime(t, func() { e, _ = parse(t, "LEEF:2.0|v|p|1|id|^|"+strings.Repeat(one, n)) })
		if took > 20*time.Second {
			t.Errorf("%s: %v", one, took)
		}
		if got := len(rest(e)); got < n*(len(one)-1) {
			t.Errorf("%s: %d bytes are left of %d", one, got, n*len(one))
		}
	}
}

// TestProducts: a sender cannot pass for a product that its input does not name.
func TestProducts(t *testing.T) {
	t.Parallel()
	list := relay.Attr{Key: relay.AttrProducts, Value: "Example/Firewall\nAcme/*"}
	for raw, want := range map[string]string{
		"CEF:0|Example|Firewall|1|id|n|3|": "Example/Firewall",
		"CEF:0|Acme|Anything|1|id|n|3|":    "Acme/Anything",
		"CEF:0|Example|Other|1|id|n|3|":    "/",
		"CEF:0|Acme\n|Firewall|1|id|n|3|":  "/",
	} {
		e, _ := parse(t, raw, list)
		h := e.Class.Head()
		if got := h.Product.Vendor + "/" + h.Product.Name; got != want {
			t.Errorf("%q passes for %s", raw, got)
		}
		if want == "/" && !strings.Contains(rest(e), "deviceProduct=") {
			t.Errorf("%q: what it says is lost: %s", raw, rest(e))
		}
	}
}

// TestSamples: what real products send is read.
func TestSamples(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join(relaytest.Reference(t, "samples", "syslog"), "sc4s-vendor-messages.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		var v struct{ ID, Message string }
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		for _, mark := range []string{"CEF:", "LEEF:"} {
			at := strings.Index(v.Message, mark)
			if at < 0 || !begins(v.Message[at:]) {
				continue
			}
			n++
			if e, _ := parse(t, v.Message[at:]); e.Fault.Reason != relay.FaultNone || e.Class.Head().Product.Vendor == "" {
				t.Errorf("%s: %s\n%s", v.ID, e.Fault, v.Message)
			} else if strings.Contains(rest(e), "extension=") {
				t.Logf("%s: left over: %s", v.ID, rest(e))
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d samples", n)
	}
}

func FuzzCEF(f *testing.F) {
	for _, s := range []string{
		"CEF:0|v|p|1|id|n|3|src=192.0.2.1 spt=1 act=deny msg=a\\=b", "LEEF:2.0|v|p|1|id|x09|a=b\tc=d", "LEEF:1.0|v|p|1|id|a=b c=d", "CEF:0|||||||=", `CEF:0|\|\|\|\|`,
		"LEEF:2.0|v|p|1|id||", "CEF:0|v|p|1|id|n|3|a= b=  c=\\", "CEF:0|v|p|1|id|n|3|==== = =a=",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, _ := parse(t, s)
		if e.Fault.Reason != relay.FaultNone {
			if e.Class.(*relay.Other).Text != s {
				t.Fatalf("%q is not whole", s)
			}
			return
		}
		if len(e.Rest) > maxPairs+16 {
			t.Fatalf("%d fields", len(e.Rest))
		}
	})
}

func BenchmarkCEF(b *testing.B) {
	raw := []byte(`CEF:0|Example|Firewall|1.2|100|Traffic denied|7|rt=1795252532000 src=192.0.2.7 spt=50123 dst=198.51.100.9 dpt=443 proto=TCP act=Deny in=840 out=20 ` +
		`deviceDirection=0 suser=anaya cs1=perimeter cs1Label=Policy msg=connection was refused by the perimeter policy`)
	var p Parser
	relaytest.BenchmarkReader(b, raw, relaytest.LineReader(p.Append))
}
