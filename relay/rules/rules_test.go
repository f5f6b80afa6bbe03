package rules

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/expr-lang/expr/vm"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"logrelay/relay"
)

// flow is what the tests' normalizer makes of any record: a flow, a call and a message of one record.
func flow(es *relay.Events, r *relay.Record) {
	f := es.NetworkFlow()
	f.Src = relay.Endpoint{IP: "10.1.2.3", Port: relay.NumberOf(50123)}
	f.Dst = relay.Endpoint{IP: "203.0.113.9", Port: relay.NumberOf(443)}
	f.Protocol = relay.NumberOf(6)
	f.Bytes = relay.NumberOf(4096)
	f.Verdict = relay.Verdict{Present: true, Action: relay.ActionAllowed, Word: "ACCEPT"}
	f.Severity, f.Status = relay.SeverityInformational, relay.StatusSuccess
	f.User.Name = "anaya"
	e := es.Add(r, relay.KindVPCFlow)
	e.Class = f
	e.Rest = es.Fields([]relay.Field{{Name: "interface-id", Value: "eni-1"}, {Name: "tags", Value: `{"owner":{"mail":"a@example.com"},"n":7}`, Type: relay.FieldJSON}})
}

func record() *relay.Record {
	return &relay.Record{Raw: []byte("raw"), Origin: &relay.Origin{Input: "main", Tenant: "acme", Attrs: []relay.Attr{{Key: "index", Value: "net"}}}}
}

// run applies rules to one flow and returns what is left of it.
func run(t *testing.T, o Options, normalize relay.NormalizeFunc) []relay.Event {
	t.Helper()
	s, err := Compile(o)
	if err != nil {
		t.Fatal(err)
	}
	var es relay.Events
	s.Wrap(normalize)(&es, record())
	return es.List
}

// expressions are true for the flow of the tests, and their negation is not.
var expressions = []string{
	`kind == "vpcflow"`, `class == "network_flow"`, `input == "main" and tenant == 'acme'`, `src.port > 1024 && dst.port in [22, 443]`,
	`dst.port in [443]`, `action == "allowed"`, `verdict in ["ACCEPT", "REJECT"]`, `severity >= 1 and severity < 3`, `status != "failure"`,
	`in_cidr(src.ip, "10.0.0.0/8")`, `not in_cidr(dst.ip, "10.0.0.0/8", "192.168.0.0/16")`, `src.ip startsWith "10."`, `dst.ip endsWith ".9"`,
	`user.name matches "^an.y"`, `rest("interface-id") contains "eni"`, `rest("tags.owner.mail") == "a@example.com"`, `rest("tags.n") == "7"`,
	`attr("index") == "net"`, `bytes == 4096 || false`, `!(protocol == 17)`, `raw == "raw"`, `dns.name == ""`, `http.status == 0`, `parse_error == ""`,
	`upper(user.name) == "ANAYA"`, `lower(verdict) in ["accept"]`,
	// only the machine does these
	`bytes / 2 == 2048`, `len(src.ip) > 3`, `(src.port > 5 ? "a" : "b") == "a"`, `any(["10.", "11."], src.ip startsWith #)`,
	`any(split(src.ip, "."), let n = #; any(["2", "7"], n == #))`, `in_cidr(src.ip, ["10.0.0.0/8"][0])`, `src.ip + ":" == "10.1.2.3:"`,
}

// TestExpressions: closures and the machine say the same.
func TestExpressions(t *testing.T) {
	t.Parallel()
	var es relay.Events
	flow(&es, record())
	e := &es.List[0]
	for i, text := range expressions {
		x, err := condition(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if fast := i < 26; fast != (x.fast != nil) {
			t.Errorf("%s: a closure: %v", text, x.fast != nil)
		}
		m := newMachine()
		if got, err := eval(m, &x, e); err != nil || !got {
			t.Errorf("%s: %v %v", text, got, err)
		}
		m.load(e, x.uses)
		var machine vm.VM
		if got, err := machine.Run(x.program, m.env); err != nil || got != true {
			t.Errorf("%s by the machine: %v %v", text, got, err)
		}
		not, err := condition("not (" + text + ")")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := eval(m, &not, e); err != nil || got {
			t.Errorf("not %s: %v %v", text, got, err)
		}
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule Rule
		kept bool
	}{
		{Rule{Drop: `dst.port == 443`}, false},
		{Rule{Drop: `dst.port == 80`}, true},
		{Rule{Keep: `action == "denied"`}, false},
		{Rule{Keep: `action == "allowed"`}, true},
		{Rule{Sample: 1}, true},
		{Rule{Sample: 1e-9}, false},
		{Rule{Sample: 1e-9, When: `kind == "route53"`}, true},
		{Rule{Drop: `bytes % packets == 0`}, true}, // fails
	} {
		if left := run(t, Options{Rules: []Rule{c.rule}}, flow); (len(left) == 1) != c.kept {
			t.Errorf("%+v: %d events", c.rule, len(left))
		}
	}
}

// TestFailure: a rule that fails is counted, and the rules after it go on.
func TestFailure(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	left := run(t, Options{Output: "siem", Registerer: reg, Rules: []Rule{{Name: "odd", Drop: `bytes % packets == 0`}, {Set: map[string]string{"host": `"h"`}}}}, flow)
	if len(left) != 1 || left[0].Class.Head().Host != "h" {
		t.Fatalf("%+v", left)
	}
	want := `# HELP logrelay_rule_events_total Events that a rule of an output passed on, dropped, or could not judge (failed: passed on unchanged). An event that is sent again counts again.
# TYPE logrelay_rule_events_total counter
logrelay_rule_events_total{output="siem",result="dropped",rule="1"} 0
logrelay_rule_events_total{output="siem",result="dropped",rule="odd"} 0
logrelay_rule_events_total{output="siem",result="failed",rule="1"} 0
logrelay_rule_events_total{output="siem",result="failed",rule="odd"} 1
logrelay_rule_events_total{output="siem",result="passed",rule="1"} 1
logrelay_rule_events_total{output="siem",result="passed",rule="odd"} 0
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

// TestSample: the share is what is asked for, and an event that comes again meets the same decision.
func TestSample(t *testing.T) {
	t.Parallel()
	s, err := Compile(Options{Rules: []Rule{{Sample: 0.25}}})
	if err != nil {
		t.Fatal(err)
	}
	decide := func() (kept []bool) {
		normalize := s.Wrap(flow)
		for i := range 20_000 {
			r := record()
			r.Ordinal, r.Base = uint64(i), relay.ID{7}
			var es relay.Events
			normalize(&es, r)
			kept = append(kept, len(es.List) == 1)
		}
		return kept
	}
	first, second, n := decide(), decide(), 0
	for i := range first {
		if first[i] != second[i] {
			t.Fatalf("event %d is kept once and dropped once", i)
		}
		if first[i] {
			n++
		}
	}
	if n < 4700 || n > 5300 {
		t.Errorf("%d of 20000 are kept, want a quarter", n)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	left := run(t, Options{Rules: []Rule{{
		When: `dst.port == 443`, Set: map[string]string{"message": `"to " + dst.ip`, "dst.ip": `src.ip`, "src.ip": `dst.ip`, "dns.name": `"x"`},
	}}}, flow)
	f := left[0].Class.(*relay.NetworkFlow)
	if f.Message != "to 203.0.113.9" || f.Src.IP != "203.0.113.9" || f.Dst.IP != "10.1.2.3" {
		t.Errorf("%q %s %s", f.Message, f.Src.IP, f.Dst.IP)
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	key := []byte("0123456789abcdef")
	both := func(r Rule) (*relay.NetworkFlow, []relay.Field) {
		left := run(t, Options{Rules: []Rule{r}}, flow)
		return left[0].Class.(*relay.NetworkFlow), left[0].Rest
	}
	f, rest := both(Rule{Redact: []string{"user.name", "src.ip", "rest.interface-id", "rest.tags.owner.mail", "rest.tags.n", "rest.none"}})
	if f.User.Name != "<redacted>" || f.Src.IP != "10.1.2.0" || rest[0].Value != `"<redacted>"` || rest[1].Value != `{"owner":{"mail":"<redacted>"},"n":"<redacted>"}` {
		t.Errorf("mask: %q %q %v", f.User.Name, f.Src.IP, rest)
	}
	f, rest = both(Rule{Redact: []string{"user.name", "src.ip", "rest.interface-id", "rest.tags.owner"}, With: Remove})
	if f.User.Name != "" || f.Src.IP != "" || rest[0].Value != "null" || rest[1].Value != `{"owner":null,"n":7}` {
		t.Errorf("remove: %q %q %v", f.User.Name, f.Src.IP, rest)
	}
	f, _ = both(Rule{Redact: []string{"user.name", "src.ip"}, With: Hash, Key: key})
	again, _ := both(Rule{Redact: []string{"user.name", "src.ip"}, With: Hash, Key: key})
	other, _ := both(Rule{Redact: []string{"user.name", "src.ip"}, With: Hash, Key: []byte("another key of 16")})
	ip, err := netip.ParseAddr(f.Src.IP)
	if err != nil || !netip.MustParsePrefix("fd00::/8").Contains(ip) || len(f.User.Name) != 32 {
		t.Errorf("hash: %q %q", f.User.Name, f.Src.IP)
	}
	if f.User.Name != again.User.Name || f.Src.IP != again.Src.IP || f.User.Name == other.User.Name || f.Src.IP == other.Src.IP {
		t.Error("a hash does not go by its key")
	}
	left := run(t, Options{Rules: []Rule{{Redact: []string{"message"}, Pattern: `\d{4}-\d{4}`}}}, func(es *relay.Events, r *relay.Record) {
		m := es.Message()
		m.Text = "card 1234-5678 of anaya"
		es.Add(r, relay.KindSyslog).Class = m
	})
	if got := left[0].Class.(*relay.Message).Text; got != "card <redacted> of anaya" {
		t.Errorf("pattern: %q", got)
	}
}

// TestRedactJSON: members of records of no known kind, and of the parameters of a call.
func TestRedactJSON(t *testing.T) {
	t.Parallel()
	left := run(t, Options{Rules: []Rule{{Redact: []string{"rest.user.password", "api.request.password"}}}}, func(es *relay.Events, r *relay.Record) {
		o := es.Other()
		o.JSON = `{"user":{"password":"se\u0063ret","name":"a"}}`
		es.Add(r, relay.KindJSON).Class = o
		c := es.APICall()
		c.API.Request = `{"userName":"a","password":{"x":1}}`
		es.Add(r, relay.KindCloudTrail).Class = c
	})
	if got := left[0].Class.(*relay.Other).JSON; got != `{"user":{"password":"<redacted>","name":"a"}}` {
		t.Error(got)
	}
	if got := left[1].Class.(*relay.APICall).API.Request; got != `{"userName":"a","password":"<redacted>"}` {
		t.Error(got)
	}
}

// TestUnparsed: what could not be understood would go out as it came, past redaction.
func TestUnparsed(t *testing.T) {
	t.Parallel()
	broken := func(es *relay.Events, r *relay.Record) {
		es.AddUnparsed(r, relay.KindJSON, relay.Fault{Reason: relay.FaultSyntax, Detail: "no"})
	}
	rules := []Rule{{Redact: []string{"user.name"}}}
	set, err := Compile(Options{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	var es relay.Events
	if set.Wrap(broken)(&es, record()); len(es.List) != 0 || testutil.ToFloat64(set.unread.dropped) != 1 {
		t.Error("it passes, or is not counted")
	}
	if left := run(t, Options{Rules: rules, Unparsed: true}, broken); len(left) != 1 {
		t.Error("it does not pass although the configuration lets it")
	}
	if left := run(t, Options{Rules: []Rule{{Keep: `parse_error == "syntax"`}}}, broken); len(left) != 1 {
		t.Error("it is dropped although nothing is redacted")
	}
}

func TestEnrich(t *testing.T) {
	t.Parallel()
	o := Options{
		Enrich: Enrichment{Services: true, Internal: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		Rules:  []Rule{{Keep: `src.scope == "internal" and dst.scope == "external"`}},
	}
	left := run(t, o, flow)
	if len(left) != 1 {
		t.Fatal("scopes are not set before the rules")
	}
	if f := left[0].Class.(*relay.NetworkFlow); f.Dst.PortName != "https" || f.Src.PortName != "" {
		t.Errorf("%q %q", f.Dst.PortName, f.Src.PortName)
	}
}

// TestWrong: every rule that is wrong is named, with what is allowed.
func TestWrong(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]Rule{
		`rules[0].drop: reading the expression: unknown name knd (1:1)`: {Drop: `knd == "x"`},
		`unknown field portt`:                         {Drop: `src.portt == 1`},
		`mismatched types`:                            {Keep: `src.port == "443"`},
		`expected bool`:                               {Drop: `src.port`},
		`exactly one of drop, keep`:                   {Drop: `true`, Sample: 0.5},
		`rules[0]: a rule does one thing`:             {When: `true`},
		`drop and keep have their condition`:          {When: `true`, Drop: `true`},
		`not a network`:                               {Drop: `in_cidr(src.ip, "10.0.0.0/33")`},
		`in_cidr without a network`:                   {Drop: `in_cidr(src.ip)`},
		`groups of fields are no values`:              {Keep: `get(src, "ip") == "10.1.2.3"`},
		`no values; allowed`:                          {Drop: `"ip" in src`},
		`$env is not known here`:                      {Keep: `$env["kind"] == "vpcflow"`},
		`a loop inside all takes too long`:            {Drop: `let a = 1..1000; all(a, all(a, true))`},
		`reduce is not known here`:                    {Drop: `reduce(1..100000, #acc + raw, "") == ""`},
		`.sample: 1.5`:                                {Sample: 1.5},
		`.set.peer: no field that can be set`:         {Set: map[string]string{"peer": `"x"`}},
		`.set.host: reading the expression`:           {Set: map[string]string{"host": `1`}},
		`needs a key of 16 bytes`:                     {Redact: []string{"user.name"}, With: Hash},
		`"blur"; allowed: mask, hash, remove`:         {Redact: []string{"user.name"}, With: "blur"},
		`.redact[1]: "nonsense"`:                      {Redact: []string{"user.name", "nonsense"}},
		`.redact[0]: "src.port" is no field that can`: {Redact: []string{"src.port"}},
		`.pattern: error parsing regexp`:              {Redact: []string{"message"}, Pattern: "("},
		`only redact has with, pattern`:               {Drop: `true`, With: Mask},
		`an expression of 5000 bytes`:                 {Drop: strings.Repeat(" ", 4996) + "true"},
	} {
		if _, err := Compile(Options{Rules: []Rule{r}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v\nwant %s", r, err, want)
		}
	}
}

func BenchmarkRules(b *testing.B) {
	for _, text := range []string{
		`kind == "vpcflow" && action == "allowed" && dst.port in [22, 8443, 443]`, `in_cidr(dst.ip, "10.0.0.0/8", "192.168.0.0/16")`,
		`user.name matches "^svc-"`, `upper(user.name) == "ROOT"`, `len(user.name) > 3`,
	} {
		b.Run(fmt.Sprint(text), func(b *testing.B) {
			x, err := condition(text)
			if err != nil {
				b.Fatal(err)
			}
			var es relay.Events
			flow(&es, record())
			m := newMachine()
			b.ReportAllocs()
			for b.Loop() {
				_, _ = eval(m, &x, &es.List[0])
			}
		})
	}
}
