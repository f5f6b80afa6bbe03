//go:build integration

package packaging

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience bounds every wait: enough for a machine that is busy with other things.
const patience = 10 * time.Minute

// box is a booted Debian: systemd as process 1 of namespaces of its own, on an overlay of the root directory that is thrown away. It has a network
// of its own with nothing but loopback. Its processes end with the test, however that ends.
type box struct {
	t       testing.TB
	dir     string // of the overlay
	cgroup  string // name of its group, in each hierarchy that systemd needs
	init    int    // process id of its systemd, as seen from here
	ended   chan struct{}
	start   func() // boots
	console *os.File
}

// newBox boots. It skips the test where that cannot be.
func newBox(t testing.TB, name string) *box {
	t.Helper()
	root, nspawn := os.Getenv("LOGRELAY_TEST_ROOT"), os.Getenv("LOGRELAY_TEST_NSPAWN")
	switch {
	case root == "":
		t.Skip("LOGRELAY_TEST_ROOT names no Debian root directory (.ci/run makes one)")
	case nspawn == "":
		t.Skip("LOGRELAY_TEST_NSPAWN names no systemd-nspawn")
	case os.Geteuid() != 0:
		t.Skip("booting systemd needs root")
	}
	b := &box{t: t, dir: t.TempDir(), cgroup: fmt.Sprintf("logrelay-test-%d-%s", os.Getpid(), name)}
	for _, d := range []string{"upper", "work", "root"} {
		if err := os.Mkdir(filepath.Join(b.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(b.removeCgroups)
	b.start = func() { t.Helper(); b.boot(root, nspawn) }
	b.start()
	t.Cleanup(b.showJournal)
	return b
}

// reboot turns the box off and on again. Its disk stays, its network is a new one.
func (b *box) reboot() {
	b.t.Helper()
	b.run("systemctl", "poweroff")
	select {
	case <-b.ended:
	case <-time.After(patience):
		b.t.Fatalf("it does not power off\n%s", b.consoleText())
	}
	b.removeCgroups()
	b.start()
}

// hierarchies are where control groups are mounted: version 1 of systemd and version 2, of which a host may have either or both.
var hierarchies = []string{"/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"}

// bootScript runs as process 1 of new namespaces of processes and mounts; when it is killed, the kernel ends what is inside and drops the mounts.
// Arguments: root, directory of the overlay, name of the cgroup, program, its arguments.
const bootScript = `set -e
root=$1 dir=$2 group=$3
shift 3
for h in ` + "/sys/fs/cgroup/systemd /sys/fs/cgroup/unified" + `; do
	if [ -d "$h" ]; then mkdir -p "$h/$group"; echo 0 >"$h/$group/cgroup.procs"; fi
done
mount --make-rprivate /
mount -t proc proc /proc
mkdir -p /run/systemd
mount -t tmpfs tmpfs /run/systemd
mount -t overlay overlay -o "lowerdir=$root,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
exec "$@"`

func (b *box) boot(root, nspawn string) {
	b.t.Helper()
	var err error
	if b.console, err = os.CreateTemp(b.dir, "console"); err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", bootScript, "sh", root, b.dir, b.cgroup,
		nspawn, "--quiet", "--boot", "--directory="+filepath.Join(b.dir, "root"), "--machine=logrelay-test", "--hostname=relay", "--private-network",
		"--register=no", "--keep-unit", // there may be no systemd outside
		"--system-call-filter=bpf @keyring", // or what needs them is not enforced inside
		"--console=pipe", "systemd.show_status=0")
	cmd.Env = append(os.Environ(), "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1", "SYSTEMD_LOG_LEVEL=warning")
	cmd.Stdout, cmd.Stderr = b.console, b.console
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL, Setsid: true}
	started, ended := make(chan error), make(chan struct{})
	b.ended = ended
	go func() {
		runtime.LockOSThread() // the death of this thread is what kills the child
		started <- cmd.Start()
		_ = cmd.Wait()
		close(ended)
	}()
	if err := <-started; err != nil {
		b.t.Skipf("systemd cannot be booted here: %v", err)
	}
	outer := cmd.Process.Pid
	b.t.Cleanup(func() { _ = syscall.Kill(outer, syscall.SIGKILL); <-ended })
	b.await("systemd runs", func() bool {
		select {
		case <-ended:
			b.t.Skipf("systemd cannot be booted here: %s", b.consoleText())
		default:
		}
		b.init = initBelow(outer)
		return b.init != 0
	})
	b.await("the boot ends", func() bool {
		out, _ := b.try("systemctl", "is-system-running")
		state := strings.TrimSpace(out)
		return state == "running" || state == "degraded"
	})
}

func (b *box) consoleText() string {
	text, _ := os.ReadFile(b.console.Name())
	return string(text)
}

// initBelow finds the descendant of a process that is process 1 of a namespace inside this one's.
func initBelow(pid int) int {
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, c := range strings.Fields(string(children)) {
		child, _ := strconv.Atoi(c)
		status, _ := os.ReadFile("/proc/" + c + "/status")
		for line := range strings.Lines(string(status)) {
			ids := strings.Fields(line)
			exe, _ := os.Readlink("/proc/" + c + "/exe")
			if ids[0] == "NSpid:" && len(ids) == 4 && ids[3] == "1" && strings.HasSuffix(exe, "/systemd") {
				return child
			}
		}
		if found := initBelow(child); found != 0 {
			return found
		}
	}
	return 0
}

// showJournal says what the relay said, when the test has failed.
func (b *box) showJournal() {
	if b.t.Failed() {
		if out, err := b.try("journalctl", "--no-pager", "-n", "80", "-u", "logrelay*"); err == nil {
			b.t.Logf("journal:\n%s", out)
		}
	}
}

func (b *box) removeCgroups() {
	for _, h := range hierarchies {
		deadline := time.Now().Add(10 * time.Second)
		for {
			var dirs []string
			_ = filepath.WalkDir(filepath.Join(h, b.cgroup), func(path string, d os.DirEntry, err error) error {
				if err == nil && d.IsDir() {
					dirs = append(dirs, path)
				}
				return nil
			})
			slices.Reverse(dirs) // children first
			for _, d := range dirs {
				_ = os.Remove(d)
			}
			if len(dirs) == 0 || time.Now().After(deadline) {
				break
			}
			time.Sleep(50 * time.Millisecond) // the kernel is still taking processes away
		}
	}
}

// try runs a command in the box and returns what it printed.
func (b *box) try(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	enter := []string{"--target", strconv.Itoa(b.init), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd", "--",
		"/usr/bin/env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
		"DEBIAN_FRONTEND=noninteractive", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"}
	out, err := exec.CommandContext(ctx, "nsenter", append(enter, args...)...).CombinedOutput()
	return string(out), err
}

// run is try for a command that has to succeed.
func (b *box) run(args ...string) string {
	b.t.Helper()
	out, err := b.try(args...)
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// fails is try for a command that must not succeed.
func (b *box) fails(args ...string) string {
	b.t.Helper()
	out, err := b.try(args...)
	if err == nil {
		b.t.Fatalf("%s succeeded:\n%s", strings.Join(args, " "), out)
	}
	return out
}

func (b *box) path(path string) string {
	return filepath.Join(fmt.Sprintf("/proc/%d/root", b.init), path)
}

func (b *box) read(path string) []byte {
	b.t.Helper()
	text, err := os.ReadFile(b.path(path))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// write makes a file of mode 0640 that belongs to root and the group of the service, where there is one.
func (b *box) write(path string, text []byte) {
	b.t.Helper()
	if err := os.WriteFile(b.path(path), text, 0o640); err != nil {
		b.t.Fatal(err)
	}
	_, _ = b.try("chgrp", "logrelay", path)
}

func (b *box) copyIn(file, path string) {
	b.t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		b.t.Fatal(err)
	}
	b.write(path, text)
}

// property returns one property of a unit.
func (b *box) property(unit, name string) string {
	b.t.Helper()
	return strings.TrimSpace(b.run("systemctl", "show", "--value", "--property="+name, unit))
}

func (b *box) await(what string, done func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("waited for nothing: %s\n%s", what, b.consoleText())
		}
	}
}

// inside calls f in the network of the box: sockets that it opens belong there, and stay there.
func (b *box) inside(f func() error) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		result <- func() error {
			ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", b.init))
			if err != nil {
				return err
			}
			defer ns.Close()
			if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("entering the network of the box: %w", err)
			}
			return f()
		}()
	}()
	return <-result
}

func (b *box) dial(ctx context.Context, network, address string) (c net.Conn, err error) {
	err = b.inside(func() (err error) {
		c, err = (&net.Dialer{}).DialContext(ctx, network, address)
		return err
	})
	return c, err
}

// lines returns the lines of a text that are not empty.
func lines(text string) []string {
	var all []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			all = append(all, l)
		}
	}
	return all
}

func contains(t testing.TB, text, want, what string) {
	t.Helper()
	if !bytes.Contains([]byte(text), []byte(want)) {
		t.Errorf("%s does not say %q:\n%s", what, want, text)
	}
}
