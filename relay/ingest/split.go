package ingest

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"logrelay/relay"
)

// Format says how a body is cut into records.
type Format uint8

const (
	// FormatAuto is FormatJSON where the body starts with {" or {} or [{, white space aside (64 KiB at most), and FormatText otherwise.
	FormatAuto Format = iota
	// FormatText: one record a line, whatever it holds.
	FormatText
	// FormatJSON: a run of JSON values. Arrays at the top are opened; the CloudTrail and CloudWatch Logs envelopes are taken off.
	FormatJSON
	// FormatNDJSON: a run of JSON values, each a record.
	FormatNDJSON
)

// SplitOptions says how to cut. The zero value works.
type SplitOptions struct {
	Format    Format
	MaxRecord int // bytes; 0 means 1 MiB. Longer lines become parts, longer JSON values are a *TooLongError.
	// Columns looks for VPC flow log headers: always in the first line of a text, and in others once there was one.
	Columns bool
	// Fields takes the "#Fields:" lines of CloudFront for what they are, and the "#Version: 1.0" before them: the columns of the lines that follow.
	Fields bool
	// Lenient makes text of a body that looks like JSON and is not, or holds an over-long value: nothing is refused.
	Lenient bool
}

// DefaultMaxRecord is the record limit where the configuration gives none, in bytes.
const DefaultMaxRecord = 1 << 20

// TooLongError: a JSON value is longer than a record may be.
type TooLongError struct{ Offset, Limit int }

func (e *TooLongError) Error() string {
	return fmt.Sprintf("the JSON value at byte %d is longer than a record may be (%d bytes)", e.Offset, e.Limit)
}

// MaxOrigins is how many origins a source puts into a batch where bodies may say something new about each record: the buffer takes no batch whose origins
// alone are larger than a block.
const MaxOrigins = 128

// Context is what a body says about the records that follow. It is immutable and compared by address.
type Context struct {
	Columns string       // the fields that a header line names, separated by blanks
	Attrs   []relay.Attr // of a CloudWatch Logs envelope
}

// Piece is one record as it is cut from a body.
type Piece struct {
	Raw     []byte     // never empty
	Meta    []byte     // see relay.AppendMeta
	Context *Context   // nil when there is nothing to say
	Flags   relay.Flag // FlagMore, FlagContinued
}

// Splitter cuts one body. Pieces are slices of the body, or of the splitter's memory where the body had them escaped. It keeps
// the body's bytes as they are: numbers and the order of names are the sender's. Not for concurrent use.
type Splitter struct {
	body []byte
	pos  int
	opt  SplitOptions

	context *Context
	lines   bool // a text line was seen
	array   bool // inside an array at the top
	comma   bool // inside that array: a value came, so a comma or the end follows
	env     envelope

	rest  []byte // what is left of an over-long line
	meta  []byte // attributes of its record
	line  int    // number of over-long lines so far
	part  int    // number of parts of this one so far
	base  int    // length of meta without the part
	spare []byte // unescaped text
}

// NewSplitter returns a splitter of body, which must not change while it is in use.
func NewSplitter(body []byte, opt SplitOptions) *Splitter {
	if opt.MaxRecord <= 0 {
		opt.MaxRecord = DefaultMaxRecord
	}
	if opt.Format == FormatAuto {
		opt.Format = sniff(body)
	}
	s := &Splitter{body: body, opt: opt}
	if opt.Lenient && opt.Format != FormatText && s.Verify() != nil {
		s.opt.Format = FormatText
	}
	return s
}

func sniff(body []byte) Format {
	body = body[:min(len(body), sniffBytes)]
	i := skipSpace(body, 0)
	j := skipSpace(body, min(i+1, len(body)))
	if j == len(body) {
		return FormatText
	}
	switch open, c := body[i], body[j]; {
	case open == '{' && (c == '"' || c == '}'), open == '[' && c == '{':
		return FormatJSON
	}
	return FormatText
}

// Verify reports what Next will refuse from here to the end, without moving. After nil, Next fails no more, and where every value stands
// on a line of its own, it does not look into them again.
func (s *Splitter) Verify() error {
	if s.opt.Format == FormatText {
		return nil
	}
	ahead := s.Fork()
	byLine := s.env.kind == envNone && !s.array && len(s.rest) == 0
	end := s.pos
	var p Piece
	for {
		if err := ahead.Next(&p); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		if byLine {
			start := ahead.pos - len(p.Raw)
			byLine = ahead.env.kind == envNone && !ahead.array && (start == 0 || lineEnd(s.body[end:start])) && bytes.IndexByte(p.Raw, '\n') < 0
			end = ahead.pos
		}
	}
	if rest := s.body[end:]; byLine && (len(rest) == 0 || lineEnd(rest)) {
		s.opt.Format, s.opt.Columns = FormatText, false
	}
	return nil
}

func lineEnd(b []byte) bool { return string(b) == "\n" || string(b) == "\r\n" }

// Fork returns a splitter that goes on from here by itself.
func (s *Splitter) Fork() *Splitter {
	f := *s
	f.meta, f.spare = bytes.Clone(s.meta), nil
	return &f
}

// Next cuts the next record. Its bytes are good until the next call. Errors: io.EOF at the end; *SyntaxError and *TooLongError, with
// the place in the body; they come again when Next is called again.
func (s *Splitter) Next(p *Piece) error {
	switch {
	case len(s.rest) > 0:
		s.cutPart(p)
		return nil
	case s.opt.Format == FormatText:
		return s.nextLine(p)
	default:
		return s.nextValue(p)
	}
}

func (s *Splitter) nextLine(p *Piece) error {
	for s.pos < len(s.body) {
		line := s.body[s.pos:]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
		}
		s.pos += len(line) + 1
		if line = trimCR(line); len(line) == 0 {
			continue
		}
		if s.opt.Fields && string(line) == w3cVersion {
			continue
		}
		columns, header := s.header(line)
		s.lines = true
		if header {
			if s.context == nil || s.context.Columns != string(columns) {
				s.context = &Context{Columns: string(columns)}
			}
			continue
		}
		s.emitText(p, line, nil)
		return nil
	}
	return io.EOF
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// emitText hands out text with its attributes, or the first part of it.
func (s *Splitter) emitText(p *Piece, text, meta []byte) {
	if len(text) <= s.opt.MaxRecord {
		*p = Piece{Raw: text, Meta: meta, Context: s.context}
		return
	}
	s.rest, s.part, s.base = text, 0, len(meta)
	s.meta = append(s.meta[:0], meta...)
	s.line++
	s.cutPart(p)
}

// cutPart hands out the next part of an over-long line. It does not cut through a UTF-8 sequence.
func (s *Splitter) cutPart(p *Piece) {
	part := s.rest
	var flags relay.Flag
	if len(part) > s.opt.MaxRecord {
		part, flags = part[:partLen(part, s.opt.MaxRecord)], relay.FlagMore
	}
	if s.part > 0 {
		flags |= relay.FlagContinued
	}
	s.part++
	s.rest = s.rest[len(part):]
	s.meta = relay.AppendMeta(s.meta[:s.base], relay.AttrPart, strconv.Itoa(s.line)+":"+strconv.Itoa(s.part))
	*p = Piece{Raw: part, Meta: s.meta, Context: s.context, Flags: flags}
}

// partLen returns at most limit, and up to 3 less where that keeps a UTF-8 sequence whole.
func partLen(b []byte, limit int) int {
	for n := limit; n > 0 && n > limit-4; n-- {
		if b[n]&0xC0 != 0x80 {
			return n
		}
	}
	return limit
}

func (s *Splitter) nextValue(p *Piece) error {
	for {
		if s.env.kind != envNone {
			if ok, err := s.nextInEnvelope(p); ok || err != nil {
				return err
			}
			continue
		}
		start := skipSpace(s.body, s.pos)
		switch {
		case s.array:
			var ended bool
			var err error
			if start, ended, err = s.element(start); err != nil {
				return err
			} else if ended {
				continue
			}
		case start == len(s.body):
			return io.EOF
		case s.opt.Format == FormatJSON && s.body[start] == '[':
			s.array, s.comma = true, false
			s.pos = start + 1
			continue
		}
		if s.opt.Format == FormatJSON && s.body[start] == '{' {
			if opened, err := s.openEnvelope(start); err != nil {
				return err
			} else if opened {
				s.pos, s.comma = start, true
				continue
			}
		}
		end, err := ScanValue(s.body, start)
		if err != nil {
			return err
		}
		if !s.array && end < len(s.body) && !delimited(s.body[end-1], s.body[end]) {
			return &SyntaxError{end, "no white space after a JSON value"}
		}
		if end-start > s.opt.MaxRecord {
			return &TooLongError{start, s.opt.MaxRecord}
		}
		s.pos, s.comma = end, true
		*p = Piece{Raw: s.body[start:end], Context: s.context}
		return nil
	}
}

// element finds the next element of the array at the top: it starts at i, or a comma before it does. Ended: the array does.
func (s *Splitter) element(i int) (start int, ended bool, err error) {
	switch {
	case i < len(s.body) && s.body[i] == ']':
		s.array = false
		s.pos = i + 1
		return i, true, nil
	case s.comma && i < len(s.body) && s.body[i] != ',':
		return i, false, &SyntaxError{i, "neither a comma nor the end of the array"}
	case s.comma:
		i = skipSpace(s.body, i+1)
	}
	if i >= len(s.body) {
		return i, false, cut(len(s.body))
	}
	return i, false, nil
}

// delimited reports whether a value that ends in last may be followed by next, at the top.
func delimited(last, next byte) bool {
	switch last {
	case '}', ']', '"':
		return true
	}
	switch next {
	case ' ', '\t', '\r', '\n', '{', '[', '"':
		return true
	}
	return false
}
