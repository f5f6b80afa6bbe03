package main

import (
	"errors"
	"strings"
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
