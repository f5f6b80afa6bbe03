package field

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

func TestQuoted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want []string
		ok   bool
	}{
		{`a  "b c" [d e] "" -`, []string{"a", "b c", "d e", "", "-"}, true},
		{`"a \" b" c`, []string{`a \" b`, "c"}, true},
		{`"a "b" c" d`, []string{`a "b`, `c"`, "d"}, true},
		{`"a"b c" d`, []string{`a"b c`, "d"}, true},
		{`[::1]:80 x`, []string{"[::1]:80", "x"}, true},
		{`a "b`, []string{"a"}, false},
		{`1 2 3 4 5 6 7 8 9`, []string{"1", "2", "3", "4", "5", "6", "7", "8 9"}, true},
		{``, nil, true},
	} {
		got, ok := Quoted(nil, c.in, 7)
		if !slices.Equal(got, c.want) || ok != c.ok {
			t.Errorf("%s: %q %v", c.in, got, ok)
		}
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	var es relay.Events
	for in, want := range map[string][]string{
		``:                     {""},
		`a,,b`:                 {"a", "", "b"},
		`a,"b,c",d`:            {"a", "b,c", "d"},
		`"a ""b"" c",`:         {`a "b" c`, ""},
		`"a"b,c`:               {"a", "b", "c"},
		`a,"b,c`:               {"a", "b,c"},
		`1,2,3,4,5,6,7,8,"9"`:  {"1", "2", "3", "4", "5", "6", "7", `8,"9"`},
		`a,b"c,d`:              {"a", `b"c`, "d"},
		`a,"x\"`:               {"a", `x\`},
		`"{""a"":{""b"":1}\}"`: {`{"a":{"b":1}\}`},
	} {
		if got := CSV(nil, &es, in, 7); !slices.Equal(got, want) {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestPair(t *testing.T) {
	t.Parallel()
	var got []string
	for s := `a=1 b="x y" c= d  e="q \" r" f="open g=h=i`; ; {
		name, value, rest, ok := Pair(s)
		if !ok {
			break
		}
		got, s = append(got, name+":"+value), rest
	}
	if want := []string{"a:1", "b:x y", "c:", "d:", `e:q \" r`, `f:"open`, "g:h=i"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	var es relay.Events
	for in, want := range map[string]string{`a`: `a`, `\x22a\"\\`: `"a"\`, `\x2`: `\x2`, `\q`: `\q`, `\`: `\`, `\\x22`: `\x22`} {
		if got := Unescape(&es, in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	for in, want := range map[string]string{"a%20b": "a b", "%": "%", "%2": "%2", "%zz": "%zz", "%41%e4": "A\xe4", "%%32%65": "%2e"} {
		if got := Percent(&es, in); got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestAddrPort(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]relay.Endpoint{
		"192.0.2.1:80":       {IP: "192.0.2.1", Port: relay.NumberOf(80)},
		"192.0.2.1":          {IP: "192.0.2.1"},
		"192.0.2.1:-":        {IP: "192.0.2.1"},
		"[2001:db8::1]:0":    {IP: "2001:db8::1", Port: relay.NumberOf(0)},
		"[2001:db8::1]":      {IP: "2001:db8::1"},
		"192.0.2.1:65536":    {},
		"192.0.2.256:1":      {},
		"example.com:80":     {},
		"[2001:db8::1":       {},
		"[2001:db8::1]80":    {},
		"[2001:db8::1]:1:80": {},
		"":                   {},
		":80":                {},
	} {
		var e relay.Endpoint
		if ok := AddrPort(&e, in); ok != (want.IP != "") || e.IP != want.IP || e.Port != want.Port {
			t.Errorf("%s: %v %+v", in, ok, e)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 11, 21, 9, 15, 32, 0, time.UTC).UnixNano()
	east := time.FixedZone("", 3600)
	for name, f := range map[string]func() (int64, bool){
		"date":         func() (int64, bool) { return Date("2026-11-21", "09:15:32", time.UTC) },
		"slashes":      func() (int64, bool) { return DateTime("2026/11/21 09:15:32", time.UTC) },
		"zone":         func() (int64, bool) { return DateTime("2026-11-21T10:15:32", east) },
		"fraction":     func() (int64, bool) { n, ok := DateTime("2026-11-21T09:15:32.5", time.UTC); return n - 5e8, ok },
		"apache":       func() (int64, bool) { return Apache("21/Nov/2026:10:15:32 +0100") },
		"seconds":      func() (int64, bool) { return Epoch("1795252532") },
		"milliseconds": func() (int64, bool) { return Epoch("1795252532000") },
		"nanoseconds":  func() (int64, bool) { return Epoch("1795252532000000000") },
		"leap second":  func() (int64, bool) { return Date("2026-11-21", "09:14:60", time.UTC) },
	} {
		got, ok := f()
		if name == "leap second" {
			got += 32e9
		}
		if !ok || got != want {
			t.Errorf("%s: %v %v", name, got, ok)
		}
	}
	for _, s := range []string{"2026-02-31 00:00:00", "0000-01-01 00:00:00", "9999-01-01 00:00:00", "2026-11-21 24:00:00", "2026-11-21 09:15:32.", "2026-11-21 09:15:32Z", "2026-1-21 09:15:32", ""} {
		if _, ok := DateTime(s, time.UTC); ok {
			t.Errorf("%s is taken for a time", s)
		}
	}
	for _, s := range []string{"31/Feb/2026:00:00:00 +0000", "21/nov/2026:10:15:32 +0100", "21/Nov/2026:10:15:32 +0160", "21/Nov/2026:10:15:32", ""} {
		if _, ok := Apache(s); ok {
			t.Errorf("%s is taken for a time", s)
		}
	}
	if h, ok := Offset("-07:30"); !ok || h != -int64(7*time.Hour+30*time.Minute) {
		t.Errorf("-07:30: %d %v", h, ok)
	}
}

func TestProtocol(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{"TCP": 6, "17": 17, "icmp6": 58, "256": -1, "nothing": -1, "": -1} {
		var c relay.Connection
		if ok := Protocol(&c, in); ok != (want >= 0) || ok && c.Protocol.Value != want {
			t.Errorf("%s: %v %+v", in, ok, c.Protocol)
		}
	}
}

func TestMicros(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{"0.001": 1000, "4": 4e6, "0.0000739": 73, "-1": -1, "1.x": -1, "": -1, ".5": -1, "9999999999": -1} {
		if n := Micros(in); n.Set != (want >= 0) || n.Set && n.Value != want {
			t.Errorf("%s: %+v", in, n)
		}
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	var v [MaxValues]string
	f := CompileForm("Failed {method} for {user} from {addr} port {port}")
	for in, want := range map[string][]string{
		"Failed none for a from b from c port 1":  {"none", "a from b", "c", "1"},
		"Failed none for  from c port 1.":         {"none", "", "c", "1"},
		"Failed none for a from c":                nil,
		"failed none for a from c port 1":         nil,
		"Failed none for a b from c d port 1 2 3": {"none", "a b", "c d", "1 2 3"},
	} {
		if ok := f.Match(&v, in); ok != (want != nil) || ok && !slices.Equal(v[:4], want) {
			t.Errorf("%s: %v %q", in, ok, v)
		}
	}
	f = CompileForm("({a})")
	for in, want := range map[string]bool{"(x)": true, "(x).": true, "(x) y": false, "()": true, "(": false} {
		if f.Match(&v, in) != want {
			t.Errorf("%s: %v", in, !want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	const text = `srcip=1 dstip="a srcip=2" srcip=3 dstport=4`
	var n Names
	again := map[string]bool{}
	for rest := text; ; {
		head := text[:len(text)-len(rest)]
		name, _, after, ok := Pair(rest)
		if !ok {
			break
		}
		rest = after
		again[name] = n.Again(head, name)
	}
	if !again["srcip"] || again["dstip"] || again["dstport"] {
		t.Errorf("%v", again)
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]relay.HTTP{
		"GET http://example.com:80/a?b HTTP/1.1": {Method: "GET", Version: "HTTP/1.1", Scheme: "http", Host: "example.com", Port: relay.NumberOf(80), Path: "/a", Query: "b", URL: "http://example.com:80/a?b"},
		"GET https://[2001:db8::1]/ HTTP/2":      {Method: "GET", Version: "HTTP/2", Scheme: "https", Host: "2001:db8::1", Path: "/", URL: "https://[2001:db8::1]/"},
		"GET /a b?c HTTP/1.0":                    {Method: "GET", Version: "HTTP/1.0", Path: "/a b", Query: "c", URL: "/a b?c"},
		"OPTIONS * HTTP/1.1":                     {Method: "OPTIONS", Version: "HTTP/1.1", URL: "*"},
		"GET http://a:99999/ HTTP/1.1":           {Method: "GET", Version: "HTTP/1.1", URL: "http://a:99999/"},
		"- - -":                                  {},
		"- - - ":                                 {},
		"GET /\u00a0 \v":                         {Method: "GET", Version: "\v", Path: "/\u00a0", URL: "/\u00a0"},
	} {
		var h relay.HTTP
		if ok := RequestLine(&h, in); !ok || h.URL != want.URL || h.Host != want.Host || h.Port != want.Port || h.Path != want.Path || h.Query != want.Query || h.Method != want.Method || h.Version != want.Version {
			t.Errorf("%s: %v %+v", in, ok, h)
		}
	}
	var h relay.HTTP
	for _, in := range []string{"", "GET", "GET /"} {
		if RequestLine(&h, in) {
			t.Errorf("%q is taken", in)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{"S": 2, "SA": 18, "FPU": 41, "EC": 192, "X": -1} {
		var n relay.Number
		if ok := TCPLetters(&n, in); ok != (want >= 0) || ok && n.Value != want {
			t.Errorf("%s: %v %+v", in, ok, n)
		}
	}
}

// TestRest: a name that comes twice is one field with both values, whatever they are.
func TestRest(t *testing.T) {
	t.Parallel()
	var es relay.Events
	var r Rest
	for range 2 {
		r.Reset(&es)
		r.Header(&relay.Event{Rest: []relay.Field{{Name: "sequence", Value: "7"}}}, &relay.Message{PRI: relay.NumberOf(134), ProcID: "9", Params: []relay.Param{
			{Element: "x@1", Name: "a", Value: "1"}, {Element: "x@1", Name: "b", Value: "\""}, {Element: "x@1", Name: "a", Value: "2"}, {Element: "empty"},
		}}, &relay.Common{})
		r.Keep("LEN", "40")
		r.Keep("nothing", "")
		r.Column(12, "z")
		r.Keep("LEN", "20")
		r.Keep("pri", "x\n")
		got := map[string]string{}
		for _, f := range r.Fields() {
			if f.Type == relay.FieldJSON && !json.Valid([]byte(f.Value)) {
				t.Errorf("%s: no JSON: %s", f.Name, f.Value)
			}
			got[f.Name] += f.Value
		}
		for name, want := range map[string]string{
			"sequence": "7", "pri": `[134,"x\u000a"]`, "procid": "9", "x@1": `{"a":["1","2"],"b":"\""}`, "empty": "{}", "LEN": `["40","20"]`, "column_12": "z",
		} {
			if got[name] != want {
				t.Errorf("%s: %s, want %s", name, got[name], want)
			}
		}
		if len(got) != 7 {
			t.Errorf("%v", got)
		}
	}
}

// FuzzSplit: whatever the text, cutting it loses nothing but blanks, quotes and commas, and nothing panics.
func FuzzSplit(f *testing.F) {
	f.Add(`a "b c" [d] e=f g="h \" i",j`)
	f.Add(`"{""a"":1}",x,"y`)
	f.Fuzz(func(t *testing.T, s string) {
		var es relay.Events
		if fields, ok := Quoted(nil, s, 50); ok {
			bytesLost(t, s, fields)
		}
		bytesLost(t, s, CSV(nil, &es, s, 50))
		var pairs []string
		for rest := s; ; {
			name, value, after, ok := Pair(rest)
			if !ok {
				break
			}
			if len(after) >= len(rest) {
				t.Fatal("no progress")
			}
			pairs, rest = append(pairs, name, value), after
		}
		bytesLost(t, s, pairs)
		Unescape(&es, s)
		Percent(&es, s)
	})
}

func bytesLost(t *testing.T, s string, fields []string) {
	t.Helper()
	strip := func(s string) string {
		var b []byte
		for _, c := range []byte(s) {
			if strings.IndexByte(" ,\"[]=", c) < 0 {
				b = append(b, c)
			}
		}
		return string(b)
	}
	if got := strip(strings.Join(fields, "")); got != strip(s) {
		t.Fatalf("%q became %q", s, fields)
	}
}

// TestRestMany: very many fields cost no more than their number, and names that come again among them are still made one.
func TestRestMany(t *testing.T) {
	t.Parallel()
	const n = 200_000
	var es relay.Events
	var r Rest
	r.Reset(&es)
	var f []relay.Field
	took := relaytest.CPUTime(t, func() {
		for i := range n {
			r.Keep("name-"+strconv.Itoa(i), "v")
		}
		r.Keep("name-0", "w")
		f = r.Fields()
	})
	if took > 20*time.Second || len(f) != n || f[0].Value != `["v","w"]` || f[n-1].Name != "name-199999" {
		t.Errorf("%v, %d fields, %v", took, len(f), f[0])
	}
}
