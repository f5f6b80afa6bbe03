package object

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"logrelay/relay"
	"logrelay/relay/ingest"

	"github.com/parquet-go/parquet-go"
)

const (
	maxFooter  = 8 << 20 // bytes
	maxColumns = 2000    // leaves
	rowsAtOnce = 64
)

// rows cuts Parquet into one record a row. It implements cutter.
type rows struct {
	from     *source
	file     *parquet.File
	decoders *ingest.Decoders
	max      int
	room     func(n int64) bool // of Options
	context  *ingest.Context    // the columns of flow logs; nil: rows become JSON

	group  int // the next one
	cursor parquet.Rows
	guards []*guard
	held   int64 // bytes, by the guards
	buf    []parquet.Row
	ready  []parquet.Row // of buf: not yet given
	last   bool          // the row group has no more
	read   int64         // rows of it
	done   int64         // rows given
	out    []byte
	cells  cells
	err    error
}

// source keeps what the blob said.
type source struct {
	Blob
	err error
}

func (s *source) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.Blob.ReadAt(p, off)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// openParquet makes r read Parquet.
func (r *Reader) openParquet(blob Blob, d *ingest.Decoders, room func(int64) bool) error {
	t := &rows{from: &source{Blob: blob}, decoders: d, max: r.split.max, room: room, buf: make([]parquet.Row, rowsAtOnce)}
	if err := t.contain(t.open); err != nil {
		return err
	}
	if columns := flowColumns(t.file.Schema()); r.split.headers && columns != "" {
		t.context = &ingest.Context{Columns: columns}
		r.kind = relay.KindVPCFlow
	} else {
		t.cells.root = t.file.Schema()
		r.kind = relay.KindJSON
	}
	r.cut, r.split.name = t, parquetName
	return nil
}

// contain runs what the library does: its panics and errors are the object's fault, unless the blob failed.
func (t *rows) contain(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Error{t.Offset(), fmt.Sprintf("Parquet that cannot be decoded (%.200v)", v)}
		}
		if err != nil && err != io.EOF && t.from.err != nil {
			err = t.from.err
		}
	}()
	if err = f(); err == nil || err == io.EOF {
		return err
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{t.Offset(), fmt.Sprintf("Parquet that cannot be decoded (%.200s)", err)}
}

// open reads the footer, after a look at whether it can be trusted.
func (t *rows) open() error {
	size := t.from.Size()
	if size < 12 {
		return &Error{0, "Parquet that ends too early"}
	}
	var tail [8]byte
	if n, err := t.from.ReadAt(tail[:], size-8); n < len(tail) {
		return err
	}
	if string(tail[4:]) != parquetMagic {
		return &Error{size - 8, "Parquet without an end, or with an encrypted footer"}
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > maxFooter || n > size-12 {
		return &Error{size - 8, fmt.Sprintf("a Parquet footer of %d bytes", n)}
	}
	footer := make([]byte, n)
	if got, err := t.from.ReadAt(footer, size-8-n); got < len(footer) {
		return err
	}
	if length, _ := checkThrift(footer); length == 0 {
		return &Error{size - 8 - n, "a broken Parquet footer, or one that is too large"}
	}
	f, err := parquet.OpenFile(t.from, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	if leaves := len(f.Schema().Columns()); leaves == 0 || leaves > maxColumns {
		return &Error{size - 8 - n, fmt.Sprintf("Parquet of %d columns", leaves)}
	}
	for _, g := range f.Metadata().RowGroups {
		if g.NumRows < 0 {
			return &Error{size - 8 - n, "a Parquet footer that counts wrongly"}
		}
		for i := range g.Columns {
			m := &g.Columns[i].MetaData
			if what := readable(m, size); what != "" {
				return &Error{size - 8 - n, what}
			}
			if m.Codec != f.Metadata().RowGroups[0].Columns[i].MetaData.Codec {
				return &Error{size - 8 - n, "Parquet whose row groups are compressed in different ways, which is not read"}
			}
		}
	}
	t.file = f
	return nil
}

// openGroup begins the next row group.
func (t *rows) openGroup() error {
	if t.cursor != nil {
		if says := t.file.RowGroups()[t.group-1].NumRows(); t.read != says { // Skip believes it
			return &Error{t.Offset(), fmt.Sprintf("a Parquet row group of %d rows, and %d by its footer", t.read, says)}
		}
	}
	t.closeGroup()
	groups := t.file.RowGroups()
	if t.group == len(groups) {
		return io.EOF
	}
	g := &guardedGroup{RowGroup: groups[t.group]}
	meta := &t.file.Metadata().RowGroups[t.group]
	for i, c := range g.RowGroup.ColumnChunks() {
		chunk := c.(*parquet.FileColumnChunk)
		column := chunk.Node().(*parquet.Column)
		m := &meta.Columns[i].MetaData
		base := m.DataPageOffset
		if m.DictionaryPageOffset != 0 {
			base = m.DictionaryPageOffset
		}
		guard := &guard{
			from: t.from, decoders: t.decoders, codec: m.Codec, maxRep: column.MaxRepetitionLevel(), maxDef: column.MaxDefinitionLevel(),
			hold: t.hold, base: base, end: base + m.TotalCompressedSize,
		}
		t.guards = append(t.guards, guard)
		g.chunks = append(g.chunks, &guardedChunk{chunk, guard})
	}
	t.cursor, t.last = parquet.NewRowGroupRowReader(g), false
	t.group++
	return nil
}

func (t *rows) closeGroup() {
	if t.cursor != nil {
		_ = t.cursor.Close()
	}
	t.cursor, t.guards, t.ready, t.held, t.read = nil, nil, nil, 0, 0
}

// hold is asked before the guards allocate.
func (t *rows) hold(more int64) error {
	if t.held += more; t.held > maxHeld {
		return &Error{t.Offset(), fmt.Sprintf("Parquet whose columns take more than %d bytes beside each other", maxHeld)}
	}
	if t.room != nil && !t.room(t.held+fixedMemory) {
		t.from.err = ErrRoom
		return ErrRoom
	}
	return nil
}

// fill reads rows until there are some.
func (t *rows) fill() error {
	for len(t.ready) == 0 {
		if t.cursor == nil || t.last {
			if err := t.openGroup(); err != nil {
				return err
			}
		}
		n, err := t.cursor.ReadRows(t.buf)
		t.ready = t.buf[:n]
		t.read += int64(n)
		switch {
		case err == io.EOF || err == nil && n == 0:
			t.last = true
		case err != nil:
			return err
		}
	}
	return nil
}

// Next implements cutter.
func (t *rows) Next(p *ingest.Piece) error {
	if t.err != nil {
		return t.err
	}
	if len(t.ready) == 0 {
		if t.err = t.contain(t.fill); t.err != nil {
			return t.err
		}
	}
	row := t.ready[0]
	t.ready = t.ready[1:]
	if t.context != nil {
		t.out = appendFlow(t.out[:0], row)
	} else if t.err = t.contain(func() error { t.out = t.cells.appendRow(t.out[:0], row, t.max); return nil }); t.err != nil {
		return t.err
	}
	if len(t.out) > t.max {
		t.err = &Error{t.Offset(), fmt.Sprintf("row %d is longer than a record may be (%d bytes)", t.done, t.max)}
		return t.err
	}
	t.done++
	*p = ingest.Piece{Raw: t.out, Context: t.context}
	return nil
}

// Skip implements cutter: whole row groups are not read.
func (t *rows) Skip(n uint64) error {
	if t.err != nil {
		return t.err
	}
	for groups := t.file.RowGroups(); t.cursor == nil && t.group < len(groups) && uint64(groups[t.group].NumRows()) <= n; t.group++ {
		n -= uint64(groups[t.group].NumRows())
		t.done += groups[t.group].NumRows()
	}
	for n > 0 {
		if len(t.ready) == 0 {
			if t.err = t.contain(t.fill); t.err != nil {
				return t.err
			}
		}
		k := min(n, uint64(len(t.ready)))
		t.ready = t.ready[k:]
		n -= k
		t.done += int64(k)
	}
	return nil
}

// Offset implements cutter: the farthest page in hand.
func (t *rows) Offset() int64 {
	var at int64
	for _, g := range t.guards {
		at = max(at, g.start)
	}
	return at
}

// Window implements cutter. The library holds about what the guards do.
func (t *rows) Window() int {
	n := cap(t.out)
	for _, g := range t.guards {
		n += int(held(cap(g.page), cap(g.plain)))
	}
	return n
}

// Close implements cutter.
func (t *rows) Close() {
	_ = t.contain(func() error { t.closeGroup(); return nil })
	t.err = io.ErrClosedPipe
}
