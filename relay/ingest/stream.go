package ingest

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"logrelay/relay"
)

// Bounds of a stream, in bytes.
const (
	windowBytes = 64 << 10 // the window at first
	readBytes   = 32 << 10 // the least that is asked for
	cheapBytes  = 8 << 10  // what is moved before it has to be
	pooledBytes = 3 << 19  // the largest window that is kept for the next body: what an envelope of the usual record limit needs
	sniffBytes  = 64 << 10 // what FormatAuto looks at
)

// Stream cuts a body of any length into records as it comes. It gives the pieces that Splitter gives of the whole body, with three differences that
// follow from not seeing the end: what stands before an error is given first; an envelope longer than a record is opened before its end is known, and
// then what would have made it a plain record is an error; and a value is an error where it is longer than a record, before it is known to be good.
// What it holds is bounded by MaxRecord, or longMessage where that is more. Not for concurrent use.
type Stream struct {
	in     io.Reader
	pool   *sync.Pool // of *[]byte: where the window comes from and goes to; or nil
	layers []*Decoder // closed with the stream
	s      Splitter   // cuts the window: s.pos is the next byte in it, s.body what it may look at
	buf    []byte     // the window
	base   int64      // offset of the window in the body
	end    error      // why nothing follows the window: io.EOF, or what is wrong with the encoding
	err    error      // what Next has returned

	long bool // inside a line that is longer than a record
	tail bool // s.body ends where the encoding broke
	list list
}

// NewStream returns a stream of what r gives. Errors of r other than io.EOF, *SyntaxError and *BombError pass through Next as they are, at once: the body may
// be asked for again. After those two the text that came before is still given, its last line flagged FlagTruncated. SplitOptions.Lenient is not
// possible. Close gives memory back to pool, which holds *[]byte and may be nil.
func NewStream(r io.Reader, opt SplitOptions, pool *sync.Pool) (*Stream, error) {
	t := &Stream{in: r, pool: pool}
	if pool != nil {
		if b, ok := pool.Get().(*[]byte); ok {
			t.buf = *b
		}
	}
	if t.buf == nil {
		t.buf = make([]byte, 0, windowBytes)
	}
	if opt.Format == FormatAuto {
		if err := t.fillTwo(); err != nil {
			t.Close()
			return nil, err
		}
	}
	t.s = *NewSplitter(t.buf, opt)
	t.s.body = nil
	if t.s.opt.Format == FormatText {
		t.wholeLines(0)
	}
	return t, nil
}

// fillTwo reads until there are two bytes that are no white space, for sniff.
func (t *Stream) fillTwo() error {
	for i, found := 0, 0; found < 2; {
		if i = skipSpace(t.buf, i); i < len(t.buf) {
			i++
			found++
			continue
		}
		if t.end != nil || len(t.buf) >= sniffBytes {
			return nil
		}
		if err := t.fill(sniffBytes); err != nil {
			return err
		}
	}
	return nil
}

// Format returns how the body is cut: never FormatAuto.
func (t *Stream) Format() Format { return t.s.opt.Format }

// Window returns how many bytes the stream holds.
func (t *Stream) Window() int {
	n := cap(t.buf) + cap(t.s.spare)
	for _, d := range t.layers {
		n += int(d.Window())
	}
	return n
}

// Offset returns how many bytes of the body have been cut.
func (t *Stream) Offset() int64 { return t.base + int64(min(t.s.pos, len(t.buf))) }

// Close gives the window back. Pieces are no longer good.
func (t *Stream) Close() {
	if t.pool != nil && cap(t.buf) <= pooledBytes {
		b := t.buf[:0]
		t.pool.Put(&b)
	}
	closeAll(t.layers)
	t.buf, t.s.body, t.s.rest, t.pool, t.layers = nil, nil, nil, nil, nil
	t.err, t.end = io.ErrClosedPipe, io.ErrClosedPipe
}

// Next cuts the next record. Its bytes are good until the next call. Errors: io.EOF at the end; *SyntaxError, *TooLongError and *BombError, with the place in
// the body; what reading gave. They come again when Next is called again.
func (t *Stream) Next(p *Piece) error {
	switch {
	case t.err != nil:
		return t.err
	case len(t.s.rest) > 0:
		t.s.cutPart(p)
	case t.s.opt.Format != FormatText:
		t.err = t.locate(t.nextValue(p))
		return t.err
	default:
		if t.err = t.nextLine(p); t.err != nil {
			return t.err
		}
	}
	if t.tail && p.Flags&relay.FlagMore == 0 {
		p.Flags |= relay.FlagTruncated
	}
	return nil
}

// Skip passes over n records, without telling them.
func (t *Stream) Skip(n uint64) error {
	var p Piece
	for ; n > 0; n-- {
		if err := t.Next(&p); err != nil {
			return err
		}
	}
	return nil
}

// nextLine cuts lines out of the whole ones in the window.
func (t *Stream) nextLine(p *Piece) error {
	for {
		if t.long {
			return t.nextPart(p)
		}
		if err := t.s.nextLine(p); err == nil {
			return nil
		}
		if err := t.fillLines(); err != nil {
			return err
		}
	}
}

// fillLines makes sure that there is a whole line in s.body, or the last one, or the beginning of one that is longer than a record.
func (t *Stream) fillLines() error {
	need := max(t.s.opt.MaxRecord, maxHeader) + len("\r\n")
	for {
		if t.s.pos >= len(t.buf) && t.end != nil {
			return t.end
		}
		seen := len(t.buf) - t.s.pos
		if seen >= need {
			t.long = true
			t.s.lines = true
			t.s.line++
			t.s.part, t.s.base, t.s.meta = 0, 0, t.s.meta[:0]
			return nil
		}
		if t.end != nil {
			t.s.body, t.tail = t.buf, t.end != io.EOF
			return nil
		}
		if err := t.fill(need); err != nil {
			return err
		}
		if t.wholeLines(t.s.pos + max(seen, 0)) {
			return nil
		}
	}
}

// wholeLines lets the splitter see the lines that end in the window. No line ends before from.
func (t *Stream) wholeLines(from int) bool {
	i := bytes.LastIndexByte(t.buf[from:], '\n')
	if i < 0 {
		return false
	}
	t.s.body = t.buf[:from+i+1]
	return true
}

// nextPart cuts the next part of a line that is longer than a record and whose end is not in sight.
func (t *Stream) nextPart(p *Piece) error {
	need := t.s.opt.MaxRecord + len("\r\n")
	for len(t.buf)-t.s.pos < need && t.end == nil {
		if err := t.fill(need); err != nil {
			return err
		}
	}
	rest := t.buf[t.s.pos:min(len(t.buf), t.s.pos+need)]
	i := bytes.IndexByte(rest, '\n')
	switch {
	case i >= 0: // its end
		t.s.pos += i + 1
		rest = trimCR(rest[:i])
		t.long = false
	case len(rest) == need:
		t.s.rest = rest[:t.s.opt.MaxRecord+1]
		t.s.cutPart(p)
		t.s.rest = nil
		t.s.pos += len(p.Raw)
		return nil
	default:
		t.s.pos = len(t.buf)
		if t.tail = t.end != io.EOF; !t.tail {
			rest = trimCR(rest)
		}
		t.long = false
	}
	t.s.body = t.buf[:t.s.pos]
	t.wholeLines(t.s.pos)
	t.s.rest = rest
	t.s.cutPart(p)
	return nil
}

// fill reads more into the window, which moves it: s.pos and s.body follow. The caller needs at most most bytes from s.pos. It is not called while a
// piece's bytes or s.rest are in use, nor after the end.
func (t *Stream) fill(most int) error {
	t.s.pos = min(t.s.pos, len(t.buf))
	rest := t.buf[t.s.pos:]
	if cap(t.buf)-len(t.buf) < readBytes || t.s.pos >= windowBytes && len(rest) <= cheapBytes { // a large window is not walked through: its beginning is in the cache
		to := t.buf
		if len(rest) > cap(t.buf)/2 {
			to = make([]byte, 0, min(2*cap(t.buf), most+most/4)+readBytes)
		}
		t.base += int64(t.s.pos)
		t.buf = append(to[:0], rest...)
		t.s.body, t.s.pos = t.buf[:0], 0
	}
	n, err := t.in.Read(t.buf[len(t.buf):cap(t.buf)])
	t.buf = t.buf[:len(t.buf)+n]
	if _, broken := errors.AsType[*SyntaxError](err); broken || err == io.EOF {
		t.end = err
		return nil
	}
	if _, bomb := errors.AsType[*BombError](err); bomb {
		t.end = err
		return nil
	}
	return err
}
