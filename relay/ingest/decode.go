package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// Bounds on compressed input.
const (
	MaxZstdWindow = 8 << 20 // bytes; what a zstd decoder may have to keep (RFC 8878, 3.1.1.1.2, asks for that much)
	MaxMembers    = 10_000  // gzip members in one body
	MaxRatio      = 200     // decoded bytes for each encoded one, where more than RatioFloor came out
	RatioFloor    = 8 << 20
)

var errTrailing = errors.New("bytes after the end of the compression")

// ErrEncoding: the content encoding is none that we know.
var ErrEncoding = errors.New("content encoding not known: identity, gzip, deflate and zstd are")

// BombError: compressed input breaks a bound.
type BombError struct{ What string }

func (e *BombError) Error() string { return e.What }

// Decoders keeps decoders, which are expensive to make, for use again. The zero Decoders is ready. Safe for concurrent use.
type Decoders struct{ buffers, gzips, zstds sync.Pool }

// Decoder reads decoded bytes. Its errors are those of the reader below, *SyntaxError with the offset in the decoded bytes where the
// encoding is broken, *BombError where a bound is passed, and io.EOF. Not for concurrent use.
type Decoder struct {
	from    *Decoders
	in      *counter
	out     io.Reader
	gz      *gzip.Reader
	zs      *zstd.Decoder
	n       int64
	members int
	alone   bool // nothing may follow the end of the encoding
	err     error
}

// Open returns a decoder for a content coding of RFC 9110 (8.4.1) or zstd (RFC 8878). "" and "identity" look at the first bytes
// when sniff is set: gzip and zstd are recognised. Errors: ErrEncoding, or what reading the first bytes gave.
// Close gives the memory back.
func (p *Decoders) Open(r io.Reader, encoding string, sniff bool) (*Decoder, error) {
	d := &Decoder{from: p, in: &counter{}}
	if d.in.r, _ = p.buffers.Get().(*bufio.Reader); d.in.r == nil {
		d.in.r = bufio.NewReaderSize(nil, 16<<10)
	}
	d.in.r.Reset(r)
	if encoding == "" || encoding == "identity" {
		if encoding = ""; sniff {
			encoding = d.sniff()
		}
	}
	var err error
	switch encoding {
	case "":
		d.out = d.in
	case "gzip", "x-gzip":
		err = d.openGzip()
	case "deflate":
		err = d.openDeflate()
	case "zstd":
		err = d.openZstd()
	default:
		err = ErrEncoding
	}
	if err != nil && err != io.EOF {
		d.Close()
		return nil, d.explain(err)
	}
	if err == io.EOF { // nothing at all
		d.err = io.EOF
	}
	return d, nil
}

// sniff names the encoding that the first bytes show.
func (d *Decoder) sniff() string {
	head, _ := d.in.r.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}):
		return "gzip"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	}
	return ""
}

func (d *Decoder) openGzip() error {
	if d.gz, _ = d.from.gzips.Get().(*gzip.Reader); d.gz == nil {
		d.gz = new(gzip.Reader)
	}
	d.out = d.gz
	if err := d.gz.Reset(d.in); err != nil {
		return err
	}
	d.gz.Multistream(false)
	d.members = 1
	return nil
}

func (d *Decoder) openZstd() error {
	if d.zs, _ = d.from.zstds.Get().(*zstd.Decoder); d.zs == nil {
		var err error
		d.zs, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(MaxZstdWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			panic("BUG: zstd decoder options: " + err.Error())
		}
	}
	d.out = d.zs
	return d.zs.Reset(d.in)
}

// openDeflate takes zlib (RFC 1950), which the name means, and the bare deflate (RFC 1951) that some send.
func (d *Decoder) openDeflate() error {
	d.alone = true
	head, err := d.in.r.Peek(2)
	if len(head) == 0 {
		return err
	}
	if len(head) == 2 && head[0]&15 == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		d.out, err = zlib.NewReader(d.in)
		return err
	}
	d.out = flate.NewReader(d.in)
	return nil
}

// Read reads decoded bytes.
func (d *Decoder) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.out.Read(p)
	d.n += int64(n)
	switch {
	case err == io.EOF && d.gz != nil:
		err = d.nextMember()
	case err == io.EOF && d.alone:
		if err = d.in.more(); err == nil {
			err = errTrailing
		}
	}
	if d.n > RatioFloor && d.n > MaxRatio*d.in.n {
		err = &BombError{fmt.Sprintf("more than %d decoded bytes for each one sent", MaxRatio)}
	}
	if err != nil {
		d.err = d.explain(err)
	}
	return n, d.err
}

// nextMember goes on to the gzip member that follows (RFC 1952, 2.2), if one does.
func (d *Decoder) nextMember() error {
	if err := d.in.more(); err != nil {
		return err
	}
	if d.members++; d.members > MaxMembers {
		return &BombError{fmt.Sprintf("more than %d gzip members", MaxMembers)}
	}
	if err := d.gz.Reset(d.in); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	d.gz.Multistream(false)
	return nil
}

// explain tells the failures of the encoding from those of the reader below.
func (d *Decoder) explain(err error) error {
	switch {
	case err == io.EOF:
		return io.EOF
	case d.in.err != nil && d.in.err != io.EOF:
		return d.in.err
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return &BombError{fmt.Sprintf("zstd window of more than %d bytes", MaxZstdWindow)}
	}
	if _, ok := errors.AsType[*BombError](err); ok || err == ErrEncoding || d.out == d.in {
		return err
	}
	return &SyntaxError{int(d.n), "the compression is broken"}
}

// Window returns how many bytes the decoder may come to hold beside its small fixed parts.
func (d *Decoder) Window() int64 {
	if d.zs != nil {
		return MaxZstdWindow
	}
	return 0
}

// Encoded returns how many bytes were read from below and used.
func (d *Decoder) Encoded() int64 { return d.in.n }

// Close gives the decoder's memory back. It does not close the reader below.
func (d *Decoder) Close() {
	if d.in.r == nil {
		return
	}
	if d.gz != nil {
		d.from.gzips.Put(d.gz)
	}
	if d.zs != nil {
		_ = d.zs.Reset(nil) // it lets go of the input
		d.from.zstds.Put(d.zs)
	}
	d.in.r.Reset(nil)
	d.from.buffers.Put(d.in.r)
	d.in.r, d.gz, d.zs = nil, nil, nil
	d.err = io.ErrClosedPipe
}

// counter counts the bytes that a decoder takes, and keeps the error of the reader below.
type counter struct {
	r   *bufio.Reader
	n   int64
	err error
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil {
		c.err = err
	}
	return n, err
}

// more returns nil when there are bytes left, else why not.
func (c *counter) more() error {
	_, err := c.r.Peek(1)
	if err != nil {
		c.err = err
	}
	return err
}

// ReadByte makes the counter good enough for flate, which then takes no byte too many: members follow each other.
func (c *counter) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err != nil {
		c.err = err
		return 0, err
	}
	c.n++
	return b, nil
}
