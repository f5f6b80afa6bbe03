package main

import (
	"crypto/tls"
	"strings"
	"syscall"
	"testing"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// TestOutage takes the SIEM away in all the ways in which a SIEM goes away, while records come in.
func TestOutage(t *testing.T) {
	t.Parallel()
	ca := relaytest.NewCA()
	foreign := ca.Server()
	for _, c := range []struct {
		name  string
		fault func(s *site) relaytest.Fault
		hold  bool   // a person has to act
		word  string // that the status has to say
		hint  string // and this, where a person has to act
	}{
		{"refused", func(*site) relaytest.Fault { return relaytest.Fault{Refuse: true} }, false, "refused", ""},
		{"hangs", func(*site) relaytest.Fault { return relaytest.Fault{Hang: true} }, false, "", ""},
		{"busy", func(*site) relaytest.Fault { return relaytest.Fault{Status: 503, RetryAfter: "1"} }, false, "503", ""},
		{"throttles", func(*site) relaytest.Fault { return relaytest.Fault{Status: 429, RetryAfter: "1"} }, false, "429", ""},
		{"resets", func(*site) relaytest.Fault { return relaytest.Fault{ResetAfter: 3000} }, false, "", ""},
		{"wrong authority", func(*site) relaytest.Fault { return relaytest.Fault{Certificate: &foreign} }, true, "certificate", "ca_file"},
		{"expired", func(s *site) relaytest.Fault { return fault(s.ca.Expired()) }, true, "valid from", "renew"},
		{"wrong host", func(s *site) relaytest.Fault { return fault(s.ca.WrongHost()) }, true, "127.0.0.1", "server_name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.hold && !thorough && c.name != "wrong host" {
				t.Skip("waits for the probe of each minute: in the integration tier")
			}
			outage(t, c.fault, c.hold, c.word, c.hint)
		})
	}
}

func fault(c tls.Certificate) relaytest.Fault { return relaytest.Fault{Certificate: &c} }

func outage(t *testing.T, fault func(*site) relaytest.Fault, hold bool, word string, hint string) {
	s := newSite(t)
	s.configure(webInput, s.hecOutput(", timeout: 1s, connect_timeout: 2s")+s.sysOutput(", timeout: 1s, connect_timeout: 2s"))
	s.start()
	n := newNumbers()
	h := s.httpSender(n)
	h.must(20)
	if err := s.tally.wait(s.ctx, "hec", 20); err != nil {
		t.Fatal(err)
	}
	end := s.load(n, 1, 10, pace)
	s.siem.Set(fault(s))
	s.siem.Reset() // new connections see the certificate
	before := n.count()
	st := s.await("hec fails", func(st status.Snapshot) bool {
		o := output(st, "hec")
		return o.LastError != "" && strings.Contains(o.LastError, word) && (o.State == "needs you") == hold && o.Sum.Waiting > 0
	})
	if err := n.wait(s.ctx, before+50); err != nil {
		t.Fatalf("the outage stops the intake: %v", err)
	}
	o := output(st, "hec")
	if hold {
		if !strings.Contains(o.Hint, hint) {
			t.Errorf("the hint does not say %q: %q (%s)", hint, o.Hint, o.LastError)
		}
		s.must(exitUnhealthy, args("status"), "needs you", "hint: ")
	}
	if code, text, err := s.get("/healthz"); code != 200 {
		t.Errorf("the outage makes the relay unhealthy: %d %s %v", code, text, err)
	}
	end()
	s.siem.Heal()
	if hold && !thorough { // the next probe is a minute away; a reload that changes the output does not wait for it
		s.configure(webInput, s.hecOutput(", timeout: 1m")+s.sysOutput(", timeout: 1m"))
		s.must(0, args("reload"))
	}
	s.settled(n.count())
	for _, protocol := range []string{"hec", "syslog-tls"} {
		s.tally.complete(t, protocol, n)
	}
	if st := s.status(); st.Health != status.Green {
		t.Errorf("not green after the outage:\n%s", statusText(st))
	}
}

// TestStartWithoutSIEM starts while nothing answers: the relay accepts at once, tells the service manager so, and is alive throughout.
func TestStartWithoutSIEM(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.siem.Set(relaytest.Fault{Refuse: true})
	manager := newServiceManager(s)
	s.configure(webInput+tlsInput, s.hecOutput("")+s.sysOutput("")+s.httpsOutput(""))
	s.start()
	manager.expect("READY=1")
	n := newNumbers()
	h := s.httpSender(n)
	h.must(100)
	s.await("all outputs retry", func(st status.Snapshot) bool {
		for _, o := range st.Outputs {
			if o.Retries == 0 || o.Sum.Waiting != 100 {
				return false
			}
		}
		return st.Ready
	})
	manager.expect("WATCHDOG=1")
	manager.expect("WATCHDOG=1")
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, text, err := s.get(path); code != 200 {
			t.Errorf("%s: %d %s %v", path, code, text, err)
		}
	}
	s.must(0, args("check --config-only"))
	s.must(exitUnhealthy, args("check"), "hint: ")

	s.signal(syscall.SIGHUP)
	if state := manager.expect("RELOADING=1"); !strings.Contains(state, "MONOTONIC_USEC=") {
		t.Errorf("a reload without the monotonic clock: %q", state)
	}
	manager.expect("READY=1")
	manager.expect("WATCHDOG=1")
	s.siem.Heal()
	s.settled(100)
	for _, protocol := range []string{"hec", "syslog-tls", "https"} {
		s.tally.complete(t, protocol, n)
	}
	s.stop()
	manager.expect("STOPPING=1")
}
