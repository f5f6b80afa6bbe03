package daemon

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"logrelay/relay"
	"logrelay/relay/config"
	"logrelay/relay/status"
)

// Every figure that an alert rests on is there, under the name that README.md gives it.
func TestMetricsSayWhatStatusSays(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_800_000_000, 5e8)
	s := status.Snapshot{
		Version: "1.2.3", Ready: true, Health: status.Green,
		Inputs: []status.Input{{Name: "web", LastSeen: &at}, {Name: "quiet"}},
		Outputs: []status.Output{{
			Name: "siem", State: "needs you", WaitingFor: 125.5, WaitingSize: 4096, InFlight: 3, LastSuccess: &at,
			Sum: status.NewSum(100, 40, relay.Outcome{Delivered: 50, DeadLettered: 4, Dropped: 3, Discarded: 2, Damaged: 1}),
		}},
		Buffer: status.Buffer{Segments: 2, Free: 1 << 30, Reserve: 1 << 20, Full: true, DeadLetters: 5},
		TLS:    &status.TLS{NotAfter: at},
	}
	s.Add(status.Problem{Health: status.Red, Where: "output siem", What: "words of the far end"})
	s.Add(status.Problem{Health: status.Red, Where: "output siem", What: "and more of them"})
	reg := prometheus.NewPedanticRegistry()
	newMetrics(reg, func() status.Snapshot { return s })
	got := scrape(t, reg)
	for _, want := range []string{
		`logrelay_build_info{version="1.2.3"} 1`,
		`logrelay_ready 1`,
		`logrelay_health{health="red"} 1`,
		`logrelay_health{health="green"} 0`,
		`logrelay_problems{health="red",where="output siem"} 2`,
		`logrelay_input_last_seen_timestamp_seconds{input="web"} 1.8000000005e+09`,
		`logrelay_output_state{output="siem",state="needs you"} 1`,
		`logrelay_output_state{output="siem",state="retrying"} 0`,
		`logrelay_output_sum_records{output="siem",term="accepted"} 100`,
		`logrelay_output_sum_records{output="siem",term="delivered"} 50`,
		`logrelay_output_sum_records{output="siem",term="dead_lettered"} 4`,
		`logrelay_output_sum_records{output="siem",term="waiting"} 40`,
		`logrelay_output_sum_records{output="siem",term="dropped_by_rule"} 3`,
		`logrelay_output_sum_records{output="siem",term="discarded_by_operator"} 2`,
		`logrelay_output_sum_records{output="siem",term="damaged"} 1`,
		`logrelay_output_waiting_records{output="siem"} 40`,
		`logrelay_output_waiting_bytes{output="siem"} 4096`,
		`logrelay_output_waiting_seconds{output="siem"} 125.5`,
		`logrelay_output_in_flight_records{output="siem"} 3`,
		`logrelay_output_last_success_timestamp_seconds{output="siem"} 1.8000000005e+09`,
		`logrelay_buffer_full 1`,
		`logrelay_buffer_segments 2`,
		`logrelay_buffer_disk_free_bytes 1.073741824e+09`,
		`logrelay_buffer_disk_reserve_bytes 1.048576e+06`,
		`logrelay_dead_letters_open 5`,
		`logrelay_certificate_not_after_timestamp_seconds 1.8000000005e+09`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("not there: %s", want)
		}
	}
	for _, no := range []string{`input="quiet"`, "words of the far end"} {
		if strings.Contains(got, no) {
			t.Errorf("%s is in:\n%s", no, got)
		}
	}
}

// The registry of a real relay: names that Prometheus's own checker likes, and figures that move.
func TestMetricsOfARelay(t *testing.T) {
	t.Parallel()
	d := newRelay(t, `
state_dir: state
admin: {listen: "", socket: run/admin.sock} # in a directory that is not there yet
buffer: {quota: 64MiB, reserve: 0}
inputs:
  web: {type: https, listen: "127.0.0.1:0", auth: generated}
  trail: {type: s3, queue: "arn:aws:sqs:us-east-1:111122223333:logs"}
outputs:
  out: {type: file, path: out.log}
`)
	var b relay.Batch
	b.Use(&relay.Origin{Input: "web", Tenant: "default"}, 0)
	b.Append([]byte("a record"), time.Now().Add(-time.Hour).UnixNano(), 0)
	if err := d.buffer.Put(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	problems, err := testutil.GatherAndLint(d.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	names := described(d.registry)
	for _, m := range regexp.MustCompile(`logrelay_[a-z0-9_]+`).FindAllString(string(readme), -1) {
		if !slices.Contains(names, strings.TrimSuffix(m, "_bucket")) {
			t.Errorf("README.md speaks of %s, which there is not", m)
		}
	}
	got := scrape(t, d.registry)
	for _, want := range []string{
		"logrelay_ready 1\n", "logrelay_output_waiting_records{output=\"out\"} 1\n", "logrelay_output_waiting_seconds{output=\"out\"} 36",
		"logrelay_health{health=\"green\"} 1\n", "logrelay_buffer_records_total 1\n", "logrelay_fsync_seconds_count ", "logrelay_input_records_total{input=\"web\"} 0\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("not there: %s", want)
		}
	}
}

// newRelay opens a relay with the configuration. It does not run.
func newRelay(t testing.TB, yaml string) *Daemon {
	t.Helper()
	file := filepath.Join(t.TempDir(), "logrelay.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Options{Path: file, Environ: []string{}, OverrideFiles: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(t.Context(), Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.close)
	return d
}

// described returns the names of all metrics, also of those without a value yet.
func described(r *prometheus.Registry) (names []string) {
	descs := make(chan *prometheus.Desc, 1000)
	r.Describe(descs)
	close(descs)
	for d := range descs {
		_, name, _ := strings.Cut(d.String(), `fqName: "`)
		name, _, _ = strings.Cut(name, `"`)
		names = append(names, name)
	}
	return names
}

// scrape returns what Prometheus would get.
func scrape(t testing.TB, g prometheus.Gatherer) string {
	t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(g, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// A clock that was set back makes no negative ages.
func TestRecordsOfTheFuture(t *testing.T) {
	t.Parallel()
	d := newRelay(t, `
state_dir: state
admin: {listen: "", socket: state/admin.sock}
buffer: {quota: 64MiB, reserve: 0}
inputs:
  web: {type: https, listen: "127.0.0.1:0", auth: generated}
outputs:
  out: {type: file, path: out.log}
`)
	var b relay.Batch
	b.Use(&relay.Origin{Input: "web", Tenant: "default"}, 0)
	b.Append([]byte("a record"), time.Now().Add(24*time.Hour).UnixNano(), 0)
	if err := d.buffer.Put(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if o := d.Snapshot().Outputs[0]; o.Sum.Waiting != 1 || o.WaitingFor != 0 {
		t.Errorf("%d waiting for %v s", o.Sum.Waiting, o.WaitingFor)
	}
}
