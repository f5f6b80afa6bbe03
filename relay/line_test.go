package relay_test

import (
	"bytes"
	"testing"

	"logrelay/relay"
)

func FuzzEscapeLine(f *testing.F) {
	f.Add([]byte("a\r\nb\x00c\n"), 1)
	f.Add([]byte("plain"), 0)
	f.Fuzz(func(t *testing.T, b []byte, from int) {
		if from < 0 || from > len(b) {
			return
		}
		line := b[from:]
		want := len(b) + bytes.Count(line, []byte("\n")) + bytes.Count(line, []byte("\r")) + bytes.Count(line, []byte("\x00"))
		got := relay.EscapeLine(bytes.Clone(b), from)
		if !bytes.Equal(got[:from], b[:from]) || bytes.ContainsAny(got[from:], "\r\n\x00") || len(got) != want {
			t.Fatalf("%q from %d became %q", b, from, got)
		}
	})
}
