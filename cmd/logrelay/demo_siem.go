package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"logrelay/relay/relaytest"
)

// demoShown is how many records of each protocol the demo prints.
const demoShown = 3

// demoSIEM is the stand-in: a HEC endpoint and a TLS syslog receiver over real sockets. What it gets, it appends to received.log.
type demoSIEM struct {
	*relaytest.SIEM
	hec, syslog string // addresses

	mu     sync.Mutex
	log    *os.File
	counts map[string]uint64   // by protocol
	shown  map[string][]string // by protocol
}

func startDemoSIEM(dir string) (s *demoSIEM, err error) {
	const token = "demo-siem-token"
	ca := relaytest.NewCA()
	for name, text := range map[string]string{"siem-ca.pem": string(ca.PEM()), "siem-token": token} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("preparing the stand-in SIEM: %w", err)
		}
	}
	s = &demoSIEM{counts: map[string]uint64{}, shown: map[string][]string{}}
	if s.log, err = os.OpenFile(filepath.Join(dir, "received.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640); err != nil {
		return nil, fmt.Errorf("preparing the stand-in SIEM: %w", err)
	}
	s.SIEM = relaytest.NewSIEM(relaytest.Options{
		TLS: &tls.Config{Certificates: []tls.Certificate{ca.Server()}}, Token: token, Keep: -1, OnRecord: s.take,
	})
	if s.hec, err = s.HTTP("127.0.0.1:0"); err == nil {
		s.syslog, err = s.SyslogTLS("127.0.0.1:0")
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("starting the stand-in SIEM: %w", err)
	}
	return s, nil
}

func (s *demoSIEM) take(r relaytest.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[r.Protocol]++
	n := s.counts[r.Protocol]
	if list := s.shown[r.Protocol]; len(list) < demoShown && n%500 == 1 {
		s.shown[r.Protocol] = append(list, string(r.Data))
	}
	fmt.Fprintf(s.log, "%s %s\n", r.Protocol, r.Data)
}

// received counts the records of an output.
func (s *demoSIEM) received(output string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if output == "siem_hec" {
		return s.counts["hec"]
	}
	return s.counts["syslog-tls"]
}

func (s *demoSIEM) print(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, part := range []struct{ protocol, title string }{
		{"hec", "over Splunk HEC, as OCSF"}, {"syslog-tls", "over syslog/TLS, as JSON behind an RFC 5424 header"},
	} {
		fmt.Fprintf(w, "\nSome of what the SIEM received %s:\n", part.title)
		for _, line := range s.shown[part.protocol] {
			fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(line, "\n", "\\n"))
		}
	}
}

// Close ends the SIEM and its log.
func (s *demoSIEM) Close() {
	s.SIEM.Close()
	_ = s.log.Close() // the demo's own copy
}
