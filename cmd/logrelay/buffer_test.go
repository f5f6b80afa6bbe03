package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"logrelay/relay"
	"logrelay/relay/buffer"
)

// makeLog makes a log with three records of which the output "siem" had one, and returns its directory.
func makeLog(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "buffer")
	l, err := buffer.Open(dir, buffer.Options{Limits: buffer.Limits{Quota: 64 << 20, Reserve: -1}})
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := l.Cursor("siem", buffer.FromOldest)
	if err != nil {
		t.Fatal(err)
	}
	var b relay.Batch
	b.Use(&relay.Origin{Input: "web", Kind: relay.KindText, Tenant: "default", Peer: "192.0.2.7:41532", Attrs: []relay.Attr{{Key: "host", Value: "h"}}}, 0)
	for _, raw := range []string{"first", "sec\x1bond", "\xff\xfe"} {
		b.AppendMeta([]byte(raw), relay.AppendMeta(nil, "index", "main"), 1767225600e9, relay.FlagTruncated)
	}
	if err := l.Put(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	lease, err := cursor.Next(context.Background(), relay.Limit{Records: 1})
	if err != nil {
		t.Fatal(err)
	}
	lease.Ack(relay.Outcome{Delivered: 1})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// command runs the program in this process, so not in parallel, and returns what it printed; it wants the exit status.
func command(t *testing.T, status int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	if got := execute(append([]string{"logrelay"}, args...), &out, &talk); got != status {
		t.Fatalf("%s: exit status %d, want %d: %s", strings.Join(args, " "), got, status, &talk)
	}
	return out.String(), talk.String()
}

func wantLine(t *testing.T, text, pattern string) {
	t.Helper()
	if !regexp.MustCompile("(?m)" + pattern).MatchString(text) {
		t.Errorf("%q is not in\n%s", pattern, text)
	}
}

func TestBufferList(t *testing.T) {
	dir := makeLog(t)
	out, _ := command(t, exitDone, "buffer", "ls", dir)
	wantLine(t, out, `: 3 records ever accepted$`)
	wantLine(t, out, `^\S+ +0 +3 .* 2026-01-01T00:00:00.000Z to 2026-01-01T00:00:00.000Z$`)
	wantLine(t, out, `^siem +0 +1 +2 +1 +0 +0 +0 +0$`)
	out, _ = command(t, exitDone, "buffer", "ls", "--json", dir)
	var list bufferList
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	if list.Records != 3 || len(list.Cursors) != 1 || list.Cursors[0].Waiting != 2 || list.Cursors[0].Delivered != 1 {
		t.Errorf("%+v", list)
	}
}

func TestBufferDump(t *testing.T) {
	dir := makeLog(t)
	out, _ := command(t, exitDone, "buffer", "dump", dir)
	wantLine(t, out, `^0 [0-9a-f]{32}-0 2026-01-01T00:00:00.000Z web 192.0.2.7:41532 first$`)
	wantLine(t, out, `^1 [0-9a-f]{32}-1 .* sec ond$`)
	out, _ = command(t, exitDone, "buffer", "dump", dir, "--ids", "--from", "1")
	wantLine(t, out, `\A[0-9a-f]{32}-1\n[0-9a-f]{32}-2\n\z`)
	out, _ = command(t, exitDone, "buffer", "dump", dir, "--json", "--to", "1")
	wantLine(t, out, `"input":"web","kind":"text","tenant":"default","peer":"192.0.2.7:41532","attributes":{"host":"h","index":"main"},"flags":\["truncated"\],"raw":"first"}\n\z`)
	out, _ = command(t, exitDone, "buffer", "dump", dir, "--json", "--from", "2")
	wantLine(t, out, `"raw_base64":"//4="`)
}

func TestBufferVerify(t *testing.T) {
	dir := makeLog(t)
	out, _ := command(t, exitDone, "buffer", "verify", "--ids", dir)
	wantLine(t, out, `^1 segment, 1 block, 3 records, .*: 0 damaged, 0 ids that are there twice$`)

	names, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(names) != 1 {
		t.Fatalf("segments: %v, %v", names, err)
	}
	f, err := os.OpenFile(names[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("damage"), 4096+100); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	out, talk := command(t, exitUnhealthy, "buffer", "verify", dir)
	wantLine(t, out, `^`+regexp.QuoteMeta(filepath.Base(names[0]))+`, byte 4096: .*3 records cannot be read$`)
	wantLine(t, out, `: 3 damaged$`)
	wantLine(t, talk, `^logrelay: error: 1 problem in the log$`)
	wantLine(t, talk, `^logrelay: hint: the relay copies damaged places aside`)
	out, _ = command(t, exitUnhealthy, "buffer", "verify", "--json", dir)
	wantLine(t, out, `"damaged_records": 3`)
}

func TestBufferNotThere(t *testing.T) {
	for _, name := range []string{"ls", "dump", "verify"} {
		_, talk := command(t, exitFailed, "buffer", name, filepath.Join(t.TempDir(), "none"))
		wantLine(t, talk, `^logrelay: error: inspecting the buffer .*no such file or directory$`)
		wantLine(t, talk, `^logrelay: hint: name the directory that holds the log`)
		_, talk = command(t, exitUsage, "buffer", name, "a", "b")
		wantLine(t, talk, `^logrelay: error: one directory at a time$`)
	}
}
