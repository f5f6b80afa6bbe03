package main

import (
	"fmt"
	"strings"
	"testing"

	"logrelay/relay/status"
)

// TestLongTableOfLetters: a list that was cut says so.
func TestLongTableOfLetters(t *testing.T) {
	t.Parallel()
	list := make([]status.Letter, status.MaxListedLetters)
	for n, want := range map[int]bool{3: false, len(list): true} {
		var b strings.Builder
		if err := printLetterTable(&b, list[:n]); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), fmt.Sprintf("the oldest %d;", n)); got != want {
			t.Errorf("%d letters: it is said: %v", n, got)
		}
	}
}
