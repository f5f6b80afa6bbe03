package https

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest"

	"golang.org/x/sync/errgroup"
)

// Server is the HTTPS source. Safe for concurrent use.
type Server struct {
	opt     Options
	limits  Limits
	log     *slog.Logger
	metrics *ingest.Metrics
	budget  *relay.Budget
	auth    atomic.Pointer[authState]
	sink    relay.Sink // set by Run before the first request
	conns   *conns
	http    *http.Server
	spooled atomic.Int64 // bytes on disk
	fullAt  atomic.Int64 // when the sink last was full: nanoseconds since 1970; 0 after a success
	limit   throttle

	// Memory that is used again. What requests hold of it is counted against the budget.
	decoders ingest.Decoders
	blocks   [len(blockSizes)]sync.Pool // of *[]byte
	batches  sync.Pool                  // of *relay.Batch

	leaving atomic.Bool        // every answer ends its connection
	patient context.Context    // of a drain
	cut     context.CancelFunc // ends it

	mu      sync.Mutex
	closing bool
	active  sync.WaitGroup // requests under way
}

// New makes a server on a listener that is bound already. It starts nothing. Errors: an Auth that lets nobody or no one in particular in.
func New(opt Options) (*Server, error) {
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Budget == nil {
		opt.Budget = relay.NewBudget(64 << 20)
	}
	if opt.Flights == nil {
		opt.Flights = new(ingest.Flights)
	}
	if opt.Kinds == nil {
		opt.Kinds = relay.Kinds[:]
	}
	s := &Server{
		opt:     opt,
		limits:  opt.Limits.withDefaults(),
		log:     opt.Logger.With("component", "https", "input", opt.Name),
		metrics: ingest.NewMetrics(opt.Registerer, opt.Name),
		budget:  opt.Budget,
	}
	s.patient, s.cut = context.WithCancel(context.Background())
	if t := opt.TLS; t != nil && len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil {
		return nil, fmt.Errorf("https input %s: TLS without a certificate", opt.Name)
	}
	if err := s.SetAuth(opt.Auth); err != nil {
		return nil, err
	}
	s.conns = s.listen(opt.Listener)
	s.http = &http.Server{
		Handler:           s,
		TLSConfig:         opt.TLS,
		ReadHeaderTimeout: s.limits.HeaderTime,
		IdleTimeout:       s.limits.IdleTime,
		MaxHeaderBytes:    s.limits.Header,
		ConnContext:       connContext,
		ConnState:         connState,
		ErrorLog:          s.errorLog(),
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          s.limits.Streams,
			MaxReceiveBufferPerConnection: 1 << 20,
			MaxReceiveBufferPerStream:     256 << 10,
			SendPingTimeout:               s.limits.IdleTime,
			WriteByteTimeout:              writeTime,
		},
	}
	return s, nil
}

// writeTime bounds how long a sender may take to read an answer.
const writeTime = 30 * time.Second

// SetAuth replaces who may push, for the next request on every connection. Connections from networks, and with certificates, that are
// no longer admitted are closed. On an error nothing changes.
func (s *Server) SetAuth(a Auth) error {
	state, err := newAuthState(a)
	if err != nil {
		return fmt.Errorf("https input %s: %w", s.opt.Name, err)
	}
	s.auth.Store(state)
	if s.conns != nil {
		s.conns.closeWhere(func(c *conn) bool { return !c.admitted(state) })
	}
	return nil
}

// Cut makes Run, which was asked to end, cut off the requests that are still under way. Safe for concurrent use.
func (s *Server) Cut() { s.cut() }

// Stats returns what the input has taken, for status.
func (s *Server) Stats() ingest.Stats { return s.metrics.Stats() }

// Run serves until ctx ends. Then it takes no new connections, serves to the end those that there are (see drain), and returns when no handler runs
// any more. When somebody else closes the listener, as a reload does that replaces this server, the connections that
// there are live on until their next answer, which tells the sender to make a new one, and no longer than leaveTime. Failures of accept(2) pass; an error
// means that the server could not begin.
func (s *Server) Run(ctx context.Context, sink relay.Sink) error {
	s.sink = sink
	defer s.opt.Pulse.Beat(relay.StateDone)
	var g errgroup.Group
	ended, closed := make(chan struct{}), false
	g.Go(func() error {
		defer close(ended)
		var err error
		if s.opt.TLS != nil {
			err = s.http.ServeTLS(s.conns, "", "")
		} else {
			err = s.http.Serve(s.conns)
		}
		if closed = errors.Is(err, net.ErrClosed); closed {
			return nil
		}
		return fmt.Errorf("https input %s: %w", s.opt.Name, err)
	})
	select {
	case <-ctx.Done():
	case <-ended:
		if closed {
			s.leave(ctx)
		}
	}
	s.conns.Listener.Close()
	<-ended // every connection that was accepted is among s.conns now
	s.drain()
	return g.Wait()
}

// begin counts a request, unless the server is closing.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.active.Add(1)
	return true
}

// request is one HTTP request on its way through the server.
type request struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	route  *route
	grant  grant
	kind   relay.Kind
	tenant string
	source string
	attrs  []relay.Attr
	body   *body

	received bool // the body was read to its end
}

// ServeHTTP answers one request: route, authorization, body, records, in this order.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rq := &request{s: s, w: w, r: r, kind: s.opt.Kind, tenant: s.opt.Tenant, source: s.opt.Source}
	defer rq.contain()
	rq.findRoute()
	if !s.begin() {
		rq.refuse(errClosing)
		return
	}
	defer s.active.Done()
	if s.leaving.Load() {
		w.Header().Set("Connection", "close") // net/http makes GOAWAY of it for HTTP/2
	}
	if c, ok := r.Context().Value(connKey{}).(*conn); ok && c != nil && c.peer.Load() == nil {
		peer := peerAddr(r.RemoteAddr)
		c.peer.Store(&peer)
		c.http.Store(int32(r.ProtoMajor))
	}
	if err := rq.serve(); err != nil {
		rq.refuse(explain(err))
	}
}

func (rq *request) serve() error {
	if err := rq.checkRoute(); err != nil {
		return err
	}
	if rq.route.open {
		return rq.route.serve(rq)
	}
	g, err := rq.s.authorize(rq.r, rq.route.protocol)
	if err != nil {
		return err
	}
	rq.grant = g
	if t := g.token; t != nil {
		rq.tenant, rq.source = cmp.Or(t.Tenant, rq.tenant), cmp.Or(t.Source, rq.source)
		if t.Kind != relay.KindAuto {
			rq.kind = t.Kind
		}
	}
	return rq.route.serve(rq)
}

// receive takes the body, decoded, into rq.body. The function that it returns gives the memory back.
func (rq *request) receive() (release func(), err error) {
	s := rq.s
	length, encoding := rq.r.ContentLength, rq.encoding()
	if length > s.limits.Body {
		return nil, tooLarge("the body, as sent", s.limits.Body)
	}
	if length < 0 || encoding != "" {
		length = max(4*length, int64(blockSizes[1])) // a guess
	}
	size := sizeFor(length)
	batch, window := batchCost(length), int64(0)
	if encoding == "zstd" {
		window = ingest.MaxZstdWindow
	}
	// All at once: who holds some and waits for more could wait for ever.
	ctx, cancel := context.WithTimeout(rq.r.Context(), s.limits.WaitTime)
	defer cancel()
	if err := s.budget.Take(ctx, int64(blockSizes[size])+batch+window); err != nil {
		return nil, err
	}
	defer s.budget.Give(window)
	rq.body = s.newBody(size)
	old := debug.SetPanicOnFault(true) // a mapped body that the disk cannot give back is a panic that contain answers
	give := func() {
		debug.SetPanicOnFault(old)
		rq.body.release()
		s.budget.Give(batch)
	}
	defer func() {
		if !rq.received {
			give()
		}
	}()
	if err := rq.readBody(); err != nil {
		return nil, err
	}
	rq.received = true
	return give, nil
}

// contain answers a panic of a decoder, so that one body cannot end the process.
func (rq *request) contain() {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	rq.s.log.Error("a request ended in a panic", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	rq.refuse(errInternal)
}
