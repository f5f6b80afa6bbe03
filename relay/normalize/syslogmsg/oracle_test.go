package syslogmsg

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	syslog "github.com/influxdata/go-syslog/v3"
	"github.com/influxdata/go-syslog/v3/rfc3164"
	"github.com/influxdata/go-syslog/v3/rfc5424"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// against compares what this parser makes of raw with what the reference parser does, when that accepts raw.
func against(t testing.TB, raw string) (accepted bool) {
	t.Helper()
	if m, err := rfc5424.NewMachine().Parse([]byte(raw)); err == nil {
		compare5424(t, raw, m)
		return true
	}
	m, err := rfc3164.NewMachine(rfc3164.WithYear(rfc3164.Year{YYYY: 2026})).Parse([]byte(raw))
	if err == nil {
		if e := parse(t, raw); e.Fault.String() != "" {
			t.Errorf("the reference parser reads %q (%+v), this one does not: %s", raw, m, e.Fault.String())
		}
		return true
	}
	return false
}

func compare5424(t testing.TB, raw string, msg syslog.Message) {
	t.Helper()
	want := msg.(*rfc5424.SyslogMessage)
	e := parse(t, raw)
	m, ok := e.Class.(*relay.Message)
	if !ok {
		t.Errorf("unparsed: %s\n%q", e.Fault.String(), raw)
		return
	}
	if want.Version != 1 && m.Format != "rfc5424" {
		return // only version 1 exists
	}
	same := func(what, want, got string) {
		t.Helper()
		if want != got {
			t.Errorf("%s: want %q, got %q in %q", what, want, got, raw)
		}
	}
	same("format", "rfc5424", m.Format)
	same("hostname", text(want.Hostname), m.Host)
	same("appname", text(want.Appname), m.App)
	same("procid", text(want.ProcID), m.ProcID)
	same("msgid", text(want.MsgID), m.MsgID)
	same("text", strings.TrimRight(strings.TrimPrefix(text(want.Message), bom), "\r\n\x00"), m.Text)
	if want.Priority == nil || int64(*want.Priority) != m.PRI.Value {
		t.Errorf("priority %v of %q", m.PRI, raw)
	}
	if want.Timestamp != nil && want.Timestamp.Year() >= 1678 && want.Timestamp.Year() <= 2261 && want.Timestamp.UnixNano() != e.Time {
		t.Errorf("time: want %s, got %s in %q", want.Timestamp, time.Unix(0, e.Time).UTC(), raw)
	}
	got := map[string]map[string]string{}
	for _, q := range m.Params {
		if got[q.Element] == nil {
			got[q.Element] = map[string]string{}
		}
		if q.Name != "" {
			got[q.Element][q.Name] = q.Value // the reference parser keeps the last of a name
		}
	}
	if want.StructuredData != nil {
		for id, params := range *want.StructuredData {
			for name, v := range params {
				same("parameter "+id+" "+name, v, got[id][name])
			}
		}
	}
}

func TestReferenceParser(t *testing.T) {
	t.Parallel()
	accepted := 0
	for _, raw := range seeds {
		if against(t, raw) {
			accepted++
		}
	}
	if accepted < 10 {
		t.Errorf("the reference parser accepted %d seeds: too few to compare", accepted)
	}
}

// TestReferenceParserOnSamples also answers whether a second try with the reference parser would ever help.
func TestReferenceParserOnSamples(t *testing.T) {
	t.Parallel()
	dir := relaytest.Reference(t, "samples", "syslog")
	all, accepted := 0, 0
	b, err := os.ReadFile(filepath.Join(dir, "sc4s-vendor-messages.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var v struct{ Message string }
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		all++
		if against(t, v.Message) {
			accepted++
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "crowdsec", "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			all++
			if against(t, lines.Text()) {
				accepted++
			}
		}
		f.Close()
	}
	t.Logf("the reference parser accepts %d of %d samples, this one each of them", accepted, all)
}

// seeds are messages of every shape.
var seeds = []string{
	"<34>1 2026-11-21T09:15:32.003Z mymachine.example.com su - ID47 - \xEF\xBB\xBF'su root' failed",
	"<165>1 2026-11-21T09:15:32.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time",
	`<165>1 2026-11-21T09:15:32.003Z h evntslog - ID47 [exampleSDID@32473 iut="3" eventID="1011"][examplePriority@32473 class="high"] x`,
	`<13>1 - h a - - [x@1 p="a \"q\" b\] c\\ d"] m`,
	`<13>1 - - - - - [x@1][y@2 a="1" a="2"]`,
	"<13>1 - - - - -",
	"<0>1 0008-01-01T00:00:00Z 0 0 0 0 - 00",
	"<13>1 0000-02-29T00:00:00Z h a p m - x",
	"<13>1 9999-12-31T23:59:59.999999Z h a p m - x",
	"<0>1 2026-02-28T23:59:59+14:00 h a p m - \xff\xfe not UTF-8",
	"<191>1 2024-02-29T00:00:00Z h a p m - x\ny",
	"<34>Nov 21 09:15:32 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
	"<86>Nov  1 09:05:02 host sshd[1234]: Accepted publickey",
	"<166>Nov 21 2026 09:15:32: %ASA-6-302013: Built outbound TCP",
	"<189>29: sw1: *Nov 21 09:15:32.123 CET: %LINK-3-UPDOWN: x",
	"<134>1 1795252532.342705328 MX84 flows src=192.0.2.1",
	"<13>2026-11-21T09:15:32.123456+01:00 host app[1]: hi",
	"<13>Nov 21 09:15:33 relay1 <86>Nov 21 09:15:32 h sshd[1]: x",
	"<13>Feb 29 09:15:33 h a: x",
	"Mon May 04 12:59:54 2020 Info: Begin",
	"<189>date=2026-11-21 time=09:15:32",
	"<6> CEF:0|A10|x",
	"<>", "<192>1 - - - - - -", "<1", "", "<13>:::::", "<13>1 2026-13-41T25:61:61Z - - - - -",
}

// FuzzSyslog: no panic, one event, the text is a piece of the message; what the reference parser accepts has the same fields.
func FuzzSyslog(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e := parse(t, string(raw))
		if m, ok := e.Class.(*relay.Message); ok {
			if !strings.Contains(string(raw), m.Text) {
				t.Errorf("text %q is not in %q", m.Text, raw)
			}
			if m.PRI.Set && (m.PRI.Value < 0 || m.PRI.Value > 191) {
				t.Errorf("priority %d", m.PRI.Value)
			}
		} else if e.Fault.String() == "" {
			t.Errorf("%T without an error", e.Class)
		}
		against(t, string(raw))
	})
}
