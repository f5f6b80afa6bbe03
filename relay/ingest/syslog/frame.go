package syslog

import (
	"bytes"

	"logrelay/relay"
)

// maxLengthDigits bounds the digits of an octet-counted frame's length; a longer run of digits is text.
const maxLengthDigits = 10

// mode says what the bytes are that a framer is in the middle of.
type mode uint8

const (
	modeStart   mode = iota // between two frames, or in first bytes that do not yet tell the framing
	modeLine                // in a line that ends with LF or NUL
	modeCounted             // in an octet-counted frame
	modeGarbage             // in bytes that are no frame
)

// framer cuts the bytes of one connection into records and appends them to a batch. Framing is recognised frame by frame
// (RFC 6587 sections 3.4.1 and 3.4.2). The records do not depend on how the bytes were divided over calls of feed, and
// every byte is either in a record or counted in framing. For one goroutine.
type framer struct {
	out  *relay.Batch // where records go
	full func() error // called when out is full: empties or replaces it
	max  int          // longest record in bytes; longer messages become linked parts
	now  int64        // when the bytes that are fed were received: nanoseconds since 1970 UTC

	mode    mode
	counted bool   // the frame before was octet-counted: only the start of a frame may follow
	carry   []byte // the bytes at hand of a frame that is not complete
	need    int    // modeCounted: bytes from the start of carry to the end of the frame
	blind   int    // modeGarbage: bytes at the start of carry that are known to start no frame
	lf, nul int    // the next terminators in the chunk that is being fed; stale when before the current place

	group, part uint64 // over-long messages so far; parts so far of the current one, 0 when in none
	meta        []byte // attributes of the part that is being appended

	records, framing          uint64 // records appended; bytes that are in no record
	parts, resyncs, truncated uint64 // as in ingest.Metrics
}

// feed cuts p, which follows the bytes fed before, and keeps no reference to it. An error is that of full; the
// framer is of no use after it.
func (f *framer) feed(p []byte) (err error) {
	f.lf, f.nul = -1, -1
	for i := 0; i < len(p) && err == nil; {
		switch f.mode {
		case modeStart:
			i, err = f.start(p, i)
		case modeLine:
			i, err = f.line(p, i)
		case modeCounted:
			i, err = f.octets(p, i)
		default:
			i, err = f.garbage(p, i)
		}
	}
	return err
}

// start recognises the framing of what begins at p[i], or began in carry.
func (f *framer) start(p []byte, i int) (int, error) {
	if len(f.carry) > 0 {
		return f.startCarried(p, i)
	}
	c := p[i]
	switch {
	case c == '\n' || c == 0: // an empty line, or the LF that some senders add to a counted frame
		f.framing++
		f.counted = false
		return i + 1, nil
	case '1' <= c && c <= '9':
		length, size, v := parseLength(p[i:])
		switch {
		case v == isLength && length <= f.longest():
			f.framing += uint64(size)
			f.mode, f.need = modeCounted, length
			return f.octets(p, i+size)
		case v == unsure:
			f.carry = append(f.carry, p[i:]...)
			return len(p), nil
		case v == isLength || f.counted:
			f.startGarbage(size)
			return i, nil
		}
	case f.counted && c != '<' && c != '\r':
		f.startGarbage(0)
		return i, nil
	}
	f.mode = modeLine
	return f.line(p, i)
}

// startCarried is start where an earlier chunk ended in the digits of what may be a length.
func (f *framer) startCarried(p []byte, i int) (int, error) {
	length, size, v := parseLength(f.carry)
	for ; v == unsure && i < len(p); i++ {
		f.carry = append(f.carry, p[i])
		if length, size, v = parseLength(f.carry); v == notLength {
			f.carry = f.carry[:len(f.carry)-1] // it may be the line's end
			break
		}
	}
	switch {
	case v == unsure:
	case v == isLength && length <= f.longest():
		f.framing += uint64(size)
		f.carry = f.carry[:copy(f.carry, f.carry[size:])]
		f.mode, f.need = modeCounted, length
		return f.octets(p, i)
	case v == isLength || f.counted:
		f.startGarbage(size)
	default:
		f.mode = modeLine
	}
	return i, nil
}

// line takes a line, whose beginning may be in carry, from p[i].
func (f *framer) line(p []byte, i int) (int, error) {
	end := f.terminator(p, i)
	for len(f.carry)+end-i > f.max+1 { // one more than max may still be its CR
		var err error
		if i, err = f.cut(p, i, 0); err != nil {
			return i, err
		}
	}
	if end == len(p) {
		f.carry = append(f.carry, p[i:]...)
		return len(p), nil
	}
	raw := p[i:end]
	if len(f.carry) > 0 {
		f.carry = append(f.carry, raw...)
		raw = f.carry
	}
	f.framing++
	if n := len(raw); n > 0 && raw[n-1] == '\r' {
		raw = raw[:n-1]
		f.framing++
	}
	f.mode, f.counted = modeStart, false
	return end + 1, f.last(raw, 0)
}

// terminator returns the place of the next LF or NUL in p from i on, or len(p). Each is looked for once, so that a chunk that has only
// one of them is still read in linear time.
func (f *framer) terminator(p []byte, i int) int {
	if f.lf < i {
		f.lf = indexFrom(p, i, '\n')
	}
	if f.nul < i {
		f.nul = indexFrom(p, i, 0)
	}
	return min(f.lf, f.nul)
}

func indexFrom(p []byte, i int, c byte) int {
	if k := bytes.IndexByte(p[i:], c); k >= 0 {
		return i + k
	}
	return len(p)
}

// octets takes an octet-counted frame, whose beginning may be in carry, from p[i].
func (f *framer) octets(p []byte, i int) (int, error) {
	for f.need > f.max+2 && len(f.carry)+len(p)-i >= f.max { // two more than max may be a CR LF that was counted in
		var err error
		if i, err = f.cut(p, i, 0); err != nil {
			return i, err
		}
		f.need -= f.max
	}
	missing := f.need - len(f.carry)
	if missing > len(p)-i {
		f.carry = append(f.carry, p[i:]...)
		return len(p), nil
	}
	raw := p[i : i+missing]
	if len(f.carry) > 0 {
		f.carry = append(f.carry, raw...)
		raw = f.carry
	}
	if n := len(raw); raw[n-1] == '\n' || raw[n-1] == 0 { // counted in
		kept := bytes.TrimSuffix(raw[:n-1], cr)
		f.framing += uint64(n - len(kept))
		raw = kept
	}
	f.mode, f.counted = modeStart, true
	return i + missing, f.last(raw, 0)
}

var cr = []byte{'\r'}

// longest returns the length up to which an octet count is believed.
func (f *framer) longest() int { return max(f.max, relay.MaxRecord) }

// verdict is what bytes say about being a length.
type verdict uint8

const (
	notLength verdict = iota
	isLength
	unsure // more bytes are needed to tell
)

// parseLength reads the header of an octet-counted frame at the start of b: a length without leading zero, a blank, and then the '<' of
// the message, which is not part of the header. size is the header's, in bytes.
func parseLength(b []byte) (length, size int, v verdict) {
	for k, c := range b {
		switch {
		case '0' <= c && c <= '9' && k < maxLengthDigits:
			if length = length*10 + int(c-'0'); length == 0 {
				return 0, 0, notLength
			}
		case c == ' ' && k > 0:
			if k+1 == len(b) {
				return 0, 0, unsure
			}
			if b[k+1] != '<' {
				return 0, 0, notLength
			}
			return length, k + 1, isLength
		default:
			return 0, 0, notLength
		}
	}
	return 0, 0, unsure
}
