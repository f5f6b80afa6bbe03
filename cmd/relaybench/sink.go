package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// sinkBuffer is what one connection reads at a time, in bytes.
const sinkBuffer = 256 << 10

// sinkFault is how the sink misbehaves; the zero value is health.
type sinkFault struct {
	delay  time.Duration // before each answer or read
	status int           // HTTP: instead of 200
	hang   bool          // nothing is read or answered
}

// sink receives on one port, checks what comes, and can be away.
type sink struct {
	v     *verifier
	addr  string
	http  bool
	tls   *tls.Config // nil: plain
	fault atomic.Pointer[sinkFault]

	bodies *sync.Pool

	mu    sync.Mutex
	ln    net.Listener
	srv   *http.Server
	conns map[net.Conn]bool
	wg    sync.WaitGroup
}

// newSink opens a sink on a free port of loopback: syslog with octet counting or lines, or HTTP for NDJSON and HEC. m is the mark of what comes.
func newSink(m marking, isHTTP bool, cfg *tls.Config) (*sink, error) {
	s := &sink{v: newVerifier(m), addr: "127.0.0.1:0", http: isHTTP, tls: cfg, conns: map[net.Conn]bool{}, bodies: newBodies()}
	s.fault.Store(&sinkFault{})
	return s, s.open()
}

// open begins to listen, for the first time or after away.
func (s *sink) open() error {
	ln, err := net.Listen("tcp", s.addr)
	if err != nil {
		return fmt.Errorf("opening the sink: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addr, s.ln = ln.Addr().String(), ln
	kept := keptListener{ln, s}
	if s.http {
		srv := &http.Server{Handler: http.HandlerFunc(s.serveHTTP), ErrorLog: log.New(io.Discard, "", 0)}
		s.srv = srv
		s.wg.Go(func() {
			if s.tls == nil {
				_ = srv.Serve(kept)
				return
			}
			cfg := s.tls.Clone()
			cfg.NextProtos = []string{"http/1.1"}
			_ = srv.Serve(tls.NewListener(kept, cfg))
		})
		return nil
	}
	s.wg.Go(func() {
		for {
			c, err := kept.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.serveSyslog(c) })
		}
	})
	return nil
}

// away closes the port and resets all connections.
func (s *sink) away() {
	s.mu.Lock()
	ln, srv := s.ln, s.srv
	s.ln = nil
	for c := range s.conns {
		_ = c.(*keptConn).TCPConn.SetLinger(0)
		_ = c.(*keptConn).TCPConn.Close()
	}
	clear(s.conns)
	s.mu.Unlock()
	if ln != nil {
		_ = ln.Close()
	}
	if srv != nil {
		_ = srv.Close()
	}
	s.wg.Wait()
}

// keptListener remembers its connections.
type keptListener struct {
	net.Listener
	sink *sink
}

type keptConn struct {
	*net.TCPConn
	sink *sink
}

func (l keptListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	k := &keptConn{c.(*net.TCPConn), l.sink}
	l.sink.mu.Lock()
	l.sink.conns[k] = true
	l.sink.mu.Unlock()
	return k, nil
}

func (c *keptConn) Close() error {
	c.sink.mu.Lock()
	delete(c.sink.conns, c)
	c.sink.mu.Unlock()
	return c.TCPConn.Close()
}

// stall waits as the fault says.
func (s *sink) stall() *sinkFault {
	f := s.fault.Load()
	for f.hang {
		time.Sleep(10 * time.Millisecond)
		f = s.fault.Load()
	}
	time.Sleep(f.delay)
	return f
}

func (s *sink) serveSyslog(raw net.Conn) {
	c := raw
	if s.tls != nil {
		c = tls.Server(raw, s.tls)
	}
	defer raw.Close()
	buf := make([]byte, sinkBuffer)
	have, hint := 0, 0
	for {
		if *s.fault.Load() != (sinkFault{}) {
			s.stall()
		}
		if have == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
		n, err := c.Read(buf[have:])
		have += n
		if whole := wholeFrames(buf[:have]); whole > 0 {
			hint = s.v.scan(buf[:whole], hint)
			have = copy(buf, buf[whole:have])
		}
		if err != nil {
			return
		}
	}
}

// wholeFrames returns the length of the whole frames that b starts with.
func wholeFrames(b []byte) (end int) {
	for end < len(b) {
		n, i := 0, end
		for i < len(b) && b[i] >= '0' && b[i] <= '9' && i-end < 9 {
			n = n*10 + int(b[i]-'0')
			i++
		}
		if i < len(b) && i > end && b[i] == ' ' {
			if i+1+n > len(b) {
				return end
			}
			end = i + 1 + n
			continue
		}
		lf := bytes.IndexByte(b[end:], '\n')
		if lf < 0 {
			return end
		}
		end += lf + 1
	}
	return end
}

// newBodies returns a pool of *bytes.Buffer.
func newBodies() *sync.Pool { return &sync.Pool{New: func() any { return new(bytes.Buffer) }} }

func (s *sink) serveHTTP(w http.ResponseWriter, r *http.Request) {
	body := s.bodies.Get().(*bytes.Buffer)
	defer s.bodies.Put(body)
	body.Reset()
	if r.ContentLength > 0 && r.ContentLength < 64<<20 {
		body.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	var in io.Reader = r.Body
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		in = z
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		defer z.Close()
		in = z
	}
	if _, err := body.ReadFrom(in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if f := s.stall(); f.status != 0 {
		http.Error(w, http.StatusText(f.status), f.status)
		return
	}
	s.v.scan(body.Bytes(), 0)
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"text":"Success","code":0}`)
}
