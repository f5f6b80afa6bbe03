//go:build integration

package packaging

import (
	"strings"
	"testing"
)

// rpmCommand names the database: Debian's rpm has it elsewhere.
var rpmCommand = []string{"rpm", "--dbpath", "/var/lib/rpm"}

func (s *site) rpm(args ...string) string {
	s.t.Helper()
	return s.run(append(rpmCommand, args...)...)
}

// TestRPM installs with rpm in a Debian: the scripts run against a real systemd, with the arguments that they have on every RPM system. What such a
// system adds (SELinux, presets, its own version of systemd) is not tested.
func TestRPM(t *testing.T) {
	t.Parallel()
	first, next := pkg(t, "first", "rpm"), pkg(t, "next", "rpm")
	s := newSite(t, "rpm")
	s.copyIn(first, "/root/first.rpm")
	s.copyIn(next, "/root/next.rpm")
	s.run("mkdir", "-p", "/etc/systemd/system-preset")
	s.write("/etc/systemd/system-preset/99-default.preset", []byte("disable *\n")) // as there
	s.rpm("--initdb")

	query := "[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]"
	same(t, lines(s.rpm("-qp", "--queryformat", query, "/root/first.rpm")), wanted("rpm"))
	same(t, lines(s.rpm("-qp", "--configfiles", "/root/first.rpm")), []string{"/etc/logrelay/logrelay.yaml", "/etc/sysconfig/logrelay"})

	contains(t, s.rpm("-i", "--nodeps", "/root/first.rpm"), "/var/lib/logrelay/tokens/https", "the installation")
	if out := s.fails("systemctl", "is-enabled", "logrelay.service", "logrelay.socket"); strings.Count(out, "disabled") != 2 {
		t.Errorf("it is enabled though no preset says so:\n%s", out)
	}
	s.run("systemctl", "enable", "--now", "logrelay.socket", "logrelay.service")
	s.firstLog()
	s.modes()

	s.under(func() { s.rpm("-U", "--nodeps", "/root/next.rpm") })
	s.complete()
	contains(t, s.run("logrelay", "status", "--json"), `"`+versionNext+`"`, "status")
	if string(s.read("/etc/logrelay/logrelay.yaml")) != configuration {
		t.Error("the upgrade changed the configuration")
	}
	s.modes()
	s.rpm("-U", "--nodeps", "--oldpackage", "/root/first.rpm")
	s.mustPush(10)
	s.complete()

	out := s.rpm("-e", "logrelay")
	contains(t, out, "state is kept in /var/lib/logrelay", "the removal")
	if _, err := s.post(s.token, []byte("x\n")); err == nil {
		t.Error("it still answers after it was removed")
	}
	s.run("test", "-d", "/var/lib/logrelay/buffer")
}
