package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// whole reports whether b is exactly one JSON value.
func whole(b []byte) (ok, deep bool) {
	end, err := ScanValue(b, 0)
	if err != nil {
		return false, strings.Contains(err.Error(), "nested deeper")
	}
	return skipSpace(b, end) == len(b), false
}

var jsonCases = []string{
	``, ` `, `{}`, `[]`, `[ ]`, `{ }`, `""`, `"a"`, `"\u00e9\n\\\""`, `"\ud83d\ude00"`, `"\x"`, `"\u12g4"`, "\"a\x01b\"", "\"a\nlong string with a newline\"",
	`"unterminated and long enough for eight`, `"\`, `"\u12`, `0`, `-0`, `-`, `01`, `1.`, `1.5`, `.5`, `1e5`, `1E+5`, `1e`, `1e-`, `-12.5e-10`, `true`, `false`, `null`,
	`tru`, `nul`, `falsey`, `{"a":1}`, `{"a":1,}`, `{"a"}`, `{"a":}`, `{"a" 1}`, `{a:1}`, `{,}`, `[1,2]`, `[1,]`, `[,1]`, `[1 2]`, `[1}`, `{"a":1]`, `[[[[]]]]`, `{"a":{"b":[{"c":null}]}}`,
	"\ufeff{}", "{\"a\":\"\xff\xfe\"}", `{"a":1} `, " \t\r\n{\"a\" : 1 , \"b\":[ 1 , 2 ] }", `{"a":1}{"b":2}`, `]`, `}`, `:`, `[`, `{`, `{"a`, `{"a":`, `{"a":1`,
}

func TestScanValueAgreesWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, c := range jsonCases {
		if got, _ := whole([]byte(c)); got != json.Valid([]byte(c)) {
			t.Errorf("%q: valid = %v, the standard library says %v", c, got, !got)
		}
	}
}

func TestScanValueBoundsDepth(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"[", `{"a":`} {
		if _, err := ScanValue([]byte(strings.Repeat(open, 1_000_000)), 0); err == nil || !strings.Contains(err.Error(), "deeper than 512") {
			t.Errorf("a million of %q: %v", open, err)
		}
	}
	ok := strings.Repeat("[", MaxDepth) + "1" + strings.Repeat("]", MaxDepth)
	if _, err := ScanValue([]byte(ok), 0); err != nil {
		t.Errorf("%d levels: %v", MaxDepth, err)
	}
}

func TestScanValueNamesTheOffset(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{`{"a":1,}`: 7, `{"a":tru}`: 5, `{"a":"b`: 7, `[1,2`: 4, "{\"a\":\"x\ty\"}": 7, `{"a":"\q"}`: 6, `{"a":1.x}`: 6} {
		_, err := ScanValue([]byte(in), 0)
		if e, ok := errors.AsType[*SyntaxError](err); !ok || e.Offset != want {
			t.Errorf("%s: %v, want offset %d", in, err, want)
		}
	}
}

func TestUnquote(t *testing.T) {
	t.Parallel()
	for _, c := range []string{`""`, `"plain"`, `"\"\\\/\b\f\n\r\t"`, `"\u0041\u00e9\u20ac"`, `"\ud83d\ude00!"`, `"\ud83d"`, `"\ud83dx"`, `"\ude00\ud83d"`, `"\ud83d\u0041"`} {
		var want string
		if err := json.Unmarshal([]byte(c), &want); err != nil {
			t.Fatal(err)
		}
		if got := string(Unquote(nil, []byte(c))); got != want {
			t.Errorf("%s: %q, want %q", c, got, want)
		}
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	m := ReadObject([]byte(` { "a" : 1 , "\u0062":{"x":[]},"c":"}" } tail`), 0)
	var got []string
	for {
		name, value, ok := m.Next()
		if !ok {
			break
		}
		got = append(got, string(name)+"="+string(value))
	}
	if s := strings.Join(got, " "); s != `a=1 b={"x":[]} c="}"` || m.Err() != nil || m.End() != 40 {
		t.Errorf("members %s, error %v, end %d", s, m.Err(), m.End())
	}
}

func FuzzScanValue(f *testing.F) {
	for _, c := range jsonCases {
		f.Add([]byte(c))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, deep := whole(b)
		if want := json.Valid(b); got != want && !deep {
			t.Fatalf("%q: valid = %v, the standard library says %v", b, got, want)
		}
		if !got {
			return
		}
		b = bytes.TrimSpace(b)
		switch b[0] {
		case '"':
			var want string
			if err := json.Unmarshal(b, &want); err == nil && bytes.Equal(b, bytes.ToValidUTF8(b, nil)) && string(Unquote(nil, b)) != want {
				t.Fatalf("%q unquoted: %q, want %q", b, Unquote(nil, b), want)
			}
		case '{':
			m := ReadObject(b, 0)
			for _, _, ok := m.Next(); ok; _, _, ok = m.Next() {
			}
			if m.Err() != nil || m.End() != len(b) {
				t.Fatalf("%q: members end at %d with %v", b, m.End(), m.Err())
			}
		}
	})
}

var sampleEvent = []byte(`{"date":1763716532.123456,"host":"web-17.example.net","level":"info","path":"/api/v1/orders/48151623","status":200,"bytes":5123,"user":{"id":"u-1029384756","agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"},"tags":["a","bc","def"],"message":"request served in 12 ms \"ok\"","trace":"4bf92f3577b34da6a3ce929d0e0e4736"}`)

func BenchmarkScanValue(b *testing.B) {
	b.SetBytes(int64(len(sampleEvent)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ScanValue(sampleEvent, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStandardLibrary(b *testing.B) {
	b.SetBytes(int64(len(sampleEvent)))
	for b.Loop() {
		if !json.Valid(sampleEvent) {
			b.Fatal("not valid")
		}
	}
}
