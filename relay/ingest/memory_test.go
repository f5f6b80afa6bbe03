package ingest

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
)

// allocated returns how many bytes f allocates. No other test may run meanwhile.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestLongEscapedText: a string that is escaped has to be written anew; a sender must not choose how much memory that takes.
func TestLongEscapedText(t *testing.T) {
	const size = 32 << 20
	long := `"\u0041` + strings.Repeat("A", size) + `"`
	cut := func(body []byte) error {
		s := NewSplitter(body, SplitOptions{})
		var p Piece
		for {
			if err := s.Next(&p); err != nil {
				return err
			}
		}
	}
	for _, c := range []struct {
		name, body string
		tooLong    bool
	}{
		{"name", `{"Records":[],` + long + `:1}`, true},
		{"message", `{"messageType":"DATA_MESSAGE","owner":"o","logGroup":"g","logStream":"s","logEvents":[{"message":` + long + `}]}`, true},
		{"stream", `{"messageType":"DATA_MESSAGE","owner":"o","logGroup":"g","logStream":` + long + `,"logEvents":[{"message":"m"}]}`, true},
	} {
		body := []byte(c.body)
		var err error
		got := allocated(func() { err = cut(body) })
		if _, tooLong := errors.AsType[*TooLongError](err); tooLong != c.tooLong || !tooLong && err != io.EOF {
			t.Errorf("%s: %v", c.name, err)
		}
		if got > size/2 {
			t.Errorf("%s: %d MiB were allocated for a body of %d MiB", c.name, got>>20, len(body)>>20)
		}
	}
}

func TestUnquoteMax(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		limit int
		want  string
		fits  bool
	}{
		{`"abc"`, 3, "abc", true},
		{`"abc"`, 2, "abc", false},
		{`"a\nbc"`, 4, "a\nbc", true},
		{`"a\nbc"`, 3, "", false},
		{`"\u20ac"`, 3, "€", true},
		{`"\u20ac"`, 2, "", false},
		{`"\u20ac\u20ac"`, 5, "", false},
		{`""`, 0, "", true},
	} {
		got, fits := UnquoteMax(nil, []byte(c.in), c.limit)
		if fits != c.fits || fits && string(got) != c.want {
			t.Errorf("%s up to %d: %q %t", c.in, c.limit, got, fits)
		}
	}
}
