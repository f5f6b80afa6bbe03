package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Compression of bodies.
type Compression string

// The compressions.
const (
	None Compression = "none"
	Gzip Compression = "gzip"
	Zstd Compression = "zstd"
)

const (
	maxPooled  = 8 << 20 // a body larger than this is not kept
	zstdWindow = 1 << 20
)

// packer compresses bodies and keeps the memory for it.
type packer struct {
	how    Compression
	bodies sync.Pool // *Body
	gzips  sync.Pool // *gzip.Writer
	zstd   *zstd.Encoder
}

func newPacker(how Compression) (*packer, error) {
	p := &packer{how: how}
	p.bodies.New = func() any { return new(Body) }
	switch how {
	case None, "":
	case Gzip:
		p.gzips.New = func() any {
			w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
			if err != nil {
				panic("BUG: gzip: " + err.Error())
			}
			return w
		}
	case Zstd:
		var err error
		p.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2),
			zstd.WithWindowSize(zstdWindow), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return nil, fmt.Errorf("preparing zstd: %w", err)
		}
	default:
		return nil, fmt.Errorf("compression %q: allowed are none, gzip and zstd", how)
	}
	return p, nil
}

// name is the content coding of RFC 9110 section 8.4.1 and RFC 8878.
func (p *packer) name() string {
	if p.how == None {
		return ""
	}
	return string(p.how)
}

func (p *packer) pack(b *Body) error {
	switch p.how {
	case Gzip:
		b.packed.Reset()
		w := p.gzips.Get().(*gzip.Writer)
		defer p.gzips.Put(w)
		w.Reset(&b.packed)
		if _, err := w.Write(b.Plain); err != nil {
			return fmt.Errorf("compressing a body: %w", err)
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("compressing a body: %w", err)
		}
		b.send = b.packed.Bytes()
	case Zstd:
		b.packed.Reset()
		b.packed.Grow(p.zstd.MaxEncodedSize(len(b.Plain)))
		b.send = p.zstd.EncodeAll(b.Plain, b.packed.AvailableBuffer())
	default:
		b.send = b.Plain
	}
	return nil
}

// Body is memory for one request after the other.
type Body struct {
	Plain  []byte // to be appended to
	packed bytes.Buffer
	send   []byte
	open   atomic.Int32 // readers that net/http has not closed
}

// Body returns empty memory for a body. Pack it before it is sent, and give it back with Reuse.
func (c *Client) Body() *Body {
	b := c.pack.bodies.Get().(*Body)
	b.Plain = b.Plain[:0]
	return b
}

// Pack compresses Plain, which may be used again then.
func (c *Client) Pack(b *Body) error { return c.pack.pack(b) }

// Reuse gives the memory back, unless net/http still reads it or it is larger than usual.
func (c *Client) Reuse(b *Body) {
	if b.open.Load() == 0 && cap(b.Plain) <= maxPooled && b.packed.Cap() <= maxPooled {
		c.pack.bodies.Put(b)
	}
}

func (b *Body) attach(req *http.Request) {
	reader := func() (io.ReadCloser, error) {
		b.open.Add(1)
		return &bodyReader{Reader: bytes.NewReader(b.send), b: b}, nil
	}
	req.Body, _ = reader()
	req.GetBody = reader
	req.ContentLength = int64(len(b.send))
}

type bodyReader struct {
	*bytes.Reader
	b    *Body
	once sync.Once
}

func (r *bodyReader) Close() error {
	r.once.Do(func() { r.b.open.Add(-1) })
	return nil
}
