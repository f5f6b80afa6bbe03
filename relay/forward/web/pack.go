package web

import (
	"fmt"
	"sync"

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
	maxPooled  = 4 << 20 // a body larger than this is not kept
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
