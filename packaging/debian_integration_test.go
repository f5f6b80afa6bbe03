//go:build integration

package packaging

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestDebian(t *testing.T) {
	t.Parallel()
	first, next := pkg(t, "first", "deb"), pkg(t, "next", "deb")
	s := newSite(t, "deb")
	s.copyIn(first, "/root/"+filepath.Base(first))
	s.copyIn(next, "/root/next.deb")
	before := s.files()

	out := s.install("dpkg")
	contains(t, out, "/var/lib/logrelay/tokens/https", "the installation")
	if got := s.run("systemctl", "is-enabled", "logrelay.service", "logrelay.socket"); strings.Count(got, "enabled") != 2 {
		t.Errorf("not enabled:\n%s", got)
	}
	units := lines(s.run("sh", "-c", "ls /lib/systemd/system/logrelay*"))
	s.run(append([]string{"systemd-analyze", "verify", "--recursive-errors=yes", "--man=no"}, units...)...)
	s.run("systemd-analyze", "security", "--threshold=15", "logrelay.service")
	s.firstLog()
	s.modes()
	if token := s.token; strings.Contains(out, token) || strings.Contains(s.run("journalctl", "--no-pager"), token) {
		t.Error("the token was printed")
	}
	s.certified()
	s.brokenReload()
	s.secretsFromSystemd()
	s.lowPorts()
	s.sockets()
	s.rebooted()

	certificate, token, starts := string(s.read("/etc/logrelay/tls/logrelay.pem")), s.token, s.starts()
	s.under(func() { s.run("dpkg", "-i", "/root/next.deb") })
	if n := s.starts() - starts; n != 1 {
		t.Errorf("the upgrade started the relay %d times, want once", n)
	}
	s.syslog(10)
	s.complete()
	contains(t, s.run("logrelay", "status", "--json"), `"`+versionNext+`"`, "status")
	if string(s.read("/etc/logrelay/tls/logrelay.pem")) != certificate || strings.TrimSpace(string(s.read("/var/lib/logrelay/tokens/https"))) != token {
		t.Error("the upgrade changed the certificate or the token")
	}
	if string(s.read("/etc/logrelay/logrelay.yaml")) != s.configuration {
		t.Error("the upgrade changed the configuration")
	}
	s.modes()
	s.run("dpkg", "-i", "/root/next.deb") // scripts may run twice
	s.run("/var/lib/dpkg/info/logrelay.postinst", "configure", versionNext)
	s.survives()
	s.under(func() { s.run("systemctl", "restart", "logrelay") })
	s.run("sh", "-c", "dpkg -i /root/logrelay_*.deb") // downgrade
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

	s.run("cp", "/var/lib/dpkg/info/logrelay.postrm", "/root/postrm")
	s.run("dpkg", "--purge", "logrelay")
	s.run("/root/postrm", "purge")
	s.run("systemctl", "daemon-reload")
	if left := slices.DeleteFunc(s.files(), func(f string) bool { return slices.Contains(before, f) }); len(left) > 0 {
		t.Errorf("left behind after purge: %v", left)
	}
	if out, err := s.try("systemctl", "list-units", "--all", "--plain", "--no-legend", "logrelay*"); err != nil || out != "" {
		t.Errorf("units after purge: %v\n%s", err, out)
	}
	s.fails("getent", "passwd", "logrelay")
	s.fails("getent", "group", "logrelay")
}

// files lists every file, but for what the system and its package manager write about themselves, and what the test puts there.
func (s *site) files() []string {
	s.t.Helper()
	others := regexp.MustCompile(`^/(root|tmp|var/tmp|run/(systemd|udev|log|user|dbus|utmp|host|initctl|lock)|var/log/(journal|dpkg\.log|[wb]tmp|lastlog)|var/lib/(systemd|dpkg)|var/cache|etc/(passwd|group|shadow|gshadow|sub[ug]id)-|etc/\.pwd\.lock)(/|$)`)
	all := lines(s.run("find", "/", "/run", "-xdev"))
	return slices.DeleteFunc(all, func(f string) bool {
		return others.MatchString(f) && !strings.Contains(f, "logrelay")
	})
}

// TestImage installs where systemd does not run, as builders of images do: keys and tokens are for the first start of each copy.
func TestImage(t *testing.T) {
	t.Parallel()
	b := newBox(t, "image")
	b.copyIn(pkg(t, "first", "deb"), "/root/first.deb")
	b.run("unshare", "--mount", "sh", "-c", "mount -t tmpfs none /run && dpkg -i /root/first.deb")
	for _, dir := range []string{"/etc/logrelay/tls", "/var/lib/logrelay"} {
		if made := lines(b.run("find", dir, "-type", "f")); len(made) > 0 {
			t.Errorf("every copy of the image would have the same: %v", made)
		}
	}
	if state, _ := b.try("systemctl", "is-active", "logrelay.service"); strings.TrimSpace(state) != "inactive" {
		t.Errorf("the relay is %s", state)
	}
	b.reboot()
	b.await("the relay runs after the boot", func() bool { return b.property("logrelay.service", "ActiveState") == "active" })
	b.run("test", "-s", "/etc/logrelay/tls/logrelay.key")
	b.run("test", "-s", "/var/lib/logrelay/tokens/https")

	// A disk of its own for the state: purging empties it, and it stays mounted.
	b.run("systemctl", "stop", "logrelay.socket", "logrelay.service")
	b.run("mount", "-t", "tmpfs", "none", "/var/lib/logrelay")
	b.run("systemctl", "start", "logrelay.socket", "logrelay.service")
	b.run("test", "-d", "/var/lib/logrelay/buffer")
	b.run("dpkg", "--purge", "logrelay")
	if left := b.run("ls", "-A", "/var/lib/logrelay"); left != "" {
		t.Errorf("left behind after purge: %s", left)
	}
	b.fails("getent", "passwd", "logrelay")
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
