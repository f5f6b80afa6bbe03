package file

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logrelay/relay"
	"logrelay/relay/relaytest"
)

func raw(dst []byte, e *relay.Event) []byte { return append(dst, e.Record.Raw...) }

func events(texts ...string) []relay.Event {
	es := relaytest.Events(0, len(texts))
	for i, text := range texts {
		es[i].Record.Raw = []byte(text)
	}
	return es
}

func send(t *testing.T, d relay.Destination, texts ...string) {
	t.Helper()
	if err := d.Send(t.Context(), events(texts...)); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func open(t *testing.T, o Options) *File {
	t.Helper()
	o.Encode = raw
	d := New(o)
	t.Cleanup(func() { d.Close() })
	return d
}

func TestLines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.log")
	d := open(t, Options{Path: path})
	send(t, d, "a", "b\nc\r\x00d")
	send(t, d, "e")
	if got, want := content(t, path), "a\nb\\nc\\r\\0d\ne\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if st, _ := os.Stat(path); st.Mode().Perm()&0o007 != 0 {
		t.Errorf("others may read it: %s", st.Mode())
	}
}

func TestGoesOnAfterATornLine(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.log")
	if err := os.WriteFile(path, []byte("a\nhalf a li"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := open(t, Options{Path: path})
	send(t, d, "b")
	if got, want := content(t, path), "a\nhalf a li\nb\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRotatesBySizeAndKeepsN(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "events.log")
	for _, name := range []string{"events.log.bak", "events.log.20260101"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("not ours"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, Options{Path: path, MaxSize: 10, Keep: 2})
	for _, text := range []string{"first-----", "second----", "third-----", "fourth----", "fifth-----"} {
		send(t, d, text)
	}
	old, err := d.rotated()
	if err != nil || len(old) != 2 {
		t.Fatalf("rotated files %v, %v", old, err)
	}
	got := content(t, old[0]) + content(t, old[1]) + content(t, path)
	if want := "third-----\nfourth----\nfifth-----\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if n, _ := filepath.Glob(filepath.Join(dir, "*")); len(n) != 5 {
		t.Errorf("files %v", n)
	}
}

func TestRotatesByAge(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.log")
	d := open(t, Options{Path: path, MaxAge: time.Hour})
	send(t, d, "a")
	send(t, d, "b")
	d.begun = time.Now().Add(-2 * time.Hour)
	send(t, d, "c")
	old, _ := d.rotated()
	if len(old) != 1 || content(t, old[0]) != "a\nb\n" || content(t, path) != "c\n" {
		t.Errorf("rotated %v, now %q", old, content(t, path))
	}
}

func TestFailuresSayWhatToDo(t *testing.T) {
	t.Parallel()
	err := open(t, Options{Path: filepath.Join(t.TempDir(), "missing", "events.log")}).Send(t.Context(), events("a"))
	if _, ok := errors.AsType[*relay.HoldError](err); !ok || !strings.Contains(relay.HintOf(err), "directory") {
		t.Errorf("missing directory: %v", err)
	}
	if err := open(t, Options{Path: "/dev/full"}).Send(t.Context(), events("a")); err == nil {
		t.Error("a full device took an event")
	} else if _, held := errors.AsType[*relay.HoldError](err); held || relay.HintOf(err) == "" {
		t.Errorf("full device: %v, hint %q", err, relay.HintOf(err))
	}
	if err := open(t, Options{Path: filepath.Join(t.TempDir(), "missing", "x")}).Probe(t.Context()); relay.HintOf(err) == "" {
		t.Errorf("Probe: %v", err)
	}
}

func TestWhatWasNotWrittenWholeIsCutOff(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "events.log")
	d := open(t, Options{Path: path})
	send(t, d, "a")
	if _, err := d.f.WriteString("half"); err != nil {
		t.Fatal(err)
	}
	if err := d.undo(errors.New("disk full")); err == nil {
		t.Error("the cause is lost")
	}
	send(t, d, "b")
	if got := content(t, path); got != "a\nb\n" {
		t.Errorf("got %q", got)
	}
}

func TestWriter(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	d := NewWriter(&b, raw)
	send(t, d, "a", "b\nc")
	if b.String() != "a\nb\\nc\n" {
		t.Errorf("got %q", b.String())
	}
}
