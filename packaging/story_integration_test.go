//go:build integration

package packaging

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"logrelay/relay/relaytest"
)

// site is a relay that is installed in a box, senders, and the SIEM that it delivers to, on the loopback network of the box.
type site struct {
	*box
	siem          *relaytest.SIEM
	ca            *relaytest.CA // of the SIEM
	client        *http.Client  // trusts the relay's certificate; a new connection for each request
	name          string        // that the certificate has to have
	token         string
	configuration string // of the relay
	sent          uint64 // records that the relay has answered for; numbers run from 0
}

const siemAddress = "127.0.0.1:16514"

func newSite(t *testing.T, name string) *site {
	t.Helper()
	s := &site{box: newBox(t, name), ca: relaytest.NewCA()}
	s.siem = relaytest.NewSIEM(relaytest.Options{TLS: &tls.Config{Certificates: []tls.Certificate{s.ca.Server()}}})
	t.Cleanup(s.siem.Close)
	if err := s.inside(func() error { _, err := s.siem.SyslogTLS(siemAddress); return err }); err != nil {
		t.Fatal(err)
	}
	return s
}

// trust takes the certificates that senders trust, and the name by which they call the relay.
func (s *site) trust(pem []byte, name string) {
	s.t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		s.t.Fatalf("no certificate:\n%s", pem)
	}
	s.name = name
	s.client = &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: s.dial, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name}, DisableKeepAlives: true,
	}}
}

// post sends records and returns the status of the answer.
func (s *site) post(token string, body []byte) (int, error) {
	r, err := http.NewRequest(http.MethodPost, "https://127.0.0.1:5443/ingest/vpcflow", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// push sends n VPC flow records in one request and expects the answer 200.
func (s *site) push(n int) error {
	var body []byte
	for i := range uint64(n) {
		body = append(relaytest.VPCFlow(body, s.sent+i, time.Now()), '\n')
	}
	status, err := s.post(s.token, body)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("answer %d", status)
	}
	s.sent += uint64(n)
	return nil
}

// broken reports whether a connection broke before the answer. Senders try again then: the relay may have been killed.
func broken(err error) bool { return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) }

// mustPush is push, again while connections break.
func (s *site) mustPush(n int) {
	s.t.Helper()
	s.await("a push is answered", func() bool {
		err := s.push(n)
		if err != nil && !broken(err) {
			s.t.Fatalf("pushing: %v", err)
		}
		return err == nil
	})
}

// syslog sends n messages over TLS.
func (s *site) syslog(n int) {
	s.t.Helper()
	c, err := s.dial(s.t.Context(), "tcp", "127.0.0.1:6514")
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	t := tls.Client(c, s.client.Transport.(*http.Transport).TLSClientConfig)
	for range n {
		message := relaytest.RFC5424(nil, s.sent, time.Now())
		if _, err := fmt.Fprintf(t, "%d %s", len(message), message); err != nil {
			s.t.Fatal(err)
		}
		s.sent++
	}
	if err := t.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// complete waits until the SIEM has every record that the relay answered for.
func (s *site) complete() {
	s.t.Helper()
	missing := func() (n uint64) {
		seen := map[uint64]bool{}
		for _, r := range s.siem.Records() {
			if seq, ok := relaytest.Sequence(r.Data); ok {
				seen[seq] = true
			}
		}
		for i := range s.sent {
			if !seen[i] {
				n++
			}
		}
		return n
	}
	s.await(fmt.Sprintf("%d records arrive", s.sent), func() bool { return missing() == 0 })
}

// under runs do while a sender pushes in a loop, and expects that no connection is refused and no request is turned away. A connection that breaks
// before the answer is tried again, as senders do: its records are not counted as sent.
func (s *site) under(do func()) {
	s.t.Helper()
	ctx, stop := context.WithCancel(s.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			err := s.push(20)
			if err != nil && !broken(err) {
				s.t.Errorf("the sender is turned away: %v", err)
				return
			}
		}
	})
	func() {
		defer wg.Wait()
		defer stop()
		do()
	}()
}
