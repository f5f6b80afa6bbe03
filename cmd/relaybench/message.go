package main

import (
	"bytes"
	"fmt"
)

// Each message holds a mark of fixed length, whatever its format: who sent it, its number with this sender, and when.
//
//	relaybench=SSSS.NNNNNNNNNNNN.TTTTTTTTTTTTTTTT
//
// in hexadecimal: sender, number from 0, nanoseconds since 1970 UTC.
const (
	markKey = "relaybench="
	markLen = 4 + 1 + 12 + 1 + 16
	atTime  = 4 + 1 + 12 + 1
)

// Formats of messages and how they follow each other.
const (
	formatSyslog = "syslog" // RFC 5424 with octet counting (RFC 6587)
	formatNDJSON = "ndjson" // an object a line
	formatHEC    = "hec"    // Splunk HEC events, back to back
)

// block is a run of framed messages of equal length, whose marks are set before each time it is sent.
type block struct {
	bytes  []byte
	stride int // length of one framed message
	mark   int // offset of the mark in it
	n      int // messages
}

// newBlock makes n messages of a format, each size bytes long without framing, from a sender.
func newBlock(format string, size, n, sender int) (*block, error) {
	mark := fmt.Sprintf("%s%04x.%012x.%016x", markKey, sender, 0, 0)
	var head, tail, before, after string
	switch format {
	case formatSyslog:
		head = "<134>1 2026-01-02T03:04:05.000000Z bench.example.com relaybench 4711 - - " + mark + " "
		before = fmt.Sprintf("%d ", size)
	case formatNDJSON:
		head, tail, after = `{"time":"2026-01-02T03:04:05.000000Z","level":"info","message":"`+mark+` `, `"}`, "\n"
	case formatHEC:
		head, tail = `{"time":1767323045.000,"sourcetype":"bench","event":{"level":"info","message":"`+mark+` `, `"}}`
	default:
		return nil, fmt.Errorf("format %q: not known", format)
	}
	pad := size - len(head) - len(tail)
	if pad < 0 {
		return nil, fmt.Errorf("message size %d: at least %d is needed", size, len(head)+len(tail))
	}
	text := bytes.Repeat([]byte("the quick brown fox jumps over the lazy dog 0123456789 "), pad/55+1)[:pad]
	one := before + head + string(text) + tail + after
	b := &block{stride: len(one), n: n, bytes: bytes.Repeat([]byte(one), n)}
	b.mark = bytes.Index(b.bytes, []byte(markKey)) + len(markKey)
	return b, nil
}

// stamp sets the number and the time of the first n messages, the numbers from first on, and returns their bytes.
func (b *block) stamp(n int, first uint64, now int64) []byte {
	var at [16]byte
	putHex(at[:], uint64(now))
	for i := range n {
		m := b.bytes[i*b.stride+b.mark:]
		putHex(m[5:17], first+uint64(i))
		copy(m[atTime:markLen], at[:])
	}
	return b.bytes[:n*b.stride]
}

func putHex(dst []byte, v uint64) {
	const digits = "0123456789abcdef"
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = digits[v&15]
		v >>= 4
	}
}

// hexValue has the value of a hexadecimal digit, or 0x80.
var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = 0x80
	}
	for i := range byte(10) {
		t['0'+i] = i
	}
	for i := range byte(6) {
		t['a'+i] = 10 + i
	}
	return t
}()

// readMark reads the mark at the start of b.
func readMark(b []byte) (sender int, number uint64, sent int64, ok bool) {
	if len(b) < markLen {
		return 0, 0, 0, false
	}
	var bad byte
	hex := func(b []byte) (v uint64) {
		for _, c := range b {
			d := hexValue[c]
			bad |= d
			v = v<<4 | uint64(d&15)
		}
		return v
	}
	sender, number, sent = int(hex(b[:4])), hex(b[5:17]), int64(hex(b[atTime:markLen]))
	return sender, number, sent, bad&0x80 == 0 && b[4] == '.' && b[17] == '.'
}
