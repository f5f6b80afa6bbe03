package buffer

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"logrelay/relay"
)

// Sizes of the format, in bytes. doc.go specifies the format.
const (
	headerSize  = 4 << 10  // segment header
	footerSize  = 16 << 10 // segment footer, the last bytes of a sealed file
	pageSize    = 4 << 10  // writes end on multiples of it
	blockHeader = 80
	blockAlign  = 16
	tableEntry  = 16
	maxBody     = relay.MaxRecord + relay.MaxMeta + 2<<20 // largest body of a block
	maxSegment  = 1 << 30                                 // largest segment file
)

const (
	formatVersion = 1
	segmentMagic  = 0x47455352_4c474f4c // "LOGLRSEG"
	footerMagic   = 0x544f4652_4c474f4c // "LOGLRFOT"
	blockMagic    = 0x4b4c424c          // "LBLK"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var le = binary.LittleEndian

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

func alignUp(n, to int64) int64 { return (n + to - 1) / to * to }

// segmentHeader is the first page of a segment.
type segmentHeader struct {
	id      relay.ID
	seq     uint64 // the number in the file's name
	base    uint64 // number of the segment's first record
	created int64  // nanoseconds since 1970 UTC
}

func (h *segmentHeader) append(dst []byte) []byte {
	at := len(dst)
	dst = le.AppendUint64(dst, segmentMagic)
	dst = le.AppendUint64(dst, formatVersion)
	dst = append(dst, h.id[:]...)
	dst = le.AppendUint64(dst, h.seq)
	dst = le.AppendUint64(dst, h.base)
	dst = le.AppendUint64(dst, uint64(h.created))
	dst = le.AppendUint32(dst, checksum(dst[at:]))
	return append(dst, make([]byte, headerSize-(len(dst)-at))...)
}

func parseSegmentHeader(b []byte) (segmentHeader, error) {
	var h segmentHeader
	if len(b) < 60 || le.Uint64(b) != segmentMagic || le.Uint32(b[56:]) != checksum(b[:56]) {
		return h, errDamaged
	}
	if v := le.Uint64(b[8:]); v != formatVersion {
		return h, &VersionError{v}
	}
	copy(h.id[:], b[16:])
	h.seq, h.base, h.created = le.Uint64(b[32:]), le.Uint64(b[40:]), int64(le.Uint64(b[48:]))
	return h, nil
}

// VersionError: a newer program wrote the directory.
type VersionError struct{ Version uint64 }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the segment has format version %d, this program knows %d", e.Version, formatVersion)
}

// Hint implements relay.Hinter.
func (e *VersionError) Hint() string {
	return "install the version of logrelay that wrote it, or a newer one"
}

// pair is what shares are counted by.
type pair struct{ input, tenant string }

// segmentFooter says what a sealed segment holds.
type segmentFooter struct {
	segmentHeader
	end         int64 // offset behind the last block
	count       uint64
	marks       bool  // some block has marks
	first, last int64 // bounds of the received times
	use         map[pair]int64
}

// append encodes the footer. Pairs that have no room are added up under the empty pair, the smallest first.
func (f *segmentFooter) append(dst []byte) []byte {
	at := len(dst)
	dst = le.AppendUint64(dst, footerMagic)
	dst = le.AppendUint64(dst, 0) // length, checksum
	dst = append(dst, f.id[:]...)
	var flags uint64
	if f.marks {
		flags = 1
	}
	for _, v := range [...]uint64{formatVersion, f.seq, f.base, uint64(f.created), uint64(f.end), f.count, flags,
		uint64(f.first), uint64(f.last)} {
		dst = le.AppendUint64(dst, v)
	}
	var rest int64
	for _, u := range largestFirst(f.use) {
		if len(dst)-at+len(u.input)+len(u.tenant)+64 > footerSize {
			rest += u.bytes
			continue
		}
		dst = appendUse(dst, u)
	}
	if rest > 0 {
		dst = appendUse(dst, pairUse{bytes: rest})
	}
	le.PutUint32(dst[at+8:], uint32(len(dst)-at))
	le.PutUint32(dst[at+12:], checksum(dst[at+16:]))
	return append(dst, make([]byte, footerSize-(len(dst)-at))...)
}

const footerFixed = 16 + 16 + 9*8

func parseSegmentFooter(b []byte) (segmentFooter, error) {
	var f segmentFooter
	if len(b) < footerFixed || le.Uint64(b) != footerMagic {
		return f, errDamaged
	}
	n := int(le.Uint32(b[8:]))
	if n < footerFixed || n > len(b) || le.Uint32(b[12:]) != checksum(b[16:n]) {
		return f, errDamaged
	}
	copy(f.id[:], b[16:])
	v := func(i int) uint64 { return le.Uint64(b[32+8*i:]) }
	if v(0) != formatVersion {
		return f, &VersionError{v(0)}
	}
	f.seq, f.base, f.created = v(1), v(2), int64(v(3))
	f.end, f.count, f.marks = int64(v(4)), v(5), v(6)&1 != 0
	f.first, f.last = int64(v(7)), int64(v(8))
	if f.end < headerSize || f.end > maxSegment {
		return f, errDamaged
	}
	f.use = make(map[pair]int64)
	for p := (parser{b: b[footerFixed:n]}); len(p.b) > 0; {
		u := pairUse{pair: pair{p.string(), p.string()}, bytes: int64(p.uvarint())}
		if p.bad {
			return f, errDamaged
		}
		f.use[u.pair] += u.bytes
	}
	return f, nil
}

func appendUse(dst []byte, u pairUse) []byte {
	dst = appendString(dst, u.input)
	dst = appendString(dst, u.tenant)
	return binary.AppendUvarint(dst, uint64(u.bytes))
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// parser cuts fields off b. After the first field that is not there, bad is set and all fields are empty.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) uvarint() uint64 {
	v, w := binary.Uvarint(p.b)
	if w <= 0 {
		p.bad, p.b = true, nil
		return 0
	}
	p.b = p.b[w:]
	return v
}

// bytes returns the next n bytes.
func (p *parser) bytes(n uint64) []byte {
	if n > uint64(len(p.b)) {
		p.bad, p.b = true, nil
		return nil
	}
	v := p.b[:n:n]
	p.b = p.b[n:]
	return v
}

func (p *parser) string() string { return string(p.bytes(p.uvarint())) }

func (p *parser) id() (id relay.ID) {
	copy(id[:], p.bytes(uint64(len(id))))
	return id
}
