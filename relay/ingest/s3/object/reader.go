package object

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// Options says how an object is read. The zero value works.
type Options struct {
	Kind      relay.Kind         // from the configuration or the layout; KindAuto leaves it to the content
	Format    ingest.Format      // from the layout; FormatAuto leaves it to Kind, then to the content
	Columns   string             // of lines without a header
	MaxRecord int                // bytes; 0 means 1 MiB
	Decoders  *ingest.Decoders   // shared; nil means its own
	Room      func(n int64) bool // asked before the reader comes to hold n bytes in all, where that may be much; false ends reading with ErrRoom. nil allows all
	Splitter  string             // of the mark where a half-read object goes on; it comes before Format and MaxRecord. "" at the beginning
}

// Reader cuts an object into records while it streams by. Not for concurrent use.
type Reader struct {
	cut   cutter
	split splitter
	kind  relay.Kind
	given *ingest.Context // where the object names no columns; or nil
}

// cutter is what cuts: an ingest.Stream, or Parquet.
type cutter interface {
	Next(p *ingest.Piece) error
	Skip(n uint64) error
	Offset() int64
	Window() int
	Close()
}

// NewReader opens an object. It reads as much as it needs to see what it is. The blob has to be good until Close, which does not close it. Errors: *Error
// when it is something that cannot be read; what the blob gave; ErrRoom; and ErrSplitter.
func NewReader(blob Blob, o Options) (*Reader, error) {
	r := &Reader{
		split: splitter{max: cmp.Or(o.MaxRecord, ingest.DefaultMaxRecord), headers: o.Kind == relay.KindAuto || o.Kind == relay.KindVPCFlow, fields: o.Kind == relay.KindCloudFront},
		kind:  o.Kind,
	}
	format := o.format()
	if o.Splitter != "" {
		var err error
		if r.split, err = parseSplitter(o.Splitter); err != nil {
			return nil, err
		}
		format = r.split.format()
	}
	var head [headBytes]byte
	n, err := io.ReadFull(blob, head[:])
	if err != nil && err != io.EOF && (err != io.ErrUnexpectedEOF || int64(n) < blob.Size()) {
		return nil, err
	}
	if what := foreign(head[:n]); what != "" {
		return nil, &Error{0, what}
	}
	if o.Columns != "" {
		r.given = &ingest.Context{Columns: o.Columns}
	}
	isParquet := bytes.HasPrefix(head[:n], []byte(parquetMagic))
	if isParquet != (r.split.name == parquetName) && r.split.name != "" {
		return nil, fmt.Errorf("%w: %q does not fit the content of the object", ErrSplitter, o.Splitter)
	}
	d := o.Decoders
	if d == nil {
		d = new(ingest.Decoders)
	}
	if isParquet {
		if err := r.openParquet(blob, d, o.Room); err != nil {
			return nil, err
		}
		return r, nil
	}
	s, err := d.Stream(io.MultiReader(bytes.NewReader(head[:n]), blob), ingest.SplitOptions{Format: format, MaxRecord: r.split.max, Columns: r.split.headers, Fields: r.split.fields})
	if err != nil {
		return nil, explain(err, 0)
	}
	r.cut, r.split.name = s, formats[s.Format()]
	return r, nil
}

func (o *Options) format() ingest.Format {
	if o.Format != ingest.FormatAuto {
		return o.Format
	}
	switch o.Kind {
	case relay.KindJSON, relay.KindCloudTrail:
		return ingest.FormatJSON
	case relay.KindVPCFlow, relay.KindELB, relay.KindS3Access, relay.KindCloudFront, relay.KindText:
		return ingest.FormatText
	}
	return ingest.FormatAuto
}

// Next cuts the next record. Its bytes are good until the next call. Errors: io.EOF at the end; *Error, after which nothing more comes; what the blob gave.
func (r *Reader) Next(p *ingest.Piece) error {
	if err := r.cut.Next(p); err != nil {
		return explain(err, r.cut.Offset())
	}
	if p.Context == nil {
		p.Context = r.given
	}
	return nil
}

// MaxRoom is the most that Options.Room is asked for, in bytes.
const MaxRoom = maxHeld + fixedMemory

// ErrRoom: Options.Room refused. The object is good, and is to be opened again when there is room.
var ErrRoom = errors.New("no memory for a large object")

// ErrSplitter: Options.Splitter is not known or does not fit the object, which was begun by another version of the program.
var ErrSplitter = errors.New("not a splitter of this program")

// ErrShort: an object has fewer records than are said to be in custody already.
var ErrShort = errors.New("the object has fewer records than were taken from it before")

// Skip passes over the next n records. Errors are those of Next, and ErrShort in place of io.EOF.
func (r *Reader) Skip(n uint64) error {
	if err := r.cut.Skip(n); err == io.EOF {
		return ErrShort
	} else if err != nil {
		return explain(err, r.cut.Offset())
	}
	return nil
}

// Splitter says how the records are cut, for the mark: given back in Options, the same bytes give the same records under the same ordinals.
func (r *Reader) Splitter() string { return r.split.String() }

// Kind returns what the records are, as far as the options or the content say.
func (r *Reader) Kind() relay.Kind { return r.kind }

// Offset returns how many bytes of the decoded object have been cut; of Parquet, an estimate in bytes of the object.
func (r *Reader) Offset() int64 { return r.cut.Offset() }

// Memory returns how many bytes the reader holds. It grows with what it has to read.
func (r *Reader) Memory() int64 { return int64(r.cut.Window()) + fixedMemory }

// fixedMemory is about what inflating takes, in bytes.
const fixedMemory = 96 << 10

// Close gives memory back. Pieces are no longer good.
func (r *Reader) Close() { r.cut.Close() }
