package syslog

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"logrelay/relay/relaytest"
)

// eachLine calls f with every line of a file of JSON lines.
func eachLine(t *testing.T, path string, f func(line []byte)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := bufio.NewScanner(file)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		f(s.Bytes())
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	eachLine(t, relaytest.Reference(t, "samples", "syslog", "framing-vectors.jsonl"), func(line []byte) {
		var v struct {
			ID     string   `json:"id"`
			Bytes  string   `json:"bytes_b64"`
			Expect []string `json:"expect_frames_b64"`
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		want := make([]string, len(v.Expect))
		for i, e := range v.Expect {
			want[i] = decode(t, e)
		}
		in := decode(t, v.Bytes)
		if diff := cmp.Diff(want, raws(cut(t, DefaultMaxMessage, in))); diff != "" {
			t.Errorf("%s: %s", v.ID, diff)
		}
		if diff := cmp.Diff(want, raws(cut(t, DefaultMaxMessage, strings.Split(in, "")...))); diff != "" {
			t.Errorf("%s byte by byte: %s", v.ID, diff)
		}
	})
}

func decode(t *testing.T, s string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTelegrafFraming: the frames of another receiver's test cases.
func TestTelegrafFraming(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob(filepath.Join(relaytest.Reference(t, "samples", "syslog", "telegraf-framing"), "*", "input.txt"))
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range inputs {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, in := filepath.Base(filepath.Dir(path)), string(b)
		got := cut(t, DefaultMaxMessage, in)
		want := []string{strings.TrimRight(in, "\n")}
		switch {
		case strings.Contains(name, "malfunction"): // a length that is wrong
			want = []string{"<1>217 <11>1 - -", " - - - -"}
		case strings.HasPrefix(in, "1") || strings.HasPrefix(in, "2") || strings.HasPrefix(in, "3"):
			_, msg, _ := strings.Cut(in, " ")
			want = []string{msg}
		}
		if diff := cmp.Diff(want, raws(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestLogFiles: the lines of real logs come out as they went in.
func TestLogFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(relaytest.Reference(t, "samples", "syslog", "crowdsec"), "*.log"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for line := range strings.Lines(string(b)) {
			if line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"); line != "" {
				want = append(want, line)
			}
		}
		if diff := cmp.Diff(want, raws(cut(t, DefaultMaxMessage, string(b)))); diff != "" {
			t.Errorf("%s: %s", filepath.Base(path), diff)
		}
	}
}

// TestVendorMessages: messages of a hundred products pass every transport unchanged.
func TestVendorMessages(t *testing.T) {
	t.Parallel()
	var want []string
	var counted, lines strings.Builder
	eachLine(t, relaytest.Reference(t, "samples", "syslog", "sc4s-vendor-messages.jsonl"), func(line []byte) {
		var v struct{ Message string }
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		m := strings.TrimRight(v.Message, "\r\n\x00")
		if !strings.HasPrefix(m, "<") || strings.ContainsAny(m, "\n\x00") {
			return
		}
		want = append(want, m)
		fmt.Fprintf(&counted, "%d %s", len(m), m)
		lines.WriteString(m + "\n")
	})
	if len(want) < 200 {
		t.Fatalf("only %d messages", len(want))
	}
	for _, in := range []string{counted.String(), lines.String()} {
		if diff := cmp.Diff(want, raws(cut(t, DefaultMaxMessage, in))); diff != "" {
			t.Error(diff)
		}
		out := newMemorySink()
		_, addr, _ := startTLS(t, Options{}, out)
		send(t, dialTLS(t, addr, nil), in)
		if diff := cmp.Diff(want, raws(out.wait(t, len(want)))); diff != "" {
			t.Error(diff)
		}
	}
	out := newMemorySink()
	_, c, _ := startUDP(t, Options{}, out)
	for _, m := range want {
		send(t, c, m)
	}
	if diff := cmp.Diff(want, raws(out.wait(t, len(want)))); diff != "" {
		t.Error(diff)
	}
}
