package checkpoint

import (
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/relaytest"
)

const (
	bars   = `time=1795252533|hostname=fw1|product=Firewall|action=Drop|ifdir=inbound|origin=192.0.2.1|originsicname=CN\=fw1|dst=192.0.2.10|proto=6|rule=7|rule_name=out|s_port=33687|service=443|src=198.51.100.2|`
	colons = `[action:"Drop"; ifdir:"inbound"; loguid:"{0x5}"; origin:"192.0.2.1"; time:"1795252533"; dst:"192.0.2.10"; product:"Firewall"; proto:"6"; rule_name:"say \"no\""; s_port:"33687"; service:"443"; src:"198.51.100.2"]`
)

func read(text string, params ...relay.Param) (*relay.Event, bool) {
	var p Parser
	var es relay.Events
	m := es.Message()
	m.Text, m.Params = text, params
	e := es.Add(&relay.Record{Raw: []byte(text), Origin: &relay.Origin{}, Received: 1}, relay.KindSyslog)
	e.Class = m
	ok := p.Content(&es, e, m)
	return e, ok
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]relay.Disposition{
		"Accept": relay.DispositionAllowed, "Drop": relay.DispositionDropped, "Reject": relay.DispositionRejected, "Block": relay.DispositionBlocked, "Detect": relay.DispositionDetected,
		"Redirect": relay.DispositionOther,
	} {
		for _, text := range []string{strings.Replace(bars, "action=Drop", "action="+action, 1), strings.Replace(colons, `action:"Drop"`, `action:"`+action+`"`, 1)} {
			e, ok := read(text)
			f, flow := e.Class.(*relay.NetworkFlow)
			if !ok || !flow || f.Verdict.Disposition != want || (f.Activity == relay.FlowRefuse) != (f.Verdict.Action == relay.ActionDenied) || f.Src.IP != "198.51.100.2" || f.Dst.Port.Value != 443 ||
				e.Time != 1795252533e9 {
				t.Errorf("%s: %+v", action, e)
			}
		}
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[", "[hello] world, this is a message", `[action:"Drop"; origin:"x"; product:"y`, "time=1795252533|a=b|and nothing else", "time=1|" + strings.Repeat("origin=a|product=b|", field.MaxFields)} {
		if e, ok := read(text); ok || e.Kind != relay.KindSyslog {
			t.Errorf("%.60q was taken", text)
		}
	}
	if e, ok := read("x", relay.Param{Element: "exampleSDID@32473", Name: "origin", Value: "x"}, relay.Param{Element: "exampleSDID@32473", Name: "product", Value: "x"}); ok || e.Kind != relay.KindSyslog {
		t.Error("structured data of somebody else was taken")
	}
}

// FuzzContent: nothing panics, and no value is lost.
func FuzzContent(f *testing.F) {
	f.Add(bars)
	f.Add(colons)
	f.Add(`time=1|product=IPS|origin=a|b|attack=x|protection_name=y|severity=High|action=Prevent|src=192.0.2.1|attack_info=q`)
	f.Add(`time=1|product=p|origin=a|operation=Log Out|administrator=adm|client_ip=x|audit_status=Failure`)
	f.Add(`[sc4s@2620 origin="a" product="b" src="192.0.2.1" src="x"]`)
	f.Fuzz(func(t *testing.T, text string) {
		e, ok := read(text)
		if !ok {
			return
		}
		var p Parser
		var es relay.Events
		p.split(&es, &relay.Message{Text: text})
		texts := relaytest.Texts(e)
		if strings.Contains(texts, `\`) { // several values of one name, as JSON
			return
		}
		for _, q := range p.pairs {
			if n, ok := field.Number(q.value, field.Max); ok && (n.Value == 0 || strings.Contains(texts, strings.TrimLeft(q.value, "0"))) {
				continue
			}
			switch q.name {
			case "ifdir", "proto", "xlatesrc", "xlatedst":
				continue
			}
			if field.Says(q.value) && !strings.Contains(texts, q.value) {
				t.Fatalf("%s=%q is lost:\n%s", q.name, q.value, texts)
			}
		}
	})
}

func BenchmarkContent(b *testing.B) {
	for name, text := range map[string]string{"bars": bars, "colons": colons} {
		b.Run(name, func(b *testing.B) {
			var p Parser
			relaytest.BenchmarkReader(b, []byte(text), relaytest.ContentReader("", p.Content))
		})
	}
}
