package encode_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"logrelay/relay"
	"logrelay/relay/encode"
	"logrelay/relay/normalize"
)

// parseCEF reads an event by the words of the standard: seven fields between bars that are not escaped, then pairs; a value ends where
// " key=" follows. It is written for these tests, without a look at the encoder.
func parseCEF(t testing.TB, line string) (header []string, pairs map[string]string) {
	t.Helper()
	if strings.ContainsAny(line, "\r\n\x00") || !utf8.ValidString(line) {
		t.Fatalf("not one line of UTF-8: %q", line)
	}
	rest, ok := strings.CutPrefix(line, "CEF:0|")
	if !ok {
		t.Fatalf("no CEF: %q", line)
	}
	var field strings.Builder
	for len(header) < 6 {
		switch {
		case rest == "":
			t.Fatalf("the header ends early: %q", line)
		case rest[0] == '\\':
			if len(rest) < 2 || rest[1] != '|' && rest[1] != '\\' {
				t.Fatalf("an escape that is none in the header: %q", line)
			}
			field.WriteByte(rest[1])
			rest = rest[2:]
		case rest[0] == '|':
			header = append(header, field.String())
			field.Reset()
			rest = rest[1:]
		default:
			field.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	return header, parsePairs(t, rest)
}

func parsePairs(t testing.TB, s string) map[string]string {
	t.Helper()
	pairs := map[string]string{}
	for s != "" {
		key, after, ok := strings.Cut(s, "=")
		if !ok || key == "" || strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.[]") != "" {
			t.Fatalf("no key: %.80q", s)
		}
		if _, twice := pairs[key]; twice {
			t.Fatalf("the key %s comes twice", key)
		}
		var value strings.Builder
		end := len(after)
		for i := 0; i < len(after); i++ {
			if after[i] == '\\' {
				i++
				if i == len(after) {
					t.Fatalf("an escape without its character: %q", after)
				}
				switch after[i] {
				case 'n':
					value.WriteByte('\n')
				case 'r':
					value.WriteByte('\r')
				case '=', '\\':
					value.WriteByte(after[i])
				default:
					t.Fatalf("an escape that is none: %q", after[i-1:i+1])
				}
				continue
			}
			if after[i] == '=' { // not escaped: the word before it is the next key
				blank := strings.LastIndexByte(after[:i], ' ')
				if blank < 0 {
					t.Fatalf("= in a value is not escaped: %q", after)
				}
				end = blank
				v := value.String()
				pairs[key] = v[:strings.LastIndexByte(v, ' ')]
				break
			}
			value.WriteByte(after[i])
		}
		if end == len(after) {
			pairs[key] = value.String()
			return pairs
		}
		s = after[end+1:]
	}
	return pairs
}

func TestCEF(t *testing.T) {
	t.Parallel()
	var es relay.Events
	r := &relay.Record{Origin: &relay.Origin{Input: "main", Tenant: "acme", Peer: "192.0.2.7:41532", Columns: "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"}}
	r.Raw = []byte("2 123456789012 eni-1 192.0.2.1 2001:db8::2 50123 443 6 10 840 1763713000 1763713060 REJECT OK")
	normalize.New().Append(&es, r)
	enc, err := encode.New("cef", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	header, pairs := parseCEF(t, string(enc(nil, &es.List[0])))
	if got := strings.Join(header, "|"); got != "AWS|Amazon VPC|2|REJECT|Network flow|1" {
		t.Errorf("header %s", got)
	}
	for key, want := range map[string]string{
		"rt": "1763713000000", "start": "1763713000000", "end": "1763713060000", "src": "192.0.2.1", "spt": "50123", "c6a3": "2001:db8::2",
		"c6a3Label": "Destination IPv6 Address", "dst": "", "dpt": "443", "proto": "tcp", "in": "840", "ad.packets": "10", "act": "REJECT", "outcome": "failure",
		"ad.cloudAccount": "123456789012", "ad.interface_id": "eni-1", "logrelayId": "00000000000000000000000000000000-0", "logrelayInput": "main",
		"logrelayTenant": "acme", "logrelayPeer": "192.0.2.7:41532", "logrelayParseError": "",
	} {
		if pairs[key] != want {
			t.Errorf("%s is %q, want %q", key, pairs[key], want)
		}
	}
}

// hostile is an event whose every text is an attempt to break out of its place.
func hostile(s string) *relay.Event {
	e := &relay.Event{Record: &relay.Record{Raw: []byte(s), Origin: &relay.Origin{Input: "main", Peer: "192.0.2.7:1"}}, Kind: relay.KindCEF, Of: 1}
	e.Class = &relay.HTTPRequest{
		Common: relay.Common{Product: relay.Product{Vendor: s, Name: s, Version: s}, Message: s, EventCode: s, Host: s, App: s, StatusDetail: s, EventID: s},
		HTTP:   relay.HTTP{Method: s, URL: s, UserAgent: s, Headers: []relay.Header{{Name: "h" + s, Value: s}}}, User: relay.User{Name: s, Groups: []string{s, s}},
		Verdict: relay.Verdict{Word: s, Rule: relay.Rule{Name: s}},
	}
	e.Rest = []relay.Field{{Name: "logrelayTenant", Value: s}, {Name: "LogRelayId", Value: s}, {Name: "k" + s, Value: s, Type: relay.FieldJSON}}
	return e
}

// TestCEFSenderCannotSet: nothing that a record holds stands where the relay's own words do, or makes a second pair.
func TestCEFSenderCannotSet(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"x logrelayTenant=forged", "x|logrelayTenant=forged", "x\nCEF:0|forged|logrelayTenant=forged", `x\ logrelayTenant=forged`, "x\tlogrelayTenant=forged"} {
		for _, schema := range []string{"cef", "leef"} {
			enc, err := encode.New(schema, encode.Options{})
			if err != nil {
				t.Fatal(err)
			}
			line := string(enc(nil, hostile(s)))
			var pairs map[string]string
			if schema == "cef" {
				_, pairs = parseCEF(t, line)
			} else {
				_, pairs = parseLEEF(t, line)
			}
			if pairs["logrelayTenant"] != "" || pairs["logrelayId"] != "00000000000000000000000000000000-0" || pairs["logrelayInput"] != "main" {
				t.Errorf("%s: %q becomes %q", schema, s, line)
			}
		}
	}
}

// parseLEEF reads an event by the words of IBM's guide: five fields, the delimiter, pairs that end at it, keys that end at the first "=".
func parseLEEF(t testing.TB, line string) (header []string, pairs map[string]string) {
	t.Helper()
	if strings.ContainsAny(line, "\r\n\x00") || !utf8.ValidString(line) {
		t.Fatalf("not one line of UTF-8: %q", line)
	}
	parts := strings.SplitN(line, "|", 7)
	if len(parts) != 7 || parts[0] != "LEEF:2.0" || parts[5] != "x09" {
		t.Fatalf("no LEEF: %q", line)
	}
	pairs = map[string]string{}
	for p := range strings.SplitSeq(parts[6], "\t") {
		key, value, ok := strings.Cut(p, "=")
		if !ok || key == "" || strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
			t.Fatalf("no pair: %q", p)
		}
		if _, twice := pairs[key]; twice {
			t.Fatalf("the key %s comes twice", key)
		}
		pairs[key] = value
	}
	return parts[1:5], pairs
}

func TestLEEF(t *testing.T) {
	t.Parallel()
	e := &relay.Event{Record: &relay.Record{Origin: &relay.Origin{Input: "main"}}, Kind: relay.KindLinuxAuth, Time: 1_795_252_533_000_000_000, Of: 1}
	e.Class = &relay.Authentication{
		Common:   relay.Common{Product: relay.Product{Name: "sshd"}, Host: "web1", Status: relay.StatusFailure, Severity: relay.SeverityMedium},
		Activity: relay.AuthLogon, User: relay.User{Name: "root"}, Src: relay.Endpoint{IP: "2001:db8::7", Port: relay.NumberOf(40022)},
	}
	enc, err := encode.New("leef", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	header, pairs := parseLEEF(t, string(enc(nil, e)))
	if got := strings.Join(header, "|"); got != "logrelay|sshd||Logon" {
		t.Errorf("header %s", got)
	}
	for key, want := range map[string]string{
		"devTime": "1795252533000", "src": "2001:db8::7", "srcPort": "40022", "usrName": "root", "sev": "5", "outcome": "failure", "dvchost": "web1", "cat": "authentication", "c6a2Label": "",
	} {
		if pairs[key] != want {
			t.Errorf("%s is %q, want %q", key, pairs[key], want)
		}
	}
}

// TestCEFReserved: a sender's keys do not pass for those of the header, which readers that have one map for both would take.
func TestCEFReserved(t *testing.T) {
	t.Parallel()
	r := &relay.Record{Origin: &relay.Origin{
		Input: "main", Kind: relay.KindCEF, Attrs: []relay.Attr{{Key: relay.AttrProducts, Value: "Example/Firewall"}},
	}, Raw: []byte("CEF:0|Acme|Gate|1|id|n|3|deviceVendor=Example DEVICEPRODUCT=Firewall deviceVersion=9 deviceVendors=kept")}
	for _, schema := range []string{"cef", "leef"} {
		enc, err := encode.New(schema, encode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var es relay.Events
		normalize.New().Append(&es, r)
		line := string(enc(nil, &es.List[0]))
		for _, key := range []string{"deviceVendor=", "DEVICEPRODUCT=", "deviceVersion="} {
			if strings.Contains(line, " "+key) || strings.Contains(line, "\t"+key) || !strings.Contains(line, "x"+key) {
				t.Errorf("%s: %s in %s", schema, key, line)
			}
		}
		if strings.Contains(line, "xdeviceVendors=") {
			t.Error(line)
		}
	}
}

// TestCEFBounds: values and events are bounded, at the border of a character, and say that they are cut.
func TestCEFBounds(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{"cef", "leef"} {
		enc, err := encode.New(schema, encode.Options{Raw: true})
		if err != nil {
			t.Fatal(err)
		}
		line := string(enc(nil, hostile(strings.Repeat("ü", 1<<20))))
		if len(line) > 64<<10 || !utf8.ValidString(line) || !strings.Contains(line, "logrelayCut=") || !strings.Contains(line, "logrelayId=") {
			t.Errorf("%s: %d bytes, %.60q", schema, len(line), line[len(line)-60:])
		}
	}
}

// FuzzCEF: whatever events hold, one event comes out that readers of both formats can take apart again.
func FuzzCEF(f *testing.F) {
	for _, s := range []string{"", "a=b c=d", `\`, "|", "\x00\xff", "x\n", "ü=\\|", " trailing ", "k=v\tlogrelayId=1"} {
		f.Add(s)
	}
	cef, err := encode.New("cef", encode.Options{Raw: true})
	if err != nil {
		f.Fatal(err)
	}
	leef, err := encode.New("leef", encode.Options{Raw: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := hostile(s)
		if strings.Trim(s, " ") == s && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' || r == 0x7f }) && len(s) < 1000 && s != "" {
			e.Rest = e.Rest[:2]
			_, pairs := parseCEF(t, string(cef(nil, e)))
			if pairs["request"] != s || pairs["suser"] != s || pairs["xlogrelayTenant"] != s {
				t.Fatalf("%q comes back as %q", s, pairs["request"])
			}
		}
		line := string(cef(nil, e))
		if strings.ContainsAny(line, "\r\n\x00") || !utf8.ValidString(line) {
			t.Fatalf("not one line of UTF-8: %q", line)
		}
		line = string(leef(nil, e))
		if strings.ContainsAny(line, "\r\n\x00") || !utf8.ValidString(line) || strings.Count(line, "|x09|") < 1 {
			t.Fatalf("not one line of UTF-8: %q", line)
		}
	})
}

// TestRFC5424Schema: messages and lines go out as their text, all else as JSON, behind a header of what the event says of itself.
func TestRFC5424Schema(t *testing.T) {
	t.Parallel()
	enc, err := encode.New("rfc5424", encode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]string{
		"<86>Nov 21 09:15:32 web1 app[7]: hello":            `<86>1 2026-11-21T09:15:32Z web1 app 7 - [logrelay@32473 id="00000000000000000000000000000000-0" input="main"] hello`,
		"a \xff\xfe\u00fc line\x00":                         `<13>1 2026-11-21T09:15:32Z - text - - [logrelay@32473 id="00000000000000000000000000000000-0" input="main"] a ��ü line`,
		"<13>1 - h app - - - a \xff b":                      `<13>1 2026-11-21T09:15:32Z h app - - [logrelay@32473 id="00000000000000000000000000000000-0" input="main"] a � b`,
		"a line":                                            `<13>1 2026-11-21T09:15:32Z - text - - [logrelay@32473 id="00000000000000000000000000000000-0" input="main"] a line`,
		`CEF:0|v|p|1|9|n|10|src=192.0.2.1 dpt=1 dvchost=fw`: `<8>1 2026-11-21T09:15:32Z fw cef - 9 [logrelay@32473 id="00000000000000000000000000000000-0" input="main"] {"id":"`,
	} {
		var es relay.Events
		normalize.New().Append(&es, &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{Input: "main"}, Received: 1_795_252_532_000_000_000})
		if got := string(enc(nil, &es.List[0])); !strings.HasPrefix(got, want) {
			t.Errorf("%s\n got %s\nwant %s", raw, got, want)
		}
	}
}
