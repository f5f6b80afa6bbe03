package ingest

import (
	"errors"
	"io"
)

// nextValue cuts the next JSON value. Between calls s.pos stands before a value, or the comma before it.
func (t *Stream) nextValue(p *Piece) error {
	s := &t.s
	for {
		if s.env.kind != envNone {
			if ok, err := s.nextInEnvelope(p); ok || err != nil {
				return err
			}
			continue
		}
		inside := s.array || t.list.kind != envNone
		c, err := t.peek(inside)
		switch {
		case err != nil:
			return err
		case inside && c == ']':
			s.pos++
			if err := t.closeInner(); err != nil {
				return err
			}
			continue
		case inside && s.comma && c != ',':
			return &SyntaxError{s.pos, "neither a comma nor the end of the array"}
		case inside && s.comma:
			s.pos++
			s.comma = false
			if c, err = t.peek(true); err != nil {
				return err
			}
		case !inside && s.opt.Format == FormatJSON && c == '[':
			s.array, s.comma = true, false
			s.pos++
			continue
		}
		if c == '{' && s.opt.Format == FormatJSON && t.list.kind == envNone {
			if opened, err := t.open(); err != nil {
				return err
			} else if opened {
				continue
			}
		}
		if t.list.kind == envEvents {
			if ok, err := t.nextEvent(p); ok || err != nil {
				return err
			}
			continue
		}
		value, err := t.scan(s.opt.MaxRecord)
		if err != nil {
			return err
		}
		if end := s.pos; !inside && end < len(t.buf) && !delimited(t.buf[end-1], t.buf[end]) {
			s.pos -= len(value)
			return &SyntaxError{end, "no white space after a JSON value"}
		}
		s.comma = true
		*p = Piece{Raw: value, Context: s.context}
		return nil
	}
}

// closeInner ends the innermost list.
func (t *Stream) closeInner() error {
	if t.list.kind != envNone {
		return t.closeList()
	}
	t.s.array = false
	return nil
}

// peek passes over white space and returns the byte that follows. At the end: io.EOF, or what is wrong where something has to follow.
func (t *Stream) peek(must bool) (byte, error) {
	for {
		if t.s.pos = skipSpace(t.buf, t.s.pos); t.s.pos < len(t.buf) {
			return t.buf[t.s.pos], nil
		}
		switch {
		case t.end == io.EOF && must:
			return 0, cut(len(t.buf))
		case t.end != nil:
			return 0, t.end
		}
		if err := t.fill(windowBytes); err != nil {
			return 0, err
		}
	}
}

// tokenBytes is more than any token but a string has beyond the place where ScanValue says that it is broken.
const tokenBytes = 8

// scan passes over the value at s.pos, which may have limit bytes, and returns it.
func (t *Stream) scan(limit int) ([]byte, error) {
	for {
		start := t.s.pos
		b := t.buf[:min(len(t.buf), start+limit+1)]
		end, err := ScanValue(b, start)
		switch {
		case err == nil && end-start <= limit && (end < len(b) || t.end == io.EOF || delimited(b[end-1], 0)):
			t.s.pos = end
			return b[start:end], nil
		case err != nil && end+tokenBytes < len(b):
			return nil, err
		case len(b) == start+limit+1:
			return nil, &TooLongError{start, t.s.opt.MaxRecord}
		case t.end == io.EOF:
			return nil, err
		case t.end != nil:
			return nil, t.end
		}
		if err := t.fillTo(min(limit+1, 2*(len(t.buf)-start))); err != nil {
			return nil, err
		}
	}
}

// fillTo makes the window hold n bytes from s.pos, or all that is left.
func (t *Stream) fillTo(n int) error {
	for t.end == nil && len(t.buf)-t.s.pos < n {
		if err := t.fill(n); err != nil {
			return err
		}
	}
	return nil
}

// locate turns places in the window into places in the body.
func (t *Stream) locate(err error) error {
	if err == t.end {
		return err // of the encoding, which counts for itself
	}
	if e, ok := errors.AsType[*SyntaxError](err); ok {
		return &SyntaxError{int(t.base) + e.Offset, e.What}
	}
	if e, ok := errors.AsType[*TooLongError](err); ok {
		return &TooLongError{int(t.base) + e.Offset, e.Limit}
	}
	return err
}
