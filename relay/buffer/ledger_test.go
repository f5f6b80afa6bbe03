package buffer

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"logrelay/relay"
)

func delivery(n int) relay.ID {
	h := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
	return relay.ID(h[:16])
}

func markOf(n int) relay.Mark {
	return relay.Mark{Delivery: delivery(n), Next: uint64(n), Done: n%2 == 0, Splitter: fmt.Sprint("lines/", n%3)}
}

func mustLedger(t testing.TB, fsys FS, dir string, opts ledgerOptions) *ledger {
	t.Helper()
	l, err := openLedger(fsys, dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func wantMarks(t testing.TB, l *ledger, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if got, ok, err := l.Lookup(delivery(n)); err != nil || !ok || got != markOf(n) {
			t.Fatalf("delivery %d: got %+v, %v, %v; want %+v", n, got, ok, err, markOf(n))
		}
	}
}

func runFiles(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"+runSuffix))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestLedgerRemembersAcrossRestarts(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ledger")
	opts := ledgerOptions{Table: 100}
	const step, steps = 130, 12
	for i := range steps {
		l := mustLedger(t, osFS{}, dir, opts)
		if got := l.covered(); got != uint64(i) {
			t.Fatalf("covered %d after %d snapshots", got, i)
		}
		for n := i * step; n < (i+1)*step; n++ {
			l.apply([]relay.Mark{{Delivery: delivery(n), Next: 1, Splitter: "old"}})
			l.apply([]relay.Mark{markOf(n)})
		}
		wantMarks(t, l, 0, (i+1)*step)
		if err := l.snapshot(uint64(i + 1)); err != nil {
			t.Fatal(err)
		}
		wantMarks(t, l, 0, (i+1)*step)
		if _, ok, err := l.Lookup(delivery(-1)); ok || err != nil {
			t.Fatalf("a delivery never seen: %v, %v", ok, err)
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(runFiles(t, dir)); n > 8 {
		t.Errorf("%d runs for %d entries", n, step*steps)
	}
}

func TestLedgerForgetsWhatIsOnlyInMemory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := mustLedger(t, osFS{}, dir, ledgerOptions{})
	l.apply([]relay.Mark{markOf(1)})
	if err := l.snapshot(7); err != nil {
		t.Fatal(err)
	}
	l.apply([]relay.Mark{markOf(2)})
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Lookup(delivery(1)); !errors.Is(err, relay.ErrClosed) {
		t.Errorf("Lookup after close: %v", err)
	}
	l = mustLedger(t, osFS{}, dir, ledgerOptions{})
	defer l.close()
	wantMarks(t, l, 1, 2)
	if _, ok, _ := l.Lookup(delivery(2)); ok || l.covered() != 7 {
		t.Errorf("the mark after the snapshot: found %v, covered %d", ok, l.covered())
	}
}

func TestLedgerBounds(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	dir := t.TempDir()
	l := mustLedger(t, osFS{}, dir, ledgerOptions{Entries: 1000, Table: 50, Now: func() time.Time { return now }})
	defer l.close()
	for n := range 3000 {
		l.apply([]relay.Mark{markOf(n)})
	}
	wantMarks(t, l, 2000, 3000)
	if s := l.stats(); s.Entries > 1250 || s.Entries < 1000 || s.Runs != len(runFiles(t, dir)) || !s.Oldest.Equal(now) {
		t.Errorf("stats %+v", s)
	}
	now = now.Add(ledgerAge + time.Hour)
	l.apply([]relay.Mark{markOf(3000)})
	if err := l.snapshot(1); err != nil {
		t.Fatal(err)
	}
	wantMarks(t, l, 3000, 3001)
	if s := l.stats(); s.Entries != 1 || s.Runs != 1 {
		t.Errorf("after 15 days: %+v", s)
	}
}

func TestLedgerDamage(t *testing.T) {
	t.Parallel()
	cases := map[string]func(path string) error{
		"missing": os.Remove,
		"empty":   func(path string) error { return os.Truncate(path, 0) },
		"cut":     func(path string) error { return os.Truncate(path, 5000) },
		"footer":  func(path string) error { return flipByte(path, -3) },
		"index":   func(path string) error { return flipByte(path, -runFooter-1) },
		"renamed": func(path string) error {
			return os.Rename(path, strings.Replace(path, "0000000", "000a000", 1))
		},
	}
	for name, damage := range cases {
		for which, place := range []string{"oldest", "middle", "newest"} {
			t.Run(name+" "+place, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				l := mustLedger(t, osFS{}, dir, ledgerOptions{})
				n := 0
				for i, size := range []int{900, 400, 150} {
					for range size {
						l.apply([]relay.Mark{markOf(n)})
						n++
					}
					if err := l.snapshot(uint64(i + 1)); err != nil {
						t.Fatal(err)
					}
				}
				l.close()
				if err := damage(runFiles(t, dir)[which]); err != nil {
					t.Fatal(err)
				}
				l = mustLedger(t, osFS{}, dir, ledgerOptions{})
				silent := name == "missing" && place != "middle" // cannot be told from expired, or never written
				if s := l.stats(); !silent && s.Damaged == 0 {
					t.Errorf("damage not counted: %+v", s)
				}
				if !silent && l.covered() != 0 {
					t.Errorf("covered %d: what was lost is not replayed", l.covered())
				}
				for i := range n { // the replay
					l.apply([]relay.Mark{markOf(i)})
				}
				if err := l.snapshot(9); err != nil {
					t.Fatal(err)
				}
				l.close()
				l = mustLedger(t, osFS{}, dir, ledgerOptions{})
				defer l.close()
				if l.covered() != 9 || l.stats().Damaged != 0 {
					t.Errorf("after the replay: covered %d, %+v", l.covered(), l.stats())
				}
				wantMarks(t, l, 0, n)
			})
		}
	}
}

func TestLedgerStepsOverDamagedPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := mustLedger(t, osFS{}, dir, ledgerOptions{})
	defer l.close()
	const n = 1000
	for i := range n {
		l.apply([]relay.Mark{markOf(i)})
	}
	if err := l.snapshot(1); err != nil {
		t.Fatal(err)
	}
	if err := flipByte(runFiles(t, dir)[0], runPage+77); err != nil {
		t.Fatal(err)
	}
	count := func() (found int) {
		for i := range n {
			m, ok, err := l.Lookup(delivery(i))
			if err != nil || ok && m != markOf(i) {
				t.Fatalf("delivery %d: %+v, %v", i, m, err)
			}
			if ok {
				found++
			}
		}
		return found
	}
	if got := count(); got != n-runPerPage {
		t.Errorf("%d found, want %d", got, n-runPerPage)
	}
	for i := range n { // the run is merged: what is readable stays
		l.apply([]relay.Mark{markOf(n + i)})
	}
	if err := l.snapshot(2); err != nil {
		t.Fatal(err)
	}
	if got := count(); got != n-runPerPage || l.stats().Damaged == 0 || l.stats().Runs != 1 {
		t.Errorf("after the merge %d found, %+v", got, l.stats())
	}
}

func flipByte(path string, off int64) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b[(off+int64(len(b)))%int64(len(b))] ^= 0x41
	return os.WriteFile(path, b, 0o600)
}

// fullFS takes no new files while it is full.
type fullFS struct {
	FS
	mu   sync.Mutex
	full bool
}

func (f *fullFS) set(full bool) { f.mu.Lock(); f.full = full; f.mu.Unlock() }

func (f *fullFS) Open(path string, flag int) (File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.full && flag&os.O_CREATE != 0 {
		return nil, errors.New("no room")
	}
	return f.FS.Open(path, flag)
}

func TestLedgerWithoutDiskStaysBounded(t *testing.T) {
	t.Parallel()
	fsys := &fullFS{FS: osFS{}}
	l := mustLedger(t, fsys, t.TempDir(), ledgerOptions{Table: 10})
	defer l.close()
	fsys.set(true)
	for n := range 200 {
		l.apply([]relay.Mark{markOf(n)})
	}
	if err := l.snapshot(1); err == nil || l.covered() != 0 {
		t.Errorf("snapshot on a full disk: %v, covered %d", err, l.covered())
	}
	wantMarks(t, l, 0, 160)
	if s := l.stats(); s.Forgotten != 40 || s.Entries != 160 {
		t.Errorf("%+v", s)
	}
	fsys.set(false)
	if err := l.snapshot(2); err != nil || l.covered() != 2 {
		t.Errorf("snapshot: %v, covered %d", err, l.covered())
	}
	wantMarks(t, l, 0, 160)
}

func TestLedgerConcurrentLookups(t *testing.T) {
	t.Parallel()
	l := mustLedger(t, osFS{}, t.TempDir(), ledgerOptions{Table: 50})
	defer l.close()
	l.apply([]relay.Mark{markOf(0)})
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if m, ok, err := l.Lookup(delivery(0)); err != nil || !ok || m != markOf(0) {
						t.Errorf("got %+v, %v, %v", m, ok, err)
						return
					}
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 10 {
			if err := l.snapshot(uint64(i)); err != nil {
				t.Error(err)
			}
		}
	})
	for n := range 1000 {
		l.apply([]relay.Mark{markOf(n)})
	}
	close(stop)
	wg.Wait()
}

// FuzzLedgerRun: whatever a run file holds, it is read right or refused.
func FuzzLedgerRun(f *testing.F) {
	dir := f.TempDir()
	l := mustLedger(f, osFS{}, dir, ledgerOptions{})
	for n := range 300 {
		l.apply([]relay.Mark{markOf(n)})
	}
	if err := l.snapshot(3); err != nil {
		f.Fatal(err)
	}
	l.close()
	good, err := os.ReadFile(runFiles(f, dir)[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[len(good)-runFooter:])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		path := runPath(dir, 1, 1)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		l := mustLedger(t, osFS{}, dir, ledgerOptions{})
		defer l.close()
		for n := range 5 {
			if m, ok, err := l.Lookup(delivery(n)); err != nil || ok && m != markOf(n) {
				t.Fatalf("got %+v, %v", m, err)
			}
		}
		l.apply([]relay.Mark{markOf(400)})
		if err := l.snapshot(1); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkLedgerApply(b *testing.B) {
	l := mustLedger(b, osFS{}, b.TempDir(), ledgerOptions{})
	defer l.close()
	marks := make([]relay.Mark, 1)
	for n := 0; b.Loop(); n++ {
		binary.BigEndian.PutUint64(marks[0].Delivery[:], uint64(n)*0x9E3779B97F4A7C15)
		l.apply(marks)
	}
}

func BenchmarkLedgerLookup(b *testing.B) {
	l := mustLedger(b, osFS{}, b.TempDir(), ledgerOptions{})
	defer l.close()
	const entries = 1 << 20
	mark := relay.Mark{}
	for n := range entries {
		binary.BigEndian.PutUint64(mark.Delivery[:], uint64(n)*0x9E3779B97F4A7C15)
		l.apply([]relay.Mark{mark})
	}
	b.ReportMetric(float64(l.stats().Runs), "runs")
	for n := uint64(0); b.Loop(); n++ {
		binary.BigEndian.PutUint64(mark.Delivery[:], n%entries*0x9E3779B97F4A7C15)
		if _, ok, err := l.Lookup(mark.Delivery); err != nil || !ok {
			b.Fatal(ok, err)
		}
	}
}

// TestLedgerCrashes ends a workload at each of its calls to the file system: what a snapshot covered is there after the next
// start, which finds nothing damaged.
func TestLedgerCrashes(t *testing.T) {
	t.Parallel()
	const dir, snapshots, step = "ledger", 6, 25
	opts := ledgerOptions{Table: 40, Entries: 10_000}
	// work applies marks and takes snapshots; it returns the last one that succeeded.
	work := func(fsys FS) (last uint64) {
		l, err := openLedger(fsys, dir, opts)
		if err != nil {
			return 0
		}
		defer l.close()
		for i := range snapshots {
			for n := i * step; n < (i+1)*step; n++ {
				l.apply([]relay.Mark{markOf(n), {Delivery: delivery(0), Next: uint64(n)}})
			}
			if l.snapshot(uint64(i+1)) == nil {
				last = uint64(i + 1)
			}
		}
		return last
	}
	whole := newMemFS()
	work(whole)
	for failAt := 1; failAt <= whole.calls; failAt++ {
		for _, how := range []survival{killed, powerLoss, torn} {
			rng := rand.New(rand.NewPCG(uint64(failAt), uint64(how)))
			fsys := newMemFS()
			fsys.failAt, fsys.fail, fsys.down = failAt, errPower, true
			last := work(fsys)
			after := fsys.crash(how, rng)
			l := mustLedger(t, after, dir, opts)
			covered := l.covered()
			if covered < last || l.stats().Damaged > 0 {
				t.Fatalf("call %d, %d: covered %d after snapshot %d, %+v", failAt, how, covered, last, l.stats())
			}
			wantMarks(t, l, 1, int(covered)*step)
			if m, ok, _ := l.Lookup(delivery(0)); covered > 0 && (!ok || m.Next < covered*step-1) {
				t.Fatalf("call %d, %d: covered %d and delivery 0 is at %+v", failAt, how, covered, m)
			}
			if files, err := after.List(dir); err != nil || len(files) != l.stats().Runs {
				t.Fatalf("call %d, %d: the start left %v, %v", failAt, how, files, err)
			}
			l.close()
			if work(after) != snapshots {
				t.Fatalf("call %d, %d: no snapshot after the crash", failAt, how)
			}
		}
	}
}

// TestLedgerFailingCalls lets each single call fail once: nothing applied is forgotten while the process lives.
func TestLedgerFailingCalls(t *testing.T) {
	t.Parallel()
	for failAt := 1; failAt < 200; failAt++ {
		fsys := newMemFS()
		fsys.failAt, fsys.fail = failAt, unix.EIO
		l, err := openLedger(fsys, "ledger", ledgerOptions{Table: 40})
		if err != nil {
			continue
		}
		for n := range 150 {
			l.apply([]relay.Mark{markOf(n)})
			if n%30 == 0 {
				_ = l.snapshot(uint64(n))
			}
		}
		wantMarks(t, l, 0, 150)
		if err := l.snapshot(1000); err != nil && l.snapshot(1001) != nil {
			t.Fatalf("call %d: it does not recover: %v", failAt, err)
		}
		l.close()
		l = mustLedger(t, fsys, "ledger", ledgerOptions{})
		wantMarks(t, l, 0, 150)
		l.close()
		if fsys.calls < failAt {
			return
		}
	}
}
