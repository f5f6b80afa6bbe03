package normalize

import (
	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
)

// Metrics counts for all Normalizers of a process. Safe for concurrent use.
type Metrics struct {
	unparsed map[relay.Kind]prometheus.Counter
	other    prometheus.Counter
}

// NewMetrics registers logrelay_unparsed_records_total{kind} with reg; a nil reg gives metrics that nobody sees.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "logrelay_unparsed_records_total",
		Help: "Records that could not be understood as their kind and go out as they are, counted once for each output.",
	}, []string{"kind"})
	reg.MustRegister(vec)
	m := &Metrics{unparsed: make(map[relay.Kind]prometheus.Counter), other: vec.WithLabelValues("other")}
	for _, k := range kinds {
		m.unparsed[k] = vec.WithLabelValues(string(k))
	}
	return m
}

func (m *Metrics) countUnparsed(k relay.Kind) {
	if c, ok := m.unparsed[k]; ok {
		c.Inc()
		return
	}
	m.other.Inc()
}
