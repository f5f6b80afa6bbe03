package syslog

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

func event(text string) relay.Event {
	e := relaytest.Events(0, 1)[0]
	e.Record.Raw = []byte(text)
	return e
}

const header = "<13>1 - - - - - - "

func wrapped(dst []byte, e *relay.Event) []byte { return raw(append(dst, header...), e) }

func TestFrame(t *testing.T) {
	t.Parallel()
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
		"datagram":              {framer{}, "<14>a\nb", "<14>a\nb"},
		"octets, header before": {framer{octets: true, digits: 3}, "hello", fmt.Sprint(len(header)+5) + " " + header + "hello"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.f.encode, c.f.wrap = raw, wrapped
			e := event(c.in)
			got := c.f.append([]byte("before"), &e)
			if want := "before" + c.want; string(got) != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// FuzzFrame checks that whatever was encoded, one message comes out of each framing: the length fits, and a line is one line.
func FuzzFrame(f *testing.F) {
	for _, s := range []string{"", "<14>x", "hello\r\n", "<>", "\x00", "12 <14>x", strings.Repeat("a", 1000)} {
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, digits uint8) {
		e := event(string(b))
		octets := framer{encode: raw, wrap: wrapped, octets: true, digits: int(digits % 9)}
		frame := octets.append(nil, &e)
		length, message, ok := bytes.Cut(frame, []byte(" "))
		if !ok || fmt.Sprint(len(message)) != string(length) {
			t.Fatalf("length %q, message of %d bytes", length, len(message))
		}
		if !hasPriority(message) || !bytes.HasSuffix(message, b) {
			t.Fatalf("message %q of record %q", message, b)
		}
		lines := framer{encode: raw, wrap: wrapped, lines: true}
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
		"octets":  {encode: raw, wrap: wrapped, octets: true, digits: 3},
		"newline": {encode: raw, wrap: wrapped, lines: true},
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
