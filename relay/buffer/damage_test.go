package buffer

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"logrelay/relay"
)

// crashed copies the directory of a running log, as a crash would leave it.
func crashed(t testing.TB, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "buffer")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func segmentsIn(t testing.TB, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*"+segmentSuffix))
	if err != nil || len(list) == 0 {
		t.Fatalf("no segments in %s: %v", dir, err)
	}
	return list
}

// edit changes a file's bytes.
func edit(t testing.TB, path string, change func(b []byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// heads returns the headers of the blocks in a segment's bytes.
func heads(b []byte) []blockHead {
	var list []blockHead
	for off := int64(headerSize); off+blockHeader < int64(len(b)); {
		h, err := parseBlockHead(b[off:])
		if err != nil || h.offset != off {
			break
		}
		list = append(list, h)
		off = h.next()
	}
	return list
}

func damagedFiles(dir string) int {
	files, _ := os.ReadDir(filepath.Join(dir, damagedDir))
	return len(files)
}

// TestTornTail: whatever stands behind the last acknowledged batch, the next start finds that batch and those before.
func TestTornTail(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{SegmentSize: 64 << 10})
	testCursor(t, l, "siem", FromNow)
	want := numbered(0, 20)
	for _, s := range want {
		put(t, l, s)
	}
	end := func(b []byte) int64 { hs := heads(b); return hs[len(hs)-1].next() }
	for name, tail := range map[string]func(b []byte) []byte{
		"nothing": func(b []byte) []byte { return b },
		"garbage": func(b []byte) []byte {
			for i := end(b); i < int64(len(b))-footerSize; i++ {
				b[i] = byte(rand.Uint32())
			}
			return b
		},
		"half a block": func(b []byte) []byte {
			at := end(b)
			hs := heads(b)
			copy(b[at:at+40], b[hs[3].offset:])
			return b
		},
		"a block of another place": func(b []byte) []byte {
			at, hs := end(b), heads(b)
			copy(b[at:], b[hs[3].offset:hs[4].offset])
			return b
		},
		"a header without a body": func(b []byte) []byte {
			at, hs := end(b), heads(b)
			h := hs[len(hs)-1]
			h.offset, h.number, h.synced, h.body = at, h.number+1, at, 3000
			h.put(b[at:])
			return b
		},
		"the file ends":       func(b []byte) []byte { return b[:end(b)] },
		"the file ends early": func(b []byte) []byte { return b[:end(b)+100] },
	} {
		t.Run(name, func(t *testing.T) {
			dir := crashed(t, dir)
			segs := segmentsIn(t, dir)
			edit(t, segs[len(segs)-1], tail)
			l := testLog(t, dir, Options{})
			put(t, l, "later")
			c := testCursor(t, l, "siem", FromNow)
			wantTexts(t, drain(t, c), append(slices.Clone(want), "later"))
			if s := c.Stats(); s.Outcome.Damaged != 0 {
				t.Fatalf("%+v", s)
			}
			if n := damagedFiles(dir); n > 0 != (name != "nothing" && name != "the file ends" && name != "the file ends early") {
				t.Errorf("%d files were copied aside", n)
			}
		})
	}
}

// TestDamageInTheMiddle: one damaged block costs its records and no other, in sealed and in unsealed segments, and
// the sum holds.
func TestDamageInTheMiddle(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{SegmentSize: 64 << 10})
	testCursor(t, l, "siem", FromNow)
	var want []string
	for i := range 30 {
		texts := numbered(3*i, 3*i+3)
		put(t, l, texts...)
		want = append(want, texts...)
	}
	unsealed := crashed(t, dir)
	l.Close()
	for _, from := range []string{unsealed, dir} {
		for _, block := range []int{0, 7, 28, 29} {
			for _, at := range []int64{0, 30, 60, 85, 120} { // in the header, in the body
				name := fmt.Sprintf("sealed=%v block %d byte %d", from == dir, block, at)
				t.Run(name, func(t *testing.T) {
					dir := crashed(t, from)
					edit(t, segmentsIn(t, dir)[0], func(b []byte) []byte {
						b[heads(b)[block].offset+at] ^= 0x40
						return b
					})
					l := testLog(t, dir, Options{})
					put(t, l, "later")
					c := testCursor(t, l, "siem", FromNow)
					rest := append(slices.Concat(want[:3*block], want[3*block+3:]), "later")
					got, lost := drain(t, c), uint64(3)
					if block == 29 && from == unsealed {
						lost = 0 // not to be told from a torn write
					}
					wantTexts(t, got, rest)
					if s := c.Stats(); s.Outcome.Damaged != lost || l.Stats().Damaged != lost {
						t.Fatalf("%+v", s)
					}
					if damagedFiles(dir) == 0 {
						t.Error("nothing was copied aside")
					}
				})
			}
		}
	}
}

// TestDamagedFiles: headers, footers, cursors, whole files.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	o := Options{SegmentSize: 64 << 10}
	l := testLog(t, dir, o)
	c := testCursor(t, l, "siem/1", FromNow)
	var want []string
	for i := range 90 {
		s := fmt.Sprintf("%d %s", i, strings.Repeat("x", 2000))
		put(t, l, s)
		want = append(want, s)
	}
	ls := next(t, c, 10)
	ls.Ack(delivered(ls))
	l.syncCursors()
	open := crashed(t, dir)
	l.Close()
	cursor := filepath.Base(cursorPath("", "siem/1"))
	wipe := func(from, to int64) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			edit(t, path, func(b []byte) []byte {
				if from < 0 {
					from, to = int64(len(b))+from, int64(len(b))
				}
				clear(b[from:to])
				return b
			})
		}
	}
	remove := func(t *testing.T, path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		name, file string
		do         func(*testing.T, string)
		lost       bool // some records are lost
		again      bool // some records come again
	}{
		{"header", "seg0", wipe(0, headerSize), false, false},
		{"footer", "seg0", wipe(-footerSize, 0), false, false},
		{"header and footer", "seg1", func(t *testing.T, p string) { wipe(0, headerSize)(t, p); wipe(-footerSize, 0)(t, p) }, false, false},
		{"header, footer and first block", "seg1", func(t *testing.T, p string) { wipe(0, headerSize+100)(t, p); wipe(-footerSize, 0)(t, p) }, true, false},
		{"segment removed", "seg1", remove, true, false},
		{"segment empty", "seg1", func(t *testing.T, p string) { edit(t, p, func(b []byte) []byte { return nil }) }, true, false},
		{"segment cut", "seg1", func(t *testing.T, p string) { edit(t, p, func(b []byte) []byte { return b[:len(b)/2] }) }, true, false},
		{"last segment removed", "last", remove, true, false}, // nothing says what was in it
		{"cursor removed", cursor, remove, false, true},
		{"cursor zero", cursor, wipe(0, 3*pageSize), false, true},
		{"cursor empty", cursor, func(t *testing.T, p string) { edit(t, p, func(b []byte) []byte { return nil }) }, false, true},
		{"list removed", cursorList, remove, false, false},
		{"list and cursor removed", cursorList, func(t *testing.T, p string) {
			remove(t, p)
			remove(t, filepath.Join(filepath.Dir(p), cursor))
		}, false, true},
		{"list damaged", cursorList, wipe(0, 3), false, false},
	} {
		for i, from := range []string{open, dir} {
			t.Run(fmt.Sprint(row.name, " closed=", i == 1), func(t *testing.T) {
				dir := crashed(t, from)
				segs, path := segmentsIn(t, dir), filepath.Join(dir, row.file)
				switch row.file {
				case "seg0":
					path = segs[0]
				case "seg1":
					path = segs[1]
				case "last":
					path = segs[len(segs)-1]
				}
				row.do(t, path)
				l := testLog(t, dir, o)
				c := testCursor(t, l, "siem/1", FromNow)
				put(t, l, "later")
				got := drain(t, c)
				s := c.Stats()
				if got[len(got)-1] != "later" || row.file != "last" && s.Outcome.Damaged > 0 != row.lost {
					t.Fatalf("%+v", s)
				}
				first := 10
				if row.again {
					first = 0
				}
				if !row.lost {
					wantTexts(t, got[:len(got)-1], want[first:])
				}
				if sum := s.Outcome.Sum(); sum != s.End-s.Start {
					t.Fatalf("%+v", s)
				}
				if seen := slices.Compact(slices.Clone(got)); len(seen) != len(got) {
					t.Fatal("records come twice")
				}
			})
		}
	}
}

func TestClockJumps(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{})
	c := testCursor(t, l, "siem", FromNow)
	for _, times := range [][]int64{
		{1_700_000_000_000_000_000, 1_700_000_000_000_000_001, 1_700_000_000_999_999_999},
		{1_700_000_000_000_000_000, 1_600_000_000_000_000_000, 1_900_000_000_000_000_000},
		{0, -5, math.MaxInt64, math.MinInt64},
	} {
		b := new(relay.Batch)
		b.Use(origin("in"), 0)
		for _, at := range times {
			b.Append([]byte("x"), at, 0)
		}
		if err := l.Put(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		ls := next(t, c, 0)
		for i, r := range ls.Records() {
			span := float64(slices.Max(times)) - float64(slices.Min(times))
			if off := math.Abs(float64(r.Received) - float64(times[i])); off > span/(1<<30) {
				t.Errorf("received at %d, stored %d", times[i], r.Received)
			}
		}
		ls.Ack(delivered(ls))
	}
}

// TestReadErrors: a page that the disk cannot read costs the blocks on it.
func TestReadErrors(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{SegmentSize: 1 << 20})
	testCursor(t, l, "siem", FromNow)
	for i := range 30 {
		put(t, l, fmt.Sprintf("%d %s", i, strings.Repeat("x", 5000)))
	}
	l.Close()
	l = testLog(t, dir, Options{FS: badSectorFS{bad: 40 << 10}})
	c := testCursor(t, l, "siem", FromNow)
	got := drain(t, c)
	if s := c.Stats(); s.Outcome.Damaged == 0 || s.Outcome.Damaged > 2 || len(got)+int(s.Outcome.Damaged) != 30 {
		t.Fatalf("%d records and %+v", len(got), s)
	}
}

// badSectorFS cannot read one page of segments.
type badSectorFS struct {
	osFS
	bad int64
}

type badSectorFile struct {
	File
	bad int64
}

func (b badSectorFS) Open(path string, flag int) (File, error) {
	f, err := b.osFS.Open(path, flag)
	if err == nil && strings.HasSuffix(path, segmentSuffix) {
		f = badSectorFile{f, b.bad}
	}
	return f, err
}

func (f badSectorFile) ReadAt(b []byte, off int64) (int, error) {
	if off < f.bad+pageSize && off+int64(len(b)) > f.bad {
		n := max(0, f.bad-off)
		k, err := f.File.ReadAt(b[:n], off)
		if err == nil || err == io.EOF {
			err = errDisk
		}
		return k, err
	}
	return f.File.ReadAt(b, off)
}

// TestLostCursorOfAnEmptyLog: a lost cursor begins where the others are, not at zero.
func TestLostCursorOfAnEmptyLog(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{})
	for _, name := range []string{"a", "b"} {
		testCursor(t, l, name, FromNow)
	}
	put(t, l, numbered(0, 10)...)
	for _, name := range []string{"a", "b"} {
		drain(t, testCursor(t, l, name, FromNow))
	}
	for range 2 {
		l.Close()
		l = testLog(t, dir, Options{})
		settle(l)
	}
	l.Close()
	if err := os.Remove(cursorPath(dir, "a")); err != nil {
		t.Fatal(err)
	}
	l = testLog(t, dir, Options{})
	put(t, l, "later")
	for name, start := range map[string]uint64{"a": 10, "b": 0} {
		c := testCursor(t, l, name, FromNow)
		wantTexts(t, drain(t, c), []string{"later"})
		if s := c.Stats(); s.Start != start || s.Outcome.Damaged > 0 {
			t.Fatalf("%s: %+v", name, s)
		}
	}
}
