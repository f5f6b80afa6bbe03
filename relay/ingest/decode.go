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

	// Streams hold nothing of what went by, so that they are bounded by the work that one body may cause.
	MaxStreamMembers = 10_000_000
	StreamFloor      = 4 << 30
)

var errTrailing = errors.New("bytes after the end of the compression")

// ErrEncoding: the content encoding is none that we know.
var ErrEncoding = errors.New("content encoding not known: identity, gzip, deflate and zstd are")

// BombError: compressed input breaks a bound.
type BombError struct{ What string }

func (e *BombError) Error() string { return e.What }

// Decoders keeps decoders, which are expensive to make, for use again. The zero Decoders is ready. Safe for concurrent use.
type Decoders struct{ buffers, gzips, zstds, windows sync.Pool }

// Decoder reads decoded bytes. Its errors are those of the reader below, *SyntaxError with the offset in the decoded bytes where the
// encoding is broken, *BombError where a bound is passed, and io.EOF. Not for concurrent use.
type Decoder struct {
	from    *Decoders
	in      counter
	buf     *bufio.Reader // of in: flate is fastest with one, and takes no byte too many from it
	out     io.Reader
	gz      *gzip.Reader
	zs      *zstd.Decoder
	n       int64
	floor   int64 // RatioFloor or StreamFloor
	most    int   // members: MaxMembers or MaxStreamMembers
	members int
	alone   bool // nothing may follow the end of the encoding
	err     error
}

// Open returns a decoder for a content coding of RFC 9110 (8.4.1) or zstd (RFC 8878). "" and "identity" look at the first bytes
// when sniff is set: gzip and zstd are recognised. Errors: ErrEncoding, or what reading the first bytes gave.
// Close gives the memory back.
func (p *Decoders) Open(r io.Reader, encoding string, sniff bool) (*Decoder, error) {
	return p.open(r, encoding, sniff, false)
}

func (p *Decoders) open(r io.Reader, encoding string, sniff, stream bool) (*Decoder, error) {
	d := &Decoder{from: p, in: counter{r: r}, floor: RatioFloor, most: MaxMembers}
	if stream {
		d.floor, d.most = StreamFloor, MaxStreamMembers
	}
	if d.buf, _ = p.buffers.Get().(*bufio.Reader); d.buf == nil {
		d.buf = bufio.NewReaderSize(nil, 16<<10)
	}
	d.buf.Reset(&d.in)
	if encoding == "" || encoding == "identity" {
		if encoding = ""; sniff {
			encoding = d.sniff()
		}
	}
	var err error
	switch encoding {
	case "":
		d.out = d.buf
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

// Stream opens a stream of what r gives, decoded: gzip and zstd are recognised by their first bytes, also when something compressed was compressed once more,
// as CloudWatch Logs by Firehose are. It is bounded by StreamFloor and MaxStreamMembers. Errors are those of NewStream.
func (p *Decoders) Stream(r io.Reader, opt SplitOptions) (*Stream, error) {
	var layers []*Decoder
	for len(layers) < maxLayers {
		d, err := p.open(r, "", true, true)
		if err != nil {
			closeAll(layers)
			return nil, err
		}
		layers = append(layers, d)
		if r = d; d.out == d.buf {
			break
		}
	}
	t, err := NewStream(r, opt, &p.windows)
	if err != nil {
		closeAll(layers)
		return nil, err
	}
	t.layers = layers
	return t, nil
}

// maxLayers bounds compression inside compression. The last layer is what is inside.
const maxLayers = 3

func closeAll(layers []*Decoder) {
	for _, d := range layers {
		d.Close()
	}
}

// sniff names the encoding that the first bytes show.
func (d *Decoder) sniff() string {
	head, _ := d.buf.Peek(4)
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
	if err := d.gz.Reset(d.buf); err != nil {
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
	return d.zs.Reset(d.buf)
}

// openDeflate takes zlib (RFC 1950), which the name means, and the bare deflate (RFC 1951) that some send.
func (d *Decoder) openDeflate() error {
	d.alone = true
	head, err := d.buf.Peek(2)
	if len(head) == 0 {
		return err
	}
	if len(head) == 2 && head[0]&15 == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		d.out, err = zlib.NewReader(d.buf)
		return err
	}
	d.out = flate.NewReader(d.buf)
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
		if _, err = d.buf.Peek(1); err == nil {
			err = errTrailing
		}
	}
	if d.n > d.floor && d.n > MaxRatio*d.Encoded() {
		err = &BombError{fmt.Sprintf("more than %d decoded bytes for each one sent", MaxRatio)}
	}
	if err != nil {
		d.err = d.explain(err)
	}
	return n, d.err
}

// nextMember goes on to the gzip member that follows (RFC 1952, 2.2), if one does.
func (d *Decoder) nextMember() error {
	if _, err := d.buf.Peek(1); err != nil {
		return err
	}
	if d.members++; d.members > d.most {
		return &BombError{fmt.Sprintf("more than %d gzip members", d.most)}
	}
	if err := d.gz.Reset(d.buf); err != nil {
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
	if _, ok := errors.AsType[*BombError](err); ok || err == ErrEncoding || d.out == d.buf {
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
func (d *Decoder) Encoded() int64 { return d.in.n - int64(d.buf.Buffered()) }

// Close gives the decoder's memory back. It does not close the reader below.
func (d *Decoder) Close() {
	if d.buf == nil {
		return
	}
	if d.gz != nil {
		d.from.gzips.Put(d.gz)
	}
	if d.zs != nil {
		_ = d.zs.Reset(nil) // it lets go of the input
		d.from.zstds.Put(d.zs)
	}
	d.buf.Reset(nil)
	d.from.buffers.Put(d.buf)
	d.buf, d.gz, d.zs, d.in.r = nil, nil, nil, nil
	d.err = io.ErrClosedPipe
}

// counter counts the bytes that a decoder takes from below, and keeps the error of the reader there.
type counter struct {
	r   io.Reader
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
