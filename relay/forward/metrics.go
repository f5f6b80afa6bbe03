package forward

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
)

// metrics of one output. The label "output" is the name in the configuration; kinds come from the table of kinds.
type metrics struct {
	delivered, deadLettered, dropped prometheus.Counter
	retries                          prometheus.Counter
	send                             prometheus.Observer
	concurrency                      prometheus.Gauge
	unconfirmed                      prometheus.Gauge
	unparsedKinds                    *prometheus.CounterVec
	name                             string
	totals                           totals
}

// newMetrics registers what all outputs share once and returns the part of one output. Nil: a registry of its own.
func newMetrics(reg prometheus.Registerer, output string) *metrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	records := register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "logrelay_output_records_total", Help: "Records by what became of them (delivered, dead_lettered, dropped by a rule), counted when that is noted in the buffer.",
	}, []string{"output", "result"}))
	retries := register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "logrelay_output_retries_total", Help: "Sends that failed and were tried again.",
	}, []string{"output"}))
	send := register(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "logrelay_output_send_seconds", Help: "Time from the start of a send to the far end's answer, failures included.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 2.5, 14),
	}, []string{"output"}))
	concurrency := register(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "logrelay_output_concurrency", Help: "Requests that may be in flight at the moment.",
	}, []string{"output"}))
	unconfirmed := register(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "logrelay_output_unconfirmed_records", Help: "Records sent over a protocol without answers that would be sent again if the connection broke now.",
	}, []string{"output"}))
	unparsed := register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "logrelay_output_unparsed_records_total", Help: "Records that could not be understood as their kind and go out as they are, marked. A record that is read again counts again.",
	}, []string{"output", "kind", "reason"}))
	return &metrics{
		delivered:     records.WithLabelValues(output, "delivered"),
		deadLettered:  records.WithLabelValues(output, "dead_lettered"),
		dropped:       records.WithLabelValues(output, "dropped"),
		retries:       retries.WithLabelValues(output),
		send:          send.WithLabelValues(output),
		concurrency:   concurrency.WithLabelValues(output),
		unconfirmed:   unconfirmed.WithLabelValues(output),
		unparsedKinds: unparsed,
		name:          output,
	}
}

// register returns c, or the collector of the same description that is there already: the outputs of a program share theirs, and
// a reload makes pumps anew.
func register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	err := reg.Register(c)
	if are, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if old, ok := are.ExistingCollector.(C); ok {
			return old
		}
	}
	if err != nil {
		panic("BUG: metric registered twice with different shapes: " + err.Error())
	}
	return c
}

func (m *metrics) count(o relay.Outcome) {
	m.delivered.Add(float64(o.Delivered))
	m.deadLettered.Add(float64(o.DeadLettered))
	m.dropped.Add(float64(o.Dropped))
	m.totals.add(o)
}

func (m *metrics) unparsed(k relay.Kind, why relay.FaultReason) {
	m.unparsedKinds.WithLabelValues(m.name, string(k), why.String()).Inc()
	m.totals.unparsed.Add(1)
}

func (m *metrics) retry() {
	m.retries.Inc()
	m.totals.retries.Add(1)
}

// RegisterMetrics registers the metrics of outputs without there being any, for a list of them.
func RegisterMetrics(reg prometheus.Registerer) { newMetrics(reg, "") }
