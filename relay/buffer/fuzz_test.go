package buffer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"logrelay/relay"
)

// seedSegment returns a segment's bytes, with records, marks, metas and a delivery, sealed or not.
func seedSegment(t testing.TB, sealed bool) []byte {
	dir := tempDir(t)
	l := testLog(t, dir, Options{SegmentSize: 32 << 10})
	object := origin("s3")
	object.DeliveryID, object.Attrs = relay.ID{7}, []relay.Attr{{Key: "zone", Value: "UTC"}}
	for i := range 4 {
		b := batchOf(object, uint64(2*i), "a", fmt.Sprint(i))
		b.Use(origin("in"), 0)
		b.AppendMeta([]byte("raw"), relay.AppendMeta(nil, "k", "v"), 5, relay.FlagMore)
		b.Marks = append(b.Marks, relay.Mark{Delivery: object.DeliveryID, Next: uint64(2*i + 2), Splitter: "s"})
		if err := l.Put(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if sealed {
		l.Close()
	}
	b, err := os.ReadFile(segmentsIn(t, dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzSegment changes a piece of a segment: the log starts, delivers what is whole, and the sum holds. With fix the checksum of the
// block's header that was hit is made right again, so that the fields behind it are reached.
func FuzzSegment(f *testing.F) {
	open, sealed := seedSegment(f, false), seedSegment(f, true)
	for _, at := range []uint16{0, 20, 4096, 4100, 4096 + 56, 4096 + 64, 4096 + 90, 4096 + 300, 5000} {
		f.Add(at, []byte{0xff, 0xff}, at%2 == 0, at%4 == 0)
	}
	f.Fuzz(func(t *testing.T, at uint16, piece []byte, isSealed, fix bool) {
		b := append([]byte(nil), open...)
		if isSealed {
			b = append([]byte(nil), sealed...)
		}
		if int(at) < len(b) {
			copy(b[at:], piece)
		}
		if fix {
			repairSums(b)
		}
		dir := tempDir(t)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "0000000000000001.seg"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if d, err := Inspect(dir); err == nil {
			if _, err := d.Verify(true, func(string, int64, string) {}); err != nil {
				t.Fatal(err)
			}
		}
		fsys := newMemFS()
		fsys.names["buffer/0000000000000001.seg"] = &inode{data: b}
		l, err := Open("buffer", Options{FS: fsys, SegmentSize: 64 << 10})
		if err != nil {
			if _, newer := errors.AsType[*VersionError](err); newer {
				return
			}
			t.Fatal(err)
		}
		defer l.Close()
		c := testCursor(t, l, "siem", FromOldest)
		put(t, l, "later")
		got := drain(t, c)
		if s := c.Stats(); s.Waiting > 0 || got[len(got)-1] != "later" {
			t.Fatalf("%+v", s)
		}
	})
}

// repairSums makes the checksums of all blocks right where their lengths allow it.
func repairSums(b []byte) {
	for off := headerSize; off+blockHeader <= len(b) && le.Uint32(b[off:]) == blockMagic; {
		n := int(le.Uint32(b[off+56:]))
		if n > len(b)-off-blockHeader {
			return
		}
		le.PutUint32(b[off+60:], checksum(b[off+blockHeader:][:n]))
		le.PutUint32(b[off+4:], checksum(b[off+8:off+blockHeader]))
		off = int(alignUp(int64(off+blockHeader+n), blockAlign))
	}
}

// FuzzFiles: cursor files, lists, footers and dead letters are read without a panic.
func FuzzFiles(f *testing.F) {
	s := cursorState{start: 1, position: 3, outcome: relay.Outcome{Delivered: 2}}
	f.Add(s.append(nil, 4, "siem"))
	foot := segmentFooter{segmentHeader: segmentHeader{seq: 1}, end: headerSize, use: map[pair]int64{{"in", "acme"}: 5}}
	f.Add(foot.append(nil)[:200])
	f.Add((&segmentHeader{seq: 1}).append(nil)[:60])
	l := letter("hec", 1)
	f.Add(appendEntry(nil, &l))
	f.Add(appendRenewal(nil, 3, &l))
	f.Add(appendResolution(nil, 7, "hec", retried))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range [][]byte{b, withSum(b)} {
			if s, _, _, err := parseCursorState(c); err == nil && s.start+s.outcome.Sum() != s.position {
				t.Fatalf("%+v", s)
			}
			_, _ = parseSegmentFooter(c)
			_, _ = parseSegmentHeader(c)
		}
		if e, err := parseEntry(&relay.Record{Raw: b}); err == nil {
			again, err := parseEntry(&relay.Record{Raw: appendEntry(nil, &e.DeadLetter)})
			if err != nil || fmt.Sprint(*again.Record) != fmt.Sprint(*e.Record) || again.Answer != e.Answer {
				t.Fatalf("%+v %+v %v", e, again, err)
			}
		}
		_, _, _, _ = parseResolution(b)
		_, _ = parseOrigin(b)
		_, _ = cursorName(string(b))
	})
}

// withSum makes length and checksum of a footer or cursor state right.
func withSum(b []byte) []byte {
	if len(b) < 16 {
		return b
	}
	b = append([]byte(nil), b...)
	le.PutUint32(b[8:], uint32(len(b)))
	le.PutUint32(b[12:], checksum(b[16:]))
	return b
}
