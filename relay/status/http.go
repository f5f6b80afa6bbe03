package status

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"logrelay/relay"
)

// Limits on what an admin client may send.
const (
	maxRequestBytes = 1 << 20
	maxHeaderBytes  = 16 << 10
	readTimeout     = 10 * time.Second
	idleTimeout     = 60 * time.Second
	writeTimeout    = 30 * time.Second // at an address; who forwards the socket waits for as long as an action takes
	shutdownTimeout = 2 * time.Second
	maxConnections  = 256 // of each door

	// MaxListedLetters is how many dead letters one answer lists, the oldest first.
	MaxListedLetters = 10_000
)

// Actions are what the socket can ask the daemon to do. All are safe for concurrent use and block until done.
type Actions interface {
	// Reload reads the configuration and certificates again. An error means that nothing changed.
	Reload(ctx context.Context) error
	// DeadLetters lists the entries that are still open, oldest first, at most limit.
	DeadLetters(ctx context.Context, q LetterQuery, limit int) ([]Letter, error)
	// RetryDeadLetters sends the entries to the output that refused them and returns how many it took.
	RetryDeadLetters(ctx context.Context, q LetterQuery) (LetterResult, error)
	// DropDeadLetters gives the entries up; they are counted as discarded.
	DropDeadLetters(ctx context.Context, q LetterQuery) (LetterResult, error)
	// Passages says of each output that remembers it when it was done with the record of that base and ordinal.
	Passages(base relay.ID, ordinal uint64) []Passage
	// Forget removes the cursor of an output that is no longer configured.
	Forget(ctx context.Context, output string) error
	// Backfill takes in what is already in a bucket. progress is called by one goroutine at a time.
	Backfill(ctx context.Context, q BackfillRequest, progress func(BackfillProgress)) error
	// Tail calls line for each record that q wants, from now on until ctx ends or line fails, by one goroutine; with nil at once and when
	// nothing has come for some seconds. The line is line's only until it returns. An error of its own means that it never began.
	Tail(ctx context.Context, q TailQuery, line func(*TailLine) error) error
}

// LetterQuery selects dead letters: by output (empty: every output), and by id or all of them.
type LetterQuery struct {
	Output string   `json:"output,omitempty"`
	IDs    []string `json:"ids,omitempty"`
	All    bool     `json:"all,omitempty"`
	Raw    bool     `json:"-"` // a list has the records too
}

// Letter is one open dead letter.
type Letter struct {
	ID       string    `json:"id"` // the event's id
	Output   string    `json:"output"`
	Input    string    `json:"input"`
	Kind     string    `json:"kind,omitempty"`
	Peer     string    `json:"peer,omitempty"`
	Received time.Time `json:"received"`
	Refused  time.Time `json:"refused"`
	Answer   string    `json:"answer"`
	Raw      string    `json:"raw,omitempty"`
}

// LetterResult counts what an action did. Errors are in the words of the far end.
type LetterResult struct {
	Done   int      `json:"done"`
	Left   int      `json:"left"`
	Errors []string `json:"errors,omitempty"`
}

// Options of a Server.
type Options struct {
	Snapshot func() Snapshot // required; called for each request
	Alive    func() error    // nil while every internal loop beats
	Ready    func() error    // nil while records can be accepted
	Actions  Actions         // required for the socket
	Page     Page            // nil: nothing is there for browsers, and nobody can log in
	Gatherer prometheus.Gatherer
	Logger   *slog.Logger

	// Named reports whether a host name of a request is one of ours. Nil: only loopback names are. An address is always good.
	Named func(host string) bool
}

// Server serves the two admin doors.
type Server struct{ o Options }

// New returns a server. It opens nothing.
func New(o Options) *Server {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Server{o}
}

// RunAddress serves on l, on a loopback address or, over TLS, on another one, until ctx ends, and closes l. Without a login a loopback address
// gives health, metrics and sums, another one only health.
func (s *Server) RunAddress(ctx context.Context, l net.Listener) error {
	mux, d := http.NewServeMux(), doorOf(l.Addr())
	s.public(mux)
	sums := s.known
	if d == Loopback {
		sums = func(h http.HandlerFunc) http.HandlerFunc { return h }
	}
	mux.HandleFunc("GET /metrics", sums(s.metrics().ServeHTTP))
	mux.HandleFunc("GET /api/v1/status", sums(func(w http.ResponseWriter, r *http.Request) {
		snapshot := s.o.Snapshot()
		if s.user(r) == "" {
			snapshot = snapshot.Public()
		}
		writeJSON(w, http.StatusOK, snapshot)
	}))
	if s.o.Page != nil {
		mux.HandleFunc("GET /api/v1/dead-letters", s.known(s.letters))
		mux.HandleFunc("GET /api/v1/tail", s.known(s.tail(func(r *http.Request) bool { return s.user(r) != "" })))
		mux.Handle("/", s.o.Page.Handler(d))
	}
	return s.serve(ctx, l, s.checkHost(d, mux), writeTimeout)
}

// RunSocket serves everything on l, a unix socket, until ctx ends, and closes l.
func (s *Server) RunSocket(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	s.public(mux)
	mux.Handle("GET /metrics", s.metrics())
	mux.HandleFunc("GET /api/v1/status", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, s.o.Snapshot())
	})
	mux.HandleFunc("POST /api/v1/reload", s.reload)
	mux.HandleFunc("GET /api/v1/dead-letters", s.letters)
	mux.HandleFunc("POST /api/v1/dead-letters/retry", s.changeLetters("retry", s.o.Actions.RetryDeadLetters))
	mux.HandleFunc("POST /api/v1/dead-letters/drop", s.changeLetters("drop", s.o.Actions.DropDeadLetters))
	mux.HandleFunc("POST /api/v1/outputs/{output}/forget", s.forget)
	mux.HandleFunc("POST /api/v1/backfill", s.backfill)
	mux.HandleFunc("GET /api/v1/tail", s.tail(func(*http.Request) bool { return true }))
	mux.HandleFunc("GET /api/v1/passages", s.passages)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	if s.o.Page != nil {
		mux.Handle("/", s.o.Page.Handler(Socket))
	}
	return s.serve(ctx, l, s.checkHost(Socket, http.NewCrossOriginProtection().Handler(mux)), 0)
}

func (s *Server) public(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", probe(s.o.Alive))
	mux.HandleFunc("GET /readyz", probe(s.o.Ready))
}

func (s *Server) metrics() http.Handler {
	return promhttp.HandlerFor(s.o.Gatherer, promhttp.HandlerOpts{})
}

// serve ends a connection that has not taken its answer within patience; 0 is for ever. Answers without an end set limits of their own.
func (s *Server) serve(ctx context.Context, l net.Listener, h http.Handler, patience time.Duration) error {
	srv := &http.Server{
		Handler:           http.MaxBytesHandler(h, maxRequestBytes),
		ReadTimeout:       readTimeout,
		ReadHeaderTimeout: readTimeout,
		WriteTimeout:      patience,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.o.Logger.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.WithValue(context.Background(), endKey{}, ctx) },
		ConnContext:       withPeer,
		ConnState:         newConnections(maxConnections).state,
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener{l}) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if srv.Shutdown(stop) != nil {
		srv.Close() // a profile or a long retry may be under way
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (s *Server) reload(w http.ResponseWriter, r *http.Request) {
	err := s.o.Actions.Reload(r.Context())
	s.audit(r, "reload", err)
	if err != nil {
		writeError(w, http.StatusUnprocessableEntity, err)
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Reloaded bool `json:"reloaded"`
	}{true})
}

func (s *Server) letters(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	query := LetterQuery{Output: q.Get("output"), IDs: q["id"], All: len(q["id"]) == 0, Raw: q.Get("raw") != ""}
	list, err := s.o.Actions.DeadLetters(r.Context(), query, MaxListedLetters)
	if err != nil {
		writeError(w, http.StatusInternalServerError, err)
		return
	}
	writeJSON(w, http.StatusOK, list)
}

func (s *Server) changeLetters(name string, action func(context.Context, LetterQuery) (LetterResult, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q LetterQuery
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields()
		if err := d.Decode(&q); err != nil {
			writeError(w, http.StatusBadRequest, err)
			return
		}
		if !q.All && len(q.IDs) == 0 {
			writeError(w, http.StatusBadRequest, errors.New("name ids, or say all"))
			return
		}
		res, err := action(r.Context(), q)
		s.audit(r, "dead letters "+name, err, "output", q.Output, "all", q.All, "ids", len(q.IDs), "done", res.Done)
		if err != nil {
			writeError(w, http.StatusUnprocessableEntity, err)
			return
		}
		writeJSON(w, http.StatusOK, res)
	}
}

func (s *Server) forget(w http.ResponseWriter, r *http.Request) {
	output := r.PathValue("output")
	err := s.o.Actions.Forget(r.Context(), output)
	s.audit(r, "forget", err, "output", output)
	if err != nil {
		writeError(w, http.StatusUnprocessableEntity, err)
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Forgotten string `json:"forgotten"`
	}{output})
}

// audit writes who changed what.
func (s *Server) audit(r *http.Request, action string, err error, attrs ...any) {
	Audit(s.o.Logger, Change{action, Peer(r.Context())}, err, attrs...)
}

func probe(check func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if err := check(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(err.Error() + "\n"))
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	}
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // the client has gone away: nobody is left to tell
}

// Failure is the body of an answer that is not 2xx.
type Failure struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}

func writeError(w http.ResponseWriter, code int, err error) {
	writeJSON(w, code, Failure{err.Error(), relay.HintOf(err)})
}
