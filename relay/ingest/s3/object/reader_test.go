package object

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/ingest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// blob is an object in memory.
type blob struct {
	*bytes.Reader
	stream io.Reader
}

func newBlob(b []byte) *blob { return &blob{bytes.NewReader(b), bytes.NewReader(b)} }

func (b *blob) Read(p []byte) (int, error) { return b.stream.Read(p) }

func gz(members ...string) []byte {
	var out bytes.Buffer
	for _, m := range members {
		w := gzip.NewWriter(&out)
		_, _ = w.Write([]byte(m))
		_ = w.Close()
	}
	return out.Bytes()
}

func zst(s string) []byte {
	w, _ := zstd.NewWriter(nil)
	return w.EncodeAll([]byte(s), nil)
}

// records returns what a reader gives from here to the end, without contexts, and how it ended.
func records(r *Reader) (all []string, err error) {
	var p ingest.Piece
	for {
		if err = r.Next(&p); err != nil {
			return all, err
		}
		all = append(all, string(p.Raw))
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	flow := "version account-id action\n2 1 ACCEPT\n2 1 REJECT\n"
	for _, c := range []struct {
		name string
		body []byte
		o    Options
		want []string
		say  string // splitter
	}{
		{"nothing", nil, Options{}, nil, "lines/1 max=1048576 headers=true"},
		{"plain", []byte("a\nb"), Options{}, []string{"a", "b"}, "lines/1 max=1048576 headers=true"},
		{"gzip of several members", gz("a\nb", "c\n", "", "d"), Options{}, []string{"a", "bc", "d"}, "lines/1 max=1048576 headers=true"},
		{"zstd", zst("a\nb\n"), Options{}, []string{"a", "b"}, "lines/1 max=1048576 headers=true"},
		{"gzip in gzip", gz(string(gz(`{"a":1}{"a":2}`, `{"a":3}`))), Options{}, []string{`{"a":1}`, `{"a":2}`, `{"a":3}`}, "json/1 max=1048576 headers=true"},
		{"flow logs", gz(flow), Options{Kind: relay.KindVPCFlow, MaxRecord: 4096}, []string{"2 1 ACCEPT", "2 1 REJECT"}, "lines/1 max=4096 headers=true"},
		{"flow logs as text", gz(flow), Options{Kind: relay.KindText}, []string{"version account-id action", "2 1 ACCEPT", "2 1 REJECT"}, "lines/1 max=1048576 headers=false"},
		{"CloudTrail", gz(`{"Records":[{"a":1},{"a":2}]}`), Options{Kind: relay.KindJSON}, []string{`{"a":1}`, `{"a":2}`}, "json/1 max=1048576 headers=false"},
		{"lines of JSON", []byte("{\"a\":1}\nbroken\n{\"a\":2}"), Options{Kind: relay.KindJSON, Format: ingest.FormatText}, []string{`{"a":1}`, "broken", `{"a":2}`}, "lines/1 max=1048576 headers=false"},
		{"CloudFront", []byte("#Version: 1.0\n#Fields: date time\n2026-11-21\t09:00:00\n"), Options{Kind: relay.KindCloudFront}, []string{"2026-11-21\t09:00:00"}, "lines/1 max=1048576 headers=fields"},
		{"CloudFront as text keeps its header", []byte("#Version: 1.0\n#Fields: date time\n2026-11-21\t09:00:00\n"), Options{Kind: relay.KindText}, []string{"#Version: 1.0", "#Fields: date time", "2026-11-21\t09:00:00"}, "lines/1 max=1048576 headers=false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := NewReader(newBlob(c.body), c.o)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			got, err := records(r)
			if err != io.EOF || fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %q and %v, want %q", got, err, c.want)
			}
			if r.Splitter() != c.say {
				t.Errorf("splitter %s, want %s", r.Splitter(), c.say)
			}
		})
	}
}

// A half-read object goes on with the splitter that it was begun with, whatever the configuration says now.
func TestResumes(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("x", 100)
	body := gz("version account-id\n", line, "\n2 1\n", line, line, "\n2 3\n")
	first, err := NewReader(newBlob(body), Options{Kind: relay.KindVPCFlow, MaxRecord: 64})
	if err != nil {
		t.Fatal(err)
	}
	all, _ := records(first)
	for n := range all {
		r, err := NewReader(newBlob(body), Options{Kind: relay.KindText, Format: ingest.FormatJSON, MaxRecord: 1000, Splitter: first.Splitter()})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Skip(uint64(n)); err != nil {
			t.Fatal(err)
		}
		if rest, _ := records(r); fmt.Sprint(rest) != fmt.Sprint(all[n:]) {
			t.Errorf("after %d: %q, want %q", n, rest, all[n:])
		}
		if r.Splitter() != first.Splitter() {
			t.Errorf("splitter %s, want %s", r.Splitter(), first.Splitter())
		}
	}
	r, _ := NewReader(newBlob(body), Options{Splitter: first.Splitter()})
	if err := r.Skip(100); err != ErrShort {
		t.Errorf("skipping more than there is: %v", err)
	}
	for _, s := range []string{"lines/2 max=64 headers=true", "lines/1 max=64", "lines/1 max=0 headers=true", "lines/1 max=064 headers=true", "x/1 max=64 headers=true", "parquet/1 max=64 headers=true", "?"} {
		if _, err := NewReader(newBlob(body), Options{Splitter: s}); err == nil {
			t.Errorf("splitter %q was taken", s)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	whole := gz(strings.Repeat("line\n", 10_000))
	for _, c := range []struct {
		name string
		body []byte
		o    Options
		says string
		some bool // records come before the error
	}{
		{"truncated gzip", whole[:len(whole)-20], Options{}, "compression is broken", true},
		{"gzip with a wrong checksum", append(bytes.Clone(whole[:len(whole)-8]), 1, 2, 3, 4, 5, 6, 7, 8), Options{}, "compression is broken", true},
		{"bytes after gzip", append(bytes.Clone(whole), "garbage"...), Options{}, "compression is broken", true},
		{"broken JSON", []byte(`{"a":1} {"b":}`), Options{}, "no JSON value at byte 13", true},
		{"a long value", []byte(`{"a":1} {"b":"` + strings.Repeat("x", 5000)), Options{MaxRecord: 4096}, "longer than a record may be (4096 bytes) at byte 8", true},
		{"xz", []byte("\xfd7zXZ\x00..........."), Options{}, "xz", false},
		{"zip", []byte("PK\x03\x04............"), Options{}, "zip", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			r, err := NewReader(newBlob(c.body), c.o)
			if err == nil {
				got, err = records(r)
				r.Close()
			}
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one that says %q", err, c.says)
			}
			if (len(got) > 0) != c.some {
				t.Errorf("%d records before it", len(got))
			}
		})
	}
}

// What the blob says is no fault of the object.
func TestBlobErrorsPass(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection reset")
	body := gz(strings.Repeat("line\n", 100_000))
	for _, n := range []int{0, 5, 12, 100, len(body) / 2} {
		b := newBlob(body)
		b.stream = io.MultiReader(bytes.NewReader(body[:n]), failing{lost})
		r, err := NewReader(b, Options{})
		if err == nil {
			_, err = records(r)
			r.Close()
		}
		if err != lost {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A splitter that this program does not know, or that does not fit, is told apart from an object that is broken.
func TestUnknownSplitter(t *testing.T) {
	t.Parallel()
	for _, splitter := range []string{"lines/2 max=1048576 headers=true", "words/1 max=5 headers=true", "lines/1 max=0 headers=true", "parquet/1 max=1048576 headers=true", "x"} {
		if _, err := NewReader(newBlob([]byte("a\nb\n")), Options{Splitter: splitter}); !errors.Is(err, ErrSplitter) {
			t.Errorf("%s: %v", splitter, err)
		}
	}
	if _, err := NewReader(newBlob([]byte("PAR1")), Options{Splitter: "parquet/1 max=1048576 headers=true"}); err == nil || errors.Is(err, ErrSplitter) {
		t.Errorf("broken Parquet: %v", err)
	}
}
