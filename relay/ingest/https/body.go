package https

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// memoryBody is the largest body that is kept in memory, in bytes.
const memoryBody = 1 << 20

// blockSizes are the sizes of memory for bodies; each is 4 times the one before.
var blockSizes = [...]int{16 << 10, 64 << 10, 256 << 10, memoryBody}

// body is a body that was received and decoded as a whole.
type body struct {
	s     *Server
	data  []byte // in block or in spool
	block []byte
	size  int // index into blockSizes
	spool *spool
}

// sizeFor returns the index of the smallest block that holds n bytes, or the largest.
func sizeFor(n int64) int {
	for i, size := range blockSizes {
		if n <= int64(size) {
			return i
		}
	}
	return len(blockSizes) - 1
}

// newBody takes a block whose bytes the caller has taken from the budget.
func (s *Server) newBody(size int) *body {
	b := &body{s: s, size: size}
	if p, ok := s.blocks[size].Get().(*[]byte); ok {
		b.block = *p
	} else {
		b.block = make([]byte, blockSizes[size])
	}
	return b
}

// release gives memory and file back.
func (b *body) release() {
	if b.spool != nil {
		b.spool.close()
		b.spool = nil
	}
	block := b.block
	b.s.blocks[b.size].Put(&block)
	b.s.budget.Give(int64(blockSizes[b.size]))
	b.data, b.block = nil, nil
}

// grow makes the block the next size, if the budget has room at once.
func (b *body) grow(n int) bool {
	if b.size+1 == len(blockSizes) || !b.s.budget.TryTake(int64(blockSizes[b.size+1])) {
		return false
	}
	bigger := b.s.newBody(b.size + 1)
	copy(bigger.block, b.block[:n])
	old := *b
	b.block, b.size = bigger.block, bigger.size
	old.release()
	return true
}

// read takes all of r, up to limit bytes, into memory or, where that does not do, into a file.
func (b *body) read(r io.Reader, limit int64, what string) error {
	n, total := 0, int64(0)
	for {
		if n == len(b.block) && (b.spool != nil || !b.grow(n)) {
			if err := b.flush(n); err != nil {
				return err
			}
			n = 0
		}
		m, err := r.Read(b.block[n:])
		n += m
		if total += int64(m); total > limit {
			return tooLarge(what, limit)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if b.spool == nil {
		b.data = b.block[:n]
		return nil
	}
	if err := b.flush(n); err != nil {
		return err
	}
	var err error
	b.data, err = b.spool.view()
	return err
}

func (b *body) flush(n int) (err error) {
	if b.spool == nil {
		if b.spool, err = b.s.newSpool(); err != nil {
			return err
		}
	}
	return b.spool.write(b.block[:n])
}

// encoding returns the content coding. Its name is not case-sensitive (RFC 9110, 8.4.1).
func (rq *request) encoding() string {
	return strings.ToLower(strings.TrimSpace(rq.r.Header.Get("Content-Encoding")))
}

// readBody receives and decodes the request's body. What is sent is bounded by Limits.Body, what comes out of it by Limits.Decoded.
func (rq *request) readBody() error {
	s := rq.s
	in := &slowReader{rc: http.NewResponseController(rq.w), r: rq.r.Body, s: s, start: time.Now()}
	defer in.done()
	encoding := rq.encoding()
	d, err := s.decoders.Open(in, encoding, true)
	if err != nil {
		return err
	}
	defer d.Close()
	if w := d.Window(); w > 0 && encoding != "zstd" { // nobody said so before
		if !s.budget.TryTake(w) {
			return errBusy
		}
		defer s.budget.Give(w)
	}
	return rq.body.read(d, s.limits.Decoded, "the body, decoded")
}

// slowReader reads a request's body as long as the sender keeps the pace, and no more than the limit.
type slowReader struct {
	rc    *http.ResponseController
	r     io.Reader
	s     *Server
	start time.Time
	set   time.Time // when the deadline was last set
	n     int64
}

func (r *slowReader) Read(p []byte) (int, error) {
	if now := time.Now(); now.Sub(r.set) > time.Second {
		r.set = now
		pace := time.Duration(r.n) * time.Second / time.Duration(r.s.limits.BodyRate)
		// An error means a transport without deadlines, as in tests: nothing to do.
		_ = r.rc.SetReadDeadline(r.start.Add(r.s.limits.BodyTime + pace))
	}
	n, err := r.r.Read(p)
	if r.n += int64(n); r.n > r.s.limits.Body {
		return n, tooLarge("the body, as sent", r.s.limits.Body)
	}
	return n, err
}

// done takes the deadline off: what follows is our time, not the sender's.
func (r *slowReader) done() {
	if !r.set.IsZero() {
		_ = r.rc.SetReadDeadline(time.Time{})
	}
}
