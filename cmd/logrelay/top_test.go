package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"logrelay/relay/status"
)

// The window follows the relay, stands still while it is paused, says when the relay does not answer, and scrolls no further than there are lines.
func TestTop(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_800_000_000, 0).UTC()
	answer := func(n uint64) asked {
		at = at.Add(time.Second)
		return asked{s: status.Snapshot{
			Version: "1.2.3", Now: at, Started: at, Health: status.Green, Inputs: []status.Input{{Name: "web", Records: n}},
			Outputs: []status.Output{{Name: "siem", State: "idle", Sum: status.Sum{Accepted: n, Delivered: n, AddsUp: true}}},
		}}
	}
	m := newTop(nil, false)
	show := func(msg tea.Msg) string {
		t.Helper()
		m.Update(msg)
		return m.text()
	}
	key := func(r rune) tea.Msg { return tea.KeyPressMsg{Code: r, Text: string(r)} }
	if text := m.text(); !strings.Contains(text, "asking the relay") {
		t.Errorf("at first: %s", text)
	}
	show(answer(100))
	show(answer(200))
	if text := show(answer(250)); !strings.Contains(text, "siem: 250 accepted = 250 delivered") || !strings.Contains(text, " █▄ ") {
		t.Errorf("after three answers:\n%s", text)
	}
	show(key('p'))
	if text := show(answer(300)); !strings.Contains(text, "siem: 250 accepted") || !strings.Contains(text, "PAUSED") {
		t.Errorf("paused:\n%s", text)
	}
	show(key('p'))
	if text := show(asked{err: errors.New("the relay is not running\x1b[2J")}); !strings.Contains(text, "siem: 250 accepted") || !strings.HasSuffix(text, "the relay is not running [2J") {
		t.Errorf("away:\n%s", text)
	}
	all := strings.Split(show(answer(300)), "\n")
	text := show(tea.WindowSizeMsg{Width: 300, Height: 5})
	if lines := strings.Split(text, "\n"); len(lines) != 5 || !strings.HasSuffix(text, fmt.Sprintf("%d more lines", len(all)-5)) {
		t.Errorf("a window of 5 lines:\n%s", text)
	}
	for range 100 {
		text = show(key('j'))
	}
	if lines := strings.Split(text, "\n"); lines[3] != all[len(all)-2] || strings.Contains(text, "more lines") {
		t.Errorf("at the end:\n%s", text)
	}
	if text = show(key('g')); !strings.HasPrefix(text, "logrelay 1.2.3") {
		t.Errorf("at the top:\n%s", text)
	}
	if text = show(tea.WindowSizeMsg{Width: 300, Height: 1}); strings.Count(text, "\n") != 0 {
		t.Errorf("a window of one line:\n%s", text)
	}
	for _, k := range []tea.Msg{key('q'), tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}, tea.KeyPressMsg{Code: tea.KeyEscape}} {
		if _, cmd := m.Update(k); cmd == nil {
			t.Errorf("%v does not end it", k)
		} else if _, quit := cmd().(tea.QuitMsg); !quit {
			t.Errorf("%v does not end it", k)
		}
	}
	if _, cmd := m.Update(answer(1)); cmd == nil {
		t.Error("after an answer it does not ask again")
	}
}

func TestTrend(t *testing.T) {
	t.Parallel()
	var r trend
	at := time.Unix(1_800_000_000, 0)
	for _, n := range []uint64{5, 5, 13, 17, 4} { // 0, 8, 4, and 4 after a new beginning
		r.add(at, n)
		at = at.Add(time.Second)
	}
	if got, want := r.String(), strings.Repeat(" ", trendLength-4)+" █▄▄"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for range 2 * trendLength {
		r.add(at, 0)
		at = at.Add(time.Second)
	}
	if got := r.String(); got != strings.Repeat(" ", trendLength) {
		t.Errorf("a quiet counter: %q", got)
	}
	for percent, want := range map[float64]int{-1: 0, 0: 0, 50: 10, 100: 20, 120: 20} {
		if got := strings.Count(bar(percent), "█"); got != want {
			t.Errorf("%g %%: %d blocks, want %d", percent, got, want)
		}
	}
}

// The window goes up and, at a key, away, without an error.
func TestTopEndsInOrder(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	defer srv.Close()
	a, err := newAdminClient(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := runTop(ctx, a, strings.NewReader("q"), io.Discard); err != nil || ctx.Err() != nil {
		t.Errorf("at a key: %v, %v", err, ctx.Err())
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := runTop(ended, a, strings.NewReader(""), io.Discard); err != nil {
		t.Errorf("told to end: %v", err)
	}
}
