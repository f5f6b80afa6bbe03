package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// readAll returns the batches of a reader as text: the records joined by "|", the header in brackets before them.
func readAll(t *testing.T, r *sendReader, limit int) []string {
	t.Helper()
	var batches []string
	for {
		var b sendBatch
		if err := r.next(&b, limit); err == io.EOF {
			return batches
		} else if err != nil {
			t.Fatal(err)
		}
		if len(b.records) == 0 {
			continue
		}
		text := string(bytes.Join(b.records, []byte("|")))
		if b.header != nil {
			text = "[" + string(b.header) + "]" + text
		}
		batches = append(batches, text)
	}
}

func TestSendReader(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*sendBatchBytes)
	for _, c := range []struct {
		name, in string
		json     bool
		want     []string
	}{
		{"lines", "a\nb\r\n\n\nc", false, []string{"a|b", "c"}},
		{"no line", "\n\r\n", false, nil},
		{"a line longer than a batch", "a\n" + long + "\nb\n", false, []string{"a", long, "b"}},
		{"more lines than the limit", "1\n2\n3\n4\n5\n", false, []string{"1|2|3|4", "5"}},
		{"a header", "version account-id srcaddr\n1\n2\n", false, []string{"[version account-id srcaddr]1|2"}},
		{"words that are no header", "version of account\n", false, []string{"version of account"}},
		{"values", "{\"a\":1}2 \"x\"[3]", true, []string{`{"a":1}|2|"x"|[3]`}},
		{"an array", " [ {\"a\": 1.0} , [2] ]", true, []string{`{"a": 1.0}|[2]`}},
		{"an empty array", "[]", true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := &sendReader{files: []string{"-"}, stdin: strings.NewReader(c.in), json: c.json}
			if d := cmp.Diff(c.want, readAll(t, r, 4)); d != "" {
				t.Error(d)
			}
		})
	}
}

// Each file begins anew: a header of one is not taken for the next.
func TestSendReaderFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	flow, plain := filepath.Join(dir, "flow"), filepath.Join(dir, "plain")
	for name, text := range map[string]string{flow: "version account-id\n1\n", plain: "x\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := &sendReader{files: []string{flow, plain}}
	if d := cmp.Diff([]string{"[version account-id]1", "x"}, readAll(t, r, 10)); d != "" {
		t.Error(d)
	}
}

// What a slow writer has written is sent before it writes more.
func TestSendReaderDoesNotWait(t *testing.T) {
	t.Parallel()
	in, out := io.Pipe()
	r := &sendReader{files: []string{"-"}, stdin: in}
	got := make(chan string)
	go func() {
		var b sendBatch
		for r.next(&b, 100) == nil {
			if len(b.records) > 0 {
				got <- string(bytes.Join(b.records, []byte("|")))
			}
		}
		close(got)
	}()
	for _, lines := range []string{"a\nb\n", "c\n"} {
		if _, err := io.WriteString(out, lines); err != nil {
			t.Fatal(err)
		}
		select {
		case text := <-got:
			if want := strings.ReplaceAll(strings.TrimSpace(lines), "\n", "|"); text != want {
				t.Errorf("got %q, want %q", text, want)
			}
		case <-time.After(patience):
			t.Fatal("the lines were held back")
		}
	}
	out.Close()
	if text, more := <-got; more {
		t.Errorf("got %q after the end", text)
	}
}
