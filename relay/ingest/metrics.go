package ingest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"logrelay/relay"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what one input takes and refuses, for Prometheus and for status. Counters are added to per batch or per
// connection, not per record. Safe for concurrent use.
type Metrics struct {
	Connections      prometheus.Gauge   // open now
	ConnectionsTotal prometheus.Counter // ever accepted
	Parts            prometheus.Counter // records that are parts of over-long lines
	Truncated        prometheus.Counter // records whose sender ended in the middle
	Resyncs          prometheus.Counter // times that bytes were skipped to find the next frame
	Lost             prometheus.Counter // datagrams that never reached the process, as far as the kernel tells

	records, bytes prometheus.Counter
	rejected       *prometheus.CounterVec // by reason
	requests       *prometheus.CounterVec // by HTTP status code
	putErrors      *prometheus.CounterVec // by reason

	nrecords, nbytes, nrejected, open, lastSeen atomic.Int64

	mu        sync.Mutex
	lastErr   string
	lastErrAt time.Time
	lastNo    string
	lastNoAt  time.Time
}

// Stats is a moment's view of an input, for status.
type Stats struct {
	Records     int64 // in custody since the input was made
	Bytes       int64 // of these records
	Connections int64
	Rejected    int64     // requests, connections and frames refused
	LastReject  string    // reason of the last refusal, as in the metric
	RejectedAt  time.Time // of the last refusal
	LastSeen    time.Time // of the last record in custody; zero: none yet
	LastError   string    // in words; "" when nothing went wrong, or when records came in since
	LastErrorAt time.Time
}

// NewMetrics returns the metrics of the named input, registered with reg; nil means a registry of their own. Inputs share
// the metric families, and an input that is made anew after a reload goes on counting where it was.
func NewMetrics(reg prometheus.Registerer, input string) *Metrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	counter := func(name, help string) prometheus.Counter {
		return Register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"input"})).WithLabelValues(input)
	}
	vec := func(name, help, label string) *prometheus.CounterVec {
		v := Register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"input", label}))
		return v.MustCurryWith(prometheus.Labels{"input": input})
	}
	open := Register(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "logrelay_input_connections", Help: "Connections that are open."}, []string{"input"}))
	return &Metrics{
		Connections:      open.WithLabelValues(input),
		ConnectionsTotal: counter("logrelay_input_connections_total", "Connections accepted."),
		Parts:            counter("logrelay_input_parts_total", "Records that are parts of over-long lines."),
		Truncated:        counter("logrelay_input_truncated_total", "Records whose sender ended in the middle."),
		Resyncs:          counter("logrelay_input_resyncs_total", "Times that bytes which were no frame had to be stepped over."),
		Lost:             counter("logrelay_input_lost_total", "Datagrams that the kernel dropped before the process could read them."),
		records:          counter("logrelay_input_records_total", "Records taken into custody."),
		bytes:            counter("logrelay_input_bytes_total", "Bytes of the records taken into custody."),
		rejected:         vec("logrelay_input_rejected_total", "Requests, connections and frames refused: no_credentials, bad_token, expired_token, certificate, network, tls, proxy, connections, full, too_large, too_long, bomb, syntax, encoding, slow, idle and others.", "reason"),
		requests:         vec("logrelay_input_requests_total", "HTTP requests answered.", "code"),
		putErrors:        vec("logrelay_input_put_errors_total", "Batches that the buffer did not take: full, broken, closed, other.", "reason"),
	}
}

// Accepted counts a batch that is in custody.
func (m *Metrics) Accepted(b *relay.Batch) {
	n, size := b.Len(), 0
	for i := range b.Entries {
		size += int(b.Entries[i].Raw)
	}
	m.records.Add(float64(n))
	m.bytes.Add(float64(size))
	m.nrecords.Add(int64(n))
	m.nbytes.Add(int64(size))
	m.lastSeen.Store(time.Now().UnixNano())
}

// Opened counts a connection, and Closed its end.
func (m *Metrics) Opened() {
	m.ConnectionsTotal.Inc()
	m.Connections.Inc()
	m.open.Add(1)
}

// Closed counts the end of a connection.
func (m *Metrics) Closed() {
	m.Connections.Dec()
	m.open.Add(-1)
}

// Rejected counts a refusal. The reason is a constant of the program, never a sender's word.
func (m *Metrics) Rejected(reason string) {
	m.rejected.WithLabelValues(reason).Inc()
	m.nrejected.Add(1)
	m.mu.Lock()
	m.lastNo, m.lastNoAt = reason, time.Now()
	m.mu.Unlock()
}

// Request counts an answered HTTP request.
func (m *Metrics) Request(code string) { m.requests.WithLabelValues(code).Inc() }

// PutFailed counts a batch that was not taken, and keeps the error for status. A cancelled context is not a failure.
func (m *Metrics) PutFailed(err error) {
	reason := "other"
	switch {
	case errors.Is(err, context.Canceled):
		return
	case errors.Is(err, relay.ErrFull):
		reason = "full"
	case errors.Is(err, relay.ErrBroken):
		reason = "broken"
	case errors.Is(err, relay.ErrClosed):
		reason = "closed"
	}
	m.putErrors.WithLabelValues(reason).Inc()
	m.Failed(err)
}

// Failed keeps an error for status, without counting it.
func (m *Metrics) Failed(err error) {
	m.mu.Lock()
	m.lastErr, m.lastErrAt = err.Error(), time.Now()
	m.mu.Unlock()
}

// Stats returns the numbers of now.
func (m *Metrics) Stats() Stats {
	s := Stats{Records: m.nrecords.Load(), Bytes: m.nbytes.Load(), Connections: m.open.Load(), Rejected: m.nrejected.Load()}
	if at := m.lastSeen.Load(); at != 0 {
		s.LastSeen = time.Unix(0, at)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s.LastReject, s.RejectedAt = m.lastNo, m.lastNoAt
	if m.lastErrAt.After(s.LastSeen) {
		s.LastError, s.LastErrorAt = m.lastErr, m.lastErrAt
	}
	return s
}

// Register registers c with reg and returns it, or the collector of the same name and labels that is registered already: inputs share
// metric families.
func Register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
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
