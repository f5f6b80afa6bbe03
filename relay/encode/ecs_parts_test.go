package encode

import (
	"encoding/json"
	"strings"
	"testing"

	"logrelay/relay"
)

// TestCommunityID has the reference values of the specification (github.com/corelight/community-id-spec, baseline, seed 0).
func TestCommunityID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		src, dst string
		proto    int64
		a, b     int64
		want     string
	}{
		{"128.232.110.120", "66.35.250.204", 6, 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"66.35.250.204", "128.232.110.120", 6, 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"::ffff:66.35.250.204", "128.232.110.120", 6, 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"192.168.1.52", "8.8.8.8", 17, 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{"192.168.170.8", "192.168.170.56", 132, 7, 80, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="},
		{"192.168.0.89", "192.168.0.1", 1, 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{"192.168.0.1", "192.168.0.89", 1, 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{"fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 58, 135, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
		{"fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 58, 136, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
		{"192.0.2.1", "2001:db8::1", 6, 1, 2, ""},
		{"192.0.2.1", "", 6, 1, 2, ""},
		{"", "192.0.2.1", 6, 1, 2, ""},
		{"192.0.2.1", "192.0.2.2", 6, -1, 2, ""},
		{"192.0.2.1", "192.0.2.2", 1, 3, -1, ""},
		{"192.0.2.1", "192.0.2.2", 256, 1, 2, ""},
	} {
		number := func(n int64) relay.Number { return relay.Number{Value: n, Set: n >= 0} }
		if got := string(appendCommunityID(nil, c.src, c.dst, number(c.proto), number(c.a), number(c.b))); got != c.want {
			t.Errorf("%v: %s", c, got)
		}
	}
	// No ports: both directions of GRE, which needs none.
	there := string(appendCommunityID(nil, "192.0.2.1", "192.0.2.2", relay.NumberOf(47), relay.Number{}, relay.Number{}))
	if back := string(appendCommunityID(nil, "192.0.2.2", "192.0.2.1", relay.NumberOf(47), relay.NumberOf(1), relay.NumberOf(2))); there != back || there == "" {
		t.Errorf("%s %s", there, back)
	}
}

func TestSplitDomain(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][3]string{
		"www.example.com":          {"example.com", "www", "com"},
		"example.com":              {"example.com", "", "com"},
		"a.b.example.co.uk":        {"example.co.uk", "a.b", "co.uk"},
		"WWW.Example.COM":          {"Example.COM", "WWW", "COM"},
		"com":                      {"", "", "com"},
		"ip-10-0-0-1.ec2.internal": {},
		"localhost":                {},
		"bucket.s3.amazonaws.com":  {"s3.amazonaws.com", "bucket", "amazonaws.com"},
		// of a longer name of which the list has but longer ones
		"s3-r-w.dualstack.us-east-1.amazonaws.com": {"us-east-1.amazonaws.com", "s3-r-w.dualstack", "amazonaws.com"},
		"":                       {},
		".example.com":           {},
		strings.Repeat("a", 300): {},
	} {
		registered, subdomain, top := splitDomain(nil, name)
		if got := [3]string{registered, subdomain, top}; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestAppendReverse(t *testing.T) {
	t.Parallel()
	six := strings.Repeat("0.", 23) + "8.b.d.0.1.0.0.2.ip6.arpa"
	for name, want := range map[string]string{
		"1.2.0.192.in-addr.arpa": "192.0.2.1", "255.2.0.192.IN-ADDR.ARPA": "192.0.2.255",
		"2.0.192.in-addr.arpa": "", "1.2.0.192.4.in-addr.arpa": "", "256.2.0.192.in-addr.arpa": "", "01.2.0.192.in-addr.arpa": "", "in-addr.arpa": "",
		"1." + six: "2001:0db8:0000:0000:0000:0000:0000:0001", "A." + six: "2001:0db8:0000:0000:0000:0000:0000:000a", six: "", "g." + six: "", "example.com": "",
	} {
		if got := string(appendReverse(nil, name)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestAppendSnake(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"sharedEventID": "shared_event_id", "tgw-src-vpc-id": "tgw_src_vpc_id", "MFAUsed": "mfa_used", "ARN": "arn", "ja3Fingerprint": "ja3_fingerprint",
		"already_there": "already_there", "HTTPMethod": "http_method", "a.b/c d": "a_b_c_d", "": "_", `Ü"`: `Ü\"`, "x_Y": "x_y",
	} {
		if got := string(appendSnake(nil, name)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestSnakeFields: names that become equal, or that the object has already, are kept apart.
func TestSnakeFields(t *testing.T) {
	t.Parallel()
	fields := []relay.Field{
		{Name: "fooBar", Value: "1"}, {Name: "foo-bar", Value: "2"}, {Name: "version", Value: "3"}, {Name: "headers", Value: "4"}, {Name: "other", Value: "[5]", Type: relay.FieldJSON},
		{Name: "null", Value: "null", Type: relay.FieldJSON}, {Name: "taken", Value: "6"},
	}
	dst := append([]byte(`{"version":2`), snakeFields([]byte(`,"version":2`), 0, fields, "taken")[len(`,"version":2`):]...)
	const want = `{"version":2,"foo_bar":"1","other":[{"name":"foo-bar","value":"2"},{"name":"version","value":"3"},{"name":"headers","value":"4"},{"name":"other","value":"[5]"}]`
	if string(dst) != want {
		t.Errorf("%s", dst)
	}
	fields = nil
	for i := range 100 {
		fields = append(fields, relay.Field{Name: "f" + string(rune('a'+i/26)) + string(rune('a'+i%26)), Value: "x"})
	}
	dst = append(snakeFields([]byte(`{`), 1, fields), '}')
	dst[1] = ' '
	var v map[string]any
	if err := json.Unmarshal(dst, &v); err != nil || len(v) != maxNames+1 || len(v["other"].([]any)) != 100-maxNames {
		t.Errorf("%v %s", err, dst)
	}
}

func TestRelatedArray(t *testing.T) {
	t.Parallel()
	var a relatedArray
	dst := a.begin(nil, `"x":[`)
	for _, v := range []string{"a", `a"`, "a", ",", "b", `a"`, "", ",", "ab"} {
		dst = a.add(dst, v)
	}
	dst = a.addQuoted(dst, `"b"`)
	dst = a.addQuoted(dst, `"c"`)
	dst = a.addQuoted(dst, `7`)
	if got := string(a.end(dst)); got != `"x":["a","a\"",",","b","ab","c"]` {
		t.Error(got)
	}
	for range 3 {
		dst = a.begin(dst[:0], `"x":[`)
		for i := range 1000 {
			dst = a.add(dst, string(rune('0'+i)))
		}
		if a.n != maxRelated {
			t.Errorf("%d values", a.n)
		}
	}
}

func TestPruned(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"a":null,"b":"","c":{},"d":[{},[null, ""]]}`:             "",
		`{ "a" : 1 , "b":[null, {"c":"x\"}"}, [] ], "d":{"e":{}}}`: `{"a":1,"b":[{"c":"x\"}"}]}`,
		`[false,0]`: `[false,0]`,
		`null`:      "",
	} {
		if got := string(memberPruned(nil, "", in)); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// FuzzJSONItems: what the walker sees of valid JSON is what encoding/json sees, and it stays inside of anything.
func FuzzJSONItems(f *testing.F) {
	for _, s := range []string{`{"a":"x\\","b":[1,{"c":"]\""}],"d":{"e":null}}`, `[ 1 , "a" ,{}]`, `{`, `{"a`, `{"a":`, `[[[`, `{"a\"":"\\\""}`, `{"":0}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := 0
		for it := membersOf(s); it.next(); n++ {
			if json.Valid([]byte(s)) && !json.Valid([]byte(it.value)) {
				t.Fatalf("%q of %q", it.value, s)
			}
		}
		for it := elementsOf(s); it.next(); n++ {
			if json.Valid([]byte(s)) && !json.Valid([]byte(it.value)) {
				t.Fatalf("%q of %q", it.value, s)
			}
		}
		var m map[string]json.RawMessage
		if json.Unmarshal([]byte(s), &m) == nil {
			if n < len(m) {
				t.Fatalf("%d of %d members of %s", n, len(m), s)
			}
			for name, v := range m {
				if enc, _ := json.Marshal(name); !strings.Contains(string(enc), `\`) && strings.Count(s, string(enc)) == 1 && !strings.Contains(s, `\u`) &&
					jsonMember(s, name) != strings.TrimSpace(string(v)) {
					t.Fatalf("%s of %s: %s, want %s", name, s, jsonMember(s, name), v)
				}
			}
		}
		if json.Valid([]byte(s)) && s[0] != ' ' && s[0] != '\t' && s[0] != '\n' && s[0] != '\r' {
			if got, _, ok := appendPruned(nil, s, 0); ok && !json.Valid(got) {
				t.Fatalf("%s of %s", got, s)
			}
		}
	})
}
