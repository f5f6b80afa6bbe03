package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logrelay/relay/config"
	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// What an output shows to its far end is seen to end before the far end refuses it; a new file is seen too.
func TestCertificateOfAnOutput(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "client.pem")
	cfg := config.NewOutput("hec").(*config.HECOutput)
	cfg.TLS.CertFile = config.File(file)
	out := &output{name: "siem", cfg: cfg}
	now := time.Now()
	at := func() status.Snapshot {
		now = now.Add(certificateEvery)
		s := status.Snapshot{Now: now, Health: status.Green}
		out.addCertificate(&s)
		if len(s.Certificates) != 1 || s.Certificates[0].Output != "siem" {
			t.Fatalf("%+v", s.Certificates)
		}
		return s
	}
	ca := relaytest.NewCA()
	for _, c := range []struct {
		days    int // 0: there is no file
		health  status.Health
		says    string
		problem string
	}{
		{400, status.Green, "", ""},
		{12, status.Amber, "ends in 12 days", ""},
		{-3, status.Red, "ended at 2", "ended"},
		{0, status.Red, "no such file", "cannot be read"},
		{90, status.Green, "", ""},
	} {
		if c.days == 0 {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		} else {
			text, _ := relaytest.CertPEM(ca.Issue("relay", now.Add(time.Duration(c.days)*24*time.Hour+time.Hour)))
			if err := os.WriteFile(file, append([]byte("a comment\n"), text...), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := at()
		got := s.Certificates[0]
		if s.Health != c.health || got.Problem != c.problem || c.days > 0 && (got.DaysLeft != c.days || !strings.Contains(got.Subject, "relay")) {
			t.Errorf("%d days: %s %+v", c.days, s.Health, got)
		}
		if c.says != "" && (len(s.Problems) != 1 || !strings.Contains(s.Problems[0].What, c.says) || !strings.Contains(s.Problems[0].Hint, file)) {
			t.Errorf("%d days: %+v", c.days, s.Problems)
		}
	}
	var s status.Snapshot
	(&output{name: "file", cfg: config.NewOutput("file")}).addCertificate(&s)
	(&output{name: "plain", cfg: config.NewOutput("hec")}).addCertificate(&s)
	if len(s.Certificates)+len(s.Problems) > 0 {
		t.Errorf("outputs that show none: %+v", s)
	}
}
