package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"logrelay/relay/relaytest"
)

// numbers hands out sequence numbers and notes how often each was sent and which were acknowledged.
type numbers struct {
	mu       sync.Mutex
	next     uint64
	attempts map[uint64]int
	acked    []uint64
	more     chan struct{} // closed when something is acknowledged
}

func newNumbers() *numbers { return &numbers{attempts: map[uint64]int{}, more: make(chan struct{})} }

func (n *numbers) take(count int) []uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	seqs := make([]uint64, count)
	for i := range seqs {
		seqs[i] = n.next
		n.next++
	}
	return seqs
}

func (n *numbers) attempt(seqs []uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, q := range seqs {
		n.attempts[q]++
	}
}

func (n *numbers) ack(seqs []uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.acked = append(n.acked, seqs...)
	close(n.more)
	n.more = make(chan struct{})
}

func (n *numbers) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.acked)
}

// wait waits until count are acknowledged.
func (n *numbers) wait(ctx context.Context, count int) error {
	for {
		n.mu.Lock()
		got, more := len(n.acked), n.more
		n.mu.Unlock()
		if got >= count {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d acknowledged records, there are %d: %w", count, got, ctx.Err())
		}
	}
}

// httpSender posts JSON lines and knows that 200 means custody. It is used by one goroutine.
type httpSender struct {
	s      *site
	n      *numbers
	input  string
	addr   string // of the input, also while the relay is down; "" waits until it runs
	token  string
	client *http.Client
}

func (s *site) httpSender(n *numbers) *httpSender {
	s.t.Helper()
	return s.httpSenderWith(n, s.token(), s.trust())
}

// token is the one that the relay made for the input web.
func (s *site) token() string { return strings.TrimSpace(s.read("state/tokens/web")) }

func (s *site) httpSenderWith(n *numbers, token string, trust *x509.CertPool) *httpSender {
	h := &httpSender{s: s, n: n, input: "web", token: token}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust}, ForceAttemptHTTP2: true}
	h.client = &http.Client{Transport: transport, Timeout: e2ePatience}
	s.t.Cleanup(transport.CloseIdleConnections)
	return h
}

// post sends the records once.
func (h *httpSender) post(ctx context.Context, seqs []uint64) (*http.Response, error) {
	addr := h.addr
	if addr == "" {
		var err error
		if addr, err = h.s.address(ctx, h.input); err != nil {
			return nil, err
		}
	}
	var body []byte
	for _, q := range seqs {
		body = append(relaytest.JSON(body, q, time.Now()), '\n')
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+addr+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+h.token)
	req.Header.Set("Content-Type", "application/x-ndjson")
	h.n.attempt(seqs)
	res, err := h.client.Do(req)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if err == nil && res.StatusCode == http.StatusOK {
		h.n.ack(seqs)
	}
	return res, err
}

// send sends count new records until they are acknowledged.
func (h *httpSender) send(ctx context.Context, count int) error {
	seqs := h.n.take(count)
	for {
		res, err := h.post(ctx, seqs)
		if err == nil && res.StatusCode == http.StatusOK {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && res.StatusCode != http.StatusServiceUnavailable {
			return fmt.Errorf("the relay answers %s", res.Status)
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// pace is the usual time between two requests of a sender: enough load to have something under way at any moment.
const pace = 5 * time.Millisecond

// load keeps sending with several senders until the function that it returns is called, which waits for the last answers.
func (s *site) load(n *numbers, senders, batch int, pace time.Duration) (end func()) {
	s.t.Helper()
	var list []*httpSender
	for range senders {
		list = append(list, s.httpSender(n))
	}
	return s.loadWith(list, batch, pace)
}

func (s *site) loadWith(senders []*httpSender, batch int, pace time.Duration) (end func()) {
	ctx, cancel := context.WithCancel(s.ctx)
	var wg sync.WaitGroup
	for _, h := range senders {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := h.send(s.ctx, batch); err != nil && s.ctx.Err() == nil {
					s.t.Errorf("sending: %v", err)
					return
				}
				_ = sleep(ctx, pace)
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

// must sends records and fails unless they are acknowledged.
func (h *httpSender) must(count int) {
	h.s.t.Helper()
	if err := h.send(h.s.ctx, count); err != nil {
		h.s.t.Fatal(err)
	}
}

// dialTLS connects to a TLS syslog input.
func (s *site) dialTLS(input string, trust *x509.CertPool) *tls.Conn {
	s.t.Helper()
	c, err := (&tls.Dialer{Config: &tls.Config{RootCAs: trust}}).DialContext(s.ctx, "tcp", s.at(input))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c.(*tls.Conn)
}

// syslogFrames returns octet-counted messages with the numbers.
func syslogFrames(seqs []uint64) []byte {
	var out, msg []byte
	for _, q := range seqs {
		msg = relaytest.RFC5424(msg[:0], q, time.Now())
		out = strconv.AppendInt(out, int64(len(msg)), 10)
		out = append(append(out, ' '), msg...)
	}
	return out
}

// sendSyslog writes new records to a connection that has to be there, and counts them as acknowledged: plain syslog has no answer,
// but a connection that the relay has not closed, and that is closed in order, loses nothing.
func (s *site) sendSyslog(c net.Conn, n *numbers, count int) {
	s.t.Helper()
	seqs := n.take(count)
	n.attempt(seqs)
	if _, err := c.Write(syslogFrames(seqs)); err != nil {
		s.t.Fatal(err)
	}
	n.ack(seqs)
}
