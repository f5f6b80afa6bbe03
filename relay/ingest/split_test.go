package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"logrelay/relay"
)

// cutAll returns the pieces as "raw", with what belongs to them in front.
func cutAll(body string, opt SplitOptions) (out []string, err error) {
	s := NewSplitter([]byte(body), opt)
	plain := s.Fork()
	verified := s.Verify()
	defer func() { // what Verify makes easier does not change what is cut
		var p Piece
		for _, want := range out {
			if err := plain.Next(&p); err != nil || describe(&p) != want {
				out = append(out, fmt.Sprintf("without Verify: %s %v", describe(&p), err))
				return
			}
		}
	}()
	var p Piece
	for {
		err = s.Next(&p)
		if err == io.EOF {
			err = nil
		}
		if err != nil || len(p.Raw) == 0 {
			if fmt.Sprint(err) != fmt.Sprint(verified) {
				err = fmt.Errorf("Next says %w, Verify said %w", err, verified)
			}
			return out, err
		}
		out = append(out, describe(&p))
		p = Piece{}
	}
}

func describe(p *Piece) string {
	var b strings.Builder
	if p.Context != nil {
		if p.Context.Columns != "" {
			fmt.Fprintf(&b, "<%s>", p.Context.Columns)
		}
		for _, a := range p.Context.Attrs {
			fmt.Fprintf(&b, "<%s=%s>", a.Key, a.Value)
		}
	}
	relay.EachMeta(p.Meta, func(k, v []byte) bool {
		fmt.Fprintf(&b, "(%s=%s)", k, v)
		return true
	})
	if p.Flags&relay.FlagContinued != 0 {
		b.WriteString("..")
	}
	b.Write(p.Raw)
	if p.Flags&relay.FlagMore != 0 {
		b.WriteString("..")
	}
	return b.String()
}

const control = `{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1763029869851,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}`

var splitCases = []struct {
	name, body string
	opt        SplitOptions
	want       []string
	err        string
}{
	{name: "empty", body: ""},
	{name: "lines", body: "a\nb\r\n\n c \r\n\r\nd", want: []string{"a", "b", " c ", "d"}},
	{name: "lines keep what they hold", body: "a\x00b\xff\n\x1b[31m\n", want: []string{"a\x00b\xff", "\x1b[31m"}},
	{name: "bracketed text", body: "[2025-11-21 08:00] x\n[error] y", want: []string{"[2025-11-21 08:00] x", "[error] y"}},
	{name: "braces in text", body: "{x} y\n{", want: []string{"{x} y", "{"}},
	{name: "text that looks like JSON", opt: SplitOptions{Format: FormatText}, body: "{\"a\":\n1}", want: []string{`{"a":`, `1}`}},
	{name: "NDJSON", body: "{\"b\":1.50,\"a\":12345678901234567890}\n{\"x\" : null}\r\n", want: []string{`{"b":1.50,"a":12345678901234567890}`, `{"x" : null}`}},
	{name: "concatenated", body: `{"a":1}{"b":2} {"c":3}`, want: []string{`{"a":1}`, `{"b":2}`, `{"c":3}`}},
	{name: "over several lines", body: "{\n \"a\": 1\n}\n{}\n", want: []string{"{\n \"a\": 1\n}", "{}"}},
	{name: "array", body: ` [ {"a":1} , {"b":[2]} ] `, want: []string{`{"a":1}`, `{"b":[2]}`}},
	{name: "lines and trailing white space", body: "{\"a\":1}\n\n \n{}\r\n \t\n", want: []string{`{"a":1}`, "{}"}},
	{name: "lines and blanks at the end", body: "{\"a\":1}\n{} ", want: []string{`{"a":1}`, "{}"}},
	{name: "lines of an array and a value", body: "[{\"a\":1}\n]\n{}", want: []string{`{"a":1}`, "{}"}},
	{name: "empty array", body: `[]`, opt: SplitOptions{Format: FormatJSON}},
	{name: "arrays and values", body: `[{"a":1}][2,"x"]3 [[4]]`, want: []string{`{"a":1}`, `2`, `"x"`, `3`, `[4]`}},
	{name: "arrays stay in NDJSON", body: "[1]\n[2]", opt: SplitOptions{Format: FormatNDJSON}, want: []string{"[1]", "[2]"}},
	{name: "comma at the end", body: `[{"a":1},]`, want: []string{`{"a":1}`}, err: "no JSON value at byte 9"},
	{name: "open array", body: `[{"a":1}`, want: []string{`{"a":1}`}, err: "JSON ends too early at byte 8"},
	{name: "open array after a comma", body: `[{"a":1}, `, want: []string{`{"a":1}`}, err: "JSON ends too early at byte 10"},
	{name: "no comma", body: `[{"a":1}{"b":1}]`, want: []string{`{"a":1}`}, err: "neither a comma nor the end of the array at byte 8"},
	{name: "broken in the middle", body: "{\"a\":1}\n{\"b\":}\n{\"c\":1}\n", want: []string{`{"a":1}`}, err: "no JSON value at byte 13"},
	{name: "text after JSON", body: `{"a":1} oops`, want: []string{`{"a":1}`}, err: "no JSON value at byte 8"},
	{name: "numbers run together", body: `01`, opt: SplitOptions{Format: FormatJSON}, err: "no white space after a JSON value at byte 1"},
	{name: "lenient text", body: `{"a":1} oops`, opt: SplitOptions{Lenient: true}, want: []string{`{"a":1} oops`}},
	{name: "lenient JSON", body: `{"a":1}{"b":1}`, opt: SplitOptions{Lenient: true}, want: []string{`{"a":1}`, `{"b":1}`}},
	{name: "too long", body: `{"a":1}{"b":12}`, opt: SplitOptions{MaxRecord: 7}, want: []string{`{"a":1}`}, err: "the JSON value at byte 7 is longer than a record may be (7 bytes)"},
	{name: "long line", body: "abcdefgh\nijk\nlmnop\n", opt: SplitOptions{MaxRecord: 3},
		want: []string{"(part=1:1)abc..", "(part=1:2)..def..", "(part=1:3)..gh", "ijk", "(part=2:1)lmn..", "(part=2:2)..op"}},
	{name: "long line of UTF-8", body: "aé€b", opt: SplitOptions{MaxRecord: 4}, want: []string{"(part=1:1)aé..", "(part=1:2)..€b"}},
	{name: "header", body: "version account-id srcaddr dstaddr\n5 1 2 3\n\nversion action future-field\n5 OK x\nversion 5\n", opt: SplitOptions{Columns: true},
		want: []string{"<version account-id srcaddr dstaddr>5 1 2 3", "<version action future-field>5 OK x", "<version action future-field>version 5"}},
	{name: "header not first", body: "hello\nversion account-id\n", opt: SplitOptions{Columns: true}, want: []string{"hello", "version account-id"}},
	{name: "header not looked for", body: "version account-id\n", want: []string{"version account-id"}},
	{name: "CloudFront", body: "#Version: 1.0\n#Fields: date c-ip\n1\t2\n#Version: 2.0\n#Version: 1.0\r\n#Fields: time\r\n3\n", opt: SplitOptions{Fields: true},
		want: []string{"<date c-ip>1\t2", "<date c-ip>#Version: 2.0", "<time>3"}},
	{name: "words are no header", body: "start the engine\n", opt: SplitOptions{Columns: true}, want: []string{"start the engine"}},
	{name: "CloudTrail", body: `{"Records":[{"a":1}, {"b":2}]}` + "\n" + `{"Records" : [ ] }`, want: []string{`{"a":1}`, `{"b":2}`}},
	{name: "CloudTrail, broken", body: `{"Records":[{"a":1},{"b":]}`, err: "no JSON value at byte 25"},
	{name: "CloudTrail, too long", body: `{"Records":[{"a":1},{"b":12}]}`, opt: SplitOptions{MaxRecord: 7}, want: []string{`{"a":1}`}, err: "the JSON value at byte 20 is longer than a record may be (7 bytes)"},
	{name: "Records and more", body: `{"Records":[1],"x":2}`, want: []string{`{"Records":[1],"x":2}`}},
	{name: "Records, no array", body: `{"Records":"x"}`, want: []string{`{"Records":"x"}`}},
	{name: "CloudWatch", body: `{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"G","logStream":"S","subscriptionFilters":["F"],"logEvents":[` +
		`{"id":"319","timestamp":1432826855000,"message":"a\nb \"q\""},{"id":"","timestamp":1.5,"message":"c","extractedFields":{"k":"v"}},{"message":""},{"x":1}]}` + control + `{"owner":1}`,
		want: []string{"<owner=1><log_group=G><log_stream=S>(time=1432826855000000000)(id=319)a\nb \"q\"",
			`<owner=1><log_group=G><log_stream=S>(fields={"k":"v"})c`, `<owner=1><log_group=G><log_stream=S>{"x":1}`, `{"owner":1}`}},
	{name: "CloudWatch in an array, names in another order", body: `[{"logEvents":[{"message":"abcde","timestamp":1}],"logStream":"S","logGroup":"G","owner":"1","messageType":"DATA_MESSAGE"},{"y":2}]`,
		opt:  SplitOptions{MaxRecord: 3},
		want: []string{"<owner=1><log_group=G><log_stream=S>(time=1000000)(part=1:1)abc..", "<owner=1><log_group=G><log_stream=S>(time=1000000)(part=1:2)..de"}, err: "the JSON value at byte 123 is longer than a record may be (3 bytes)"},
	{name: "like CloudWatch", body: `{"messageType":"OTHER","owner":"1","logGroup":"G","logStream":"S","logEvents":[]}`,
		want: []string{`{"messageType":"OTHER","owner":"1","logGroup":"G","logStream":"S","logEvents":[]}`}},
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, c := range splitCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := cutAll(c.body, c.opt)
			if strings.Join(got, "\n--\n") != strings.Join(c.want, "\n--\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n--\n"), strings.Join(c.want, "\n--\n"))
			}
			if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

func TestErrorsComeAgain(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`[{"a":1},]`, `[{"a":1}`, `{"a":1}x`, `[{"a":1} 2]`} {
		s := NewSplitter([]byte(body), SplitOptions{})
		var p Piece
		if err := s.Next(&p); err != nil {
			t.Fatal(err)
		}
		first, second := s.Next(&p), s.Next(&p)
		if first == nil || first == io.EOF || first.Error() != second.Error() {
			t.Errorf("%s: %v, then %v", body, first, second)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, c := range splitCases {
		f.Add([]byte(c.body), uint8(c.opt.Format), c.opt.MaxRecord, c.opt.Columns, c.opt.Lenient)
	}
	f.Fuzz(func(t *testing.T, body []byte, format uint8, limit int, columns, lenient bool) {
		opt := SplitOptions{Format: Format(format % 4), MaxRecord: limit % 4096, Columns: columns, Lenient: lenient}
		s := NewSplitter(body, opt)
		cut := s.opt.Format
		plain := s.Fork()
		verified := s.Verify()
		var p, q Piece
		var text []byte
		for {
			err := s.Next(&p)
			if again := plain.Next(&q); (err == nil) != (again == nil) || err == nil && describe(&p) != describe(&q) {
				t.Fatalf("with Verify %q %v, without it %q %v", p.Raw, err, q.Raw, again)
			}
			if err != nil {
				if err == io.EOF {
					err = nil
				}
				if fmt.Sprint(err) != fmt.Sprint(verified) {
					t.Fatalf("Next says %v, Verify said %v", err, verified)
				}
				break
			}
			if len(p.Raw) == 0 || len(p.Raw) > s.opt.MaxRecord || len(p.Meta) > relay.MaxMeta {
				t.Fatalf("a record of %d bytes with %d of attributes; the limit is %d", len(p.Raw), len(p.Meta), s.opt.MaxRecord)
			}
			inside := p.Context != nil && p.Context.Columns == ""
			if cut != FormatText && !inside && !json.Valid(p.Raw) {
				t.Fatalf("record %q is no JSON", p.Raw)
			}
			text = append(text, p.Raw...)
			if p.Flags&relay.FlagMore == 0 {
				text = append(text, '\n')
			}
		}
		if cut == FormatText && !columns { // no byte is lost but line ends
			want := bytes.ReplaceAll(append(bytes.Clone(body), '\n'), []byte("\r\n"), []byte("\n"))
			for bytes.Contains(want, []byte("\n\n")) {
				want = bytes.ReplaceAll(want, []byte("\n\n"), []byte("\n"))
			}
			if want = bytes.TrimPrefix(want, []byte("\n")); !bytes.Equal(text, want) {
				t.Fatalf("lines %q, want %q", text, want)
			}
		}
		if verified == nil || lenient {
			return
		}
		_, syntax := errors.AsType[*SyntaxError](verified)
		_, long := errors.AsType[*TooLongError](verified)
		if !syntax && !long {
			t.Fatalf("an error of another type: %v", verified)
		}
	})
}

func FuzzPartsAreWhole(f *testing.F) {
	f.Add("aé€😀b", 5)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = 4 + int(uint(limit)%64)
		text = strings.NewReplacer("\n", "", "\r", "").Replace(text)
		s := NewSplitter([]byte(text), SplitOptions{Format: FormatText, MaxRecord: limit})
		var joined []byte
		var p Piece
		for s.Next(&p) == nil {
			joined = append(joined, p.Raw...)
			if utf8.ValidString(text) && !utf8.Valid(p.Raw) {
				t.Fatalf("part %q of %q", p.Raw, text)
			}
		}
		if string(joined) != text {
			t.Fatalf("joined %q, want %q", joined, text)
		}
	})
}

func BenchmarkSplitNDJSON(b *testing.B) {
	event := []byte(`{"date":1763716532.123456,"host":"web-17.example.net","level":"info","path":"/api/v1/orders/48151623","status":200,"bytes":5123,"user":{"id":"u-1029384756"},"tags":["a","bc"],"message":"request served in 12 ms \"ok\"","trace":"4bf92f3577b34da6a3ce929d0e0e4736","pad":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}` + "\n")
	body := bytes.Repeat(event, 700)
	b.SetBytes(int64(len(event)))
	b.ReportAllocs()
	s := NewSplitter(body, SplitOptions{})
	var p Piece
	for b.Loop() {
		if err := s.Next(&p); err == io.EOF {
			s = NewSplitter(body, SplitOptions{})
		} else if err != nil {
			b.Fatal(err)
		}
	}
}
