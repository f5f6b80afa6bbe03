package daemon

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMetricsList: every metric of ours is listed once, with words, by Prometheus's conventions for names.
func TestMetricsList(t *testing.T) {
	t.Parallel()
	all := Metrics()
	if len(all) < 45 {
		t.Errorf("only %d metrics", len(all))
	}
	for _, m := range all {
		if !regexp.MustCompile(`^logrelay_[a-z0-9_]+$`).MatchString(m.Name) || !strings.HasSuffix(m.Help, ".") {
			t.Errorf("%+v", m)
		}
		if (m.Type == "counter") != strings.HasSuffix(m.Name, "_total") {
			t.Errorf("%s is a %s", m.Name, m.Type)
		}
	}
	for _, name := range []string{
		"logrelay_input_records_total", "logrelay_output_records_total", "logrelay_output_waiting_records", "logrelay_buffer_bytes", "logrelay_fsync_seconds",
		"logrelay_rule_events_total", "logrelay_s3_lag_seconds", "logrelay_dead_letters_records_total", "logrelay_build_info", "logrelay_output_unparsed_records_total",
	} {
		i := slices.IndexFunc(all, func(m Metric) bool { return m.Name == name })
		if i < 0 {
			t.Errorf("%s is not listed", name)
		}
	}
	i := slices.IndexFunc(all, func(m Metric) bool { return m.Name == "logrelay_output_unparsed_records_total" })
	if got := strings.Join(all[i].Labels, ","); got != "output,kind,reason" || all[i].Type != "counter" || all[i].Unit != "records" {
		t.Errorf("%+v", all[i])
	}
}
