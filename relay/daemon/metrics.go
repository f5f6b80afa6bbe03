package daemon

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay/forward"
	"logrelay/relay/status"
)

// gauge is one metric made from the Snapshot.
type gauge struct {
	name, help string
	labels     []string
}

// gauges are what the Snapshot says in numbers, under the words that status has for it. What only a counter can tell is counted
// where it happens, in the packages' own metrics.go. Labels come from the configuration and from constants of the program.
var gauges = []gauge{
	{"build_info", "1, with the version of the program.", []string{"version"}},
	{"ready", "1 while records can be accepted.", nil},
	{"health", "1 for the worst of the problems: green, amber (somebody should look), red (needs a person).", []string{"health"}},
	{"problems", "Problems that status shows, by what they are about, such as \"input https\" or \"output siem\".", []string{"where", "health"}},
	{"input_last_seen_timestamp_seconds", "When the last record came into custody, in seconds since 1970. Absent before the first one.", []string{"input"}},
	{"output_state", "1 for what the output is doing: idle, delivering, retrying, needs you.", []string{"output", "state"}},
	{"output_sum_records", "Records by where they are, since the output's cursor began: accepted is the sum of delivered, dead_lettered, waiting, dropped_by_rule, discarded_by_operator and damaged.", []string{"output", "term"}},
	{"output_waiting_records", "Records that are not yet delivered.", []string{"output"}},
	{"output_waiting_bytes", "Bytes of the log that hold the records that are not yet delivered.", []string{"output"}},
	{"output_waiting_seconds", "Age of the oldest waiting record; 0 when none waits.", []string{"output"}},
	{"output_in_flight_records", "Waiting records that are being sent, or wait for their confirmation.", []string{"output"}},
	{"output_last_success_timestamp_seconds", "When a send last succeeded, in seconds since 1970. Absent before the first time.", []string{"output"}},
	{"buffer_full", "1 while the buffer takes nothing.", nil},
	{"buffer_segments", "Files that hold records.", nil},
	{"buffer_disk_free_bytes", "Free bytes of the buffer's file system.", nil},
	{"buffer_disk_reserve_bytes", "Bytes of the file system that the buffer leaves free.", nil},
	{"dead_letters_open", "Events that were refused for good, neither retried nor dropped yet.", nil},
	{"certificate_not_after_timestamp_seconds", "When the relay's own certificate ends, in seconds since 1970.", nil},
	{"output_certificate_not_after_timestamp_seconds", "When the certificate ends that an output shows to its far end, in seconds since 1970.", []string{"output"}},
}

// metrics is a prometheus.Collector that takes a Snapshot at each scrape: metrics and status cannot differ, and an output that a
// reload removed is gone from both. Safe for concurrent use, as the Snapshot is.
type metrics struct {
	snapshot func() status.Snapshot
	descs    map[string]*prometheus.Desc
}

// newMetrics registers the gauges. Nil: a registry of their own.
func newMetrics(reg prometheus.Registerer, snapshot func() status.Snapshot) {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	m := &metrics{snapshot, map[string]*prometheus.Desc{}}
	for _, g := range gauges {
		m.descs[g.name] = prometheus.NewDesc("logrelay_"+g.name, g.help, g.labels, nil)
	}
	reg.MustRegister(m)
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range m.descs {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	set := func(name string, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(m.descs[name], prometheus.GaugeValue, value, labels...)
	}
	s := m.snapshot()
	set("build_info", 1, s.Version)
	set("ready", one(s.Ready))
	for _, h := range []status.Health{status.Green, status.Amber, status.Red} {
		set("health", one(s.Health == h), string(h))
	}
	problems := map[status.Problem]int{}
	for _, p := range s.Problems {
		problems[status.Problem{Health: p.Health, Where: p.Where}]++
	}
	for p, n := range problems {
		set("problems", float64(n), p.Where, string(p.Health))
	}
	for _, in := range s.Inputs {
		if in.LastSeen != nil {
			set("input_last_seen_timestamp_seconds", timestamp(*in.LastSeen), in.Name)
		}
	}
	for i := range s.Outputs {
		collectOutput(set, &s.Outputs[i])
	}
	set("buffer_full", one(s.Buffer.Full))
	set("buffer_segments", float64(s.Buffer.Segments))
	set("buffer_disk_free_bytes", float64(s.Buffer.Free))
	set("buffer_disk_reserve_bytes", float64(s.Buffer.Reserve))
	set("dead_letters_open", float64(s.Buffer.DeadLetters))
	if s.TLS != nil {
		set("certificate_not_after_timestamp_seconds", timestamp(s.TLS.NotAfter))
	}
	for _, c := range s.Certificates {
		if !c.NotAfter.IsZero() {
			set("output_certificate_not_after_timestamp_seconds", timestamp(c.NotAfter), c.Output)
		}
	}
}

func collectOutput(set func(name string, value float64, labels ...string), o *status.Output) {
	for _, state := range []string{forward.StateIdle, forward.StateDelivering, forward.StateRetrying, forward.StateHolding} {
		set("output_state", one(o.State == state), o.Name, state)
	}
	for _, t := range []struct {
		term    string
		records uint64
	}{
		{"accepted", o.Sum.Accepted}, {"delivered", o.Sum.Delivered}, {"dead_lettered", o.Sum.DeadLettered}, {"waiting", o.Sum.Waiting},
		{"dropped_by_rule", o.Sum.Dropped}, {"discarded_by_operator", o.Sum.Discarded}, {"damaged", o.Sum.Damaged},
	} {
		set("output_sum_records", float64(t.records), o.Name, t.term)
	}
	set("output_waiting_records", float64(o.Sum.Waiting), o.Name)
	set("output_waiting_bytes", float64(o.WaitingSize), o.Name)
	set("output_waiting_seconds", o.WaitingFor, o.Name)
	set("output_in_flight_records", float64(o.InFlight), o.Name)
	if o.LastSuccess != nil {
		set("output_last_success_timestamp_seconds", timestamp(*o.LastSuccess), o.Name)
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func timestamp(t time.Time) float64 { return float64(t.UnixMilli()) / 1e3 }
