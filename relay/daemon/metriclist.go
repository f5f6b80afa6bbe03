package daemon

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay/buffer"
	"logrelay/relay/forward"
	"logrelay/relay/ingest"
	"logrelay/relay/ingest/s3"
	"logrelay/relay/rules"
	"logrelay/relay/status"
)

// Metric describes one family of metrics that the relay exports.
type Metric struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"` // counter, gauge, histogram
	Unit   string   `json:"unit"` // seconds, bytes, records, ...; "" for a number of its own
	Labels []string `json:"labels,omitempty"`
	Help   string   `json:"help"`
}

// Metrics lists every family of metrics of ours, by name. It is made from the code that registers them.
func Metrics() []Metric {
	r := &recorder{}
	newMetrics(r, func() status.Snapshot { return status.Snapshot{} })
	buffer.RegisterMetrics(r)
	ingest.NewMetrics(r, "")
	s3.RegisterMetrics(r)
	forward.RegisterMetrics(r)
	rules.RegisterMetrics(r)
	slices.SortFunc(r.all, func(a, b Metric) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(r.all, func(a, b Metric) bool { return a.Name == b.Name })
}

// recorder is a prometheus.Registerer that only notes what is registered.
type recorder struct{ all []Metric }

var descForm = regexp.MustCompile(`^Desc\{fqName: "([^"]*)", help: "((?:[^"\\]|\\.)*)", (?:unit: "[^"]*", )?constLabels: \{[^}]*\}, variableLabels: \{([^}]*)\}\}$`)

// Register notes the families of c.
func (r *recorder) Register(c prometheus.Collector) error {
	typ := "gauge"
	switch c.(type) {
	case *prometheus.CounterVec:
		typ = "counter"
	case *prometheus.HistogramVec, prometheus.Histogram:
		typ = "histogram"
	case prometheus.Gauge: // has the methods of a counter too
	case prometheus.Counter:
		typ = "counter"
	}
	descs := make(chan *prometheus.Desc, len(gauges)+1)
	go func() { defer close(descs); c.Describe(descs) }()
	for d := range descs {
		m := descForm.FindStringSubmatch(d.String())
		if m == nil {
			return fmt.Errorf("BUG: a description of a metric that cannot be read: %s", d)
		}
		var labels []string
		if m[3] != "" {
			labels = strings.Split(m[3], ",")
		}
		r.all = append(r.all, Metric{Name: m[1], Type: typ, Unit: unitOf(m[1]), Labels: labels, Help: strings.ReplaceAll(m[2], `\"`, `"`)})
	}
	return nil
}

// MustRegister notes the families of each.
func (r *recorder) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		if err := r.Register(c); err != nil {
			panic(err.Error())
		}
	}
}

// Unregister reports that nothing was registered.
func (r *recorder) Unregister(prometheus.Collector) bool { return false }

// unitOf reads the unit off a name, where Prometheus's conventions put it.
func unitOf(name string) string {
	name = strings.TrimSuffix(name, "_total")
	if strings.HasSuffix(name, "_timestamp_seconds") {
		return "seconds since 1970"
	}
	last := name[strings.LastIndexByte(name, '_')+1:]
	switch last {
	case "seconds", "bytes", "records", "connections", "messages", "objects", "events", "requests", "retries", "commits", "batches", "segments", "parts":
		return last
	}
	return ""
}
