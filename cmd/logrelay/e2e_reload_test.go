package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"syscall"
	"testing"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// TestReloadUnderLoad changes everything that a reload may change while records come in.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, name := range []string{"a", "b", "c"} {
		s.write("token-"+name, "secret-of-"+name)
	}
	web := func(listen, token string) string {
		return fmt.Sprintf("  web: {type: https, listen: '%s', auth: generated, tokens: [{name: a, token_file: token-a}, {name: %s, token_file: token-%[2]s}]}\n", listen, token)
	}
	lim := func(n int) string {
		return fmt.Sprintf("  lim: {type: syslog, transport: tls, listen: '127.0.0.1:0', networks: [127.0.0.0/8], max_connections: %d}\n", n)
	}
	s.configure(web("127.0.0.1:0", "b")+tlsInput+lim(10), s.hecOutput(""))
	s.start()
	n := newNumbers()
	end := s.load(n, 2, 10, pace)
	trust := s.trust()
	steady, revoked := s.httpSenderWith(n, "secret-of-a", trust), s.httpSenderWith(n, "secret-of-b", trust)
	dials := 0
	ctx := httptrace.WithClientTrace(s.ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if !i.Reused {
			dials++
		}
	}})
	send := func(h *httpSender, want int) {
		t.Helper()
		res, err := h.post(ctx, n.take(1))
		if err != nil || res.StatusCode != want {
			t.Fatalf("want %d: %v %v", want, res, err)
		}
	}
	untouched, limited := s.dialTLS("tls", trust), s.dialTLS("lim", trust)
	syslogTwice := func() {
		for _, c := range []net.Conn{untouched, limited} {
			s.sendSyslog(c, n, 5)
		}
	}
	send(steady, 200)
	send(revoked, 200)
	syslogTwice()

	// One token goes, one comes, an output comes, limits change.
	lim1, port1 := s.at("lim"), s.at("web")
	s.configure(web("127.0.0.1:0", "c")+tlsInput+lim(11), s.hecOutput("")+s.sysOutput(""))
	s.signal(syscall.SIGHUP)
	s.await("there is a second output", func(st status.Snapshot) bool { return len(st.Outputs) == 2 })
	send(steady, 200)
	if dials != 2 {
		t.Errorf("the reload closed a connection whose token is still good: %d connections instead of 2", dials)
	}
	send(revoked, 401)
	send(s.httpSenderWith(n, "secret-of-c", trust), 200)
	syslogTwice()
	if s.readdress(); s.at("lim") != lim1 || s.at("web") != port1 {
		t.Errorf("the reload moved a port that did not change: %v", s.addr)
	}
	s.dialTLS("lim", trust) // the port is served by the new limits now

	// The port moves.
	s.configure(web("localhost:0", "c")+tlsInput+lim(11), s.hecOutput("")+s.sysOutput(""))
	dials = 0
	send(steady, 200)
	was := dials
	s.must(0, args("reload"), "reloaded")
	send(steady, 200) // on the connection that was there, which ends with it
	if dials != was {
		t.Error("the connection did not survive that its port moved")
	}
	s.readdress()
	if s.at("web") == port1 {
		t.Error("the port did not move")
	}
	s.await("the old port is closed", func(status.Snapshot) bool {
		c, err := net.Dial("tcp", port1)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	more := s.httpSenderWith(n, "secret-of-c", s.trust())
	send(more, 200)
	syslogTwice()

	// A bad file changes nothing.
	before := s.read("logrelay.yaml")
	s.write("logrelay.yaml", strings.Replace(before, "max_connections: 11", "max_conections: 12", 1))
	s.must(exitFailed, []string{"reload", "--admin", "admin.sock"}, "max_conections", `did you mean "max_connections"`)
	s.signal(syscall.SIGHUP)
	s.await("the log says that nothing was changed", func(status.Snapshot) bool { return strings.Contains(s.log(), "nothing was changed") })
	s.write("logrelay.yaml", strings.Replace(before, "state_dir: state", "state_dir: elsewhere", 1))
	s.must(exitFailed, []string{"reload", "--admin", "admin.sock"}, "state_dir", "restart")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s.write("logrelay.yaml", strings.Replace(before, "localhost:0", taken.Addr().String(), 1))
	s.must(exitFailed, []string{"reload", "--admin", "admin.sock"}, "address already in use", "hint: ")
	send(more, 200)
	s.write("logrelay.yaml", before)
	s.must(0, args("reload"))
	syslogTwice()

	end()
	untouched.Close()
	limited.Close()
	s.settled(1)
	if err := s.tally.wait(s.ctx, "hec", n.count()); err != nil {
		t.Error(err)
	}
	s.settled(1)
	s.tally.complete(t, "hec", n)
}

// TestRevocation takes rights away by a reload that also replaces the inputs: it reaches the connections that live on.
func TestRevocation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.write("token-a", "secret-of-a")
	s.write("token-b", "secret-of-b")
	inputs := func(web, lim string) string {
		return fmt.Sprintf("  web: {type: https, listen: '127.0.0.1:0', %s}\n  lim: {type: syslog, transport: tls, listen: '127.0.0.1:0', %s}\n", web, lim)
	}
	const a, b = "{name: a, token_file: token-a}", "{name: b, token_file: token-b}"
	s.configure(inputs("tokens: ["+a+", "+b+"]", "networks: [127.0.0.0/8]"), s.hecOutput(""))
	s.start()
	n := newNumbers()
	kept, revoked, c := s.httpSenderWith(n, "secret-of-a", s.trust()), s.httpSenderWith(n, "secret-of-b", s.trust()), s.dialTLS("lim", s.trust())
	kept.must(1)
	revoked.must(1)
	s.sendSyslog(c, n, 1)

	s.configure(inputs("tokens: ["+a+"], max_body: 1MiB", "networks: [192.0.2.0/24], max_connections: 10"), s.hecOutput(""))
	s.must(0, args("reload"))
	if res, err := revoked.post(s.ctx, n.take(1)); err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a token that is revoked: %v, %v", res, err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("a sender from a network that is not allowed any more stays")
	}
	kept.must(1)
	s.settled(3)
	s.tally.complete(t, "hec", n)
}

// TestCertificateSwap replaces the relay's certificate under load: by a good one, then by one that does not fit its key.
func TestCertificateSwap(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first, second, third := s.ca.Server(), s.ca.Server(), s.ca.Server()
	s.replacePair(first)
	s.configure(webInput+tlsInput, s.hecOutput(""), "tls: {cert_file: relay.pem, key_file: relay.key}\n")
	s.start()
	n := newNumbers()
	end := s.loadWith([]*httpSender{s.httpSenderWith(n, s.token(), s.ca.Pool())}, 10, pace)
	established := s.dialTLS("tls", s.ca.Pool())
	shown := func(input string) *x509.Certificate {
		return s.dialTLS(input, s.ca.Pool()).ConnectionState().PeerCertificates[0]
	}
	syslogOnce := func() { s.sendSyslog(established, n, 5) }
	syslogOnce()

	s.replacePair(second)
	s.await("new connections see the new certificate", func(status.Snapshot) bool {
		return shown("web").Equal(second.Leaf) && shown("tls").Equal(second.Leaf)
	})
	syslogOnce()

	cert, _ := relaytest.CertPEM(third) // with the key of the second
	s.replaceFile("relay.pem", string(cert))
	s.must(exitFailed, args("reload"), "relay.pem")
	st := s.await("the status is red", func(st status.Snapshot) bool { return st.Health == status.Red })
	if st.TLS.Problem == "" || !shown("web").Equal(second.Leaf) {
		t.Errorf("a bad pair: %+v", st.TLS)
	}
	s.must(exitUnhealthy, args("status"), "certificate", "hint: ")
	syslogOnce()

	s.replacePair(third)
	s.must(0, args("reload"))
	if !shown("tls").Equal(third.Leaf) || s.status().Health == status.Red {
		t.Errorf("the good pair is not taken:\n%s", statusText(s.status()))
	}
	end()
	established.Close()
	if err := s.tally.wait(s.ctx, "hec", n.count()); err != nil {
		t.Error(err)
	}
	s.settled(n.count())
	s.tally.complete(t, "hec", n)
}

// replacePair puts a certificate and its key where the configuration says, as a tool would: each file whole.
func (s *site) replacePair(c tls.Certificate) {
	s.t.Helper()
	cert, key := relaytest.CertPEM(c)
	s.replaceFile("relay.key", string(key))
	s.replaceFile("relay.pem", string(cert))
}

func (s *site) replaceFile(name, text string) {
	s.t.Helper()
	s.write(name+".new", text)
	if err := os.Rename(s.path(name+".new"), s.path(name)); err != nil {
		s.t.Fatal(err)
	}
}
