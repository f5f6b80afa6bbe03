package syslog

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

func event(text string) relay.Event {
	e := relaytest.Events(0, 1)[0]
	e.Record.Raw = []byte(text)
	return e
}

func TestFrame(t *testing.T) {
	t.Parallel()
	const header = `<13>1 2026-01-02T03:04:05.000000Z 192.0.2.7 syslog - - [logrelay@32473 id="01000000000000000000000000000000-0" input="test" peer="192.0.2.7:514" kind="syslog"] `
	long := "<14>" + strings.Repeat("x", 1200)
	for name, c := range map[string]struct {
		f        framer
		in, want string
	}{
		"octets":                {framer{octets: true}, "<14>hello", "9 <14>hello"},
		"octets, a LF inside":   {framer{octets: true}, "<14>a\nb", "7 <14>a\nb"},
		"octets, longer":        {framer{octets: true, digits: 1}, long, "1204 " + long},
		"octets, shorter":       {framer{octets: true, digits: 5}, "<14>hello", "9 <14>hello"},
		"newline":               {framer{lines: true}, "<14>hello", "<14>hello\n"},
		"newline, escaped":      {framer{lines: true}, "<14>a\nb\rc\x00d", `<14>a\nb\rc\0d` + "\n"},
		"no priority":           {framer{lines: true}, "hello", header + "hello\n"},
		"priority too large":    {framer{lines: true}, "<192>hello", header + "<192>hello\n"},
		"priority with a zero":  {framer{lines: true}, "<014>hello", header + "<014>hello\n"},
		"priority 0":            {framer{lines: true}, "<0>hello", "<0>hello\n"},
		"empty":                 {framer{lines: true}, "", header + "\n"},
		"header always":         {framer{lines: true, header: true}, "<14>hello", header + "<14>hello\n"},
		"datagram":              {framer{}, "<14>a\nb", "<14>a\nb"},
		"octets, header before": {framer{octets: true, digits: 3}, "hello", fmt.Sprint(len(header)+5) + " " + header + "hello"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.f.encode = raw
			e := event(c.in)
			got := c.f.append([]byte("before"), &e)
			if want := "before" + c.want; string(got) != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestHeaderComesFromTheEventButOurFieldsDoNot(t *testing.T) {
	t.Parallel()
	e := event("text")
	e.Class = &relay.Message{PRI: relay.Number{Value: 165, Set: true}, Hostname: "web 1\n", App: `evil"] [logrelay@32473 peer="1.2.3.4"`, ProcID: "42", MsgID: strings.Repeat("m", 50)}
	e.Record.Origin = &relay.Origin{Input: "in", Peer: "[2001:db8::1]:514", Identity: `cn="a\b]"`}
	e.Time = time.Date(2026, 5, 6, 7, 8, 9, 123456789, time.UTC).UnixNano()
	f := framer{encode: raw, header: true, lines: true}
	got := string(f.append(nil, &e))
	want := `<165>1 2026-05-06T07:08:09.123456Z web_1_ evil"]_[logrelay@32473_peer="1.2.3.4" 42 ` + strings.Repeat("m", 32) +
		` [logrelay@32473 id="01000000000000000000000000000000-0" input="in" peer="[2001:db8::1\]:514" identity="cn=\"a\\b\]\"" kind="syslog"] text` + "\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// FuzzFrame checks that whatever was encoded, one message comes out of each framing: the length fits, and a line is one line.
func FuzzFrame(f *testing.F) {
	for _, s := range []string{"", "<14>x", "hello\r\n", "<>", "\x00", "12 <14>x", strings.Repeat("a", 1000)} {
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, digits uint8) {
		e := event(string(b))
		octets := framer{encode: raw, octets: true, digits: int(digits % 9)}
		frame := octets.append(nil, &e)
		length, message, ok := bytes.Cut(frame, []byte(" "))
		if !ok || fmt.Sprint(len(message)) != string(length) {
			t.Fatalf("length %q, message of %d bytes", length, len(message))
		}
		if !hasPriority(message) || !bytes.HasSuffix(message, b) {
			t.Fatalf("message %q of record %q", message, b)
		}
		lines := framer{encode: raw, lines: true}
		line := lines.append(nil, &e)
		if bytes.IndexByte(line, '\n') != len(line)-1 || bytes.ContainsAny(line, "\r\x00") {
			t.Fatalf("line %q", line)
		}
	})
}

func BenchmarkFrame(b *testing.B) {
	e := relaytest.Events(0, 1)[0]
	e.Record.Raw = append(e.Record.Raw, bytes.Repeat([]byte("x"), 300-len(e.Record.Raw))...)
	for name, f := range map[string]framer{
		"raw octets":     {encode: raw, octets: true, digits: 3},
		"raw newline":    {encode: raw, lines: true},
		"header octets":  {encode: raw, octets: true, header: true, digits: 3},
		"header newline": {encode: raw, lines: true, header: true},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(300)
			buf := make([]byte, 0, 256<<10)
			for range b.N {
				if buf = f.append(buf, &e); len(buf) > chunkBytes {
					buf = buf[:0]
				}
			}
		})
	}
}
