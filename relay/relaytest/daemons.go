package relaytest

import (
	"net"
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of a program that others wrote: the value of an environment variable, so that packages can be tried out
// without installing them, or where the name is found. The test is skipped where there is none.
func Program(t testing.TB, name, variable string) string {
	t.Helper()
	if p := os.Getenv(variable); p != "" {
		return p
	}
	p, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed; install it or set %s to its path", name, variable)
	}
	return p
}

// Background runs a program until the test ends.
func Background(t testing.TB, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// FreeAddr returns a loopback address that was free a moment ago, for a program that cannot be given a socket.
func FreeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
