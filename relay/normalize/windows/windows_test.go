package windows

import (
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
	"logrelay/relay/relaytest"
)

const (
	logon = `{"EventTime":"2026-11-21 10:15:32","Hostname":"dc1","EventType":"AUDIT_SUCCESS","EventID":4624,"SourceName":"Microsoft-Windows-Security-Auditing","Channel":"Security","RecordNumber":7,` +
		`"SubjectUserName":"DC1$","TargetUserName":"mary","TargetDomainName":"EXAMPLE","TargetLogonId":"0x1","LogonType":"3","AuthenticationPackageName":"Kerberos","IpAddress":"::ffff:192.0.2.1","IpPort":"50000"}`
	snareLogoff = "MSWinEventLog\t1\tSecurity\t3456\tSat Nov 21 10:15:32 2026\t4634\tMicrosoft-Windows-Security-Auditing\tEXAMPLE\\mary\tN/A\tSuccess Audit\tdc1\tLogoff\t\t" +
		"An account was logged off.    Subject:   Security ID:  S-1-5-21   Account Name:  mary   Account Domain:  EXAMPLE   Logon ID:  0x1    Logon Type:   3\t9"
)

func object(t testing.TB, raw, zone string) *relay.Event {
	t.Helper()
	var p Parser
	var es relay.Events
	var d jsondoc.Doc
	r := &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{Attrs: []relay.Attr{{Key: relay.AttrZone, Value: zone}}}, Received: 1}
	if !d.Parse(r.Raw, 8) || !Is(d.Root()) {
		t.Fatalf("not recognised: %s", raw)
	}
	if f := p.AppendJSON(&es, r, &d); f.Reason != relay.FaultNone || len(es.List) != 1 {
		t.Fatal(f)
	}
	return &es.List[0]
}

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

func TestLogon(t *testing.T) {
	t.Parallel()
	e := object(t, logon, "Europe/Berlin")
	a, ok := e.Class.(*relay.Authentication)
	if !ok || a.Activity != relay.AuthLogon || a.Status != relay.StatusSuccess || a.User.Name != "mary" || a.Actor.User.Name != "DC1$" || a.Session.UID != "0x1" || a.LogonTypeID != 3 ||
		a.Protocol != "Kerberos" || a.ProtocolID != 2 || a.Src.IP != "192.0.2.1" || a.Src.Port.Value != 50000 || a.EventID != "7" {
		t.Errorf("%+v", a)
	}
	if e.Time != time.Date(2026, 11, 21, 9, 15, 32, 0, time.UTC).UnixNano() {
		t.Errorf("time %d: the zone of the input is not used", e.Time)
	}
	e, _ = read(snareLogoff)
	if a, ok := e.Class.(*relay.Authentication); !ok || a.Activity != relay.AuthLogoff || a.User.Name != "mary" || a.Session.UID != "0x1" || a.Host != "dc1" ||
		e.Time != time.Date(2026, 11, 21, 10, 15, 32, 0, time.UTC).UnixNano() {
		t.Errorf("%+v", e)
	}
}

// TestEvents: every event of the tables becomes what they say, and the same number of another log does not.
func TestEvents(t *testing.T) {
	t.Parallel()
	for id, want := range logins {
		e := object(t, strings.Replace(logon, "4624", id, 1), "UTC")
		if a, ok := e.Class.(*relay.Authentication); !ok || a.Activity != want.activity || want.status != relay.StatusUnset && a.Status != want.status {
			t.Errorf("%s: %+v", id, e.Class)
		}
	}
	for id, want := range changes {
		e := object(t, strings.Replace(logon, "4624", id, 1), "UTC")
		if a, ok := e.Class.(*relay.APICall); !ok || a.Change.Activity != want.account || a.Change.User.Name != "mary" || a.Actor.User.Name != "DC1$" {
			t.Errorf("%s: %+v", id, e.Class)
		}
		other := strings.NewReplacer("4624", id, `"Security"`, `"Application"`, "Microsoft-Windows-Security-Auditing", "Other").Replace(logon)
		if _, ok := object(t, other, "UTC").Class.(*relay.Message); !ok {
			t.Errorf("%s of another log is taken for one of the security log", id)
		}
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "MSWinEventLog", "MSWinEventLog\t1\tSecurity", strings.Replace(snareLogoff, "4634", "x", 1), "MSWinEventLog" + strings.Repeat("\t1", 5000)} {
		if e, ok := read(text); ok || e.Kind != relay.KindSyslog {
			t.Errorf("%.40q was taken", text)
		}
	}
	if e, ok := read("x", relay.Param{Element: "NXLOG@14506", Name: "Keywords", Value: "1"}); ok || e.Kind != relay.KindSyslog {
		t.Error("structured data without an EventID was taken")
	}
	for _, raw := range []string{`{"EventID":"x","Channel":"a","Hostname":"b"}`, `{"EventID":1}`, `{"Channel":"a","Hostname":"b"}`} {
		var d jsondoc.Doc
		if d.Parse([]byte(raw), 8); Is(d.Root()) {
			t.Errorf("%s is taken", raw)
		}
	}
}

// FuzzSnare: nothing panics, and no field is lost.
func FuzzSnare(f *testing.F) {
	f.Add(snareLogoff)
	f.Add(strings.ReplaceAll(strings.Replace(snareLogoff, "4634", "4720", 1), "Subject:", "Target Account:"))
	f.Add(strings.Replace(snareLogoff, "4634", "7036", 1))
	for c := range byte(' ') {
		f.Add(snareLogoff + "  " + string(rune(c)) + "x") // control characters do not end the reading of a text, nor keep it from ending
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, ok := read(text)
		if !ok || strings.Contains(text, "#011") {
			return
		}
		texts := relaytest.Texts(e)
		for i, v := range strings.Split(text, "\t") {
			if v != "N/A" && v != "-" && i > 0 && i != snareType && !strings.Contains(texts, v) {
				t.Fatalf("field %d %q is lost:\n%s", i, v, texts)
			}
		}
	})
}

// FuzzObject: no text of a member is lost.
func FuzzObject(f *testing.F) {
	f.Add("4624", "mary", "10", "192.0.2.1")
	f.Add("4740", "PC9", "x", "-1")
	f.Add("1", "a", "b", "c")
	f.Fuzz(func(t *testing.T, id, a, b, c string) {
		for _, s := range []string{id, a, b, c} {
			if strings.ContainsAny(s, "\"\\\n") || s == "-" || s == "" || s[0] < ' ' {
				return
			}
		}
		raw := strings.NewReplacer("4624", id, "mary", a, `"3"`, `"`+b+`"`, "::ffff:192.0.2.1", c).Replace(strings.Replace(logon, ":4624", `:"4624"`, 1))
		var d jsondoc.Doc
		if !d.Parse([]byte(raw), 8) || !Is(d.Root()) {
			return
		}
		texts := relaytest.Texts(object(t, raw, "UTC"))
		for _, s := range []string{id, a, c} {
			if !strings.Contains(texts, strings.TrimPrefix(s, "::ffff:")) {
				t.Fatalf("%q is lost:\n%s", s, texts)
			}
		}
	})
}

func BenchmarkObject(b *testing.B) {
	var p Parser
	var d jsondoc.Doc
	relaytest.BenchmarkReader(b, []byte(logon), func(es *relay.Events, r *relay.Record) bool {
		return d.Parse(r.Raw, 8) && p.AppendJSON(es, r, &d).Reason == relay.FaultNone
	})
}
