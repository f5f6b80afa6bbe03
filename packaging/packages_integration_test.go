//go:build integration

package packaging

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// versionNext is what the packages of the changelog's version are upgraded to.
const versionNext = "99.0.0"

// outDir is made and removed by TestMain.
var outDir string

// builds makes packages in a folder of outDir each, once: of this architecture, the same again, in another version, and of the other architectures.
var builds = map[string]func() error{
	"first": builder("first", runtime.GOARCH, ""),
	"again": builder("again", runtime.GOARCH, ""),
	"next":  builder("next", runtime.GOARCH, versionNext),
	"other": builder("other", other[runtime.GOARCH], ""),
}

var other = map[string]string{"amd64": "arm64", "arm64": "amd64"}

func TestMain(m *testing.M) {
	var err error
	if outDir, err = os.MkdirTemp("", "logrelay-packages"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(outDir)
	os.Exit(status)
}

func builder(dir, arch, version string, environ ...string) func() error {
	return sync.OnceValue(func() error {
		cmd := exec.Command("./build.sh")
		cmd.Env = append(append(os.Environ(), "OUT="+filepath.Join(outDir, dir), "ARCHS="+arch, "VERSION="+version), environ...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build.sh: %w\n%s", err, out)
		}
		return nil
	})
}

// pkg returns the path of a package of one of builds.
func pkg(t testing.TB, dir, extension string) string {
	t.Helper()
	if err := builds[dir](); err != nil {
		t.Fatal(err)
	}
	return onlyFile(t, filepath.Join(outDir, dir), extension)
}

func onlyFile(t testing.TB, dir, extension string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*."+extension))
	if err != nil || len(found) != 1 {
		t.Fatalf("packages in %s: %v %v", dir, found, err)
	}
	return found[0]
}

func TestSameBytesTwice(t *testing.T) {
	t.Parallel()
	for _, extension := range []string{"deb", "rpm"} {
		first, err := os.ReadFile(pkg(t, "first", extension))
		if err != nil {
			t.Fatal(err)
		}
		again, err := os.ReadFile(pkg(t, "again", extension))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Errorf("the %s is another one when it is built again", extension)
		}
	}
}

// contents is what both packages hold, as mode, owner/group and path; those of one alone begin with its name.
const contents = `
drwxr-x--- root/logrelay /etc/logrelay
-rw-r----- root/logrelay /etc/logrelay/logrelay.yaml
drwxr-x--- root/logrelay /etc/logrelay/secrets
drwxr-x--- logrelay/logrelay /etc/logrelay/tls
-rwxr-xr-x root/root /usr/bin/logrelay
-rw-r--r-- root/root /usr/lib/sysusers.d/logrelay.conf
-rw-r--r-- root/root /usr/lib/tmpfiles.d/logrelay.conf
-rw-r--r-- root/root /usr/share/bash-completion/completions/logrelay
-rw-r--r-- root/root /usr/share/doc/logrelay/README.md
-rw-r--r-- root/root /usr/share/doc/logrelay/etc/configuration.md
-rw-r--r-- root/root /usr/share/doc/logrelay/etc/metrics.md
-rw-r--r-- root/root /usr/share/logrelay/grafana-dashboard.json
-rw-r--r-- root/root /usr/share/logrelay/logrelay.schema.json
-rw-r--r-- root/root /usr/share/logrelay/prometheus-alerts.yaml
-rw-r--r-- root/root /usr/share/fish/vendor_completions.d/logrelay.fish
-rw-r--r-- root/root /usr/share/man/man1/logrelay.1.gz
drwx------ logrelay/logrelay /var/lib/logrelay
deb -rw-r--r-- root/root /etc/default/logrelay
deb -rw-r--r-- root/root /lib/systemd/system/logrelay-https-443.socket
deb -rw-r--r-- root/root /lib/systemd/system/logrelay-syslog-tcp.socket
deb -rw-r--r-- root/root /lib/systemd/system/logrelay-syslog-udp.socket
deb -rw-r--r-- root/root /lib/systemd/system/logrelay-syslog.socket
deb -rw-r--r-- root/root /lib/systemd/system/logrelay.service
deb -rw-r--r-- root/root /lib/systemd/system/logrelay.socket
deb -rw-r--r-- root/root /usr/share/doc/logrelay/changelog.Debian.gz
deb -rw-r--r-- root/root /usr/share/doc/logrelay/copyright
deb -rw-r--r-- root/root /usr/share/lintian/overrides/logrelay
deb -rw-r--r-- root/root /usr/share/zsh/vendor-completions/_logrelay
rpm drwxr-xr-x root/root /usr/share/doc/logrelay
rpm drwxr-xr-x root/root /usr/share/doc/logrelay/etc
rpm drwxr-xr-x root/root /usr/share/licenses/logrelay
rpm drwxr-xr-x root/root /usr/share/logrelay
rpm -rw-r--r-- root/root /etc/sysconfig/logrelay
rpm -rw-r--r-- root/root /usr/lib/systemd/system/logrelay-https-443.socket
rpm -rw-r--r-- root/root /usr/lib/systemd/system/logrelay-syslog-tcp.socket
rpm -rw-r--r-- root/root /usr/lib/systemd/system/logrelay-syslog-udp.socket
rpm -rw-r--r-- root/root /usr/lib/systemd/system/logrelay-syslog.socket
rpm -rw-r--r-- root/root /usr/lib/systemd/system/logrelay.service
rpm -rw-r--r-- root/root /usr/lib/systemd/system/logrelay.socket
rpm -rw-r--r-- root/root /usr/share/licenses/logrelay/LICENSE
rpm -rw-r--r-- root/root /usr/share/zsh/site-functions/_logrelay
`

func wanted(format string) []string {
	var want []string
	for _, l := range lines(contents) {
		first, rest, _ := strings.Cut(l, " ")
		switch {
		case first == format:
			want = append(want, rest)
		case len(first) > 3:
			want = append(want, l)
		}
	}
	slices.Sort(want)
	return want
}

// same compares two lists and says what is missing and what is too much.
func same(t *testing.T, got, want []string) {
	t.Helper()
	slices.Sort(got)
	for _, l := range want {
		if !slices.Contains(got, l) {
			t.Errorf("missing: %s", l)
		}
	}
	for _, l := range got {
		if !slices.Contains(want, l) {
			t.Errorf("unexpected: %s", l)
		}
	}
}

func TestDebContents(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("there is no dpkg-deb")
	}
	for dir, arch := range map[string]string{"first": runtime.GOARCH, "other": other[runtime.GOARCH]} {
		file := pkg(t, dir, "deb")
		out, err := exec.Command("dpkg-deb", "--contents", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lines(string(out)) {
			f := strings.Fields(l)
			path := strings.TrimSuffix(strings.TrimPrefix(f[5], "."), "/")
			if f[0] == "drwxr-xr-x" && f[1] == "root/root" {
				continue // a directory of the system
			}
			got = append(got, f[0]+" "+strings.Replace(f[1], "0/0", "root/root", 1)+" "+path)
		}
		same(t, got, wanted("deb"))

		dir := t.TempDir()
		if out, err := exec.Command("dpkg-deb", "--raw-extract", file, dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		control, err := os.ReadDir(filepath.Join(dir, "DEBIAN"))
		if err != nil {
			t.Fatal(err)
		}
		got = nil
		for _, f := range control {
			info, err := f.Info()
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, info.Mode().String()+" "+f.Name())
		}
		same(t, got, []string{"-rw-r--r-- conffiles", "-rw-r--r-- control", "-rw-r--r-- md5sums", "-rwxr-xr-x postinst", "-rwxr-xr-x postrm", "-rwxr-xr-x prerm"})
		conffiles, err := os.ReadFile(filepath.Join(dir, "DEBIAN", "conffiles"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, lines(string(conffiles)), []string{"/etc/default/logrelay", "/etc/logrelay/logrelay.yaml"})
		static(t, filepath.Join(dir, "usr/bin/logrelay"), arch)
		if arch == runtime.GOARCH {
			out, err := exec.Command(filepath.Join(dir, "usr/bin/logrelay"), "version").Output()
			if err != nil {
				t.Fatal(err)
			}
			version, _, _ := strings.Cut(strings.Split(filepath.Base(file), "_")[1], "-")
			contains(t, string(out), "logrelay "+version+" ", "logrelay version")
		}
	}
}

// static finds out whether a program is of the architecture, static and stripped.
func static(t *testing.T, path, arch string) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[arch]; f.Machine != want {
		t.Errorf("the program of %s is for %s", arch, f.Machine)
	}
	for _, s := range f.Progs {
		if s.Type == elf.PT_INTERP {
			t.Errorf("the program of %s is not static", arch)
		}
	}
	if f.Section(".symtab") != nil || f.Section(".debug_info") != nil {
		t.Errorf("the program of %s is not stripped", arch)
	}
}
