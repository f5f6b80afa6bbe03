package syslogmsg

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

// now is when the records of these tests are received.
var now = time.Date(2026, 11, 21, 9, 15, 33, 0, time.UTC)

func parse(t testing.TB, raw string, attrs ...relay.Attr) *relay.Event {
	t.Helper()
	var p Parser
	var es relay.Events
	p.Append(&es, &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{Attrs: attrs}, Received: now.UnixNano()})
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	return &es.List[0]
}

func TestVectors(t *testing.T) {
	t.Parallel()
	f, err := os.Open(relaytest.Reference(t, "samples", "syslog", "parse-vectors.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var v struct {
			ID      string
			Message string `json:"message_b64"`
			Expect  struct {
				Format, Timestamp, Hostname, Appname, Procid, Msgid, Msg string
				Facility, Severity                                       *int64
				MsgStarts                                                string `json:"msg_starts"`
				SD                                                       map[string]map[string]string
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		raw, err := base64.StdEncoding.DecodeString(v.Message)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(v.ID, func(t *testing.T) {
			e := parse(t, string(raw))
			m, ok := e.Class.(*relay.Message)
			if !ok {
				t.Fatalf("unparsed: %s", e.Fault.String())
			}
			x := v.Expect
			same := func(what, want, got string) {
				t.Helper()
				if want != "" && want != got {
					t.Errorf("%s: want %q, got %q", what, want, got)
				}
			}
			if format, ok := map[string]string{"cisco": "rfc3164", "other": ""}[x.Format]; ok {
				x.Format = format
			}
			same("format", x.Format, m.Format)
			same("hostname", x.Hostname, m.Host)
			same("appname", x.Appname, m.App)
			same("procid", x.Procid, m.ProcID)
			same("msgid", x.Msgid, m.MsgID)
			same("msg", x.Msg, m.Text)
			if !strings.HasPrefix(m.Text, x.MsgStarts) {
				t.Errorf("text %q does not start with %q", m.Text, x.MsgStarts)
			}
			if x.Facility != nil && *x.Facility != m.PRI.Value>>3 || x.Severity != nil && *x.Severity != m.PRI.Value&7 {
				t.Errorf("priority %v", m.PRI)
			}
			if x.Timestamp != "" {
				want, err := time.Parse(time.RFC3339Nano, x.Timestamp)
				if err != nil {
					want, err = time.Parse("2006-01-02T15:04:05", x.Timestamp)
				}
				if err != nil || want.UnixNano() != e.Time {
					t.Errorf("time: want %s, got %s", want, time.Unix(0, e.Time).UTC())
				}
			}
			got := map[string]map[string]string{}
			for _, q := range m.Params {
				if got[q.Element] == nil {
					got[q.Element] = map[string]string{}
				}
				got[q.Element][q.Name] = q.Value
			}
			if len(x.SD) > 0 {
				if d := cmp.Diff(x.SD, got); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

// want is what a message becomes: time as RFC 3339, "" for the time of receipt; rest as name=value.
type want struct {
	format, time, host, app, pid, msgID, text, rest string
}

func TestMessages(t *testing.T) {
	t.Parallel()
	const at = "2026-11-21T09:15:32Z"
	for _, c := range []struct {
		name, raw string
		want      want
	}{
		{"tag without host", "<34>Nov 21 09:15:32 su: 'su root' failed", want{"rfc3164", at, "", "su", "", "", "'su root' failed", ""}},
		{"domain in host", "<34>Nov 21 09:15:32 a.example.com cron[7]: x", want{"rfc3164", at, "a.example.com", "cron", "7", "", "x", ""}},
		{"IPv6 host", "<34>Nov 21 09:15:32 2001:db8::1 cron: x", want{"rfc3164", at, "2001:db8::1", "cron", "", "", "x", ""}},
		{"IPv6 host with colon", "<34>Nov 21 09:15:32 2001:db8::1: %SYS-5-CONFIG_I: x", want{"rfc3164", at, "2001:db8::1", "", "", "SYS-5-CONFIG_I", "%SYS-5-CONFIG_I: x", ""}},
		{"day without padding", "Sep 8 07:46:30 canyon dovecot: auth: x", want{"rfc3164", "2026-09-08T07:46:30Z", "canyon", "dovecot", "", "", "auth: x", ""}},
		{"no priority", "Sep  6 09:57:21 bullseye sshd[581]: Accepted", want{"rfc3164", "2026-09-06T09:57:21Z", "bullseye", "sshd", "581", "", "Accepted", ""}},
		{"December seen in November is last year's", "<34>Dec 24 09:15:32 h a: x", want{"rfc3164", "2025-12-24T09:15:32Z", "h", "a", "", "", "x", ""}},
		{"a day ahead is this year's", "<34>Nov 22 09:00:00 h a: x", want{"rfc3164", "2026-11-22T09:00:00Z", "h", "a", "", "", "x", ""}},
		{"29 February", "<34>Feb 29 09:00:00 h a: x", want{"rfc3164", "2024-02-29T09:00:00Z", "h", "a", "", "", "x", ""}},
		{"30 February is no time", "<34>Feb 30 09:00:00 h a: x", want{"", "", "", "", "", "", "Feb 30 09:00:00 h a: x", ""}},
		{"year after the day", "<166>Nov 21 2025 09:15:32: %ASA-6-302013: Built", want{"rfc3164", "2025-11-21T09:15:32Z", "", "", "", "ASA-6-302013", "%ASA-6-302013: Built", ""}},
		{"ASA with host", "<166>Nov 21 2026 09:15:32 fw1 : %ASA-6-302013: Built", want{"rfc3164", at, "fw1", "", "", "ASA-6-302013", "%ASA-6-302013: Built", ""}},
		{"IOS sequence, host, unsynchronised", "<189>29: sw1: *Nov 21 09:15:32.123: %LINK-3-UPDOWN: x",
			want{"rfc3164", "2026-11-21T09:15:32.123Z", "sw1", "", "", "LINK-3-UPDOWN", "%LINK-3-UPDOWN: x", "sequence=29"}},
		{"IOS two numbers and a zone", "<166>22191: sw1: 022546: .Nov 21 09:15:32.123 CDT: %PARSER-5-CFGLOG: x",
			want{"rfc3164", "2026-11-21T14:15:32.123Z", "sw1", "", "", "PARSER-5-CFGLOG", "%PARSER-5-CFGLOG: x", "sequence=22191 sequence=022546"}},
		{"zone of no known offset", "<166>84027: Nov 21 09:15:32 DST: %SYS-5-CONFIG_I: x", want{"rfc3164", at, "", "", "", "SYS-5-CONFIG_I", "%SYS-5-CONFIG_I: x", "sequence=84027"}},
		{"CET", "<13>Nov 21 10:15:32 CET host app: x", want{"rfc3164", at, "host", "app", "", "", "x", ""}},
		{"upper-case host is no zone", "<13>Nov 21 09:15:32 NAS app: x", want{"rfc3164", at, "NAS", "app", "", "", "x", ""}},
		{"NX-OS", "<166>: 2026 Nov 21 09:15:32 UTC: %DAEMON-3-SYSTEM_MSG: x", want{"rfc3164", at, "", "", "", "DAEMON-3-SYSTEM_MSG", "%DAEMON-3-SYSTEM_MSG: x", ""}},
		{"IOS XR", "<166>RP/0/RP0/CPU0:Nov 21 09:15:32: config[65539]: %MGBL-CONFIGCLI-3-X : y",
			want{"rfc3164", at, "", "config", "65539", "", "%MGBL-CONFIGCLI-3-X : y", "node=RP/0/RP0/CPU0"}},
		{"Meraki", "<134>1 1795252532.342705328 MX84 flows src=192.0.2.1", want{"rfc3164", "2026-11-21T09:15:32.342705328Z", "MX84", "", "", "", "flows src=192.0.2.1", ""}},
		{"milliseconds since 1970", "<134>1 1795252532123 fw security_event x", want{"rfc3164", "2026-11-21T09:15:32.123Z", "fw", "", "", "", "security_event x", ""}},
		{"squid", "<13>  1795252532.123 382 192.0.2.13 TCP_MISS/200", want{"rfc3164", "2026-11-21T09:15:32.123Z", "", "", "", "", "382 192.0.2.13 TCP_MISS/200", ""}},
		{"ISO time", "<38>2026-11-21T10:15:32.5+01:00 host prog[1]: x", want{"rfc3164", "2026-11-21T09:15:32.5Z", "host", "prog", "1", "", "x", ""}},
		{"ISO time with blank", "<134>2026-11-21 09:15:32\treason=Allowed", want{"rfc3164", at, "", "", "", "", "reason=Allowed", ""}},
		{"Fortinet", "<189>date=2026-11-21 time=09:15:32 devname=\"FG1\"", want{"", "", "", "", "", "", "date=2026-11-21 time=09:15:32 devname=\"FG1\"", ""}},
		{"CEF straight after the priority", "<6> CEF:0|A10|vThunder|4.1|WAF|x|2|rt=1", want{"", "", "", "", "", "", "CEF:0|A10|vThunder|4.1|WAF|x|2|rt=1", ""}},
		{"CEF after a host with colon", "Nov 21 09:15:32 esa1: CEF:0|Cisco|x", want{"rfc3164", at, "esa1", "", "", "", "CEF:0|Cisco|x", ""}},
		{"CEF after a tag", "<111>Nov 21 09:15:32 ns1 named[4711]: CEF:0|Infoblox|x", want{"rfc3164", at, "ns1", "named", "4711", "", "CEF:0|Infoblox|x", ""}},
		{"LEEF in the place of APP-NAME", "<111>1 2026-11-21T09:15:32Z h LEEF:2.0|V|P|1|E|^|src=192.0.2.0^x=1", want{"rfc3164", at, "h", "", "", "", "LEEF:2.0|V|P|1|E|^|src=192.0.2.0^x=1", ""}},
		{"JSON", `<134>{"a":1}`, want{"", "", "", "", "", "", `{"a":1}`, ""}},
		{"Palo Alto", "<14>Nov 21 09:15:32 pa1 1,2026/11/21 09:15:32,0001,TRAFFIC,end", want{"rfc3164", at, "pa1", "", "", "", "1,2026/11/21 09:15:32,0001,TRAFFIC,end", ""}},
		{"F5", "<166>Nov 21 09:15:32 slot1/f5 notice mcpd[6760]: 01070417:5: AUDIT", want{"rfc3164", at, "slot1/f5", "mcpd", "6760", "", "01070417:5: AUDIT", "level=notice"}},
		{"tag with path", "<13>Nov 21 09:15:32 h postfix/smtpd[26897]: warning: x", want{"rfc3164", at, "h", "postfix/smtpd", "26897", "", "warning: x", ""}},
		{"tag with brackets", "<13>Nov 21 09:15:32 h sshd(pam_audit)[27425]: x", want{"rfc3164", at, "h", "sshd(pam_audit)", "27425", "", "x", ""}},
		{"tag before a blank", "<144>2026-11-21T09:15:32Z h ucs-tool : WARNING : x", want{"rfc3164", at, "h", "ucs-tool", "", "", "WARNING : x", ""}},
		{"no tag", "<13>2026-11-21T09:15:32Z 192.0.2.1 system,error login failure", want{"rfc3164", at, "192.0.2.1", "", "", "", "system,error login failure", ""}},
		{"repeated", "<13>Nov 21 09:15:32 last message repeated 3 times", want{"rfc3164", at, "", "", "", "", "last message repeated 3 times", ""}},
		{"relayed with priority", "<13>Nov 21 09:15:33 relay1 <86>Nov 21 09:15:32 h sshd[1]: x", want{"rfc3164", at, "h", "sshd", "1", "", "x", "relay_hostname=relay1 relay_pri=13"}},
		{"relayed without priority", "<13>Nov 21 09:15:33 relay1 Nov 21 09:15:32 h sshd[1]: x", want{"rfc3164", at, "h", "sshd", "1", "", "x", "relay_hostname=relay1"}},
		{"relayed RFC 5424", "<13>Nov 21 09:15:33 relay1 <86>1 2026-11-21T09:15:32Z h a - - - x", want{"rfc5424", at, "h", "a", "", "", "x", "relay_hostname=relay1 relay_pri=13"}},
		{"a text with a time is not relayed", "<13>Nov 21 09:15:32 h Nov 20 09:15:31 backup of db done", want{"rfc3164", at, "h", "", "", "", "Nov 20 09:15:31 backup of db done", ""}},
		{"5424 without the rest of its header", "<34>1 2026-11-21T09:15:32Z host app", want{"rfc5424", at, "host", "app", "", "", "", ""}},
		{"5424 no time", "<34>1 - host app - - - x", want{"rfc5424", "", "host", "app", "", "", "x", ""}},
		{"5424 two blanks", "<34>1 2026-11-21T09:15:32Z host  app - - - x", want{"rfc5424", at, "host", "app", "", "", "x", ""}},
		{"Check Point in the place of SD", `<134>1 2026-11-21T09:15:32Z gw CheckPoint 1 - [action:"Drop"; src:"192.0.2.1"]`,
			want{"rfc5424", at, "gw", "CheckPoint", "1", "", `[action:"Drop"; src:"192.0.2.1"]`, ""}},
		{"ESXi", "<166>2026-11-21T09:15:32Z esx1 Hostd: info hostd[2099] [Originator@6876 sub=Vimsvc] x\n\ty",
			want{"rfc3164", at, "esx1", "Hostd", "", "", "info hostd[2099] [Originator@6876 sub=Vimsvc] x\n\ty", ""}},
		{"Snare", "<13>Nov 21 09:15:32 win1 MSWinEventLog\t1\tSecurity", want{"rfc3164", at, "win1", "", "", "", "MSWinEventLog\t1\tSecurity", ""}},
		{"CR LF and NUL at the end", "<34>1 - h a - - - x\r\n\x00", want{"rfc5424", "", "h", "a", "", "", "x", ""}},
		{"byte order mark first", "\xEF\xBB\xBF<34>1 - h a - - - x", want{"rfc5424", "", "h", "a", "", "", "x", ""}},
		{"priority alone", "<13>", want{}},
		{"weekday and year", "<13>  Mon May 04 12:59:54 2020 Info: Begin", want{"rfc3164", "2020-05-04T12:59:54Z", "", "Info", "", "", "Begin", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := parse(t, c.raw)
			m, ok := e.Class.(*relay.Message)
			if !ok {
				t.Fatalf("unparsed: %s", e.Fault.String())
			}
			got := want{format: m.Format, host: m.Host, app: m.App, pid: m.ProcID, msgID: m.MsgID, text: m.Text}
			if e.Time != now.UnixNano() {
				got.time = time.Unix(0, e.Time).UTC().Format(time.RFC3339Nano)
			}
			var rest []string
			for _, f := range e.Rest {
				rest = append(rest, f.Name+"="+f.Value)
			}
			got.rest = strings.Join(rest, " ")
			if got != c.want {
				t.Errorf("\nwant %q\ngot  %q", c.want, got)
			}
		})
	}
}

// TestYearsOutOfRange: a time that nanoseconds since 1970 cannot express is shown as it stands and not used.
func TestYearsOutOfRange(t *testing.T) {
	t.Parallel()
	for _, stamp := range []string{"0008-01-01T00:00:00Z", "0000-02-29T00:00:00Z", "1677-12-31T23:59:59Z", "9999-12-31T23:59:59.999999+01:00"} {
		e := parse(t, "<13>1 "+stamp+" host app 7 id - text")
		want := &relay.Message{
			Common: relay.Common{TimeText: stamp, Host: "host", App: "app", Severity: relay.SeverityLow},
			Format: "rfc5424", PRI: relay.Number{Value: 13, Set: true}, ProcID: "7", MsgID: "id", Text: "text",
		}
		if diff := cmp.Diff(relay.Class(want), e.Class); diff != "" || e.Time != now.UnixNano() {
			t.Errorf("%s: at %s\n%s", stamp, time.Unix(0, e.Time).UTC(), diff)
		}
	}
}

func TestZone(t *testing.T) {
	t.Parallel()
	zone := relay.Attr{Key: relay.AttrZone, Value: "America/New_York"}
	for raw, at := range map[string]string{
		"<34>Nov 21 04:15:32 h a: x":                  "2026-11-21T09:15:32Z",
		"<34>Jul 21 04:15:32 h a: x":                  "2026-07-21T08:15:32Z",
		"<34>Nov 21 09:15:32 UTC h a: x":              "2026-11-21T09:15:32Z",
		"<34>1 2026-11-21T09:15:32Z h a - - - x":      "2026-11-21T09:15:32Z",
		"<34>2026-11-21T04:15:32 h a: x":              "2026-11-21T09:15:32Z",
		"<34>1 2026-11-21T10:15:32+01:00 h a - - - x": "2026-11-21T09:15:32Z",
	} {
		if got := time.Unix(0, parse(t, raw, zone).Time).UTC().Format(time.RFC3339); got != at {
			t.Errorf("%s: want %s, got %s", raw, at, got)
		}
	}
}

func TestUnparsed(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"empty":             "",
		"no header":         "hello world",
		"priority too high": "<192>x",
		"no digits":         "<>x",
		"too many params":   "<13>1 - h a - - [x" + strings.Repeat(` a=""`, maxParams+1) + "] m",
	} {
		e := parse(t, raw)
		o, ok := e.Class.(*relay.Other)
		if !ok || e.Fault.String() == "" || o.Text != raw {
			t.Errorf("%s: %+v %q", name, e.Class, e.Fault.String())
		}
	}
}

// TestSamples: of what real products send, everything with a priority or a time is understood, and no byte of text is lost.
func TestSamples(t *testing.T) {
	t.Parallel()
	f, err := os.Open(relaytest.Reference(t, "samples", "syslog", "sc4s-vendor-messages.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	all, timed, hosts, oddities := 0, 0, 0, 0
	for lines.Scan() {
		var v struct{ ID, Message string }
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		e := parse(t, v.Message)
		all++
		if e.Fault.String() != "" {
			oddities++
			if HasPriority([]byte(v.Message)) {
				t.Errorf("%s: %s\n%s", v.ID, e.Fault.String(), v.Message)
			}
			continue
		}
		m := e.Class.(*relay.Message)
		if !strings.HasSuffix(strings.TrimRight(v.Message, "\r\n\x00"), m.Text) {
			t.Errorf("%s: the text is not the end of the message: %q", v.ID, m.Text)
		}
		if m.TimeText != "" {
			timed++
		}
		if m.Host != "" {
			hosts++
		}
	}
	t.Logf("%d messages: %d with a time, %d with a host, %d without priority and time", all, timed, hosts, oddities)
}
