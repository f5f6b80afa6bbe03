package fortinet

import (
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
	"logrelay/relay/relaytest"
)

const closed = `date=2026-11-21 time=10:15:32 devname="fw1" devid="FGT60F0000000000" tz="+0100" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=10.0.0.8` +
	` srcport=50000 srcintf="internal" dstip=198.51.100.9 dstport=443 dstintf="wan1" sessionid=4711 proto=6 action="close" policyid=7 policyname="out" service="HTTPS" trandisp="snat"` +
	` transip=203.0.113.9 transport=1025 duration=30 sentbyte=1000 rcvdbyte=2000 sentpkt=10 rcvdpkt=12`

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

// TestTime: eventtime, else the zone that the log states, else that of the input.
func TestTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 9, 15, 32, 0, time.UTC).UnixNano()
	for name, c := range map[string]struct {
		text, zone string
		want       int64
	}{
		"stated":      {closed, "America/New_York", at},
		"input":       {strings.Replace(closed, `tz="+0100" `, "", 1), "Europe/Berlin", at},
		"UTC":         {strings.Replace(closed, `tz="+0100" `, "", 1), "", at + int64(time.Hour)},
		"eventtime":   {strings.Replace(closed, "tz=", "eventtime=1795252532000000005 tz=", 1), "", at + 5},
		"no time":     {strings.Replace(closed, "10:15:32", "10:95:32", 1), "", 1},
		"odd zone":    {strings.Replace(closed, "+0100", "CET", 1), "Europe/Berlin", at},
		"in seconds":  {strings.Replace(closed, "tz=", "eventtime=1795252532 tz=", 1), "", at},
		"year 0000":   {strings.Replace(closed, "2026-", "0000-", 1), "", 1},
		"odd seconds": {strings.Replace(closed, "tz=", "eventtime=x tz=", 1), "", at},
	} {
		if e, ok := read(c.text, c.zone); !ok || e.Time != c.want {
			t.Errorf("%s: %d, want %d", name, e.Time, c.want)
		}
	}
}

// TestTwice: a field that comes again does not take the place of the first.
func TestTwice(t *testing.T) {
	t.Parallel()
	e, _ := read(closed+` srcip=192.0.2.66 action="deny" srcip=192.0.2.67`, "")
	if f := e.Class.(*relay.NetworkFlow); f.Src.IP != "10.0.0.8" || f.Verdict.Word != "close" || !strings.Contains(relaytest.Texts(e), `["192.0.2.66","192.0.2.67"]`) {
		t.Errorf("%+v %v", f, e.Rest)
	}
}

// TestManyFields: what is beyond the bound is kept in one piece.
func TestManyFields(t *testing.T) {
	t.Parallel()
	e, ok := read(closed+strings.Repeat(" a=b", field.MaxFields)+" last=one", "")
	if f, flow := e.Class.(*relay.NetworkFlow); !ok || !flow || f.Src.IP != "10.0.0.8" || !strings.Contains(relaytest.Texts(e), "a=b last=one\n") {
		t.Errorf("%v", e.Rest)
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "date=", "date=2026-11-21 time=09:15:32 what else there is", `date=2026-11-21 type="traffic" and no device`, "hello date=1 type=traffic devid=FG",
		"date=1 devid=FG type=traffic " + strings.Repeat("a=b ", field.MaxFields)} {
		if e, ok := read(text, ""); ok || e.Kind != relay.KindSyslog {
			t.Errorf("%.40q was taken", text)
		}
	}
}

// FuzzContent: nothing panics, and no value is lost.
func FuzzContent(f *testing.F) {
	f.Add(closed)
	for _, rest := range []string{`type="utm" subtype="dns" qname="x" ipaddr="192.0.2.1, 192.0.2.2" user="u" eventtype="dns-query"`, `type="utm" subtype="webfilter" url="http://a:1/b?c" hostname="d" action=x`,
		`type="utm" subtype="ips" attack="a" virus="b" attackid=1 virusid=2 crlevel="low" severity="high" ref="r" msg="m \" n"`, `type="event" user="N/A" level="what"`, `type="utm" subtype="app-ctrl" app="a" action="block"`} {
		f.Add("date=2026-11-21 time=09:15:32 devid=FG1 " + rest)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, ok := read(text, "")
		if !ok {
			return
		}
		var es relay.Events
		texts := relaytest.Texts(e)
		if strings.Contains(texts, `\`) { // several values of one name, as JSON
			return
		}
		for s := text; ; {
			name, v, rest, ok := field.Pair(s)
			if !ok {
				break
			}
			s = rest
			if v = field.Unescape(&es, v); name == "proto" || zero(v) {
				continue
			}
			if n, ok := field.Number(v, field.Max); ok && (n.Value == 0 || strings.Contains(texts, strings.TrimLeft(v, "0"))) {
				continue
			}
			for part := range strings.SplitSeq(v, ",") {
				if part = strings.TrimSpace(part); field.Says(part) && !strings.Contains(texts, part) {
					t.Fatalf("%s=%q is lost:\n%s", name, v, texts)
				}
			}
		}
	})
}

func BenchmarkContent(b *testing.B) {
	var p Parser
	relaytest.BenchmarkReader(b, []byte(closed), relaytest.ContentReader("", p.Content))
}
