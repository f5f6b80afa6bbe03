package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"logrelay/relay/status"
)

// endingWriter ends a context with the first write that contains a text.
type endingWriter struct {
	bytes.Buffer
	at  string
	end context.CancelFunc
}

func (w *endingWriter) Write(b []byte) (int, error) {
	n, err := w.Buffer.Write(b)
	if strings.Contains(w.String(), w.at) {
		w.end()
	}
	return n, err
}

// Watching goes on until it is told to end, and that is no error.
func TestWatchEndsInOrder(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(status.Snapshot{Version: "1.2.3", Health: status.Green})
	}))
	defer srv.Close()
	a, err := newAdminClient(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, watch := range map[string]func(context.Context, *endingWriter) error{
		"No problems.":      func(ctx context.Context, w *endingWriter) error { return watchStatus(ctx, w, a) },
		`"version":"1.2.3"`: func(ctx context.Context, w *endingWriter) error { return watchJSON(ctx, w, a) },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		w := &endingWriter{at: name, end: cancel}
		if err := watch(ctx, w); err != nil || !strings.Contains(w.String(), name) || strings.Contains(w.String(), "\x1b") {
			t.Errorf("watching until %s: %v\n%s", name, err, w.String())
		}
	}
}

// Colours take no room in a table, and are only there where they are wanted.
func TestTable(t *testing.T) {
	t.Parallel()
	rows := [][]cell{cells("", "NAME", "N"), cells(cell{markGood, colourGreen}, "a", 1), cells(cell{markBad, colourRed}, "longer", 22)}
	for p, want := range map[paint]string{
		false: "   NAME    N\n✓  a       1\n✗  longer  22\n",
		true:  "   NAME    N\n\x1b[32m✓\x1b[0m  a       1\n\x1b[31m✗\x1b[0m  longer  22\n",
	} {
		var b strings.Builder
		if (table{paint: p}).print(&b, rows); b.String() != want {
			t.Errorf("colours %v: %q, want %q", p, b.String(), want)
		}
	}
}

// Where a terminal is narrow, tables lose their last columns and lines are broken; where it is low, the last line says what is missing; where it shows ASCII
// alone, it is given that.
func TestStatusFitsTheWindow(t *testing.T) {
	t.Parallel()
	s := status.Snapshot{
		Version: "1.2.3", Health: status.Red, Inputs: []status.Input{{Name: "web", Type: "https", Records: 7, Address: "[::]:5443"}},
		Outputs:  []status.Output{{Name: "siem", Type: "hec", State: "needs you", Target: "https://siem.example:8088", SetAside: 1, Sum: status.Sum{Accepted: 7, Waiting: 7, AddsUp: true}}},
		Problems: []status.Problem{{Health: status.Red, Where: "output siem", What: strings.Repeat("a long word of a far end ", 10), Hint: "do this"}},
	}
	full := statusOn(window{}, false, s)
	if !strings.Contains(full, "siem: refused 1 event, set aside until another one goes through") {
		t.Errorf("nothing of the event that was set aside:\n%s", full)
	}
	for _, win := range []window{{width: 40, height: 12}, {width: 80, height: 24}, {width: 200, height: 60}, {width: 12, height: 2}} {
		for _, win.ascii = range []bool{false, true} {
			for _, p := range []paint{false, true} {
				text := win.fit(statusOn(win, p, s))
				lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
				if win.height > 1 && len(lines) > win.height-1 {
					t.Errorf("%+v: %d lines:\n%s", win, len(lines), text)
				}
				for _, l := range lines {
					if ansi.StringWidth(l) > win.width {
						t.Errorf("%+v: a line of %d: %q", win, ansi.StringWidth(l), l)
					}
				}
				if notASCII := strings.ContainsFunc(text, func(r rune) bool { return r > '~' }); notASCII && win.ascii {
					t.Errorf("%+v: not ASCII:\n%s", win, text)
				}
			}
		}
	}
	if text := (window{width: 400, height: 60}).fit(full); text != full {
		t.Errorf("what fits is changed:\n%s\n%s", full, text)
	}
	if text := (window{width: 80}).fit(statusOn(window{width: 80}, false, s)); !strings.Contains(text, "OUTPUT") || strings.Contains(text, "TARGET") || strings.Contains(text, "siem.example") || !strings.Contains(text, "needs you") {
		t.Errorf("80 columns:\n%s", text)
	}
	if text := (window{width: 60, height: 10}).fit(full); !strings.Contains(text, "more lines: make the window larger") {
		t.Errorf("10 lines:\n%s", text)
	}
}

func TestUTF8Locale(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		all, ctype, lang string
		want             bool
	}{
		{"", "", "", false}, {"", "", "en_US.UTF-8", true}, {"", "", "C.utf8", true}, {"C", "", "en_US.UTF-8", false}, {"", "de_DE.ISO-8859-1", "en_US.UTF-8", false}, {"POSIX", "", "", false},
	} {
		env := map[string]string{"LC_ALL": c.all, "LC_CTYPE": c.ctype, "LANG": c.lang}
		if got := utf8Locale(func(name string) string { return env[name] }); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
