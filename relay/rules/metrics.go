package rules

import (
	"errors"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct{ events *prometheus.CounterVec }

// ruleMetrics are the counters of one rule.
type ruleMetrics struct {
	passed, dropped, failed prometheus.Counter
	first                   *sync.Once
}

// newMetrics registers what all Sets of a program share. Nil: a registry of its own.
func newMetrics(reg prometheus.Registerer) *metrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "logrelay_rule_events_total",
		Help: "Events that a rule of an output passed on, dropped, or could not judge (failed: passed on unchanged). An event that is sent again counts again.",
	}, []string{"output", "rule", "result"})
	if err := reg.Register(events); err != nil {
		if there, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
			events = there.ExistingCollector.(*prometheus.CounterVec)
		}
	}
	return &metrics{events}
}

func (m *metrics) of(output, rule string) ruleMetrics {
	return ruleMetrics{
		passed:  m.events.WithLabelValues(output, rule, "passed"),
		dropped: m.events.WithLabelValues(output, rule, "dropped"),
		failed:  m.events.WithLabelValues(output, rule, "failed"),
		first:   new(sync.Once),
	}
}

// RegisterMetrics registers the metrics of rules without there being any, for a list of them.
func RegisterMetrics(reg prometheus.Registerer) { newMetrics(reg) }
