package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"logrelay/relay"
)

// trickle gives a few bytes at a time.
type trickle struct {
	b   []byte
	rnd *rand.Rand
	max int
	end error
}

func (r *trickle) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, r.end
	}
	n := copy(p, r.b[:min(len(r.b), 1+r.rnd.IntN(r.max))])
	r.b = r.b[n:]
	return n, nil
}

func say(p *Piece) string {
	c := Context{}
	if p.Context != nil {
		c = *p.Context
	}
	return fmt.Sprintf("%q %q %v %d", p.Raw, p.Meta, c, p.Flags)
}

type cutter interface{ Next(p *Piece) error }

// pieces returns what a cutter gives, and how it ended.
func pieces(c cutter) (all []string, err error) {
	var p Piece
	for {
		if err = c.Next(&p); err != nil {
			return all, err
		}
		all = append(all, say(&p))
	}
}

// sameAsSplitter checks that a stream gives what the splitter gives.
func sameAsSplitter(t *testing.T, body []byte, opt SplitOptions, seed uint64) {
	t.Helper()
	want, wantErr := pieces(NewSplitter(body, opt))
	rnd := rand.New(rand.NewPCG(seed, 1))
	s, err := NewStream(&trickle{body, rnd, 1 + int(seed%70_000), io.EOF}, opt, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, gotErr := pieces(s)
	for i := range want {
		if i == len(got) {
			t.Fatalf("the stream ended after %d pieces with %v, the splitter after %d with %v", len(got), gotErr, len(want), wantErr)
		}
		if got[i] != want[i] {
			t.Fatalf("piece %d is %.300s, want %.300s", i, got[i], want[i])
		}
	}
	if wantErr == io.EOF && (gotErr != io.EOF || len(got) != len(want)) {
		t.Fatalf("the stream ended after %d pieces with %v, the splitter after %d in order", len(got), gotErr, len(want))
	}
	if again := s.Next(new(Piece)); again != gotErr {
		t.Fatalf("after the end: %v, then %v", gotErr, again)
	}
}

var streamed = []string{
	"",
	"\n\r\n",
	"one\ntwo\r\nthree",
	"a line without an end\r",
	"version account-id\n2 1\n\nversion action\n2 ACCEPT\n",
	strings.Repeat("x", 70_000) + "\r\n" + strings.Repeat("ü", 40_000) + "\nshort\n",
	`{"a":1}{"a":2}` + "\n" + `{"a":3}`,
	`[{"a":1},{"a":[2,3]} , 4, "x"] {"b":1} 12 34`,
	`[{"Records":[1,2,{"x":[]}]},{"y":1}]`,
	`{"Records":[{"eventName":"A"},{"eventName":"B"}]}`,
	`{"Records":[{"eventName":"A"}],"more":1}`,
	`{"Records":` + "[" + strings.Repeat(`{"eventName":"AssumeRole"},`, 1000) + `{"eventName":"B"}]}`,
	`[` + `{"Records":` + "[" + strings.Repeat(`{"eventName":"AssumeRole"},`, 1000) + `{"eventName":"B"}]}` + `,{"a":1}]`,
	`{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":1,"message":"a\u0041"},{"id":"2","timestamp":2,"message":""},{"id":"3","message":"` + strings.Repeat("long ", 3000) + `"},5]}` + `{"a":1}`,
	`{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":[` + strings.Repeat(`{"id":"1","timestamp":1,"message":"hello, world"},`, 600) + `{"message":"end"}],"subscriptionFilters":[],"other":{"x":1}}`,
	`{"messageType":"CONTROL_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":[{"id":"1","message":"checking"}]}`,
	`{"a":` + strings.Repeat("[", 600),
	`{"a":"` + strings.Repeat("y", 20_000) + `"}`,
	`{"Records":[{"a":1},{"a":tru`,
	" \n\t {\"a\":1}",
	strings.Repeat(" ", 70_000) + `{"a":1}`,
	`[1,]`, `[,1]`, `[1 2]`, `{"a":1}x`, `[`, `{`,
}

func TestStreamIsSplitter(t *testing.T) {
	t.Parallel()
	for i, body := range streamed {
		for _, limit := range []int{7, 4096, 20_000, 0} {
			for _, format := range []Format{FormatAuto, FormatText, FormatJSON, FormatNDJSON} {
				for _, seed := range []uint64{1, 10, 65_000} {
					sameAsSplitter(t, []byte(body), SplitOptions{Format: format, MaxRecord: limit, Columns: i%2 == 0}, seed)
				}
			}
		}
	}
}

func FuzzStream(f *testing.F) {
	for i, body := range streamed {
		f.Add([]byte(body), uint16(i*100), uint8(i), uint64(i))
	}
	f.Fuzz(func(t *testing.T, body []byte, limit uint16, format uint8, seed uint64) {
		opt := SplitOptions{Format: Format(format % 4), MaxRecord: int(limit), Columns: format&8 != 0}
		if late := bytes.Contains(body, []byte("logEvents")) || bytes.Contains(body, []byte(`\u`)); late && len(body) > maxEnvelopeHead {
			return // the head of a subscription message may stand behind its events
		}
		sameAsSplitter(t, body, opt, seed)
	})
}

// An envelope of any size is cut within a bounded window.
func TestStreamHoldsLittle(t *testing.T) {
	t.Parallel()
	const n = 100_000
	record := `{"eventName":"AssumeRole","requestParameters":{"x":"yyyyyyyyyyyyyyyyyyyyyyyy"}}`
	for _, c := range []struct{ name, head, record, between, tail string }{
		{"Records", `{"Records":[`, record, ",", "]}"},
		{"array", `[`, record, ",", "]"},
		{"values", ``, record, "", ""},
		{"lines", ``, "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK", "\n", "\n"},
		{"subscription", `{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":[`, `{"id":"1","timestamp":1,"message":"hello"}`, ",", "]}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			parts := []io.Reader{strings.NewReader(c.head + c.record)}
			for range n - 1 {
				parts = append(parts, strings.NewReader(c.between), strings.NewReader(c.record))
			}
			parts = append(parts, strings.NewReader(c.tail))
			s, err := NewStream(io.MultiReader(parts...), SplitOptions{MaxRecord: 64 << 10}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var p Piece
			got := 0
			for err = s.Next(&p); err == nil; err = s.Next(&p) {
				got++
			}
			if err != io.EOF || got != n {
				t.Errorf("%d pieces, then %v; want %d", got, err, n)
			}
			if s.Window() > 256<<10 {
				t.Errorf("a window of %d bytes", s.Window())
			}
		})
	}
}

func TestStreamErrors(t *testing.T) {
	t.Parallel()
	broken := &SyntaxError{5, "the compression is broken"}
	lost := errors.New("connection reset")
	for _, c := range []struct {
		name, body string
		end        error
		want       []string
		err        string
	}{
		{"records before a broken one stand", `{"Records":[{"a":1},{"b":2},{"c":x}]}`, io.EOF, []string{`{"a":1}`, `{"b":2}`}, "no JSON value at byte 33"},
		{"cut envelope", `{"Records":[{"a":1},{"b"`, io.EOF, []string{`{"a":1}`}, "JSON ends too early at byte 24"},
		{"cut envelope of a broken encoding", `{"Records":[{"a":1},{"b"`, broken, []string{`{"a":1}`}, broken.Error()},
		{"cut text of a broken encoding", "one\ntwo\nthr", broken, []string{"one", "two", "thr+T"}, broken.Error()},
		{"cut long line of a broken encoding", "one\n" + strings.Repeat("x", 5000), broken, []string{"one", strings.Repeat("x", 4096) + "+M", strings.Repeat("x", 904) + "+CT"}, broken.Error()},
		{"cut number of a broken encoding", `[1,2,3`, broken, []string{"1", "2"}, broken.Error()},
		{"a broken connection gives no half lines", "one\ntwo\nthr", lost, []string{"one", "two"}, lost.Error()},
		{"a broken connection gives no half lists", "[1,2", lost, []string{"1"}, lost.Error()},
		{"an over-long value", `{"a":1} {"b":"` + strings.Repeat("x", 5000) + `"}`, io.EOF, []string{`{"a":1}`}, "the JSON value at byte 8 is longer than a record may be (4096 bytes)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			format := FormatAuto
			if c.body[0] == '[' {
				format = FormatJSON
			}
			s, err := NewStream(&trickle{[]byte(c.body), rand.New(rand.NewPCG(1, 1)), 1000, c.end}, SplitOptions{Format: format, MaxRecord: 4096}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			var p Piece
			for err = s.Next(&p); err == nil; err = s.Next(&p) {
				flags := ""
				for i, f := range []relay.Flag{relay.FlagMore, relay.FlagContinued, relay.FlagTruncated} {
					if p.Flags&f != 0 {
						flags += "MCT"[i : i+1]
					}
				}
				if flags != "" {
					flags = "+" + flags
				}
				got = append(got, string(p.Raw)+flags)
			}
			if err.Error() != c.err {
				t.Errorf("error %v, want %s", err, c.err)
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %.200q, want %.200q", got, c.want)
			}
		})
	}
}
