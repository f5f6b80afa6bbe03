package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"logrelay/relay/daemon"
)

// What goes with the packages for Prometheus and Grafana.
const (
	alertsFile    = "../../etc/prometheus-alerts.yaml"
	dashboardFile = "../../etc/grafana-dashboard.json"
)

// dashboardQueries returns the queries of the dashboard, with its variables filled in.
func dashboardQueries(t *testing.T) (queries []string) {
	t.Helper()
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct {
			Title, Description string
			Targets            []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*")
	for _, p := range d.Panels {
		if p.Title == "" || p.Description == "" || len(p.Targets) == 0 {
			t.Errorf("a panel without a title, a description or a query: %+v", p)
		}
		for _, target := range p.Targets {
			queries = append(queries, fill.Replace(target.Expr))
		}
	}
	return queries
}

// TestAlertsNameMetrics: alerts, dashboard and README speak of metrics that there are.
func TestAlertsNameMetrics(t *testing.T) {
	t.Parallel()
	var names []string
	for _, m := range daemon.Metrics() {
		names = append(names, m.Name)
		if m.Type == "histogram" {
			names = append(names, m.Name+"_bucket", m.Name+"_sum", m.Name+"_count")
		}
	}
	texts := map[string]string{dashboardFile: strings.Join(dashboardQueries(t), "\n")}
	for _, name := range []string{alertsFile, "../../README.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	for name, text := range texts {
		for _, metric := range regexp.MustCompile(`\blogrelay_[a-z0-9_]+`).FindAllString(text, -1) {
			if !slices.Contains(names, metric) {
				t.Errorf("%s: there is no metric %s", name, metric)
			}
		}
	}
}
