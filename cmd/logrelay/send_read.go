package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"logrelay/relay"
)

// Bounds of a batch: what one request carries. All protocols here take more.
const (
	sendBatchBytes   = 1 << 20
	sendBatchRecords = 5000
)

// sendBatch is records that travel together. The records are good until the next call of the reader.
type sendBatch struct {
	records [][]byte
	bytes   int    // of the records
	header  []byte // VPC flow log header that the records need; nil when there is none
}

// sendReader cuts the input files into batches, again and again when the input is to be repeated. One file is open at a time.
type sendReader struct {
	files  []string // "-" is stdin
	stdin  io.Reader
	json   bool // records are JSON values, not lines
	repeat bool // begin again after the last file

	at     int // next file
	file   io.ReadCloser
	lines  *bufio.Reader
	values *valueReader
	arena  []byte
	ends   []int
	header []byte // of the file that is open
	first  bool   // the next line is the first of its file
	place  int    // line or value in the file, from 1, for errors
	any    bool   // this round had a record
	kept   []byte // stdin, for the next round
}

// next fills b with up to limit records. It returns what is there when more would have to be waited for, so that
// "tail -f | logrelay send" does not hold records back. io.EOF: the input has ended, b is empty.
func (r *sendReader) next(b *sendBatch, limit int) error {
	limit = min(limit, sendBatchRecords)
	r.arena, r.ends = r.arena[:0], r.ends[:0]
	for len(r.ends) < limit && len(r.arena) < sendBatchBytes {
		if r.file == nil {
			if len(r.ends) > 0 {
				break // a header belongs to one file, and the next one may have to be waited for
			}
			if err := r.open(); err != nil {
				return err
			}
		}
		if len(r.ends) > 0 && !r.ready() {
			break
		}
		start := len(r.arena)
		err := r.record()
		if err == io.EOF {
			r.file.Close()
			r.file = nil
			continue
		}
		if err != nil {
			return fmt.Errorf("reading %s, %s %d: %w", r.files[r.at-1], r.unit(), r.place, err)
		}
		if len(r.arena) > start {
			r.ends = append(r.ends, len(r.arena))
		}
	}
	b.records, b.bytes, b.header = b.records[:0], len(r.arena), r.header
	start := 0
	for _, end := range r.ends {
		b.records = append(b.records, r.arena[start:end:end])
		start = end
	}
	r.any = r.any || len(r.ends) > 0
	return nil
}

func (r *sendReader) unit() string {
	if r.json {
		return "value"
	}
	return "line"
}

// open opens the next file, or returns io.EOF.
func (r *sendReader) open() error {
	if r.at == len(r.files) {
		if !r.repeat || !r.any {
			return io.EOF
		}
		r.at, r.any = 0, false
	}
	name := r.files[r.at]
	r.at++
	var source io.Reader
	if name == "-" {
		r.file, source = io.NopCloser(r.stdin), r.stdin
		if r.repeat {
			if err := r.keep(); err != nil {
				return err
			}
			source = bytes.NewReader(r.kept)
		}
	} else {
		f, err := os.Open(name)
		if err != nil {
			return relay.WithHint(fmt.Errorf("reading the input: %w", err), "name a readable file, or - for standard input")
		}
		r.file, source = f, f
	}
	r.lines, r.values, r.first, r.header, r.place = bufio.NewReaderSize(source, sendBatchBytes), nil, true, nil, 0
	if r.json {
		r.values = newValueReader(r.lines)
	}
	return nil
}

// maxKept bounds standard input that is to be sent several times, in bytes.
const maxKept = 64 << 20

// keep reads standard input whole, once.
func (r *sendReader) keep() error {
	if r.kept != nil {
		return nil
	}
	kept, err := io.ReadAll(io.LimitReader(r.stdin, maxKept+1))
	if err != nil {
		return fmt.Errorf("reading standard input: %w", err)
	}
	if len(kept) > maxKept {
		return relay.WithHint(fmt.Errorf("standard input is longer than %s, too long to be repeated", size(maxKept)), "write it to a file and send that with --count")
	}
	r.kept = append([]byte{}, kept...)
	return nil
}

// ready reports whether the next record can be read without waiting for the writer of a pipe.
func (r *sendReader) ready() bool {
	if r.json {
		return true
	}
	ahead, _ := r.lines.Peek(r.lines.Buffered())
	return bytes.IndexByte(ahead, '\n') >= 0
}

// record appends the next record to the arena; blank lines and headers append nothing.
func (r *sendReader) record() error {
	r.place++
	if r.json {
		v, err := r.values.next()
		r.arena = append(r.arena, v...)
		return err
	}
	start := len(r.arena)
	for {
		part, err := r.lines.ReadSlice('\n')
		r.arena = append(r.arena, part...)
		if len(r.arena)-start > relay.MaxRecord {
			return errors.New("the line is longer than 16 MiB; is that really a log?")
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && (err != io.EOF || len(r.arena) == start) {
			return err
		}
		break
	}
	line := bytes.TrimSuffix(r.arena[start:], []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	r.arena = r.arena[:start+len(line)]
	if r.first {
		r.first = false
		if isFlowHeader(line) {
			r.header = slices.Clone(line)
			r.arena = r.arena[:start]
		}
	}
	return nil
}

// isFlowHeader reports whether a line names the columns of a VPC flow log, so that each request has to begin with it.
func isFlowHeader(line []byte) bool {
	if len(line) > 4096 {
		return false
	}
	names := strings.Fields(string(line))
	known := 0
	for _, name := range names {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || name[0] < 'a' {
			return false
		}
		if slices.Contains([]string{"version", "account-id", "interface-id", "srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr", "action", "log-status"}, name) {
			known++
		}
	}
	return known >= 2
}

// valueReader yields JSON values: the elements of an array at the top, or values one after another.
type valueReader struct {
	in    *bufio.Reader
	dec   *json.Decoder
	array bool
}

func newValueReader(in *bufio.Reader) *valueReader { return &valueReader{in: in} }

func (v *valueReader) next() (json.RawMessage, error) {
	if v.dec == nil {
		first, err := firstByte(v.in)
		if err != nil {
			return nil, err
		}
		v.dec = json.NewDecoder(v.in)
		if v.array = first == '['; v.array {
			if _, err := v.dec.Token(); err != nil {
				return nil, err
			}
		}
	}
	if v.array && !v.dec.More() {
		if _, err := v.dec.Token(); err != nil {
			return nil, noEOF(err)
		}
		v.array = false
	}
	var raw json.RawMessage
	if err := v.dec.Decode(&raw); err != nil {
		if v.array {
			err = noEOF(err)
		}
		return nil, err
	}
	return raw, nil
}

// noEOF is for places where the input must not end.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// firstByte returns the first byte that is no white space, without taking it.
func firstByte(in *bufio.Reader) (byte, error) {
	for {
		c, err := in.ReadByte()
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, in.UnreadByte()
		}
	}
}
