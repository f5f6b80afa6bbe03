package object

import (
	"bytes"
	"errors"
	"io"

	"logrelay/relay/ingest"

	"github.com/klauspost/compress/snappy"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Bounds of Parquet, which all are a stranger's to choose.
const (
	maxPage       = 32 << 20    // bytes of a page or dictionary, before and after decompression
	maxHeld       = 4 * maxPage // bytes of the pages of all columns, with what is made of them: one page of the largest, or many usual ones
	maxPageValues = 4 << 20     // in a page; in a column chunk where values repeat within a row
	maxPageHeader = 1 << 20     // bytes: statistics may hold long values
	firstHeader   = 4 << 10     // bytes that are read at first for a header
)

// guard gives the library the bytes of a column chunk, a page at a time, and only after it has seen that decoding them takes bounded memory: the library
// believes lengths and counts before it has the bytes.
type guard struct {
	from     io.ReaderAt
	decoders *ingest.Decoders
	codec    format.CompressionCodec
	maxRep   int
	maxDef   int
	hold     func(more int64) error // asked before more is allocated; nil allows all
	base     int64                  // of the chunk
	end      int64

	start  int64  // of the page in hand
	page   []byte // header and data
	plain  []byte // the data decompressed
	values int64  // seen so far in this pass
}

// ReadAt implements io.ReaderAt, but that it may give less than what was asked for.
func (g *guard) ReadAt(p []byte, off int64) (int, error) {
	if off < g.start || g.page == nil {
		g.start, g.page, g.values = g.base, g.page[:0], 0
	}
	for off >= g.start+int64(len(g.page)) {
		if g.start+int64(len(g.page)) >= g.end {
			return 0, io.EOF
		}
		if err := g.nextPage(); err != nil {
			return 0, err
		}
	}
	return copy(p, g.page[off-g.start:]), nil
}

// nextPage reads and checks the page that follows the one in hand.
func (g *guard) nextPage() error {
	at := g.start + int64(len(g.page))
	g.start, g.page = at, g.page[:0]
	var head format.PageHeader
	n, ask := 0, firstHeader
	for n == 0 {
		if err := g.read(min(ask, int(min(g.end-at, maxPageHeader)))); err != nil {
			return err
		}
		short := false
		if n, short = checkThrift(g.page); n == 0 && (!short || ask >= maxPageHeader || int64(ask) >= g.end-at) {
			return &Error{at, "a Parquet page without a proper header"}
		}
		ask *= 4
	}
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), g.page[:n], &head); err != nil {
		return &Error{at, "a Parquet page without a proper header"}
	}
	size := int64(head.CompressedPageSize)
	if size < 0 || size > maxPage || head.UncompressedPageSize < 0 || head.UncompressedPageSize > maxPage {
		return &Error{at, "a Parquet page that is too large"}
	}
	if at+int64(n)+size > g.end {
		return &Error{at, "a Parquet page that goes beyond its column"}
	}
	if err := g.grow(n+int(size), int(max(size, int64(head.UncompressedPageSize)))); err != nil {
		return err
	}
	if err := g.read(n + int(size)); err != nil {
		return err
	}
	if what := g.check(&head, g.page[n:]); what != "" {
		return &Error{at, "a Parquet page " + what}
	}
	return nil
}

// grow asks for what a page and its data decompressed will take beyond what there is.
func (g *guard) grow(page, plain int) error {
	more := held(max(page, cap(g.page)), max(plain+1, cap(g.plain))) - held(cap(g.page), cap(g.plain))
	if more == 0 || g.hold == nil {
		return nil
	}
	return g.hold(more)
}

// held is what a page takes. The library holds about twice what the guard has decompressed.
func held(page, plain int) int64 { return int64(page) + 3*int64(plain) }

// read makes the page in hand n bytes long.
func (g *guard) read(n int) error {
	have := len(g.page)
	if n <= have {
		g.page = g.page[:n]
		return nil
	}
	if cap(g.page) < n {
		g.page = append(make([]byte, 0, n), g.page...)
	}
	g.page = g.page[:n]
	if got, err := g.from.ReadAt(g.page[have:], g.start+int64(have)); got < n-have {
		g.page = g.page[:have]
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}

// check says what is wrong with a page, or "".
func (g *guard) check(head *format.PageHeader, data []byte) string {
	if head.Type == format.DictionaryPage {
		h := &head.DictionaryPageHeader.V
		switch {
		case !head.DictionaryPageHeader.Valid || h.NumValues < 0 || h.NumValues > maxPageValues:
			return "with too many values"
		case h.Encoding != format.Plain && h.Encoding != format.PlainDictionary: //nolint:staticcheck // files in the field have it
			return "whose encoding is not read"
		case !g.inflate(data, int(head.UncompressedPageSize)):
			return "whose compression is broken"
		}
		return ""
	}
	var levels [2][]byte // repetition, definition
	var values int
	var encoding format.Encoding
	switch {
	case head.Type == format.DataPage && head.DataPageHeader.Valid:
		h := &head.DataPageHeader.V
		values, encoding = int(h.NumValues), h.Encoding
		if g.maxRep > 0 && h.RepetitionLevelEncoding != format.RLE || g.maxDef > 0 && h.DefinitionLevelEncoding != format.RLE {
			return "whose encoding is not read"
		}
		if !g.inflate(data, int(head.UncompressedPageSize)) {
			return "whose compression is broken"
		}
		for i, most := range []int{g.maxRep, g.maxDef} {
			if most > 0 {
				var ok bool
				if levels[i], g.plain, ok = cutSized(g.plain); !ok {
					return "that ends too early"
				}
			}
		}
	case head.Type == format.DataPageV2 && head.DataPageHeaderV2.Valid:
		h := &head.DataPageHeaderV2.V
		values, encoding = int(h.NumValues), h.Encoding
		rep, def := int(h.RepetitionLevelsByteLength), int(h.DefinitionLevelsByteLength)
		if rep < 0 || def < 0 || rep+def > len(data) || rep+def > int(head.UncompressedPageSize) || g.maxRep > 0 && rep == 0 || g.maxDef > 0 && def == 0 {
			return "that ends too early"
		}
		levels[0], levels[1], data = data[:rep], data[rep:rep+def], data[rep+def:]
		if h.IsCompressed.Valid && !h.IsCompressed.V {
			g.plain = append(g.plain[:0], data...)
		} else if !g.inflate(data, int(head.UncompressedPageSize)) {
			return "whose compression is broken"
		}
	default:
		return "of a type that is not read"
	}
	if g.values += int64(values); values < 0 || values > maxPageValues || g.maxRep > 0 && g.values > maxPageValues {
		return "with too many values"
	}
	for i, most := range []int{g.maxRep, g.maxDef} {
		if most > 0 && !boundedRuns(levels[i], bitWidth(most), values) {
			return "with more levels than values"
		}
	}
	return checkValues(encoding, g.plain, values)
}

// inflate decompresses into g.plain, at most size bytes. False: there are more, or it is broken, or the codec is none that is read.
func (g *guard) inflate(data []byte, size int) bool {
	switch g.codec {
	case format.Uncompressed:
		g.plain = append(g.plain[:0], data...)
		return true
	case format.Snappy:
		n, err := snappy.DecodedLen(data)
		if err != nil || n > size {
			return false
		}
		g.plain, err = snappy.Decode(g.plain[:cap(g.plain)], data)
		return err == nil
	}
	encoding := map[format.CompressionCodec]string{format.Gzip: "gzip", format.Zstd: "zstd"}[g.codec]
	d, err := g.decoders.Open(bytes.NewReader(data), encoding, false)
	if err != nil {
		return false
	}
	defer d.Close()
	if cap(g.plain) < size+1 {
		g.plain = make([]byte, 0, size+1)
	}
	n, err := io.ReadFull(d, g.plain[:size+1])
	g.plain = g.plain[:n]
	return errors.Is(err, io.EOF) || err == io.ErrUnexpectedEOF
}

// readable says why the library is not asked to read a column chunk, or "".
func readable(m *format.ColumnMetaData, size int64) string {
	base := m.DataPageOffset
	if m.DictionaryPageOffset != 0 {
		base = m.DictionaryPageOffset
	}
	switch m.Codec {
	case format.Uncompressed, format.Snappy, format.Gzip, format.Zstd:
	default:
		return "Parquet compressed by " + m.Codec.String() + ", which is not read: use gzip, zstd or Snappy"
	}
	if base < 0 || m.DataPageOffset < base || m.TotalCompressedSize < 0 || base > size || m.TotalCompressedSize > size-base {
		return "a Parquet footer that names bytes that are not there"
	}
	return ""
}

// guardedGroup is a row group whose columns are read through guards.
type guardedGroup struct {
	parquet.RowGroup
	chunks []parquet.ColumnChunk
}

func (g *guardedGroup) ColumnChunks() []parquet.ColumnChunk { return g.chunks }

type guardedChunk struct {
	*parquet.FileColumnChunk
	guard *guard
}

func (c *guardedChunk) Pages() parquet.Pages { return c.PagesFrom(c.guard) }
