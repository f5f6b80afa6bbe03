package relaytest

import (
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
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

// FreeAddr returns a loopback address that was free a moment ago, for a program that cannot be given a socket. Its port is below those that the kernel gives to
// who asks for any: a program may take half a minute until it listens, and meanwhile other tests ask for many. Until the test ends no other test is given it,
// in whatever process: an abstract socket of the port's name says that it is taken.
func FreeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(20000 + rand.IntN(10000))
		taken, err := net.Listen("unix", "@logrelay-test-port-"+port)
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			_ = taken.Close()
			continue
		}
		_ = l.Close()
		t.Cleanup(func() { _ = taken.Close() })
		return l.Addr().String()
	}
	t.Fatal("no port is free")
	return ""
}
