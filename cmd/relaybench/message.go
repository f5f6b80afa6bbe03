package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// Each message holds a mark of fixed length, whatever its format: who sent it, its number with this sender, and when.
//
//	relaybench=SSSSSSSSSSSSSSSS.NNNNNNNNNNNNNNNN.TTTTTTTTTTTTTTTT
//
// in hexadecimal: sender, number from 0, nanoseconds since 1970 UTC.
const (
	markKey  = "relaybench="
	atNumber = 16 + 1
	atTime   = atNumber + 16 + 1
	markLen  = atTime + 16
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
	mark := fmt.Sprintf("%s%016x.%016x.%016x", markKey, sender, 0, 0)
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
		putHex(m[atNumber:], first+uint64(i))
		copy(m[atTime:markLen], at[:])
	}
	return b.bytes[:n*b.stride]
}

// putHex writes v as 16 digits: eight at a time, since generator and sink share the processors with the program under test.
func putHex(dst []byte, v uint64) {
	binary.BigEndian.PutUint64(dst, hexDigits(v>>32))
	binary.BigEndian.PutUint64(dst[8:], hexDigits(v&math.MaxUint32))
}

const (
	ones    = 0x0101010101010101
	nibbles = 0x0f * ones
)

// hexDigits returns the eight digits of x, which is below 2^32, as bytes.
func hexDigits(x uint64) uint64 {
	x = (x<<16 | x) & 0x0000ffff0000ffff
	x = (x<<8 | x) & 0x00ff00ff00ff00ff
	x = (x<<4 | x) & nibbles
	letters := (x + 6*ones) >> 4 & ones
	return x + '0'*ones + letters*('a'-'9'-1)
}

// hexNumber is the inverse of putHex. What it makes of other bytes is any number.
func hexNumber(b []byte) (v uint64) {
	for _, i := range [2]int{0, 8} {
		x := binary.BigEndian.Uint64(b[i:])
		x = x&nibbles + 9*(x>>6&ones)
		x = (x | x>>4) & 0x00ff00ff00ff00ff
		x = (x | x>>8) & 0x0000ffff0000ffff
		v = v<<32 | (x|x>>16)&math.MaxUint32
	}
	return v
}

// readMark reads the mark at the start of b.
func readMark(b []byte) (sender int, number uint64, sent int64, ok bool) {
	if len(b) < markLen || b[atNumber-1] != '.' || b[atTime-1] != '.' {
		return 0, 0, 0, false
	}
	return int(hexNumber(b)), hexNumber(b[atNumber:]), int64(hexNumber(b[atTime:])), true
}
