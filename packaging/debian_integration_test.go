//go:build integration

package packaging

import (
	"strings"
	"testing"
)

func TestDebian(t *testing.T) {
	t.Parallel()
	first, next := pkg(t, "first", "deb"), pkg(t, "next", "deb")
	s := newSite(t, "deb")
	s.copyIn(first, "/root/first.deb")
	s.copyIn(next, "/root/next.deb")

	out := s.run("dpkg", "-i", "/root/first.deb")
	contains(t, out, "/var/lib/logrelay/tokens/https", "the installation")
	if got := s.run("systemctl", "is-enabled", "logrelay.service", "logrelay.socket"); strings.Count(got, "enabled") != 2 {
		t.Errorf("not enabled:\n%s", got)
	}
	s.run("systemd-analyze", "verify", "--recursive-errors=yes", "--man=no", "/lib/systemd/system/logrelay.service", "/lib/systemd/system/logrelay.socket")
	s.run("systemd-analyze", "security", "--threshold=15", "logrelay.service")
	s.firstLog()
	s.modes()
	if token := s.token; strings.Contains(out, token) || strings.Contains(s.run("journalctl", "--no-pager"), token) {
		t.Error("the token was printed")
	}
	s.brokenReload()
	s.keepSyslogOpen()
	s.certified()
	s.rebooted()

	certificate, token := string(s.read("/etc/logrelay/tls/logrelay.pem")), s.token
	s.under(func() {
		s.run("systemctl", "restart", "logrelay")
		s.run("dpkg", "-i", "/root/next.deb")
	})
	s.syslog(10)
	s.complete()
	contains(t, s.run("logrelay", "status", "--json"), `"`+versionNext+`"`, "status")
	if string(s.read("/etc/logrelay/tls/logrelay.pem")) != certificate || strings.TrimSpace(string(s.read("/var/lib/logrelay/tokens/https"))) != token {
		t.Error("the upgrade changed the certificate or the token")
	}
	if string(s.read("/etc/logrelay/logrelay.yaml")) != configuration {
		t.Error("the upgrade changed the configuration")
	}
	s.modes()
	s.run("dpkg", "-i", "/root/next.deb") // scripts may run twice
	s.survives()
	s.run("dpkg", "-i", "/root/first.deb")
	s.mustPush(10)
	s.complete()

	s.run("dpkg", "--remove", "logrelay")
	if _, err := s.post(s.token, []byte("x\n")); err == nil {
		t.Error("it still answers after it was removed")
	}
	s.run("test", "-d", "/var/lib/logrelay/buffer")
	s.run("dpkg", "-i", "/root/next.deb")
	s.await("it runs again", func() bool { return s.property("logrelay.service", "ActiveState") == "active" })
	s.mustPush(10)
	s.complete()

	s.run("dpkg", "--purge", "logrelay")
	s.run("systemctl", "daemon-reload")
	if left := lines(s.run("find", "/", "-xdev", "-name", "*logrelay*", "-not", "-path", "/proc/*")); len(left) > 0 {
		t.Errorf("left behind after purge: %v", left)
	}
	s.fails("getent", "passwd", "logrelay")
	s.fails("getent", "group", "logrelay")
}

// modes looks at who may read what.
func (s *site) modes() {
	s.t.Helper()
	for path, want := range map[string]string{
		"/etc/logrelay":                  "750 root:logrelay",
		"/etc/logrelay/logrelay.yaml":    "640 root:logrelay",
		"/etc/logrelay/tls":              "750 logrelay:logrelay",
		"/etc/logrelay/tls/logrelay.key": "640 logrelay:logrelay",
		"/var/lib/logrelay":              "700 logrelay:logrelay",
		"/var/lib/logrelay/tokens/https": "640 logrelay:logrelay",
		"/run/logrelay/admin.sock":       "660 logrelay:logrelay",
	} {
		if got := strings.TrimSpace(s.run("stat", "--format=%a %U:%G", path)); got != want {
			s.t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}
