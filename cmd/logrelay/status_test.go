package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
		if printTable(&b, p, rows); b.String() != want {
			t.Errorf("colours %v: %q, want %q", p, b.String(), want)
		}
	}
}
