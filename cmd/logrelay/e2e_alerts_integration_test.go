//go:build integration

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"logrelay/relay/relaytest"
)

// prometheus returns one of Prometheus's programs, or skips the test.
func prometheus(t *testing.T, variable string) string {
	t.Helper()
	program := os.Getenv(variable)
	if program == "" {
		t.Skipf("%s does not name the program", variable)
	}
	return program
}

// TestPromtool: Prometheus's own tool takes the alert rules and the queries of the dashboard.
func TestPromtool(t *testing.T) {
	t.Parallel()
	promtool := prometheus(t, "LOGRELAY_TEST_PROMTOOL")
	var rules strings.Builder
	rules.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	for i, q := range dashboardQueries(t) {
		fmt.Fprintf(&rules, "      - {record: 'query:%d', expr: %q}\n", i, q)
	}
	file := filepath.Join(t.TempDir(), "dashboard.yaml")
	if err := os.WriteFile(file, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{alertsFile, file} {
		if out, err := exec.Command(promtool, "check", "rules", name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestAlertsFire: a real Prometheus with the rules as they are shipped, but for how long they wait, alerts when things break.
func TestAlertsFire(t *testing.T) {
	t.Parallel()
	program := prometheus(t, "LOGRELAY_TEST_PROMETHEUS")
	s := newSite(t)
	s.configure(webInput, s.hecOutput(", batch_records: 20")+s.httpsOutput(""))
	s.start()
	scrape := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client, err := newAdminClient(s.path("admin.sock"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		answer, err := client.ask(r.Context(), http.MethodGet, "/metrics", nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
		_, _ = io.Copy(w, answer.Body)
	}))
	defer scrape.Close()

	dir := t.TempDir()
	text, err := os.ReadFile(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	quick := regexp.MustCompile(`for: \w+`).ReplaceAllString(string(text), "for: 1s")
	quick = strings.ReplaceAll(quick, "rate(logrelay_input_rejected_total[5m])", "rate(logrelay_input_rejected_total[10s])")
	conf := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [alerts.yaml]\nscrape_configs:\n  - {job_name: logrelay, static_configs: [{targets: [%q]}]}\n",
		strings.TrimPrefix(scrape.URL, "http://"))
	for name, text := range map[string]string{"alerts.yaml": quick, "prometheus.yml": conf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := relaytest.FreeAddr(t)
	cmd := exec.CommandContext(s.ctx, program, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+at, "--log.level=error")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()

	// fire waits until an alert fires.
	fire := func(name string) {
		t.Helper()
		for {
			var answer struct {
				Data struct {
					Alerts []struct {
						State  string
						Labels map[string]string
					}
				}
			}
			if r, err := http.Get("http://" + at + "/api/v1/alerts"); err == nil {
				_ = json.NewDecoder(r.Body).Decode(&answer)
				r.Body.Close()
			}
			for _, a := range answer.Data.Alerts {
				if a.Labels["alertname"] == name && a.State == "firing" {
					return
				}
			}
			select {
			case <-s.ctx.Done():
				t.Fatalf("%s does not fire: %+v", name, answer.Data.Alerts)
			case <-time.After(200 * time.Millisecond):
			}
		}
	}
	n := newNumbers()
	s.siem.Set(relaytest.Fault{Reject: func(record []byte) bool {
		seq, ok := relaytest.Sequence(record)
		return ok && seq%20 == 7
	}})
	s.httpSender(n).must(60)
	fire("LogrelayDeadLetters")
	stranger := s.httpSenderWith(n, "no token", s.trust())
	ctx, enough := context.WithCancel(s.ctx)
	defer enough()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if r, err := stranger.post(ctx, n.take(1)); err == nil {
				r.Body.Close()
			}
			_ = sleep(ctx, 200*time.Millisecond)
		}
	}()
	fire("LogrelaySendersTurnedAway")
	enough()
	<-ended
	s.siem.Set(relaytest.Fault{Status: http.StatusUnauthorized})
	s.httpSender(newNumbers()).must(10)
	fire("LogrelayOutputNeedsYou")
	fire("LogrelayNeedsYou")
	s.kill()
	fire("LogrelayDown")
}
