package relaytest

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// keepDefault is how many records a SIEM keeps.
const keepDefault = 1 << 16

// maxFrame bounds one record that a SIEM takes, in bytes.
const maxFrame = 64 << 20

// Options of a SIEM. The zero value works.
type Options struct {
	TLS      *tls.Config    // for HTTP and SyslogTLS; nil: HTTP is plain. It needs a certificate; see CA.
	Token    string         // what requests over HTTP have to show: HEC "Splunk ...", Elasticsearch "ApiKey ...", XSIAM bare, others "Bearer ..."; empty: anything goes
	Keep     int            // records kept for Records, the newest; 0: 65,536; negative: none
	OnRecord func(r Record) // called for each record, from several goroutines at once; r.Data is the callee's
}

// Record is what a SIEM received.
type Record struct {
	Protocol string // "hec", "hec-raw", "https", "xsiam", "elastic", "syslog-tls", "syslog-tcp" or "syslog-udp"
	Peer     string
	Data     []byte // the record without framing; for HEC the event, unquoted when it is a string
	Envelope []byte // HEC: the whole object around the event; Elasticsearch: the action before it
	Query    string // HTTP: the query string
}

// Fault says how a SIEM misbehaves. The zero Fault is health.
type Fault struct {
	Refuse      bool                     // connections are refused, those there are reset
	Hang        bool                     // everything is taken, nothing answered (HTTP) or nothing read (syslog over TCP), until the fault changes
	Delay       time.Duration            // wait before each answer (HTTP) or read (syslog)
	Status      int                      // HTTP: every request gets this status and nothing is taken
	RetryAfter  string                   // header with Status
	Reject      func(record []byte) bool // HTTP: 400 for a request with such a record; HEC names the event and takes those before it; Elasticsearch refuses it alone
	Item        func(record []byte) int  // Elasticsearch: the status of the record, which is then not taken; 0: none of its own
	Close       bool                     // the connection is closed in order instead of an answer; syslog: after the next record
	Lose        bool                     // HTTP: records are taken, and the connection is reset instead of an answer
	ResetAfter  int64                    // connections are reset after so many bytes, counted as they come from the network
	Certificate *tls.Certificate         // shown instead of the good one to new connections
	Times       int                      // the fault goes after so many uses; 0: it stays until Set
}

// SIEM receives like a SIEM. Its methods are safe for concurrent use.
type SIEM struct {
	opts Options

	wg     sync.WaitGroup
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex
	current  *Fault
	changed  chan struct{} // closed when current changes
	doors    []*door
	servers  []*http.Server
	packets  []net.PacketConn
	records  []Record
	first    int // index of the oldest in records, once it is full
	received uint64
	more     chan struct{}       // closed when a record comes
	ids      map[string]struct{} // Elasticsearch: index and id of what is there

	connections, requests, refused atomic.Uint64
}

// Stats are counters of a SIEM.
type Stats struct {
	Connections uint64
	Requests    uint64 // HTTP
	Refused     uint64 // HTTP requests that were answered with an error
	Records     uint64
}

// NewSIEM returns a SIEM that listens nowhere yet. Close ends it.
func NewSIEM(o Options) *SIEM {
	if o.Keep == 0 {
		o.Keep = keepDefault
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &SIEM{opts: o, ctx: ctx, cancel: cancel, current: &Fault{}, changed: make(chan struct{}), more: make(chan struct{})}
}

// HTTP listens on addr (over TLS when Options.TLS is set) for HEC under /services/collector, for Elasticsearch under /elastic, for XSIAM on
// /logs/v1/event, and for the generic protocol on every other path. It returns the address that it got.
func (s *SIEM) HTTP(addr string) (string, error) {
	d, err := s.listen(addr)
	if err != nil {
		return "", err
	}
	srv := &http.Server{Handler: http.HandlerFunc(s.serveHTTP), ErrorLog: log.New(io.Discard, "", 0)}
	s.mu.Lock()
	s.servers = append(s.servers, srv)
	s.mu.Unlock()
	s.wg.Go(func() {
		if s.opts.TLS == nil {
			_ = srv.Serve(d)
			return
		}
		srv.TLSConfig = s.tlsConfig()
		_ = srv.ServeTLS(d, "", "")
	})
	return d.addr.String(), nil
}

// SyslogTLS listens on addr for syslog over TLS (RFC 5425 or lines) and returns the address that it got.
func (s *SIEM) SyslogTLS(addr string) (string, error) {
	if s.opts.TLS == nil {
		return "", fmt.Errorf("listening on %s: no TLS configuration", addr)
	}
	cfg := s.tlsConfig()
	return s.syslog(addr, "syslog-tls", func(c net.Conn) net.Conn { return tls.Server(c, cfg) })
}

// SyslogTCP listens on addr for syslog over TCP (RFC 6587, each frame octet-counted or a line) and returns the address that it got.
func (s *SIEM) SyslogTCP(addr string) (string, error) {
	return s.syslog(addr, "syslog-tcp", func(c net.Conn) net.Conn { return c })
}

func (s *SIEM) syslog(addr, protocol string, wrap func(net.Conn) net.Conn) (string, error) {
	d, err := s.listen(addr)
	if err != nil {
		return "", err
	}
	s.wg.Go(func() {
		for {
			c, err := d.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.serveSyslog(c, wrap(c), protocol) })
		}
	})
	return d.addr.String(), nil
}

// SyslogUDP listens on addr for syslog datagrams and returns the address that it got.
func (s *SIEM) SyslogUDP(addr string) (string, error) {
	p, err := net.ListenPacket("udp", addr)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	s.packets = append(s.packets, p)
	s.mu.Unlock()
	s.wg.Go(func() { s.serveUDP(p) })
	return p.LocalAddr().String(), nil
}

func (s *SIEM) listen(addr string) (*door, error) {
	d, err := newDoor(s, addr)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.doors = append(s.doors, d)
	s.mu.Unlock()
	return d, nil
}

// tlsConfig is the configured one, except that a fault may show another certificate.
func (s *SIEM) tlsConfig() *tls.Config {
	cfg := s.opts.TLS.Clone()
	inner := cfg.GetConfigForClient
	cfg.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		if f := s.fault(); f.Certificate != nil {
			s.use(f)
			c := cfg.Clone()
			c.GetConfigForClient, c.Certificates, c.GetCertificate = nil, []tls.Certificate{*f.Certificate}, nil
			return c, nil
		}
		if inner != nil {
			return inner(h)
		}
		return nil, nil
	}
	return cfg
}

// Set makes f the fault from now on.
func (s *SIEM) Set(f Fault) {
	s.mu.Lock()
	s.set(f)
	doors := s.doors
	s.mu.Unlock()
	for _, d := range doors {
		if f.Refuse {
			d.shut()
		} else {
			d.open()
		}
	}
}

func (s *SIEM) set(f Fault) {
	s.current = &f
	close(s.changed)
	s.changed = make(chan struct{})
}

// Heal ends the fault.
func (s *SIEM) Heal() { s.Set(Fault{}) }

// Reset resets the connections that are open, once.
func (s *SIEM) Reset() {
	s.mu.Lock()
	doors := s.doors
	s.mu.Unlock()
	for _, d := range doors {
		d.resetAll()
	}
}

func (s *SIEM) fault() *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// use counts one use of f, if that is still the fault.
func (s *SIEM) use(f *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f != s.current || f.Times == 0 {
		return
	}
	g := *f
	if g.Times--; g.Times == 0 {
		g = Fault{}
	}
	s.set(g)
}

// stall waits as the fault f says. It reports false when the SIEM ends.
func (s *SIEM) stall(f *Fault, done <-chan struct{}) bool {
	for f.Hang {
		s.mu.Lock()
		now, changed := s.current, s.changed
		s.mu.Unlock()
		if !now.Hang {
			break
		}
		select {
		case <-changed:
		case <-done:
			return false
		case <-s.ctx.Done():
			return false
		}
	}
	if f.Delay > 0 {
		t := time.NewTimer(f.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-done:
			return false
		case <-s.ctx.Done():
			return false
		}
	}
	return true
}

// take keeps a record; its bytes are the SIEM's.
func (s *SIEM) take(r Record) {
	if s.opts.OnRecord != nil {
		s.opts.OnRecord(r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.records) < s.opts.Keep:
		s.records = append(s.records, r)
	case s.opts.Keep > 0:
		s.records[s.first] = r
		s.first = (s.first + 1) % len(s.records)
	}
	s.received++
	close(s.more)
	s.more = make(chan struct{})
}

// Records returns the records that are kept, in the order in which they came.
func (s *SIEM) Records() []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(append([]Record(nil), s.records[s.first:]...), s.records[:s.first]...)
}

// Wait waits until n records have come since the start, or ctx ends.
func (s *SIEM) Wait(ctx context.Context, n uint64) error {
	for {
		s.mu.Lock()
		got, more := s.received, s.more
		s.mu.Unlock()
		if got >= n {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d records, %d came: %w", n, got, ctx.Err())
		}
	}
}

// Stats returns the counters.
func (s *SIEM) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{s.connections.Load(), s.requests.Load(), s.refused.Load(), s.received}
}

// Close ends everything and waits for it.
func (s *SIEM) Close() {
	s.cancel()
	s.mu.Lock()
	doors, servers, packets := s.doors, s.servers, s.packets
	s.mu.Unlock()
	for _, d := range doors {
		_ = d.Close()
	}
	for _, srv := range servers {
		_ = srv.Close()
	}
	for _, p := range packets {
		_ = p.Close()
	}
	s.wg.Wait()
}
