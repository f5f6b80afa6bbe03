package daemon

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"logrelay/relay/config"
	"logrelay/relay/ingest/syslog"
)

// Each thing that a host may lack is told, with what to do about it.
func TestDoctorJudges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := config.Default()
	udp := config.NewInput("syslog").(*config.SyslogInput)
	udp.Transport = "udp"
	c.Inputs["u"] = udp
	small, large := filepath.Join(dir, "small"), filepath.Join(dir, "large")
	for path, text := range map[string]string{small: "212992\n", large: "33554432\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lookup := func(_ context.Context, host string) ([]string, error) {
		if host == "nosuch.example" {
			return nil, &net.DNSError{Err: "no such host", Name: host}
		}
		return []string{"192.0.2.1"}, nil
	}
	slow := []time.Duration{time.Millisecond, 2 * slowSync, 3 * slowSync}
	for name, tt := range map[string]struct {
		got        CheckResult
		result, in string
	}{
		"clock kept":    {judgeClock(unix.TIME_OK, 0, nil), CheckOK, "synchronised"},
		"clock adrift":  {judgeClock(unix.TIME_ERROR, unix.STA_UNSYNC, nil), CheckWarning, "nothing keeps it right"},
		"clock unknown": {judgeClock(0, 0, errors.New("operation not permitted")), CheckNotTested, "not permitted"},
		"ext4":          {judgeFileSystem("/d", unix.EXT4_SUPER_MAGIC), CheckOK, "/d: ext4"},
		"memory":        {judgeFileSystem("/d", unix.TMPFS_MAGIC), CheckWarning, "nothing survives"},
		"another":       {judgeFileSystem("/d", 0x1234), CheckOK, "0x1234"},
		"fast disk":     {judgeSync("/d", []time.Duration{1, 2, 3}), CheckOK, "half of 3"},
		"slow disk":     {judgeSync("/d", slow), CheckWarning, "the slowest 60ms"},
		"few files":     {judgeFiles(1024, 4096, "the limit"), CheckWarning, "is 1024"},
		"files":         {judgeFiles(1<<20, 4096, "the limit"), CheckOK, "is 1048576"},
		"small buffers": {checkUDP(c, small)[0], CheckWarning, "at most 212992"},
		"large buffers": {checkUDP(c, large)[0], CheckOK, "33554432"},
		"no limit":      {checkUDP(c, filepath.Join(dir, "none"))[0], CheckNotTested, "does not tell"},
		"a name":        {checkName(t.Context(), "DNS siem", "siem.example", lookup), CheckOK, "192.0.2.1"},
		"no such name":  {checkName(t.Context(), "DNS siem", "nosuch.example", lookup), CheckFailed, "no such host"},
	} {
		if tt.got.Result != tt.result || !strings.Contains(tt.got.Detail, tt.in) {
			t.Errorf("%s: %+v, want %s with %q", name, tt.got, tt.result, tt.in)
		}
		if bad := tt.result == CheckWarning || tt.result == CheckFailed; bad != (tt.got.Hint != "") {
			t.Errorf("%s: hint %q", name, tt.got.Hint)
		}
	}
	if none := checkUDP(config.Default(), small); none != nil {
		t.Errorf("without an UDP input: %+v", none)
	}
	if syslog.ReceiveBuffer <= 212992 {
		t.Error("the relay asks for no more than kernels give anyway")
	}
}

func TestDoctorMeasures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if r := checkSync(t.Context(), dir); r.Result != CheckOK && r.Result != CheckWarning {
		t.Errorf("%+v", r)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".logrelay*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if r := checkSync(t.Context(), filepath.Join(dir, "none")); r.Result != CheckFailed || r.Hint == "" {
		t.Errorf("no such folder: %+v", r)
	}
	const limits = "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \n"
	if n := openFiles(limits); n != 524288 {
		t.Errorf("open files: %d", n)
	}
	if n := openFiles("Max open files unlimited"); n != 0 {
		t.Errorf("open files of nonsense: %d", n)
	}
}

func TestHostsOf(t *testing.T) {
	t.Parallel()
	out := config.NewOutput("https").(*config.HTTPSOutput)
	out.URL = []string{"https://siem.example:8088/x", "https://siem.example/y", "https://192.0.2.1:443", "https://[2001:db8::1]"}
	sys := config.NewOutput("syslog").(*config.SyslogOutput)
	sys.Address = []string{"log.example:6514", "192.0.2.2:514"}
	if got := strings.Join(append(hostsOf(out), hostsOf(sys)...), " "); got != "siem.example log.example" {
		t.Errorf("hosts %q", got)
	}
}
