package object

import (
	"encoding/binary"
	"math/bits"

	"github.com/parquet-go/parquet-go/format"
)

// bitWidth returns how many bits a level up to most takes.
func bitWidth(most int) int { return bits.Len(uint(most)) }

// cutSized cuts off what a length of 4 bytes stands before.
func cutSized(b []byte) (head, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, b, false
	}
	n := binary.LittleEndian.Uint32(b)
	if b = b[4:]; uint64(n) > uint64(len(b)) {
		return nil, b, false
	}
	return b[:n], b[n:], true
}

// boundedRuns reports whether b is in the hybrid of run lengths and bit packing (Parquet format, "Encodings", RLE = 3), and makes at most about n values: writers
// fill the last run up.
func boundedRuns(b []byte, width, n int) bool {
	most := uint64(n) + 512
	for made := uint64(0); len(b) > 0; {
		head, w := binary.Uvarint(b)
		if w <= 0 {
			return false
		}
		b = b[w:]
		count, size := head>>1, uint64(width+7)/8
		if count > most {
			return false
		}
		if head&1 != 0 {
			count, size = 8*count, count*uint64(width)
		}
		if made += count; made > most || size > uint64(len(b)) {
			return false
		}
		b = b[size:]
	}
	return true
}

// checkValues says what is wrong with the values of a page, or "".
func checkValues(encoding format.Encoding, b []byte, n int) string {
	switch encoding {
	case format.Plain, format.ByteStreamSplit:
		return ""
	case format.PlainDictionary, format.RLEDictionary: //nolint:staticcheck // files in the field have it
		if len(b) == 0 || b[0] <= 32 && boundedRuns(b[1:], int(b[0]), n) {
			return ""
		}
	case format.RLE:
		if runs, _, ok := cutSized(b); ok && boundedRuns(runs, 1, n) {
			return ""
		}
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray:
		if len(b) == 0 || boundedDelta(b, n) {
			return ""
		}
	default:
		return "in the encoding " + encoding.String() + ", which is not read"
	}
	return "that makes more values than it says"
}

// boundedDelta reports whether the head of a delta encoding (Parquet format, "Encodings", DELTA_BINARY_PACKED = 5) says at most n values in blocks of a sane size.
func boundedDelta(b []byte, n int) bool {
	var head [3]uint64 // values in a block, blocks in it, values in all
	for i := range head {
		v, w := binary.Uvarint(b)
		if w <= 0 {
			return false
		}
		head[i], b = v, b[w:]
	}
	const block = 64 << 10
	return head[0] > 0 && head[0] <= block && head[1] > 0 && head[1] <= head[0] && head[2] <= uint64(n)
}
