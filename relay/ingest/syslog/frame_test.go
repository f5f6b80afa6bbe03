package syslog

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay"
)

// cutter runs a framer and collects what it cuts.
type cutter struct {
	framer
	got []record
}

func newCutter(max int) *cutter {
	c := &cutter{}
	c.framer = framer{out: &relay.Batch{}, max: max, full: func() error { c.collect(); return nil }}
	c.out.Use(&relay.Origin{}, 0)
	return c
}

func (c *cutter) collect() {
	c.got = append(c.got, recordsOf(c.out)...)
	for i := range c.got {
		c.got[i].origin = nil
	}
	c.out.Reset()
	c.out.Use(&relay.Origin{}, 0)
}

// cut feeds the pieces, ends the connection, and checks that every byte is accounted for.
func cut(t testing.TB, max int, pieces ...string) []record {
	t.Helper()
	c := newCutter(max)
	total := 0
	for _, p := range pieces {
		if err := c.feed([]byte(p)); err != nil {
			t.Fatal(err)
		}
		total += len(p)
	}
	if err := c.end(); err != nil {
		t.Fatal(err)
	}
	c.collect()
	kept := 0
	for _, r := range c.got {
		kept += len(r.raw)
		if len(r.raw) > max {
			t.Fatalf("a record of %d bytes, more than %d", len(r.raw), max)
		}
	}
	if kept+int(c.framing) != total {
		t.Fatalf("%d bytes in, %d in records and %d of framing", total, kept, c.framing)
	}
	if int(c.records) != len(c.got) {
		t.Fatalf("%d records counted, %d cut", c.records, len(c.got))
	}
	if c.pending() {
		t.Fatal("pending after the end")
	}
	return c.got
}

func rec(raw string, flags ...relay.Flag) record {
	r := record{raw: raw}
	for _, f := range flags {
		r.flags |= f
	}
	return r
}

func part(name, raw string, flags ...relay.Flag) record {
	r := rec(raw, flags...)
	r.part = name
	return r
}

const (
	more      = relay.FlagMore
	continued = relay.FlagContinued
	truncated = relay.FlagTruncated
	resync    = relay.FlagResync
)

func TestFraming(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 25)
	for _, c := range []struct {
		name, in string
		want     []record
	}{
		{"lines", "<1>a\n<1>b\n", []record{rec("<1>a"), rec("<1>b")}},
		{"CR LF", "<1>a\r\n\r\n<1>b\r\n", []record{rec("<1>a"), rec("<1>b")}},
		{"a CR inside stays", "<1>a\rb\n", []record{rec("<1>a\rb")}},
		{"NUL", "<1>a\x00<1>b\x00", []record{rec("<1>a"), rec("<1>b")}},
		{"counted", "4 <1>a4 <1>b", []record{rec("<1>a"), rec("<1>b")}},
		{"counted with LF", "4 <1>a\n4 <1>b\n", []record{rec("<1>a"), rec("<1>b")}},
		{"counted with CR LF", "4 <1>a\r\n4 <1>b\r\n", []record{rec("<1>a"), rec("<1>b")}},
		{"counted, LF counted in", "5 <1>a\n5 <1>b\n", []record{rec("<1>a"), rec("<1>b")}},
		{"counted, CR LF counted in", "6 <1>a\r\n6 <1>b\r\n", []record{rec("<1>a"), rec("<1>b")}},
		{"counted, NUL counted in", "5 <1>a\x005 <1>b\x00", []record{rec("<1>a"), rec("<1>b")}},
		{"LF inside of counted", "6 <1>a\nb4 <1>c", []record{rec("<1>a\nb"), rec("<1>c")}},
		{"one byte counted", "1 <<1>b\n", []record{rec("<"), rec("<1>b")}},
		{"mixed", "4 <1>a<1>b\n4 <1>c", []record{rec("<1>a"), rec("<1>b"), rec("<1>c")}},
		{"digits are not a length", "2026-11-21 text\n84 apples\n7<1>a\n", []record{rec("2026-11-21 text"), rec("84 apples"), rec("7<1>a")}},
		{"leading zero is not a length", "04 <1>a\n", []record{rec("04 <1>a")}},
		{"only digits", "12345\n", []record{rec("12345")}},
		{"too many digits", "12345678901 <1>\n<1>a\n", []record{rec("12345678901 <1>"), rec("<1>a")}},
		{"no end", "<1>a\n<1>b", []record{rec("<1>a"), rec("<1>b", truncated)}},
		{"counted, no end", "9 <1>a", []record{rec("<1>a", truncated)}},
		{"digits, no end", "9 ", []record{rec("9 ", truncated)}},
		{"2 GB", "2147483648 <1>a\n<1>b\n", []record{rec("2147483648 <1>a", resync), rec("<1>b")}},
		{"2 GB, then counted", "2147483648 <1>a4 <1>b", []record{rec("2147483648 <1>a", resync), rec("<1>b")}},
		{"count too small", "4 <1>abc4 <1>d", []record{rec("<1>a"), rec("bc", resync), rec("<1>d")}},
		{"count too small, digits", "4 <1>a9x4 <1>d", []record{rec("<1>a"), rec("9x", resync), rec("<1>d")}},
		{"count too small, then a line", "4 <1>a b\n<1>d\n", []record{rec("<1>a"), rec(" b", resync), rec("<1>d")}},
		{"garbage at the end", "4 <1>abc", []record{rec("<1>a"), rec("bc", resync, truncated)}},
		{"exactly the limit", "<1>" + long[:17] + "\n", []record{rec("<1>" + long[:17])}},
		{"exactly the limit, CR LF", "<1>" + long[:17] + "\r\n", []record{rec("<1>" + long[:17])}},
		{"long line", "<1>" + long + "\n<1>b\n", []record{
			part("1:1", "<1>"+long[:17], more), part("1:2", long[17:], continued), rec("<1>b")}},
		{"one over the limit", "<1>" + long[:18] + "\n", []record{part("1:1", "<1>"+long[:17], more), part("1:2", "x", continued)}},
		{"one over the limit, CR LF", "<1>" + long[:18] + "\r\n", []record{part("1:1", "<1>"+long[:17], more), part("1:2", "x", continued)}},
		{"two long lines", long + "\n" + long + long + "\n", []record{
			part("1:1", long[:20], more), part("1:2", long[:5], continued),
			part("2:1", long[:20], more), part("2:2", long[:20], more, continued), part("2:3", long[:10], continued)}},
		{"long counted", "28 <1>" + long + "4 <1>b", []record{
			part("1:1", "<1>"+long[:17], more), part("1:2", long[17:], continued), rec("<1>b")}},
		{"counted at the limit with CR LF counted in", "22 <1>" + long[:17] + "\r\n4 <1>b", []record{rec("<1>" + long[:17]), rec("<1>b")}},
		{"long, no end", "<1>" + long, []record{part("1:1", "<1>"+long[:17], more), part("1:2", long[17:], continued, truncated)}},
		{"long garbage", "4 <1>a" + long + long + "4 <1>b", []record{rec("<1>a"),
			part("1:1", long[:20], more, resync), part("1:2", long[:20], more, continued, resync), part("1:3", long[:10], continued, resync),
			rec("<1>b")}},
		{"nothing", "", nil},
		{"blank lines", "\n\n\r\n\x00", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			opt := cmp.AllowUnexported(record{})
			if diff := cmp.Diff(c.want, cut(t, 20, c.in), opt); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want, cut(t, 20, strings.Split(c.in, "")...), opt); diff != "" {
				t.Errorf("byte by byte: %s", diff)
			}
		})
	}
}

// TestFramingInPieces: the records are the same however the network divides the bytes.
func TestFramingInPieces(t *testing.T) {
	t.Parallel()
	words := []string{"<13>a", "4 <1>b", "\n", "\r\n", "\x00", "12 ", "<", ">", "1", "0", " ", "xyz", "2147483648 <1>", "30 <14>", strings.Repeat("y", 40), " <14>", "7"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var in strings.Builder
		for range r.IntN(30) {
			in.WriteString(words[r.IntN(len(words))])
		}
		checkPieces(t, in.String(), r)
	}
}

func checkPieces(t testing.TB, in string, r *rand.Rand) {
	t.Helper()
	var pieces []string
	for rest := in; rest != ""; {
		n := 1 + r.IntN(min(len(rest), 20))
		pieces = append(pieces, rest[:n])
		rest = rest[n:]
	}
	opt := cmp.AllowUnexported(record{})
	if diff := cmp.Diff(cut(t, 32, in), cut(t, 32, pieces...), opt); diff != "" {
		t.Fatalf("%q in pieces %q:\n%s", in, pieces, diff)
	}
}

// TestShed: under memory pressure an incomplete message leaves in parts, and nothing of it is lost.
func TestShed(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("0123456789", 20)
	for _, in := range []string{"<1>" + body + "\n", fmt.Sprintf("%d <1>%s", len(body)+3, body), "2147483648 <1>" + body + "\n"} {
		c := newCutter(1000)
		for at := 0; at < len(in); at += 50 {
			if err := c.feed([]byte(in[at:min(at+50, len(in))])); err != nil {
				t.Fatal(err)
			}
			if err := c.shed(); err != nil {
				t.Fatal(err)
			}
			if len(c.carry) > keepBack {
				t.Fatalf("%d bytes kept", len(c.carry))
			}
		}
		if err := c.feed([]byte("4 <1>z")); err != nil {
			t.Fatal(err)
		}
		c.collect()
		var all strings.Builder
		for i, r := range c.got[:len(c.got)-1] {
			all.WriteString(r.raw)
			if first, last := i == 0, i == len(c.got)-2; r.part != "1:"+strconv.Itoa(i+1) || r.flags&continued == 0 != first || r.flags&more == 0 != last {
				t.Errorf("record %d: part %q, flags %b", i, r.part, r.flags)
			}
		}
		if !strings.HasSuffix(strings.TrimSuffix(in, "\n"), all.String()) || !strings.HasSuffix(all.String(), body) || c.got[len(c.got)-1].raw != "<1>z" {
			t.Errorf("%q came as %v", in, c.got)
		}
	}
}

// TestLongLengthIsBounded: a length that never comes costs the bytes that did.
func TestLongLengthIsBounded(t *testing.T) {
	t.Parallel()
	c := newCutter(1 << 10)
	if err := c.feed([]byte("16000000 <1>")); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if err := c.feed([]byte(strings.Repeat("x", 700))); err != nil {
			t.Fatal(err)
		}
		if cap(c.carry) > 4<<10 {
			t.Fatalf("%d bytes kept of a frame that is not complete", cap(c.carry))
		}
	}
}

func FuzzFramer(f *testing.F) {
	for _, s := range []string{"<1>a\n", "4 <1>a\n4 <1>b", "2147483648 <1>a\n<1>b", "4 <1>abc12 <1>d", "9 <", "\x00\r\n0 1 <", strings.Repeat("z", 99), "\x16\x03\x01\x02\x00\x01\x00"} {
		f.Add(s, uint64(7))
	}
	f.Fuzz(func(t *testing.T, in string, seed uint64) {
		checkPieces(t, in, rand.New(rand.NewPCG(seed, 1)))
	})
}

// FuzzJoin: what senders join by either framing is split into the same messages.
func FuzzJoin(f *testing.F) {
	f.Add("<13>one", "<13>two", uint8(1))
	f.Add("<13>one\r", "<13>t\x00wo\n", uint8(2))
	f.Fuzz(func(t *testing.T, a, b string, how uint8) {
		var in strings.Builder
		var want []string
		for i, m := range []string{a, b, a} {
			m = "<13>" + m
			if how>>i&1 == 0 {
				m = strings.Map(func(r rune) rune {
					if r == '\n' || r == '\r' || r == 0 {
						return -1
					}
					return r
				}, m)
				in.WriteString(m + "\n")
			} else {
				m = strings.TrimRight(m, "\r\n\x00") + "."
				fmt.Fprintf(&in, "%d %s", len(m), m)
			}
			want = append(want, m)
		}
		got := cut(t, 1<<20, in.String())
		if diff := cmp.Diff(want, raws(got)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func BenchmarkFramer(b *testing.B) {
	msg := "<165>1 2026-11-21T09:15:32.003Z fw1.example.com app 8710 ID47 - " + strings.Repeat("x", 236)
	for name, one := range map[string]string{"lines": msg + "\n", "counted": fmt.Sprintf("%d %s", len(msg), msg)} {
		b.Run(name, func(b *testing.B) {
			chunk := []byte(strings.Repeat(one, 200<<10/len(one)))
			per := len(chunk) / len(one)
			f := framer{out: &relay.Batch{}, max: DefaultMaxMessage}
			f.full = func() error { f.out.Reset(); f.out.Use(&relay.Origin{}, 0); return nil }
			f.full()
			b.ReportAllocs()
			b.SetBytes(int64(len(one)))
			for n := 0; n < b.N; n += per {
				f.full()
				if err := f.feed(chunk); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
