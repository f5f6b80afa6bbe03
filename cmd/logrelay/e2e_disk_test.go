package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// TestFull fills the buffer while the SIEM is away: HTTPS is told to come later, the TCP sender is not read any more, nothing is
// lost, and intake goes on by itself when there is room.
func TestFull(t *testing.T) {
	t.Parallel()
	t.Run("quota", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		full(t, s, "buffer: {quota: 16MiB, reserve: 0}\n", false)
	})
	t.Run("disk", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		if err := os.Mkdir(s.path("disk"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount("tmpfs", s.path("disk"), "tmpfs", 0, "size=16m"); err != nil {
			t.Skipf("a small file system cannot be mounted here: %v", err)
		}
		t.Cleanup(func() {
			if s.relay != nil {
				s.kill()
			}
			if err := unix.Unmount(s.path("disk"), 0); err != nil {
				t.Errorf("unmounting: %v", err)
			}
		})
		full(t, s, "buffer: {dir: disk/buffer, quota: 128MiB, reserve: 0}\n", true)
	})
}

func full(t *testing.T, s *site, buffer string, restart bool) {
	s.siem.Set(relaytest.Fault{Refuse: true})
	manager := newServiceManager(s)
	s.configure(webInput+tlsInput, s.hecOutput("")+s.sysOutput(""), buffer)
	s.start()
	n := newNumbers()
	h := s.httpSender(n)
	var res *http.Response
	var refused []uint64
	for i := 0; res == nil || res.StatusCode == http.StatusOK; i++ {
		var err error
		refused = n.take(2000)
		if res, err = h.post(s.ctx, refused); err != nil {
			t.Fatal(err)
		}
		if i > 1000 {
			t.Fatal("the buffer is never full")
		}
	}
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Fatalf("full: %s, Retry-After %q", res.Status, res.Header.Get("Retry-After"))
	}
	st := s.await("the status says full", func(st status.Snapshot) bool { return st.Buffer.Full && !st.Ready })
	if st.Health != status.Red || !strings.Contains(statusText(st), "hint:") {
		t.Errorf("a full buffer:\n%s", statusText(st))
	}
	if code, _, err := s.get("/healthz"); code != 200 {
		t.Errorf("a full buffer makes the relay unhealthy: %d %v", code, err)
	}
	if code, _, err := s.get("/readyz"); code != 503 {
		t.Errorf("a full buffer, and /readyz says %d %v", code, err)
	}

	if restart { // a start on a full disk delivers
		s.kill()
		s.start()
	}
	blocked, sent := s.writeUntilBlocked(n)
	select {
	case <-blocked:
	case <-s.ctx.Done():
		t.Fatal("the relay keeps reading what it cannot store")
	}
	manager.latest("WATCHDOG=1") // neither a full disk nor the outage restarts the relay
	s.siem.Heal()
	select {
	case <-sent:
	case <-s.ctx.Done():
		t.Fatal("the sender is never read again")
	}
	h.must(100)
	s.settled(n.count())
	for _, protocol := range []string{"hec", "syslog-tls"} {
		s.tally.complete(t, protocol, n)
	}
}

// writeUntilBlocked sends syslog over TLS until the relay does not read any more, which it tells by blocked. The write that was blocked goes
// on when there is room; then the connection is closed in order, and what was written counts as acknowledged.
func (s *site) writeUntilBlocked(n *numbers) (blocked, sent chan struct{}) {
	s.t.Helper()
	c := s.dialTLS("tls", s.trust())
	blocked, sent = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sent)
		var all []uint64
		for free := true; free; {
			seqs := n.take(1000)
			n.attempt(seqs)
			stuck := time.AfterFunc(time.Second, func() { close(blocked) })
			if _, err := c.Write(syslogFrames(seqs)); err != nil {
				s.t.Errorf("a full buffer ends the connection: %v", err)
				return
			}
			free = stuck.Stop()
			all = append(all, seqs...)
		}
		if err := c.Close(); err != nil {
			s.t.Errorf("closing: %v", err)
			return
		}
		n.ack(all)
	}()
	return blocked, sent
}

// TestDamage flips bytes in the middle of a segment while the relay is stopped and the records wait.
func TestDamage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.siem.Set(relaytest.Fault{Refuse: true})
	s.configure(webInput, s.hecOutput("")+s.sysOutput(""), "drain_timeout: 100ms\n")
	s.start()
	n := newNumbers()
	h := s.httpSender(n)
	const batches, batch = 40, 50
	for range batches {
		h.must(batch)
	}
	s.stop()
	s.must(0, args("buffer verify --ids"), "2000 records", "0 damaged")
	segments, err := filepath.Glob(s.path("state/buffer/*.seg"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("no segments: %v", err)
	}
	at := flip(t, segments[0])
	r := s.must(exitUnhealthy, append(args("buffer verify"), "--json"))
	var v verified
	if err := json.Unmarshal([]byte(r.stdout), &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Problems) == 0 || filepath.Base(v.Problems[0].File) != filepath.Base(segments[0]) || v.Problems[0].Offset < at-1<<20 || v.Problems[0].Offset > at {
		t.Errorf("bytes were flipped in %s at %d, verify says %+v", segments[0], at, v)
	}
	s.must(exitUnhealthy, args("buffer verify"), filepath.Base(segments[0])+", byte ", "hint: ")
	s.siem.Heal()
	s.start()
	st := s.settled(batches * batch)
	damaged := int(output(st, "hec").Sum.Damaged)
	if damaged == 0 || damaged > batch || int(st.Buffer.Damaged) != damaged || v.Damaged != uint64(damaged) {
		t.Errorf("one block is damaged: %d records by the sum, %d by the buffer, %d by verify", damaged, st.Buffer.Damaged, v.Damaged)
	}
	for _, o := range st.Outputs {
		if o.Sum.Damaged != uint64(damaged) || o.Sum.Delivered != uint64(batches*batch-damaged) {
			t.Errorf("output %s: %+v", o.Name, o.Sum)
		}
	}
	for _, protocol := range []string{"hec", "syslog-tls"} {
		if got := s.tally.arrivals(protocol); got != batches*batch-damaged {
			t.Errorf("%s: %d records arrived, %d of %d were damaged", protocol, got, damaged, batches*batch)
		}
	}
	if !strings.Contains(statusText(s.status()), "damaged on disk") {
		t.Errorf("the status does not tell of the damage:\n%s", statusText(s.status()))
	}
	if copies, err := os.ReadDir(s.path("state/buffer/damaged")); err != nil || len(copies) == 0 {
		t.Errorf("the damaged bytes are not set aside: %v", err)
	}
	h.must(10) // the log goes on
	s.settled(batches*batch + 10)
}

// flip turns a few bytes of a record in the middle of the segment's blocks, and returns their offset.
func flip(t *testing.T, path string) int64 {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := int64(strings.Index(string(text), `"seq":1010}`))
	if at < 0 {
		t.Fatal("the record is not in the segment")
	}
	if _, err := f.WriteAt([]byte("XXXXX"), at); err != nil {
		t.Fatal(err)
	}
	return at
}
