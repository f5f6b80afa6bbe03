//go:build integration

package packaging

import (
	"path/filepath"
	"runtime"
	"testing"
)

// rpmHere stands before rpm in the path: Debian's has its database elsewhere, and none of the packages that ours depend on.
const rpmHere = `#!/bin/sh
case "$1" in
-[iU]*) set -- "$@" --nodeps ;;
esac
exec /usr/bin/rpm --dbpath /var/lib/rpm "$@"
`

func (s *site) rpm(args ...string) string {
	s.t.Helper()
	return s.run(append([]string{"rpm"}, args...)...)
}

// TestRPM installs with rpm in a Debian: the scripts run against a real systemd, with the arguments that they have on every RPM system. What such a
// system adds (SELinux, presets, its own version of systemd) is not tested.
func TestRPM(t *testing.T) {
	t.Parallel()
	first, next := pkg(t, "first", "rpm"), pkg(t, "next", "rpm")
	s := newSite(t, "rpm")
	s.copyIn(first, "/root/"+filepath.Base(first))
	s.copyIn(next, "/root/next.rpm")
	s.run("mkdir", "-p", "/etc/systemd/system-preset")
	s.write("/etc/systemd/system-preset/99-default.preset", []byte("disable *\n")) // as there
	s.write("/usr/local/bin/rpm", []byte(rpmHere))
	s.run("chmod", "0755", "/usr/local/bin/rpm")
	s.rpm("--initdb")

	out := s.install("rpm")
	contains(t, out, "/var/lib/logrelay/tokens/https", "the installation")
	for _, unit := range []string{"multi-user.target.wants/logrelay.service", "sockets.target.wants/logrelay.socket"} {
		contains(t, out, "Created symlink /etc/systemd/system/"+unit, "enabling, before which no preset has enabled it")
	}
	s.firstLog()
	s.modes()
	s.certified()

	starts := s.starts()
	s.under(func() { s.rpm("-U", "/root/next.rpm") })
	if n := s.starts() - starts; n != 1 {
		t.Errorf("the upgrade started the relay %d times, want once", n)
	}
	s.complete()
	contains(t, s.run("logrelay", "status", "--json"), `"`+versionNext+`"`, "status")
	if string(s.read("/etc/logrelay/logrelay.yaml")) != s.configuration {
		t.Error("the upgrade changed the configuration")
	}
	s.modes()
	s.rpm("-U", "--replacepkgs", "/root/next.rpm") // scripts may run twice
	s.mustPush(10)
	s.rpm("-U", "--oldpackage", "/root/"+filepath.Base(first))
	s.mustPush(10)
	s.complete()

	out = s.rpm("-e", "logrelay")
	contains(t, out, "state is kept in /var/lib/logrelay", "the removal")
	if _, err := s.post(s.token, []byte("x\n")); err == nil {
		t.Error("it still answers after it was removed")
	}
	s.run("test", "-d", "/var/lib/logrelay/buffer")
	if left := s.run("find", "/usr", "-name", "*logrelay*", "-not", "-path", "/usr/local/*"); left != "" {
		t.Errorf("left behind below /usr:\n%s", left)
	}
}

// TestRPMContents is for all architectures what TestDebContents is.
func TestRPMContents(t *testing.T) {
	t.Parallel()
	b := newBox(t, "contents")
	for dir, arch := range map[string]string{"first": runtime.GOARCH, "other": other[runtime.GOARCH]} {
		b.copyIn(pkg(t, dir, "rpm"), "/root/it.rpm")
		query := func(args ...string) string {
			return b.run(append([]string{"rpm", "-q", "--package", "/root/it.rpm"}, args...)...)
		}
		same(t, lines(query("--queryformat", "[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]")), wanted("rpm"))
		same(t, lines(query("--configfiles")), []string{"/etc/logrelay/logrelay.yaml", "/etc/sysconfig/logrelay"})
		if got, want := query("--queryformat", "%{ARCH}"), map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[arch]; got != want {
			t.Errorf("the package of %s is for %s, want %s", arch, got, want)
		}
		b.run("sh", "-c", "rpm2cpio /root/it.rpm | cpio --quiet --extract --to-stdout '*/usr/bin/logrelay' >/root/program")
		static(t, b.path("/root/program"), arch)
	}
}
