package main

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

// TestErrorsDoNotWriteToTheTerminal: names in a certificate, which any server can make up, stand in the errors of a handshake.
func TestErrorsDoNotWriteToTheTerminal(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	printError(&b, errors.New("certificate is valid for \x1b[2Jall is well\a\xff\r,\n  not localhost"))
	want := "logrelay: error: certificate is valid for  [2Jall is well ? ,\n      not localhost\n"
	if b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// What could not be printed is a failure, also where the command does not look.
func TestOutputThatIsLost(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"--help", "version", "help status"} {
		var talk strings.Builder
		if status := execute(strings.Fields("logrelay "+line), fullDisk{}, &talk); status != exitFailed || !strings.Contains(talk.String(), "no space left") {
			t.Errorf("%s: %d, %s", line, status, &talk)
		}
	}
}
