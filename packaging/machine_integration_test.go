//go:build integration

package packaging

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestLimits boots the Debian in an emulated machine: in a box neither MemoryMax= nor a LimitNOFILE= above the host's is enforced. The file system of the
// machine is smaller than what buffer.reserve keeps free: the relay has to start there too.
func TestLimits(t *testing.T) {
	t.Parallel()
	root, qemu, kernel := os.Getenv("LOGRELAY_TEST_ROOT"), os.Getenv("LOGRELAY_TEST_QEMU"), os.Getenv("LOGRELAY_TEST_KERNEL")
	if root == "" || qemu == "" || kernel == "" {
		t.Skip("LOGRELAY_TEST_ROOT, LOGRELAY_TEST_QEMU and LOGRELAY_TEST_KERNEL name no Debian root directory, qemu and kernel (.ci/run gets them)")
	}
	ctx, cancel := context.WithTimeout(t.Context(), emulation)
	defer cancel()
	cmd := exec.CommandContext(ctx, qemu, "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "2G", "-smp", "2", "-nographic", "-no-reboot", "-nic", "none",
		"-kernel", kernel, "-initrd", initrd(t, root, pkg(t, "first", "deb")), "-append", "console=ttyS0 quiet systemd.show_status=0 rdinit=/init")
	text, err := cmd.CombinedOutput()
	switch {
	case !bytes.Contains(text, []byte("the machine is up")):
		t.Skipf("the emulated machine does not boot here: %v: %s", err, lastLine(text))
	case ctx.Err() != nil:
		t.Skipf("the emulated machine is too slow here: in %s it came to: %s", emulation, lastLine(text))
	}
	out := strings.ReplaceAll(string(text), "\r", "")
	for _, want := range []string{"open files: 65536\n", "started again without the memory: yes\n", "started again with it: active\n", "machine status: 0\n"} {
		contains(t, out, want, "the machine")
	}
	if !regexp.MustCompile(`Memory cgroup out of memory: Killed process \d+ \(logrelay\)`).MatchString(out) {
		t.Errorf("the kernel does not enforce MemoryMax=:\n%s", out)
	}
}

// emulation is how long the machine may take. Where this one has nothing else to do it takes 40 s.
const emulation = 4 * time.Minute

func lastLine(text []byte) string {
	all := lines(string(text))
	if len(all) == 0 {
		return "nothing"
	}
	return all[len(all)-1]
}

// inMachine runs in the machine, once it is up.
const inMachine = `echo "the machine is up"
set -e
dpkg --no-triggers -i /root/logrelay.deb
until systemctl --quiet is-active logrelay; do sleep 1; done
pid=$(systemctl show --value -p MainPID logrelay)
echo "open files: $(awk '/^Max open files/ { print $4 }' /proc/$pid/limits)"
mkdir /run/systemd/system/logrelay.service.d
printf '[Service]\nMemoryMax=8M\nMemorySwapMax=0\n' >/run/systemd/system/logrelay.service.d/small.conf
systemctl daemon-reload
systemctl restart --no-block logrelay
until [ "$(systemctl show --value -p NRestarts logrelay)" -ge 2 ]; do sleep 1; done
echo "started again without the memory: yes"
rm -r /run/systemd/system/logrelay.service.d
systemctl daemon-reload
systemctl restart logrelay
echo "started again with it: $(systemctl is-active logrelay)"
journalctl -k --no-pager | grep 'out of memory'
`

const machineUnit = `[Unit]
After=basic.target dbus.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'sh /root/in-machine >/dev/ttyS0 2>&1; echo "machine status: $?" >/dev/ttyS0; systemctl --no-block poweroff'
`

// initrd makes a file that the kernel unpacks into memory and runs from: the root directory, without what only takes room, and ours.
func initrd(t *testing.T, root, deb string) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"root", "etc/systemd/system/multi-user.target.wants"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program, err := os.ReadFile(deb)
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{"root/in-machine": inMachine, "root/logrelay.deb": string(program), "etc/systemd/system/machine.service": machineUnit} {
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, to := range map[string]string{"init": "lib/systemd/systemd", "etc/systemd/system/multi-user.target.wants/machine.service": "../machine.service"} {
		if err := os.Symlink(to, filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "initrd"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const prune = `\( -path ./usr/share/doc -o -path ./usr/share/man -o -path './usr/lib/python3*' -o -path './usr/share/perl*' -o -path ./usr/share/lintian \) -prune -o`
	for _, part := range [][2]string{{root, prune}, {dir, ""}} {
		cmd := exec.Command("sh", "-c", fmt.Sprintf(`cd "$1" && find . -xdev %s -print | "$2" --quiet -o -H newc`, part[1]), "sh", part[0], filepath.Join(root, "usr/bin/cpio"))
		var problems bytes.Buffer
		cmd.Stdout, cmd.Stderr = f, &problems
		if err := cmd.Run(); err != nil {
			t.Fatalf("cpio: %v\n%s", err, &problems)
		}
	}
	return f.Name()
}
