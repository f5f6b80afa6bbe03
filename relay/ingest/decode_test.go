package ingest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

func zipped(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, p := range parts {
		w := gzip.NewWriter(&b)
		if _, err := io.WriteString(w, p); err != nil {
			t.Fatal(err)
		}
		w.Close()
	}
	return b.Bytes()
}

func zstded(t testing.TB, text string, opts ...zstd.EOption) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil, opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll([]byte(text), nil)
}

func deflated(raw bool, text string) []byte {
	var b bytes.Buffer
	if raw {
		w, _ := flate.NewWriter(&b, 6)
		io.WriteString(w, text)
		w.Close()
	} else {
		w := zlib.NewWriter(&b)
		io.WriteString(w, text)
		w.Close()
	}
	return b.Bytes()
}

func decode(in io.Reader, encoding string, sniff bool) (string, error) {
	d, err := new(Decoders).Open(in, encoding, sniff)
	if err != nil {
		return "", err
	}
	defer d.Close()
	out, err := io.ReadAll(d)
	return string(out), err
}

func TestDecode(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("some text ", 10_000)
	for _, c := range []struct {
		name, encoding string
		sniff          bool
		in             []byte
		want           string
	}{
		{"identity", "", false, []byte("abc"), "abc"},
		{"identity by name", "identity", true, []byte("abc"), "abc"},
		{"empty", "gzip", false, nil, ""},
		{"empty deflate", "deflate", false, nil, ""},
		{"empty zstd", "zstd", false, nil, ""},
		{"gzip", "gzip", false, zipped(t, long), long},
		{"gzip not sniffed", "", false, zipped(t, "a"), string(zipped(t, "a"))},
		{"gzip sniffed", "", true, zipped(t, long), long},
		{"members", "x-gzip", false, zipped(t, "a", "", long, "b"), "a" + long + "b"},
		{"zlib", "deflate", false, deflated(false, long), long},
		{"bare deflate", "deflate", false, deflated(true, long), long},
		{"zstd", "zstd", false, zstded(t, long), long},
		{"zstd sniffed", "", true, zstded(t, "x"), "x"},
		{"zstd frames", "zstd", false, append(zstded(t, "x"), zstded(t, "y")...), "xy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, in := range []io.Reader{bytes.NewReader(c.in), iotest.OneByteReader(bytes.NewReader(c.in))} {
				if got, err := decode(in, c.encoding, c.sniff); err != nil || got != c.want {
					t.Errorf("%d bytes, %v; want %d", len(got), err, len(c.want))
				}
			}
		})
	}
}

func TestDecodeBroken(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("some text ", 10_000)
	flipped := zipped(t, "intact", text)
	flipped[len(flipped)-5] ^= 1
	for _, c := range []struct {
		name, encoding string
		in             []byte
		offset         int
	}{
		{"not gzip", "gzip", []byte("plain text, no gzip"), 0},
		{"gzip cut", "gzip", zipped(t, "abc", text)[:60], -1},
		{"gzip, wrong checksum", "gzip", flipped, 6 + len(text)},
		{"gzip, text after it", "gzip", append(zipped(t, "abc"), "garbage"...), 3},
		{"gzip, half a header after it", "gzip", append(zipped(t, "abc"), 0x1f), 3},
		{"not zstd", "zstd", []byte("plain text"), 0},
		{"zstd cut", "zstd", zstded(t, text)[:20], 0},
		{"deflate", "deflate", []byte{0xff, 0xff, 0xff}, 0},
		{"deflate, text after it", "deflate", append(deflated(true, "abc"), "garbage"...), 3},
		{"zlib, text after it", "deflate", append(deflated(false, "abc"), "garbage"...), 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := decode(bytes.NewReader(c.in), c.encoding, false)
			if e, ok := errors.AsType[*SyntaxError](err); !ok || c.offset >= 0 && e.Offset != c.offset {
				t.Errorf("%v, want offset %d", err, c.offset)
			}
		})
	}
	if _, err := decode(strings.NewReader("x"), "br", false); err != ErrEncoding {
		t.Errorf("br: %v", err)
	}
	reset := errors.New("connection reset")
	if _, err := decode(io.MultiReader(bytes.NewReader(zipped(t, text)[:40]), iotest.ErrReader(reset)), "gzip", false); err != reset {
		t.Errorf("a reader that fails: %v", err)
	}
	if _, err := decode(io.MultiReader(bytes.NewReader(zipped(t, text)), iotest.ErrReader(reset)), "gzip", false); err != reset {
		t.Errorf("a reader that fails between two members: %v", err)
	}
}

func TestDecodeBombs(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(w, zeros{}, 16<<20); err != nil {
		t.Fatal(err)
	}
	w.Close()
	window := zstded(t, strings.Repeat("0123456789abcdef", 576<<10), zstd.WithWindowSize(16<<20), zstd.WithSingleSegment(false))
	for name, in := range map[string]struct {
		encoding string
		body     []byte
	}{
		"ratio":   {"gzip", bomb.Bytes()},
		"members": {"gzip", bytes.Repeat(zipped(t, ""), MaxMembers+1)},
		"window":  {"zstd", window},
	} {
		out, err := decode(bytes.NewReader(in.body), in.encoding, false)
		if _, ok := errors.AsType[*BombError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
		if len(out) > RatioFloor+1<<20 {
			t.Errorf("%s: %d bytes came out", name, len(out))
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func FuzzDecode(f *testing.F) {
	f.Add(zipped(f, "a", "b"), "gzip")
	f.Add(deflated(true, "abc"), "deflate")
	f.Add(deflated(false, "abc"), "deflate")
	f.Add(zstded(f, "abc"), "zstd")
	f.Add([]byte("abc"), "")
	var decoders Decoders
	f.Fuzz(func(t *testing.T, in []byte, encoding string) {
		d, err := decoders.Open(bytes.NewReader(in), encoding, true)
		if err != nil {
			return
		}
		defer d.Close()
		n, err := io.Copy(io.Discard, io.LimitReader(d, 32<<20))
		if _, bomb := errors.AsType[*BombError](err); err == nil && n > RatioFloor && n > MaxRatio*int64(len(in)) && !bomb {
			t.Fatalf("%d bytes out of %d", n, len(in))
		}
		if e, ok := errors.AsType[*SyntaxError](err); ok && int64(e.Offset) > n {
			t.Fatalf("offset %d of %d bytes", e.Offset, n)
		}
	})
}
