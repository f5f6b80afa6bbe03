//go:build integration

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"logrelay/relay/status"
)

// TestJournalSocket starts the real program with a stand-in for journald's socket: what it logs comes there with fields, and goes to stderr when the
// socket is gone.
func TestJournalSocket(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	socket := s.path("journal")
	journald, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer journald.Close()
	program := s.path("program")
	build := exec.CommandContext(s.ctx, "go", "build", "-ldflags", "-X github.com/coreos/go-systemd/v22/journal.journalSocket="+socket, "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.configure(webInput, s.hecOutput(""))
	s.write("log", "")
	info, err := os.Stat(s.path("log"))
	if err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	s.env = append(s.env, fmt.Sprintf("JOURNAL_STREAM=%d:%d", st.Dev, st.Ino))
	cmd := s.command("run", "--config", "logrelay.yaml")
	cmd.Path, cmd.Err = program, nil
	s.launchCommand(cmd)

	fields := func(message string) map[string]string {
		t.Helper()
		datagram := make([]byte, 64<<10)
		for {
			if deadline, ok := s.ctx.Deadline(); ok {
				_ = journald.SetReadDeadline(deadline)
			}
			n, err := journald.Read(datagram)
			if err != nil {
				t.Fatalf("%q does not come: %v", message, err)
			}
			f, err := journalFields(datagram[:n])
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(f["MESSAGE"], message) {
				return f
			}
		}
	}
	f := fields("msg=\"made a token for this input\"")
	if f["PRIORITY"] != "6" || f["SYSLOG_IDENTIFIER"] != "logrelay" || f["LOGRELAY_INPUT"] != "web" || f["LOGRELAY_COMPONENT"] != "daemon" ||
		!strings.HasSuffix(f["LOGRELAY_FILE"], "/state/tokens/web") || strings.Contains(f["MESSAGE"], "level=") {
		t.Errorf("fields: %q", f)
	}
	s.await("the relay is ready", func(st status.Snapshot) bool { return st.Ready })
	s.write("logrelay.yaml", "outputs: none\n")
	s.signal(syscall.SIGHUP)
	if f := fields("msg=\"reload: nothing was changed\""); f["PRIORITY"] != "3" || !strings.Contains(f["LOGRELAY_ERROR"], "outputs") {
		t.Errorf("fields: %q", f)
	}
	if text := s.log(); text != "" {
		t.Errorf("it went to stderr too:\n%s", text)
	}
	journald.Close()
	s.signal(syscall.SIGTERM)
	if code := s.ended(); code != 0 || !strings.Contains(s.log(), "<6>msg=\"stopping: inputs first") {
		t.Errorf("without the socket it ended with %d and said:\n%s", code, s.log())
	}
}

// journalFields reads a datagram of journald's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).
func journalFields(datagram []byte) (map[string]string, error) {
	fields := map[string]string{}
	for len(datagram) > 0 {
		line, rest, _ := bytes.Cut(datagram, []byte("\n"))
		name, value, ok := bytes.Cut(line, []byte("="))
		if !ok { // length, and a value with line ends
			if len(rest) < 8 {
				return nil, fmt.Errorf("a field without a value: %q", line)
			}
			n := binary.LittleEndian.Uint64(rest)
			if uint64(len(rest)) < 8+n+1 {
				return nil, fmt.Errorf("a field of %d bytes, of which %d came", n, len(rest)-9)
			}
			value, rest = rest[8:8+n], rest[8+n+1:]
		}
		fields[string(name)] = string(value)
		datagram = rest
	}
	return fields, nil
}
