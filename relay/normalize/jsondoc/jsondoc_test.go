package jsondoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"logrelay/relay"
)

func TestValues(t *testing.T) {
	t.Parallel()
	var d Doc
	var es relay.Events
	const text = ` {"s":"a\u00fcb","n":-12,"big":31953106606966983378809025079804211143289615424298221568,"f":1.5,"t":"false","b":true,` +
		`"null":null,"e":{ },"dash":"-","l":[1,"two",{"x":[3]}],"deep":{"a":{"b":{"c":{"d":1}}}},"ts":"2026-11-21T09:15:32Z","port":"443","ip":"2001:db8::1"} `
	if !d.Parse([]byte(text), 4) {
		t.Fatal(d.Fault())
	}
	root := d.Root()
	if got := root.Get("s").Text(&es); got != "aüb" {
		t.Errorf("text %q", got)
	}
	if n := root.Get("n").Int(); n != relay.NumberOf(-12) {
		t.Errorf("int %v", n)
	}
	if n := root.Get("big"); n.Int().Set || n.Text(&es) != "31953106606966983378809025079804211143289615424298221568" {
		t.Errorf("a number of 56 digits: %v %s", n.Int(), n.Text(&es))
	}
	if n := root.Get("port").Int(); n != relay.NumberOf(443) {
		t.Errorf("a number in a string: %v", n)
	}
	if root.Get("port").Port() != relay.NumberOf(443) || root.Get("n").Port().Set || root.Get("ts").Port().Set {
		t.Error("ports")
	}
	if root.Get("ip").Addr(&es) != "2001:db8::1" || root.Get("s").Addr(&es) != "" || root.Get("none").Addr(&es) != "" {
		t.Error("addresses")
	}
	if f, ok := root.Get("f").Float(); !ok || f != 1.5 {
		t.Errorf("float %v", f)
	}
	if root.Get("t").Truth() != relay.TruthNo || root.Get("b").Truth() != relay.TruthYes || root.Get("n").Truth() != relay.TruthUnset {
		t.Error("truths")
	}
	for _, name := range []string{"null", "e", "none"} {
		if !root.Get(name).Empty() || root.Get(name).Text(&es) != "" {
			t.Errorf("%s is not empty", name)
		}
	}
	if v := root.Get("dash"); !v.Empty() || v.Text(&es) != "-" || v.Word(&es) != "" || root.Get("s").Word(&es) != "aüb" || root.Get("n").Word(&es) != "-12" {
		t.Errorf("a dash says nothing: %q", v.Word(&es))
	}
	if ns, ok := root.Get("ts").Time(); !ok || ns != 1795252532e9 {
		t.Errorf("time %d", ns)
	}
	l := root.Get("l")
	if got := l.First().Next().Next().Get("x").First().Raw(); got != "3" {
		t.Errorf("third level: %q", got)
	}
	if v := root.Get("deep").Get("a").Get("b").Get("c"); v.Raw() != `{"d":1}` || v.Get("d").Exists() {
		t.Errorf("below the noted depth: %q", v.Raw())
	}
	if v := root.Get("none").Get("x").First().Next(); v.Exists() || v.Raw() != "" || v.Offset() != -1 || v.Name() != "" {
		t.Error("the absent value is there")
	}
	if f := root.Get("e").Field(&es); f.Name != "e" || f.Value != "{ }" {
		t.Errorf("field %v", f)
	}
}

// TestRest: what is not taken of an object stays an object under its name; what is empty is not there.
func TestRest(t *testing.T) {
	t.Parallel()
	var d Doc
	var es relay.Events
	var r Rest
	for text, want := range map[string]string{
		`{"o":{"a":1,"\u0062":"x","o":{"c":[2],"taken":1},"e":{},"n":null}}`: `o={"a":1,"\u0062":"x","o":{"c":[2]}}`,
		`{"o":{"taken":1,"o":{"taken":2,"e":""}}}`:                           ``,
		`{"o":{"o":{"a":1},"z":false},"x":"y","e":[]}`:                       `o={"o":{"a":1},"z":false} x="y"`,
		`{"o":{},"":0}`:                          `=0`,
		`{"o":"x","l":{"y":1}}`:                  `o="x" l={"y":1}`,
		`{"l":[{"taken":1},{"a":2},[3],4,"",5]}`: `l=[{"a":2},[3],4,5]`,
		`{"l":[]}`:                               ``,
		`{"port":"80","ip":"::1","int":-1,"count":0,"time":"2026-11-21T09:15:32Z","text":true}`:  ``,
		`{"port":65536,"ip":"1.2.3","int":1.5,"count":-1,"time":"x","text":[1],"o":{"port":-1}}`: `port=65536 ip="1.2.3" int=1.5 count=-1 time="x" text=[1] o={"port":-1}`,
	} {
		if !d.Parse([]byte(text), 4) {
			t.Fatal(d.Fault())
		}
		r.Reset(&es)
		var take func(v Value)
		take = func(v Value) {
			for m := v.First(); m.Exists(); m = m.Next() {
				switch name := m.Name(); {
				case name == "taken":
				case name == "o", name == "" && v.IsArray() && m.IsObject():
					if r.Object(m) {
						take(m)
						r.Close()
					}
				case name == "l":
					if r.Array(m) {
						take(m)
						r.Close()
					}
				case name == "port":
					r.Port(m)
				case name == "ip":
					r.Addr(m)
				case name == "int":
					r.Int(m)
				case name == "count":
					r.Count(m)
				case name == "time":
					r.Time(m)
				case name == "text":
					r.Text(m)
				default:
					r.Add(m)
				}
			}
		}
		take(d.Root())
		got := ""
		for _, f := range r.Fields() {
			got += " " + f.Name + "=" + f.Value
		}
		if strings.TrimPrefix(got, " ") != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestBesideMany: with very many fields no name is looked for among them, and none comes twice.
func TestBesideMany(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&b, `,"m%d":%d`, i, i)
	}
	many := b.String()[1:]
	var d Doc
	var es relay.Events
	var r Rest
	if !d.Parse([]byte(`{"detail-type":"x","source":"x","detail":{`+many+`},`+many+`}`), 2) {
		t.Fatal(d.Fault())
	}
	r.Reset(&es)
	detail := Detail(d.Root())
	for m := detail.First(); m.Exists(); m = m.Next() {
		r.Add(m)
	}
	r.Beside(d.Root(), detail)
	if f := r.Fields(); len(f) != 200_001 || f[200_000].Name != "envelope" || !json.Valid([]byte(f[200_000].Value)) {
		t.Errorf("%d fields", len(f))
	}
}

// TestRestTooDeep: what is deeper than what was noted is kept when somebody opens it.
func TestRestTooDeep(t *testing.T) {
	t.Parallel()
	var d Doc
	var es relay.Events
	var r Rest
	if !d.Parse([]byte(`{"a":{"b":{"c":1,"d":[2]},"e":{}}}`), 2) {
		t.Fatal(d.Fault())
	}
	r.Reset(&es)
	a := d.Root().First()
	r.Object(a)
	for m := a.First(); m.Exists(); m = m.Next() {
		r.Object(m)
		for m := m.First(); m.Exists(); m = m.Next() {
			t.Error("a member that was not noted")
		}
		r.Close()
	}
	r.Close()
	if f := r.Fields(); len(f) != 1 || f[0].Value != `{"b":{"c":1,"d":[2]}}` {
		t.Errorf("%v", f)
	}
}

// TestManyNodes: a text of very many values is refused, and their memory is not kept for the next but one.
func TestManyNodes(t *testing.T) {
	t.Parallel()
	many := []byte("[" + strings.Repeat("1,", maxNodes) + "1]")
	var d Doc
	if d.Parse(many, 1) || d.Fault().Reason != relay.FaultSize {
		t.Errorf("%d values: %s", maxNodes, d.Fault())
	}
	for range 2 {
		if !d.Parse([]byte(`{"a":1}`), 1) {
			t.Fatal(d.Fault())
		}
	}
	if cap(d.nodes) > keptNodes {
		t.Errorf("memory for %d nodes is kept", cap(d.nodes))
	}
}

// TestBeside: what stands beside the detail of an event of EventBridge is kept, and no name comes twice.
func TestBeside(t *testing.T) {
	t.Parallel()
	var d Doc
	var es relay.Events
	var r Rest
	for text, want := range map[string]string{
		`{"id":"1","detail-type":"x","source":"aws.x","resources":[],"detail":{"id":2,"z":[1]}}`: `id=2 z=[1] detail-type="x" source="aws.x" envelope={"id":"1"} `,
		`{"id":"1","detail-type":"x","source":"aws.x","detail":{}}`:                              `id="1" detail-type="x" source="aws.x" `,
		`{"id":"1","detail-type":"x","detail":{}}`:                                               ``,
		`{"detail":"x","detail-type":"x","source":"aws.x"}`:                                      ``,
	} {
		if !d.Parse([]byte(text), 4) {
			t.Fatal(d.Fault())
		}
		r.Reset(&es)
		if detail := Detail(d.Root()); detail.Exists() {
			for m := detail.First(); m.Exists(); m = m.Next() {
				r.Add(m)
			}
			r.Beside(d.Root(), detail)
		}
		got := ""
		for _, f := range r.Fields() {
			got += f.Name + "=" + f.Value + " "
		}
		if got != want {
			t.Errorf("%s:\n%s, want\n%s", text, got, want)
		}
	}
}

// TestLists: what a list holds beside what is asked for is kept.
func TestLists(t *testing.T) {
	t.Parallel()
	var d Doc
	var es relay.Events
	var r Rest
	if !d.Parse([]byte(`{"t":["a","",1,"b"],"a":["::1","x","192.0.2.1"],"h":[{"name":"A","value":""},{"value":"1","name":"B"},{"name":"c"},{"name":"d","value":"e","x":1},2],"n":"none"}`), 4) {
		t.Fatal(d.Fault())
	}
	r.Reset(&es)
	root := d.Root()
	texts, addrs, headers := r.Texts(root.Get("t")), r.Addrs(root.Get("a")), r.Headers(root.Get("h"))
	if got := fmt.Sprint(texts, addrs, headers, r.Texts(root.Get("n")), r.Headers(root.Get("absent"))); got != "[a b] [::1 192.0.2.1] [{A } {B 1}] [] []" {
		t.Error(got)
	}
	got := ""
	for _, f := range r.Fields() {
		got += f.Name + "=" + f.Value + " "
	}
	if got != `t=[1] a=["x"] h=[{"name":"c"},{"name":"d","value":"e","x":1},2] n="none" ` {
		t.Error(got)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	var d Doc
	if !d.Parse([]byte(nest(MaxDepth)), 4) {
		t.Errorf("%d levels: %s", MaxDepth, d.Fault())
	}
	for text, want := range map[string]relay.FaultReason{
		nest(MaxDepth + 1):                    relay.FaultDepth,
		strings.Repeat(`{"a":`, 1<<20):        relay.FaultDepth,
		`{"a":1,"b":2,"a":3}`:                 relay.FaultDuplicate,
		`{"x":{"eventName":1,"eventName":1}}`: relay.FaultDuplicate,
		`{"\u0061":1,"b":2,"a":3}`:            relay.FaultDuplicate,
		`{"a":1,"b":2,"\u0061":3}`:            relay.FaultDuplicate,
		`{"\ud800":1,"\ud801":2}`:             relay.FaultDuplicate, // two names that end as the same U+FFFD
		`{"a":"b`:                             relay.FaultTruncated,
		`{"a":`:                               relay.FaultTruncated,
		``:                                    relay.FaultTruncated,
		`{"a" 1}`:                             relay.FaultSyntax,
		`{} {}`:                               relay.FaultSyntax,
		"{\"a\":\"\x00\"}":                    relay.FaultSyntax,
	} {
		if d.Parse([]byte(text), 4) || d.Fault().Reason != want {
			t.Errorf("%.40s: %s, want %s", text, d.Fault(), want)
		}
		if d.Root().Exists() {
			t.Errorf("%.40s: a broken text has a root", text)
		}
	}
}

// TestOnce: what is said twice alike is left out; two that differ are not, nor is more than a text can have by mistake.
func TestOnce(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`,"a":1`, maxRepeats)
	for text, want := range map[string]string{
		`{"a":1,"b":2,"a":1}`: `{"a":1,"b":2}`,
		`{"t":{"s":"x","i":["y"],"s":"x" , "i":["y"],"v":3},"e":0}`: `{"t":{"s":"x","i":["y"] ,"v":3},"e":0}`,
		`[{"a":{"b":1,"b":1},"a":{"b":1,"b":1}}]`:                   `[{"a":{"b":1}}]`,
		`{"\u0061":1,"a":1}`:                                        `{"\u0061":1}`,
		`{"a":1` + many + `}`:                                       `{"a":1}`,
		`{"a":1` + many + `,"a":1}`:                                 "",
		`{"a":1,"a":2}`:                                             "",
		`{"a":1,"a":1.0}`:                                           "",
		`{"a":1,"a":1`:                                              "",
		`{"a":1}`:                                                   "",
	} {
		got, ok := Once([]byte(text), 4)
		if ok != (want != "") || string(got) != want {
			t.Errorf("%s: %s, %v", text, got, ok)
		}
		var d Doc
		if ok && !d.Parse(got, 4) {
			t.Errorf("%s: %s", got, d.Fault())
		}
	}
}

// TestManyMembers: an object with very many members costs no more than its length.
func TestManyMembers(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range 300_000 {
		fmt.Fprintf(&b, `"member-%d":%d,`, i, i)
	}
	b.WriteString(`"last":0}`)
	var d Doc
	if !d.Parse(b.Bytes(), 4) {
		t.Fatal(d.Fault())
	}
	if got := d.Root().Get("last").Raw(); got != "0" {
		t.Errorf("last is %q", got)
	}
}

// FuzzDoc: what encoding/json takes is taken and nothing else, depth and duplicates apart; top-level members have the same text.
func FuzzDoc(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}],"c":"\u00fc"}`, `[]`, `"x"`, `{"a":{"a":{"a":{}}}}`, "\xEF\xBB\xBF{}", `{"a":1,"a":2}`, `{"\u0061":1,"a":2}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d Doc
		valid := json.Valid(bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF")))
		if !d.Parse(raw, 4) {
			if why := d.Fault().Reason; valid && why != relay.FaultDuplicate && why != relay.FaultDepth {
				t.Fatalf("valid, but %s: %q", d.Fault(), raw)
			}
			if at := d.Fault().Offset; at < 0 || at > len(raw) {
				t.Fatalf("offset %d of %d bytes", at, len(raw))
			}
			return
		}
		if !valid {
			t.Fatalf("not valid, but taken: %q", raw)
		}
		var es relay.Events
		var walk func(v Value)
		walk = func(v Value) {
			if !json.Valid([]byte(v.Raw())) {
				t.Fatalf("a value is no JSON: %q of %q", v.Raw(), raw)
			}
			if v.IsString() {
				var want string
				if err := json.Unmarshal([]byte(v.Raw()), &want); err != nil || want != strings.ToValidUTF8(v.Text(&es), "\uFFFD") && !bytes.ContainsAny(raw, "\x80\xff") {
					t.Fatalf("text %q, want %q", v.Text(&es), want)
				}
			}
			for c := v.First(); c.Exists(); c = c.Next() {
				walk(c)
			}
		}
		walk(d.Root())
	})
}

func BenchmarkParse(b *testing.B) {
	var text bytes.Buffer
	text.WriteString(`{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/x/y","sessionContext":{"attributes":{"mfaAuthenticated":"false"}}},"requestParameters":{`)
	for i := range 20 {
		fmt.Fprintf(&text, `"parameter%d":{"name":"value of it %d","list":[1,2,3]},`, i, i)
	}
	text.WriteString(`"last":null},"eventTime":"2026-11-21T09:15:32Z"}`)
	for _, depth := range []int{1, 2, 4, 8} {
		b.Run(fmt.Sprint("depth", depth), func(b *testing.B) {
			var d Doc
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if !d.Parse(text.Bytes(), depth) {
					b.Fatal(d.Fault())
				}
			}
		})
	}
}
