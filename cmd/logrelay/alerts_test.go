package main

import (
	"encoding/json"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
	"go.yaml.in/yaml/v3"

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

// TestAlertsSayWhatToDo: who is woken reads what it is, and a command that there is.
func TestAlertsSayWhatToDo(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert               string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	commands := newApp(io.Discard, io.Discard).Commands
	for _, r := range file.Groups[0].Rules {
		about := r.Annotations["description"]
		named := regexp.MustCompile(`\blogrelay ([a-z-]+)`).FindAllStringSubmatch(about, -1)
		if r.Labels["severity"] == "" || r.Annotations["summary"] == "" || len(named) == 0 && !strings.Contains(about, "journalctl -u logrelay") && !strings.Contains(about, "Raise ") {
			t.Errorf("%s does not say what to do: %q", r.Alert, about)
		}
		for _, m := range named {
			if !slices.ContainsFunc(commands, func(c *cli.Command) bool { return c.Name == m[1] }) {
				t.Errorf("%s: there is no command %q", r.Alert, m[1])
			}
		}
	}
}
