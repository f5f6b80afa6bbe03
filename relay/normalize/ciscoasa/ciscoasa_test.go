package ciscoasa

import (
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

func read(text string) (*relay.Event, bool) {
	var p Parser
	var es relay.Events
	m := es.Message()
	m.Text, m.Host = text, "fw1"
	e := es.Add(&relay.Record{Raw: []byte(text), Origin: &relay.Origin{}}, relay.KindSyslog)
	e.Class = m
	ok := p.Content(&es, e, m)
	return e, ok
}

// TestForms: every form reads a text that is made of it, and puts its values into the event.
func TestForms(t *testing.T) {
	t.Parallel()
	values := strings.NewReplacer("{a}", "outside:192.0.2.1/1234", "{b}", "inside:198.51.100.2/80", "{nat}", "203.0.113.3/80", "{proto}", "TCP",
		"{direction}", "inbound", "{duration}", "0:00:10", "{bytes}", "77", "{action}", "denied", "{flags}", "SYN", "{user}", "mary", "{*}", "", "{", "x", "}", "x")
	for id, msg := range messages {
		for _, f := range msg.forms {
			if id == "313004" { // an address alone
				f = strings.Replace(f, "{b}", "198.51.100.2", 1)
			}
			text := "%ASA-4-" + id + ": " + values.Replace(f)
			e, ok := read(text)
			if !ok || e.Kind != relay.KindCiscoASA || e.Class.Head().EventCode != id || e.Class.Head().Host != "fw1" {
				t.Fatalf("%s: %+v", text, e)
			}
			switch c := e.Class.(type) {
			case *relay.NetworkFlow:
				if c.Src.IP != "192.0.2.1" || strings.Contains(f, "{b}") && c.Dst.IP != "198.51.100.2" || (c.Activity == relay.FlowRefuse) != (msg.sort == sortDeny || strings.Contains(f, "{action}")) {
					t.Errorf("%s: %+v", text, c)
				}
			case *relay.Authentication:
				if strings.Contains(f, "{a}") && c.Src.IP != "192.0.2.1" || (c.User.Name != "mary") == strings.Contains(f, "{user}") || (c.Status == relay.StatusFailure) != (msg.sort == sortReject) {
					t.Errorf("%s: %+v", text, c)
				}
			default:
				t.Errorf("%s: not read as %q", text, f)
			}
		}
	}
}

// TestPeople: who and what stands in parentheses behind a side.
func TestPeople(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][3]string{ // user, name of the destination, reason
		`%ASA-4-106023: Deny tcp src outside:192.0.2.1/5 dst srv:198.51.100.2/6(www.example.com) by access-group "a"`:                                          {"", "www.example.com", ""},
		`%ASA-4-106023: Deny udp src in:192.0.2.1/5(LOCAL\mary.k) dst out:198.51.100.2/6 by access-group "a" [0x0, 0x0]`:                                       {`LOCAL\mary.k`, "", ""},
		`%ASA-6-302015: Built inbound UDP connection 7 for outside:192.0.2.1/5 (192.0.2.1/5)(LOCAL\mary, 12) to in:198.51.100.2/6 (198.51.100.2/6) (bob.b)`:    {`LOCAL\mary`, "", ""},
		`%ASA-6-302013: Built inbound TCP connection 7 for outside:192.0.2.1/5 (192.0.2.1/5) to in:198.51.100.2/6 (198.51.100.2/6) (bob.b)`:                    {"bob.b", "", ""},
		`%ASA-6-302016: Teardown UDP connection 7 for outside:192.0.2.1/5 to in:198.51.100.2/6 duration 0:00:00 bytes 148 (mary)`:                              {"mary", "", ""},
		`%ASA-6-302014: Teardown TCP connection 7 for outside:192.0.2.1/5(LOCAL\x) to in:198.51.100.2/6 duration 0:00:00 bytes 1 TCP FINs from outside (mary)`: {`LOCAL\x`, "", "TCP FINs from outside"},
		`%ASA-4-106103: access-list f denied tcp for user 'mary' outside/192.0.2.1(5) -> in/198.51.100.2(6) hit-cnt 1 first hit [0x0, 0x0]`:                    {"mary", "", ""},
		`%ASA-4-106023: Deny tcp src a:192.0.2.1/5 dst b:198.51.100.2/6 type 3, code 0, by access-group "a" [0x0, 0x0]`:                                        {"", "", ""},
	} {
		e, _ := read(text)
		f, ok := e.Class.(*relay.NetworkFlow)
		if !ok || f.User.Name != want[0] || f.Dst.Hostname != want[1] || f.StatusDetail != want[2] || f.Src.Port.Value != 5 || f.Dst.Port.Value != 6 {
			t.Errorf("%s: %+v", text, e.Class)
		}
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "%", "%ASA", "%ASA-6: x", "%ASA-9-302013: x", "%ASA-6-30201: x", "%SYS-5-CONFIG_I: Configured", "hello %ASA-6-302013: x", "%ASA-6-3020133: x"} {
		if e, ok := read(text); ok || e.Kind != relay.KindSyslog {
			t.Errorf("%q was taken", text)
		}
	}
	for _, text := range []string{"%ASA-6-999999: x", "%FTD-6-430004: FileName: x", "%ASA-session-5-302013: nothing known", "%PIX-1-104001:"} {
		e, ok := read(text)
		if m, message := e.Class.(*relay.Message); !ok || !message || m.Text != text || m.EventCode == "" || m.MsgID == "" {
			t.Errorf("%q: %+v", text, e)
		}
	}
}

// FuzzContent: nothing panics, and the text is kept.
func FuzzContent(f *testing.F) {
	for _, s := range []string{
		"%ASA-6-302013: Built inbound TCP connection 110 for outside:198.51.100.10/51234 (198.51.100.10/51234)(LOCAL\\x) to dmz:10.0.0.5/443 (203.0.113.5/443)",
		"%ASA-4-106100: access-list a denied udp outside/198.51.100.10(5060)(u) -> inside/192.0.2.5(5060) hit-cnt 5 x", "%ASA-6-302021: Teardown ICMP connection for faddr ( gaddr ) laddr :/",
		"%FTD-1-430003: SrcIP: 10.0.0.8, a, b: c, DstIP: x", "%FTD-1-430001: Message: x, ",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if e, ok := read(text); ok {
			if m, message := e.Class.(*relay.Message); !message && e.Class.Head().Message != text || message && m.Text != text {
				t.Fatalf("%+v", e)
			}
		}
	})
}

func BenchmarkContent(b *testing.B) {
	for name, text := range map[string]string{
		"built": "%ASA-6-302013: Built inbound TCP connection 110 for outside:198.51.100.10/51234 (198.51.100.10/51234) to dmz:10.0.0.5/443 (203.0.113.5/443)",
		"deny":  `%ASA-4-106023: Deny tcp src outside:198.51.100.10/4242 dst inside:192.0.2.5/22 by access-group "outside_in" [0x5063b82f, 0x0]`,
	} {
		b.Run(name, func(b *testing.B) {
			var p Parser
			relaytest.BenchmarkReader(b, []byte(text), relaytest.ContentReader("", p.Content))
		})
	}
}
