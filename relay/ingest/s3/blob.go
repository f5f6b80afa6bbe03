package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	stallTime  = time.Minute // without a byte, after which a connection counts as broken; the store may give up sooner
	reopenMax  = 6           // failures in a row, without a byte in between, after which an object is given up for now
	firstRetry = 200 * time.Millisecond
	maxRetry   = 5 * time.Second
)

// blob is an opened object (object.Blob). It goes on by range after a broken connection, as long as the object is the same. An error of the store that
// does not pass stays: fault returns it.
type blob struct {
	ctx   context.Context
	store Store
	req   Request // names the very version or entity tag
	count func(n int)

	size     int64
	modified time.Time

	mu    sync.Mutex // Read and ReadAt may come from different goroutines
	body  *stream    // nil: to be opened at pos
	pos   int64
	fails int
	err   error
	cache cache
}

// openBlob opens an object. The answer names what is read from then on. The caller closes the blob.
func openBlob(ctx context.Context, store Store, req Request) (*blob, *Object, error) {
	b := &blob{ctx: ctx, store: store, req: req, count: func(int) {}}
	o, err := b.get(req)
	if err != nil {
		return nil, nil, err
	}
	if b.size, b.modified = o.Size, o.Modified; o.Version != "" {
		b.req.Version = o.Version
	}
	b.req.IfMatch = o.ETag
	return b, o, nil
}

// stream is a body with a watch: no byte for stallTime ends it.
type stream struct {
	io.ReadCloser
	watch  *time.Timer
	cancel context.CancelFunc
}

func (s *stream) Read(p []byte) (int, error) {
	s.watch.Reset(stallTime)
	defer s.watch.Stop()
	return s.ReadCloser.Read(p)
}

func (s *stream) Close() error {
	s.watch.Stop()
	s.cancel()
	return s.ReadCloser.Close()
}

// get opens a part of the object and makes it b.body.
func (b *blob) get(req Request) (*Object, error) {
	ctx, cancel := context.WithCancel(b.ctx)
	watch := time.AfterFunc(stallTime, cancel)
	o, err := b.store.Get(ctx, req)
	watch.Stop()
	if err != nil {
		cancel()
		return nil, b.explain(err)
	}
	b.body = &stream{o.Body, watch, cancel}
	return o, nil
}

// explain makes an error of a cancelled watch what it is.
func (b *blob) explain(err error) error {
	if b.ctx.Err() != nil {
		return b.ctx.Err()
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = &Error{
			Action: "s3:GetObject", Resource: "arn:aws:s3:::" + b.req.Bucket + "/" + b.req.Key,
			Err: fmt.Errorf("no answer within %s", stallTime),
		}
	}
	return err
}

// Size implements object.Blob.
func (b *blob) Size() int64 { return b.size }

// Read implements object.Blob.
func (b *blob) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		left := b.size - b.pos
		switch {
		case b.err != nil:
			return 0, b.err
		case left <= 0:
			b.closeBody()
			return 0, io.EOF
		case len(p) == 0:
			return 0, nil
		}
		n, err := b.readBody(p[:min(int64(len(p)), left)])
		if n > 0 { // whatever else: these bytes are good
			b.pos += int64(n)
			b.fails = 0
			b.count(n)
			if err != nil {
				b.closeBody()
			}
			return n, nil
		}
		if err != nil {
			b.closeBody()
			b.retry(err)
		}
	}
}

// readBody reads from the body, which it opens if need be.
func (b *blob) readBody(p []byte) (int, error) {
	if b.body == nil {
		req := b.req
		req.Offset = b.pos
		if _, err := b.get(req); err != nil {
			return 0, err
		}
	}
	return b.body.Read(p)
}

func (b *blob) closeBody() {
	if b.body != nil {
		_ = b.body.Close() // what was read is what counts
		b.body = nil
	}
}

// retry waits before the next attempt, or makes the error final.
func (b *blob) retry(err error) {
	err = b.explain(err)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	b.fails++
	class := classOf(err)
	if b.ctx.Err() == nil && (class == Transient || class == Throttled) && b.fails < reopenMax {
		if b.ctx.Err() == nil && sleep(b.ctx, grow(b.fails, firstRetry, maxRetry)) == nil {
			return
		}
		err = b.ctx.Err()
	}
	if _, ok := errors.AsType[*Error](err); !ok && b.ctx.Err() == nil {
		err = &Error{Action: "s3:GetObject", Resource: "arn:aws:s3:::" + b.req.Bucket + "/" + b.req.Key, Err: err}
	}
	b.err = err
}

// fault returns the error of the store, or of the context, that ended reading; nil while there is none.
func (b *blob) fault() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// offset returns how far Read has come, in bytes.
func (b *blob) offset() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pos
}

// Close ends all reading and gives the memory back.
func (b *blob) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closeBody()
	b.cache.drop()
	if b.err == nil {
		b.err = io.ErrClosedPipe
	}
}
