package s3

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"logrelay/relay/ingest"

	"github.com/prometheus/client_golang/prometheus"
)

// What became of objects, as the metric says it.
const (
	objTaken    = "taken"     // every record is in custody
	objRepeated = "repeated"  // was in custody already
	objSkipped  = "skipped"   // the layout of its key says that it is no log
	objExcluded = "excluded"  // not wanted by Include and Exclude
	objForeign  = "foreign"   // in a bucket that is not wanted: set aside
	objMissing  = "missing"   // is no longer there: set aside
	objBroken   = "broken"    // could be read in part: the rest is set aside
	objFailed   = "failed"    // comes again
	objSetAside = "set_aside" // failed too often: set aside
)

// metrics counts what a pull input does beside what all inputs count.
type metrics struct {
	*ingest.Metrics
	messages *prometheus.CounterVec // by what became of them
	objects  *prometheus.CounterVec
	errors   *prometheus.CounterVec // by class
	receives prometheus.Counter
	fetched  prometheus.Counter
	inHand   prometheus.Gauge
	reading  prometheus.Gauge
	lag      prometheus.Histogram

	receiving, deleting, hiding, fetching, setting, filling trouble

	objectsNow             atomic.Int64
	lastReceived, lastLag  atomic.Int64 // nanoseconds: time, duration
	answers                atomic.Int64 // of the queue to receives, also those without a message
	taken, repeated, aside atomic.Int64

	mu      sync.Mutex
	byClass map[string]int64
}

func newMetrics(reg prometheus.Registerer, input string, log *slog.Logger) *metrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	vec := func(name, help, label string) *prometheus.CounterVec {
		v := ingest.Register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"input", label}))
		return v.MustCurryWith(prometheus.Labels{"input": input})
	}
	counter := func(name, help string) prometheus.Counter {
		return ingest.Register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"input"})).WithLabelValues(input)
	}
	gauge := func(name, help string) prometheus.Gauge {
		return ingest.Register(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"input"})).WithLabelValues(input)
	}
	lag := ingest.Register(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "logrelay_s3_lag_seconds", Help: "From the writing of an object to the custody of its last record.",
		Buckets: []float64{1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600},
	}, []string{"input"}))
	return &metrics{
		Metrics:  ingest.NewMetrics(reg, input),
		messages: vec("logrelay_s3_messages_total", "Messages, by what became of them: deleted, returned and failed (come again), set_aside, gone (from the queue meanwhile).", "result"),
		objects:  vec("logrelay_s3_objects_total", "Objects that messages named: taken, repeated (in custody already), skipped (no log, by its key), excluded, failed (comes again); set aside as dead letters: foreign (of another bucket), missing, broken (from where it could not be read), set_aside (failed too often).", "result"),
		errors:   vec("logrelay_s3_errors_total", "Failures of requests to queue and store: transient, throttled, denied, denied_kms, missing, no_bucket, no_queue, changed, archived, gone.", "class"),
		receives: counter("logrelay_s3_received_messages_total", "Messages received, repeats included."),
		fetched:  counter("logrelay_s3_fetched_bytes_total", "Bytes of objects read, as they are stored."),
		inHand:   gauge("logrelay_s3_messages_in_hand", "Messages received and neither deleted nor given back."),
		reading:  gauge("logrelay_s3_objects_in_hand", "Objects being read."),
		lag:      lag.WithLabelValues(input).(prometheus.Histogram),

		receiving: trouble{log: log, what: "receiving messages"},
		deleting:  trouble{log: log, what: "deleting messages"},
		hiding:    trouble{log: log, what: "keeping messages hidden"},
		fetching:  trouble{log: log, what: "reading objects"},
		setting:   trouble{log: log, what: "setting aside"},
		filling:   trouble{log: log, what: "storing records"},
		byClass:   make(map[string]int64),
	}
}

func (m *metrics) received(n int) {
	if n > 0 {
		m.receives.Add(float64(n))
		m.lastReceived.Store(time.Now().UnixNano())
	}
}

// failed counts a failed request, and reports it as trouble of its kind.
func (m *metrics) failed(t *trouble, err error) { m.failedAt(t, "", err) }

// failedAt is failed with the name of what failed, where there are several of a kind.
func (m *metrics) failedAt(t *trouble, where string, err error) {
	if ended(err) {
		return
	}
	class := classOf(err).String()
	m.errors.WithLabelValues(class).Inc()
	m.mu.Lock()
	m.byClass[class]++
	m.mu.Unlock()
	m.Failed(err)
	t.reportAt(where, err)
}

// object counts what became of an object.
func (m *metrics) object(result string) {
	m.objects.WithLabelValues(result).Inc()
	switch result {
	case objTaken:
		m.taken.Add(1)
	case objRepeated:
		m.repeated.Add(1)
	}
}

// enter counts an object that is being read, and the other way around.
func (m *metrics) enter(n int64) {
	m.objectsNow.Add(n)
	m.reading.Add(float64(n))
}

// inCustody notes how long after its writing an object is in custody.
func (m *metrics) inCustody(written time.Time) {
	if written.IsZero() {
		return
	}
	lag := max(0, time.Since(written))
	m.lag.Observe(lag.Seconds())
	m.lastLag.Store(int64(lag))
}

// PullStats is a moment's view of what a pull input has beyond others, for status.
type PullStats struct {
	Messages     int       // in hand
	Objects      int       // being read
	OldestSent   time.Time // when the oldest message in hand was sent; zero: none in hand, or not known
	LastReceived time.Time // of the last message; zero: none yet
	Answers      int64     // of the queue to receives, also those without a message
	Lag          time.Duration
	Taken        int64            // objects whose records are all in custody, since the input was made
	Repeated     int64            // objects that were told of again, and are in custody already
	SetAside     int64            // objects and messages in the dead-letter store
	Full         bool             // the buffer is full: nothing is received
	Errors       map[string]int64 // failed requests by class, see Class
	Problem      *Problem         // the worst that is wrong now; nil: nothing is
}

// Stats returns the numbers that all inputs have.
func (s *Source) Stats() ingest.Stats { return s.metrics.Stats() }

// Pull returns the numbers that only pull inputs have.
func (s *Source) Pull() PullStats {
	m := s.metrics
	p := PullStats{
		Objects: int(m.objectsNow.Load()), Lag: time.Duration(m.lastLag.Load()), Full: s.full.closed(),
		Taken: m.taken.Load(), Repeated: m.repeated.Load(), SetAside: m.aside.Load(), Answers: m.answers.Load(),
	}
	p.Messages, p.OldestSent = s.keeper.inHand()
	if at := m.lastReceived.Load(); at != 0 {
		p.LastReceived = time.Unix(0, at)
	}
	m.mu.Lock()
	p.Errors = make(map[string]int64, len(m.byClass))
	for class, n := range m.byClass {
		p.Errors[class] = n
	}
	m.mu.Unlock()
	now := time.Now()
	for _, t := range []*trouble{&m.receiving, &m.fetching, &m.deleting, &m.hiding, &m.setting, &m.filling} {
		if q := t.problem(now); q != nil && (p.Problem == nil || q.Red && !p.Problem.Red) {
			p.Problem = q
		}
	}
	return p
}

// RegisterMetrics registers the metrics of inputs that pull without there being any, for a list of them.
func RegisterMetrics(reg prometheus.Registerer) { newMetrics(reg, "", slog.New(slog.DiscardHandler)) }
