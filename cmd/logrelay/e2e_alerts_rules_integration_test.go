//go:build integration

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// alertCases are what each alert looks at, in trouble and in peace: series of one value a minute, in the notation of promtool.
var alertCases = map[string][3]string{
	"LogrelayDown":              {`up{job="logrelay"}`, "0x180", "1x180"},
	"LogrelayNotReady":          {`logrelay_ready`, "0x180", "1x180"},
	"LogrelayNeedsYou":          {`logrelay_health{health="red"}`, "1x180", "0x180"},
	"LogrelayOutputNeedsYou":    {`logrelay_output_state{output="siem",state="needs you"}`, "1x180", "0x180"},
	"LogrelayOutputLags":        {`logrelay_output_waiting_seconds{output="siem"}`, "0+60x180", "30x180"},
	"LogrelayBufferFillsUp":     {`logrelay_buffer_bytes`, "81x180", "79x180"},
	"LogrelayBufferFull":        {`logrelay_buffer_full`, "1x180", "0x180"},
	"LogrelayDeadLetters":       {`logrelay_dead_letters_open`, "3x180", "0x180"},
	"LogrelayDamage":            {`logrelay_buffer_damaged_records_total`, "0x150 2x30", "2x180"},
	"LogrelayCertificateEnds":   {`logrelay_certificate_not_after_timestamp_seconds`, "2500000x180", "9000000x180"}, // the clock of promtool begins at 0
	"LogrelayInputSilent":       {`logrelay_input_last_seen_timestamp_seconds{input="web"}`, "0x180", "0+60x180"},
	"LogrelaySendersTurnedAway": {`logrelay_input_rejected_total{input="web",reason="token"}`, "0+1x180", "5x180"},
	"LogrelayDatagramsLost":     {`logrelay_input_lost_total{input="udp"}`, "0+1x180", "5x180"},
	"LogrelaySlowDisk":          {`logrelay_fsync_seconds_bucket{le="0.5"}`, "0+100x180", "0+10x180"},
	"LogrelayUnparsed":          {`logrelay_output_unparsed_records_total{output="siem",kind="text",reason="syntax"}`, "0+600x180", "0+1x180"},
}

// TestEveryAlertFires: Prometheus's own tool evaluates each rule, as it is shipped, over three hours of trouble and of peace.
func TestEveryAlertFires(t *testing.T) {
	t.Parallel()
	promtool := prometheus(t, "LOGRELAY_TEST_PROMTOOL")
	text, err := os.ReadFile(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := filepath.Abs(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	const beside = `      - {series: 'logrelay_buffer_quota_bytes', values: '100x180'}
      - {series: 'logrelay_fsync_seconds_bucket{le="0.05"}', values: '0+10x180'}
`
	var tests strings.Builder
	fmt.Fprintf(&tests, "rule_files: [%q]\nevaluation_interval: 1m\ntests:\n", rules)
	for _, m := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(text), -1) {
		name := m[1]
		c, known := alertCases[name]
		if !known {
			t.Errorf("nothing tries the alert %s", name)
			continue
		}
		for i, want := range []string{"[{value: 1, labels: '{}'}]", "[]"} {
			infinite := ""
			if name == "LogrelaySlowDisk" {
				infinite = fmt.Sprintf("      - {series: 'logrelay_fsync_seconds_bucket{le=\"+Inf\"}', values: '%s'}\n", c[i+1])
			}
			fmt.Fprintf(&tests, "  - interval: 1m\n    name: %s %d\n    input_series:\n%s%s      - {series: '%s', values: '%s'}\n", name, i, beside, infinite, c[0], c[i+1])
			fmt.Fprintf(&tests, "    promql_expr_test:\n      - {expr: 'count(ALERTS{alertname=\"%s\",alertstate=\"firing\"})', eval_time: 170m, exp_samples: %s}\n", name, want)
		}
	}
	file := filepath.Join(t.TempDir(), "tests.yaml")
	if err := os.WriteFile(file, []byte(tests.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(promtool, "test", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
