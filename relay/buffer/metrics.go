package buffer

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"logrelay/relay"
)

// deadLetters is the subsystem of the log that dead letters are in.
const deadLetters = "dead_letters"

// metrics of one log. Names: logrelay_<subsystem>_…; the fsync histogram of the main log is logrelay_fsync_seconds.
type metrics struct {
	reg     prometheus.Registerer
	all     []prometheus.Collector
	records prometheus.Counter
	written prometheus.Counter
	commits prometheus.Counter
	full    prometheus.Counter
	damaged prometheus.Counter
	batches prometheus.Histogram
	fsync   prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer, subsystem string, l *Log) *metrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	m := &metrics{reg: reg}
	prefix := "logrelay_" + subsystem + "_"
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + name, Help: help})
		m.all = append(m.all, c)
		return c
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
		m.all = append(m.all, h)
		return h
	}
	gauge := func(name, help string, value func(*quota) int64) {
		m.all = append(m.all, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: prefix + name, Help: help}, func() float64 {
			l.mu.Lock()
			defer l.mu.Unlock()
			return float64(value(&l.quota))
		}))
	}
	fsync := prefix + "fsync_seconds"
	if subsystem == "buffer" {
		fsync = "logrelay_fsync_seconds"
	}
	what, who := "records", "the buffer, a share or the disk was full"
	if subsystem == deadLetters {
		what, who = "dead letters", "the quota of dead letters or the disk was used up"
	}
	m.records = counter("records_total", "How many "+what+" were taken into custody.")
	m.written = counter("written_bytes_total", "Bytes written to segments, padding left out.")
	m.commits = counter("commits_total", "Writes, each followed by one fsync.")
	m.full = counter("refused_total", "Batches refused because "+who+".")
	m.damaged = counter("damaged_records_total", "How many "+what+" were found unreadable on disk.")
	m.batches = histogram(prefix+"commit_batches", "Batches that shared one fsync.", prometheus.ExponentialBuckets(1, 2, 11))
	m.fsync = histogram(fsync, "Time of one fsync of a segment.", prometheus.ExponentialBuckets(50e-6, 2, 16))
	gauge("bytes", "Size of all files that hold "+what+" or are kept to hold them.", func(q *quota) int64 { return q.bytes })
	gauge("quota_bytes", "Limit of the size of all files.", func(q *quota) int64 { return q.Quota })
	for _, c := range m.all {
		reg.MustRegister(c)
	}
	return m
}

func (m *metrics) unregister() {
	for _, c := range m.all {
		m.reg.Unregister(c)
	}
}

func (m *metrics) committed(c *committer) {
	m.records.Add(float64(c.records))
	m.written.Add(float64(len(c.buf)))
	m.commits.Inc()
	m.batches.Observe(float64(len(c.ready)))
}

func (m *metrics) refused(err error) {
	if errors.Is(err, relay.ErrFull) {
		m.full.Inc()
	}
}

// RegisterMetrics registers the metrics of a log and of its dead letters without there being any, for a list of them.
func RegisterMetrics(reg prometheus.Registerer) {
	newMetrics(reg, "buffer", &Log{})
	newMetrics(reg, deadLetters, &Log{})
}
