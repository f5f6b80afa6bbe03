package vpcflow

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

const columns14 = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"

func parse(t testing.TB, columns, raw string) *relay.Event {
	t.Helper()
	var p Parser
	var es relay.Events
	p.Append(&es, &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{Columns: columns}, Received: 1})
	if len(es.List) != 1 {
		t.Fatalf("%d events", len(es.List))
	}
	return &es.List[0]
}

func TestRow(t *testing.T) {
	t.Parallel()
	e := parse(t, columns14, "  2 123456789012\teni-1  192.0.2.1 198.51.100.2 1 65535 6 4294967297 9223372036854775807 1763713000 1763713060 ACCEPT OK \r\n")
	f, ok := e.Class.(*relay.NetworkFlow)
	if !ok {
		t.Fatal(e.Fault.String())
	}
	if f.Src.IP != "192.0.2.1" || f.Dst.Port.Value != 65535 || f.Packets.Value != 4294967297 || f.Bytes.Value != 1<<63-1 {
		t.Errorf("%+v", f)
	}
	if want := time.Date(2025, 11, 21, 8, 16, 40, 0, time.UTC).UnixNano(); e.Time != want || f.Start != want {
		t.Errorf("time %d, start %d, want %d", e.Time, f.Start, want)
	}
	if len(e.Rest) != 1 || e.Rest[0].Name != "interface-id" || e.Rest[0].Value != "eni-1" {
		t.Errorf("rest %v", e.Rest)
	}
}

// TestNotGuessed: without columns a row is read only when it can be nothing but the default format.
func TestNotGuessed(t *testing.T) {
	t.Parallel()
	const known = "2 123456789012 eni-1 192.0.2.1 198.51.100.2 1 2 6 1 40 1763713000 1763713060 ACCEPT OK"
	if f, ok := parse(t, "", known).Class.(*relay.NetworkFlow); !ok || f.Dst.IP != "198.51.100.2" || f.StatusCode != "OK" {
		t.Errorf("the default format is not read: %+v", f)
	}
	const row = "5 123456789012 eni-1 192.0.2.1 198.51.100.2 1 2 6 1 40 1763713000 1763713060 ACCEPT OK"
	if e := parse(t, "", row); !strings.Contains(e.Fault.String(), "`columns`") || e.Class.(*relay.Other).Text != row {
		t.Errorf("%+v", e)
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ columns, want string }{
		"twice":         {"version start version", "named twice"},
		"too many":      {numbered(maxColumns + 1), "more than 128"},
		"too long":      {strings.Repeat("a", maxColumnsText+1), "longer than 8 KiB"},
		"blanks":        {"  ", "no columns"},
		"fewer columns": {"version start", "3 or more fields, but 2 columns"},
		"more columns":  {"version start end action log-status", "4 fields, but 5 columns"},
	} {
		if e := parse(t, c.columns, "2 1763713000 1763713060 ACCEPT"); !strings.Contains(e.Fault.String(), c.want) {
			t.Errorf("%s: %q does not say %q", name, e.Fault.String(), c.want)
		}
	}
	for _, columns := range []string{"pkt_srcaddr srcport", "${pkt-srcaddr} ${srcport}"} {
		e := parse(t, columns, "192.0.2.1 80")
		if f, ok := e.Class.(*relay.NetworkFlow); !ok || f.Src.IP != "192.0.2.1" || f.Src.Port.Value != 80 {
			t.Errorf("%s: %+v %s", columns, e.Class, e.Fault.String())
		}
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("c" + strconv.Itoa(i) + " ")
	}
	return b.String()
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		columns14: true,
		"version srcaddr dstaddr a-new-one another":         true,
		"account_id srcaddr dstaddr":                        true,
		"2 123456789012 eni-1 - - - - - - - 1 2 - NODATA":   false,
		"vpc-1 subnet-2 i-3":                                false,
		"version":                                           false,
		"the start and the end of action are in the region": false,
		"": false,
	} {
		if got := IsHeader([]byte(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
		if want {
			for _, columns := range []string{"", line, columns14, "version start"} {
				if e := parse(t, columns, line); e.Fault.String() != "" || e.Class.(*relay.Other).Text != line {
					t.Errorf("%q under %q: %+v", line, columns, e)
				}
			}
		}
	}
}

func TestManyFormats(t *testing.T) {
	t.Parallel()
	var p Parser
	var es relay.Events
	for i := range 3 * maxLayouts {
		p.Append(&es, &relay.Record{Raw: []byte("2 x"), Origin: &relay.Origin{Columns: "version c" + strconv.Itoa(i)}})
	}
	if len(p.layouts) > maxLayouts {
		t.Errorf("%d layouts are kept", len(p.layouts))
	}
	for i := range es.List {
		if es.List[i].Fault.String() != "" {
			t.Fatal(es.List[i].Fault.String())
		}
	}
}

// FuzzRow: fields are what strings.Fields finds between blanks; nothing of a row is lost.
func FuzzRow(f *testing.F) {
	f.Add(columns14, []byte("2 123456789012 eni-1 192.0.2.1 198.51.100.2 1 2 6 1 40 1763713000 1763713060 ACCEPT OK"))
	f.Add(columns14, []byte("2 123456789012 eni-1 - - - - - - - 1763713000 1763713060 - NODATA"))
	f.Add("srcaddr pkt-srcaddr flow-direction interface-id new", []byte("192.0.2.1 192.0.2.9 egress eni-1 "+strings.Repeat("x", 200)))
	f.Add("version  tgw-id\ttgw_src_eni", []byte("6 tgw-1 eni-2"))
	f.Add(columns14, []byte(columns14))
	f.Fuzz(func(t *testing.T, columns string, raw []byte) {
		var p Parser
		n := p.split(raw, 50)
		want := strings.FieldsFunc(string(raw), func(r rune) bool { return r <= ' ' })
		if n != min(len(want), 51) {
			t.Fatalf("%d fields, want %d", n, len(want))
		}
		for i := range n {
			// FieldsFunc reads bytes that are not UTF-8 as U+FFFD, which is above ' ' too, and copies nothing.
			if p.fields[i] != want[i] {
				t.Fatalf("field %d: %q, want %q", i, p.fields[i], want[i])
			}
		}
		e := parse(t, columns, string(raw))
		flow, ok := e.Class.(*relay.NetworkFlow)
		if !ok {
			if e.Class.(*relay.Other).Text != string(raw) {
				t.Fatalf("%+v", e)
			}
			return
		}
		for _, v := range want {
			if v != "-" && v != "unknown" && !holds(flow, e.Rest, v) {
				t.Fatalf("%q is lost: %+v %v", v, flow, e.Rest)
			}
		}
	})
}

// holds reports whether the event has v somewhere.
func holds(f *relay.NetworkFlow, rest []relay.Field, v string) bool {
	texts := []string{f.Product.Version, f.Cloud.Account, f.Cloud.Region, f.Cloud.Zone, f.StatusCode, f.Verdict.Word, f.IPVersion, f.Direction, f.StatusDetail}
	numbers := []relay.Number{f.Protocol, f.TCPFlags, f.Path, f.Bytes, f.Packets,
		{Value: f.Start / 1e9, Set: true}, {Value: f.End / 1e9, Set: true}}
	for _, p := range []relay.Endpoint{f.Src, f.Dst} {
		texts = append(texts, p.IP, strings.Join(p.Intermediates, " "), p.Interface, p.VPC, p.Subnet, p.Instance, p.Zone, p.Service)
		numbers = append(numbers, p.Port)
	}
	for _, r := range rest {
		texts = append(texts, r.Value)
	}
	for _, s := range texts {
		if s == v {
			return true
		}
	}
	for _, n := range numbers {
		if i, err := strconv.ParseInt(v, 10, 64); err == nil && n.Set && n.Value == i {
			return true
		}
	}
	return false
}

// TestWrapped: a row in {"message":"…"} is a row; of another object nothing is guessed.
func TestWrapped(t *testing.T) {
	t.Parallel()
	const row = "2 123456789012 eni-0a1b2c3d4e5f60718 192.0.2.1 198.51.100.2 443 50000 6 10 840 1763716421 1763716481 ACCEPT OK"
	for raw, is := range map[string]bool{
		`{"message":"` + row + `"}`:                          true,
		` { "message" : "` + row + `" } `:                    true,
		`{"message":"` + row + `","x":1}`:                    false,
		`{"msg":"` + row + `"}`:                              false,
		`{"message":"` + row + `\n"}`:                        true,
		`{"message":"2 rows"}`:                               false,
		`{"message":["` + row + `"]}`:                        false,
		`{"message":"` + row[:len(row)-2] + `\u004f\u004b"}`: false,
	} {
		var d jsondoc.Doc
		if !d.Parse([]byte(raw), 3) {
			t.Fatal(d.Fault())
		}
		if IsWrapped(d.Root()) != is {
			t.Errorf("%s: %t", raw, !is)
		}
		var p Parser
		var es relay.Events
		f := p.AppendJSON(&es, &relay.Record{Raw: []byte(raw), Origin: &relay.Origin{}}, &d)
		if !is {
			if f.Reason == relay.FaultNone || len(es.List) != 0 {
				t.Errorf("%s: %d events", raw, len(es.List))
			}
			continue
		}
		if c, ok := es.List[0].Class.(*relay.NetworkFlow); f.Reason != relay.FaultNone || !ok || c.Src.IP != "192.0.2.1" || c.Dst.Port.Value != 50000 {
			t.Errorf("%s: %v %+v", raw, f, es.List)
		}
	}
	e := parse(t, "new other", "new x")
	if e.Fault.Reason != relay.FaultValue || e.Fault.Offset != 0 {
		t.Errorf("a value that is the name of its column: %v", e.Fault)
	}
	const odd = `{"message":"192.0.2.1 x"}`
	var d jsondoc.Doc
	var p Parser
	var es relay.Events
	r := &relay.Record{Raw: []byte(odd), Origin: &relay.Origin{Columns: "srcaddr srcport"}}
	if !d.Parse(r.Raw, 1) {
		t.Fatal(d.Fault())
	}
	if f := p.AppendJSON(&es, r, &d); f.Reason != relay.FaultValue || odd[f.Offset:f.Offset+1] != "x" {
		t.Errorf("%v", f)
	}
}
