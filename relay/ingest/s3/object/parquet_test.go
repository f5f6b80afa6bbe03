package object

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest"

	"github.com/klauspost/compress/gzip"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
)

// flowRow is a flow log as AWS writes it to Parquet: names with underscores, what is missing null.
type flowRow struct {
	Version   *int32  `parquet:"version,optional"`
	AccountID *string `parquet:"account_id,optional,dict"`
	SrcAddr   *string `parquet:"srcaddr,optional"`
	Bytes     *int64  `parquet:"bytes,optional"`
	Action    *string `parquet:"action,optional,dict"`
	LogStatus string  `parquet:"log_status,dict"`
	Tag       *string `parquet:"instance_tag,optional"`
}

func flowRows(n int) []flowRow {
	rows := make([]flowRow, n)
	for i := range rows {
		version, account, src, bytes, action := int32(5), "123456789012", fmt.Sprintf("10.0.%d.%d", i>>8&255, i&255), int64(i-1)<<20, "ACCEPT"
		rows[i] = flowRow{Version: &version, AccountID: &account, LogStatus: "NODATA"}
		if i%3 != 0 {
			rows[i].SrcAddr, rows[i].Bytes, rows[i].Action, rows[i].LogStatus = &src, &bytes, &action, "OK"
		}
	}
	return rows
}

func writeParquet[T any](t testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var out bytes.Buffer
	w := parquet.NewGenericWriter[T](&out, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestParquetFlowLogs(t *testing.T) {
	t.Parallel()
	const n = 5000
	for _, codec := range []compress.Codec{&parquet.Gzip, &parquet.Snappy, &parquet.Zstd, &parquet.Uncompressed} {
		for _, version := range []int{1, 2} {
			t.Run(fmt.Sprint(codec, version), func(t *testing.T) {
				t.Parallel()
				file := writeParquet(t, flowRows(n), parquet.Compression(codec), parquet.DataPageVersion(version), parquet.MaxRowsPerRowGroup(1500), parquet.PageBufferSize(4000))
				r, err := NewReader(newBlob(file), Options{Kind: relay.KindVPCFlow, Format: ingest.FormatText})
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				var p ingest.Piece
				for i := range n {
					if err := r.Next(&p); err != nil {
						t.Fatalf("row %d: %v", i, err)
					}
					if p.Context == nil || p.Context.Columns != "version account-id srcaddr bytes action log-status instance-tag" {
						t.Fatalf("context %+v", p.Context)
					}
					want := "5 123456789012 - - - NODATA -"
					if i%3 != 0 {
						want = fmt.Sprintf("5 123456789012 10.0.%d.%d %d ACCEPT OK -", i>>8&255, i&255, int64(i-1)<<20)
					}
					if string(p.Raw) != want {
						t.Fatalf("row %d is %q, want %q", i, p.Raw, want)
					}
				}
				if err := r.Next(&p); err != io.EOF {
					t.Errorf("at the end: %v", err)
				}
				if r.Kind() != relay.KindVPCFlow || r.Splitter() != "parquet/1 max=1048576 headers=true" {
					t.Errorf("kind %s, splitter %s", r.Kind(), r.Splitter())
				}
				for _, skip := range []uint64{1, 1499, 1500, 1501, 4999, 5000} {
					r, err := NewReader(newBlob(file), Options{Splitter: r.Splitter()})
					if err != nil {
						t.Fatal(err)
					}
					if err := r.Skip(skip); err != nil {
						t.Fatal(err)
					}
					rest, err := records(r)
					if err != io.EOF || uint64(len(rest)) != n-skip {
						t.Errorf("after %d rows: %d, %v", skip, len(rest), err)
					}
					if err := r.Skip(1); !errors.Is(err, ErrShort) {
						t.Errorf("beyond the end: %v", err)
					}
				}
			})
		}
	}
}

func TestParquetAsJSON(t *testing.T) {
	t.Parallel()
	type inner struct {
		Name string   `parquet:"name"`
		Tags []string `parquet:"tags"`
	}
	type row struct {
		ID    uint64    `parquet:"id"`
		Text  string    `parquet:"text"`
		Blob  []byte    `parquet:"blob"`
		When  time.Time `parquet:"when,timestamp(millisecond)"`
		Ratio float64   `parquet:"ratio"`
		OK    bool      `parquet:"ok"`
		Maybe *inner    `parquet:"maybe,optional"`
		Many  []inner   `parquet:"many"`
	}
	when := time.Date(1960, 1, 2, 3, 4, 5, 678e6, time.UTC)
	rows := []row{
		{ID: 1<<64 - 1, Text: "a \"b\"\n\\ü", Blob: []byte{0xff}, When: when, Ratio: 0.5, OK: true, Maybe: &inner{"x", []string{"1", "2"}}, Many: []inner{{"y", nil}, {"z", []string{"3"}}}},
		{Many: []inner{}},
	}
	want := []string{
		`{"id":18446744073709551615,"text":"a \"b\"\u000a\\ü","blob":"/w==","when":"1960-01-02T03:04:05.678Z","ratio":0.5,"ok":true,"maybe":{"name":"x","tags":["1","2"]},"many":[{"name":"y","tags":[]},{"name":"z","tags":["3"]}]}`,
		`{"id":0,"text":"","blob":"","when":`,
	}
	r, err := NewReader(newBlob(writeParquet(t, rows)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := records(r)
	if err != io.EOF || len(got) != len(want) {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for i := range want {
		if !json.Valid([]byte(got[i])) || !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("row %d is %s, want %s", i, got[i], want[i])
		}
	}
	if !strings.HasSuffix(got[1], `"maybe":null,"many":[]}`) {
		t.Errorf("row 1 is %s", got[1])
	}
	if r.Kind() != relay.KindJSON {
		t.Errorf("kind %s", r.Kind())
	}
	if r, err = NewReader(newBlob(writeParquet(t, rows)), Options{MaxRecord: 40}); err != nil {
		t.Fatal(err)
	}
	if _, err := records(r); err == nil || !strings.Contains(err.Error(), "longer than a record") {
		t.Errorf("a long row: %v", err)
	}
}

// The same rows as text and as Parquet are the same records.
func TestParquetSample(t *testing.T) {
	t.Parallel()
	files := samples(t, "vpcflow/*.log.parquet")
	if len(files) == 0 {
		t.Skip("no folder shared/reference beside the repository: its Parquet is not read")
	}
	for _, path := range files {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(strings.TrimSuffix(path, "parquet") + "gz")
		if err != nil {
			t.Fatal(err)
		}
		a, err := NewReader(newBlob(file), Options{Kind: relay.KindVPCFlow})
		if err != nil {
			t.Fatal(err)
		}
		b, err := NewReader(newBlob(text), Options{Kind: relay.KindVPCFlow})
		if err != nil {
			t.Fatal(err)
		}
		var p, q ingest.Piece
		for n := 0; ; n++ {
			errA, errB := a.Next(&p), b.Next(&q)
			if errA != errB {
				t.Fatalf("row %d: %v as Parquet, %v as text", n, errA, errB)
			}
			if errA == io.EOF {
				if n < 1000 {
					t.Errorf("%d rows", n)
				}
				break
			}
			if got, want := byColumn(&p), byColumn(&q); !maps.Equal(got, want) {
				t.Fatalf("row %d: %v as Parquet, %v as text", n, got, want)
			}
		}
	}
}

// byColumn returns the fields of a flow log record.
func byColumn(p *ingest.Piece) map[string]string {
	fields := map[string]string{}
	values := strings.Fields(string(p.Raw))
	for i, name := range strings.Fields(p.Context.Columns) {
		if fields[name] = values[i]; values[i] == "0" {
			fields[name] = "-" // the samples have null for zero
		}
	}
	return fields
}

func samples(t testing.TB, pattern string) []string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if found, _ := filepath.Glob(filepath.Join(dir, "shared/reference/samples", pattern)); len(found) > 0 {
			return found
		}
	}
	return nil
}

func TestParquetLies(t *testing.T) {
	t.Parallel()
	good := writeParquet(t, flowRows(2000), parquet.Compression(&parquet.Gzip), parquet.DataPageVersion(1))
	end := func(n uint32) []byte {
		return append(binary.LittleEndian.AppendUint32(bytes.Clone(good[:len(good)-8]), n), "PAR1"...)
	}
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	_, _ = w.Write(make([]byte, maxPage*2))
	_ = w.Close()
	for _, c := range []struct {
		name string
		body []byte
		says string
	}{
		{"only a beginning", []byte("PAR1"), "too early"},
		{"no end", good[:len(good)-1], "without an end"},
		{"a footer larger than the file", end(uint32(len(good))), "footer of"},
		{"a footer of gigabytes", end(1 << 31), "footer of"},
		{"an empty footer", end(0), "footer"},
		{"a footer that begins in the middle", end(37), "Parquet"},
		{"encrypted", append([]byte("PARE"), good[4:]...), "encrypted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := NewReader(newBlob(c.body), Options{})
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Error(), c.says) {
				t.Errorf("error %v, want one that says %q", err, c.says)
			}
		})
	}
	t.Run("a bomb", func(t *testing.T) {
		t.Parallel()
		g := &guard{codec: 2, decoders: new(ingest.Decoders)}
		if g.inflate(bomb.Bytes(), maxPage) || cap(g.plain) > 2*maxPage {
			t.Errorf("%d bytes of a bomb were taken", len(g.plain))
		}
	})
}

// wideRow has columns whose pages are large and compress well.
type wideRow struct{ A, B, C, D, E, F, G, H, I, J, K, L string }

func wideRows(n, size int) []wideRow {
	v := strings.Repeat("v", size)
	rows := make([]wideRow, n)
	for i := range rows {
		rows[i] = wideRow{v, v, v, v, v, v, v, v, v, v, v, v}
	}
	return rows
}

// Many columns with large pages: memory is asked for before it is taken, and bounded for the object in all.
func TestParquetManyLargePages(t *testing.T) {
	t.Parallel()
	read := func(body []byte, room func(int64) bool) (rows int, err error) {
		r, err := NewReader(newBlob(body), Options{MaxRecord: 16 << 20, Room: room})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var p ingest.Piece
		for err = r.Next(&p); err == nil; err = r.Next(&p) {
			rows++
		}
		return rows, err
	}
	fits := writeParquet(t, wideRows(16, 64<<10), parquet.Compression(&parquet.Gzip), parquet.PageBufferSize(8<<20))
	var asked int64
	if n, err := read(fits, func(n int64) bool { asked = n; return true }); n != 16 || err != io.EOF || asked < 12<<20 || asked > MaxRoom {
		t.Errorf("%d rows, %v; asked for %d bytes", n, err, asked)
	}
	if n, err := read(fits, func(n int64) bool { return n < 8<<20 }); n != 0 || !errors.Is(err, ErrRoom) {
		t.Errorf("without room: %d rows, %v", n, err)
	}
	bomb := writeParquet(t, wideRows(64, 64<<10), parquet.Compression(&parquet.Gzip), parquet.PageBufferSize(8<<20))
	var e *Error
	if n, err := read(bomb, nil); n != 0 || !errors.As(err, &e) || !strings.Contains(err.Error(), "beside each other") {
		t.Errorf("a bomb of %d bytes: %d rows, %v", len(bomb), n, err)
	}
}

// What the blob says is no fault of the object.
func TestParquetBlobErrorsPass(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection reset")
	good := writeParquet(t, flowRows(20_000), parquet.Compression(&parquet.Gzip))
	for fail := range 40 {
		b := &failingBlob{blob: newBlob(good), left: fail, err: lost}
		r, err := NewReader(b, Options{})
		if err == nil {
			_, err = records(r)
			r.Close()
		}
		if err != lost && (err != io.EOF || b.left < 0) {
			t.Fatalf("failing at read %d: %v", fail, err)
		}
	}
}

type failingBlob struct {
	*blob
	left int
	err  error
}

func (b *failingBlob) ReadAt(p []byte, off int64) (int, error) {
	if b.left--; b.left < 0 {
		return 0, b.err
	}
	return b.blob.ReadAt(p, off)
}

// allocated returns how many bytes f takes from the heap.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func FuzzParquet(f *testing.F) {
	f.Add(writeParquet(f, flowRows(20), parquet.Compression(&parquet.Gzip), parquet.DataPageVersion(1)))
	f.Add(writeParquet(f, flowRows(20), parquet.Compression(&parquet.Snappy)))
	f.Add(writeParquet(f, []struct {
		A []struct{ B []string }
		C map[string]int32
	}{{A: []struct{ B []string }{{[]string{"x", "y"}}}, C: map[string]int32{"k": 1}}}, parquet.Compression(&parquet.Uncompressed)))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 1<<16 {
			return
		}
		r, err := NewReader(newBlob(append([]byte("PAR1"), file[min(4, len(file)):]...)), Options{MaxRecord: 64 << 10})
		if err != nil {
			return
		}
		defer r.Close()
		var p ingest.Piece
		for n := range 1000 {
			if err := r.Next(&p); err != nil {
				if e := new(Error); err != io.EOF && !errors.As(err, &e) {
					t.Fatalf("%T %v", err, err)
				}
				return
			}
			if len(p.Raw) == 0 || p.Context == nil && !json.Valid(p.Raw) {
				t.Fatalf("row %d is %q", n, p.Raw)
			}
		}
	})
}
