package buffer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"logrelay/relay"
)

// TestRecycledSegmentWithDamagedHeader: the footer of a file's former life must not hide what was accepted in the present one.
func TestRecycledSegmentWithDamagedHeader(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	l := testLog(t, dir, Options{SegmentSize: 64 << 10})
	c := testCursor(t, l, "siem", FromNow)
	big := strings.Repeat("x", 10<<10)
	for i := 0; l.Stats().Spares == 0; i++ {
		if i > 100 {
			t.Fatal("nothing is recycled")
		}
		put(t, l, fmt.Sprint(i, big))
		drain(t, c)
		l.syncCursors()
		l.reap()
	}
	for l.Stats().Spares > 0 { // until the spare is in use
		put(t, l, big)
	}
	drain(t, c)
	want := numbered(0, 10)
	put(t, l, want...)
	copied := crashed(t, dir)
	list := segmentsIn(t, copied)
	edit(t, list[len(list)-1], func(b []byte) []byte { clear(b[:headerSize]); return b })

	l = testLog(t, copied, Options{SegmentSize: 64 << 10})
	got := drain(t, testCursor(t, l, "siem", FromNow))
	wantTexts(t, got[max(0, len(got)-len(want)):], want)
}

// TestCursorThatCannotBeMade leaves nothing behind that would hold the log.
func TestCursorThatCannotBeMade(t *testing.T) {
	t.Parallel()
	for n, made := 1, false; !made; n++ {
		m := newMemFS()
		l := testLog(t, "/log", Options{FS: m})
		m.mu.Lock()
		m.failAt, m.fail = m.calls+n, errNoRoom
		m.mu.Unlock()
		_, err := l.Cursor("siem", FromNow)
		made = err == nil
		if err != nil && !errors.Is(err, relay.ErrFull) {
			t.Fatal(err)
		}
		after := testLog(t, "/log", Options{FS: m.crash(killed, nil)})
		for _, l := range []*Log{l, after} {
			if got := len(l.Stats().Cursors); got != 0 && !made {
				t.Errorf("call %d failed: %d cursors", n, got)
			}
		}
		if n > 100 {
			t.Fatal("no call succeeds")
		}
	}
}

// TestTooManyFiles: what is no fault of the disk does not break the log.
func TestTooManyFiles(t *testing.T) {
	t.Parallel()
	m := newMemFS()
	l := testLog(t, "/log", Options{FS: m, SegmentSize: 64 << 10})
	for n, made := 1, false; !made; n++ {
		m.mu.Lock()
		m.failAt, m.fail = m.calls+n, unix.EMFILE
		m.mu.Unlock()
		s, file, err := l.newSegment(1, false)
		if made = err == nil; made {
			l.mu.Lock()
			s.sealed = true
			l.mu.Unlock()
			file.Close()
		} else if !noFiles(err) {
			t.Fatal(err)
		}
	}
	m.mu.Lock()
	m.failAt = m.calls + 1
	m.mu.Unlock()
	err := l.Put(t.Context(), batchOf(origin("in"), 0, "a"))
	if !errors.Is(err, relay.ErrFull) || relay.HintOf(err) == "" || l.Err() != nil {
		t.Fatalf("Put: %v; the log: %v", err, l.Err())
	}
}

// ledgerFS calls back when a run of the ledger is begun, and has no room for it.
type ledgerFS struct {
	FS
	meanwhile func()
}

func (f ledgerFS) Open(path string, flag int) (File, error) {
	if flag&os.O_CREATE != 0 && strings.Contains(path, "ledger") {
		f.meanwhile()
		return nil, errNoRoom
	}
	return f.FS.Open(path, flag)
}

// TestMarksOutliveTheirSegment: a cursor that lets go while the ledger cannot be written must not cost the marks.
func TestMarksOutliveTheirSegment(t *testing.T) {
	t.Parallel()
	var letGo func()
	fsys := ledgerFS{osFS{}, func() { letGo() }}
	l := testLog(t, tempDir(t), Options{FS: &fsys, SegmentSize: 64 << 10})
	c := testCursor(t, l, "siem", FromNow)
	letGo = l.pin(0)
	const deliveries = 100
	for i := range deliveries {
		b := batchOf(origin("in"), 0, strings.Repeat("x", 10<<10))
		b.Marks = []relay.Mark{{Delivery: delivery(i), Next: 1, Done: true}}
		if err := l.Put(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	drain(t, c)
	before := l.Stats().Segments
	l.syncCursors()
	l.reap()
	if after := l.Stats().Segments; after != before || before <= marksAhead {
		t.Errorf("%d segments, %d before: their marks are nowhere", after, before)
	}
}

// slowFS waits once, when a cursor is synced while it is armed.
type slowFS struct {
	FS
	armed            *atomic.Bool
	entered, release chan struct{}
}

type slowFile struct {
	File
	fs slowFS
}

func (f slowFS) Open(path string, flag int) (File, error) {
	file, err := f.FS.Open(path, flag)
	if err == nil && filepath.Ext(path) == cursorSuffix {
		file = slowFile{file, f}
	}
	return file, err
}

func (f slowFile) Sync() error {
	if f.fs.armed.CompareAndSwap(true, false) {
		close(f.fs.entered)
		<-f.fs.release
	}
	return f.File.Sync()
}

// TestKeeperBeats: a keeper that hangs on the disk says so, and Put goes on.
func TestKeeperBeats(t *testing.T) {
	t.Parallel()
	fsys := slowFS{osFS{}, new(atomic.Bool), make(chan struct{}), make(chan struct{})}
	var committer, keeper relay.Pulse
	l := testLog(t, tempDir(t), Options{FS: fsys, Pulse: &committer, Keeper: &keeper})
	c := testCursor(t, l, "siem", FromNow)
	put(t, l, "a")
	fsys.armed.Store(true)
	drain(t, c)
	<-fsys.entered
	if s, _ := keeper.Last(); s != relay.StateWorking {
		t.Errorf("the keeper syncs and is %s", s)
	}
	put(t, l, "b")
	close(fsys.release)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*relay.Pulse{&committer, &keeper} {
		if s, _ := p.Last(); s != relay.StateDone {
			t.Errorf("after Close a loop is %s", s)
		}
	}
}

// forgetfulFS fails the syncs of cursors, as memFS does it: what was to be written is never on the disk, and shows all the same.
type forgetfulFS struct{ *memFS }

type forgetfulFile struct {
	File
	m *memFS
}

func (f forgetfulFS) Open(path string, flag int) (File, error) {
	file, err := f.memFS.Open(path, flag)
	if err == nil && filepath.Ext(path) == cursorSuffix {
		file = forgetfulFile{file, f.memFS}
	}
	return file, err
}

func (f forgetfulFile) Sync() error {
	f.m.mu.Lock()
	f.m.failAt, f.m.fail = f.m.calls+1, errDisk
	f.m.mu.Unlock()
	return f.File.Sync()
}

// TestPositionAfterAFailedSync: what the kernel shows of a cursor whose fsync failed is brought to the disk before the records
// behind it are deleted.
func TestPositionAfterAFailedSync(t *testing.T) {
	t.Parallel()
	m := newMemFS()
	l := testLog(t, "/log", Options{FS: forgetfulFS{m}, SegmentSize: 64 << 10})
	c := testCursor(t, l, "siem", FromNow)
	put(t, l, numbered(0, 10)...)
	drain(t, c)
	<-l.Broken()
	m = m.crash(killed, nil)
	l = testLog(t, "/log", Options{FS: m, SegmentSize: 64 << 10})
	if err := l.Close(); err != nil { // deletes what all have
		t.Fatal(err)
	}
	l = testLog(t, "/log", Options{FS: m.crash(powerLoss, nil), SegmentSize: 64 << 10})
	if s := testCursor(t, l, "siem", FromNow).Stats(); s.Outcome != (relay.Outcome{Delivered: 10}) || s.Position != 10 {
		t.Errorf("got %+v", s)
	}
}
