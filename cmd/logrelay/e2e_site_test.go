package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"logrelay/relay/relaytest"
	"logrelay/relay/status"
)

// e2ePatience bounds every wait of the end-to-end tests. They pass long before it on a machine that has something else to do.
const e2ePatience = 90 * time.Second

// siemToken is what the stand-in SIEM wants to see.
const siemToken = "e2e-siem-token"

// program is the real program, built once. TestMain removes it.
var program = sync.OnceValues(func() (path string, err error) {
	dir, err := os.MkdirTemp("", "logrelay-e2e-")
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "logrelay")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	programDir.Store(&dir)
	return path, nil
})

// site is a host with a relay on it, the real program as a child process, and a stand-in SIEM.
type site struct {
	t         testing.TB
	ctx       context.Context
	dir       string
	env       []string // beside PATH
	ca        *relaytest.CA
	siem      *relaytest.SIEM
	http, sys string // the SIEM's addresses: HTTPS and syslog over TLS
	tally     *tally
	relay     *child // nil while it does not run

	mu   sync.Mutex
	down chan struct{} // closed while the relay runs
	addr map[string]string
}

// newSite makes the host and the SIEM. The relay does not run yet.
func newSite(t testing.TB) *site {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the real program")
	}
	dir, err := os.MkdirTemp("", "lr-") // t.TempDir is too long for a unix socket
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), e2ePatience)
	s := &site{t: t, ctx: ctx, dir: dir, ca: relaytest.NewCA(), tally: newTally(), down: make(chan struct{})}
	s.siem = relaytest.NewSIEM(relaytest.Options{
		TLS:   &tls.Config{Certificates: []tls.Certificate{s.ca.Server()}, SessionTicketsDisabled: true}, // so that each connection shows the certificate
		Token: siemToken, Keep: -1, OnRecord: s.tally.add,
	})
	t.Cleanup(func() {
		if s.relay != nil {
			s.relay.kill()
		}
		if t.Failed() {
			t.Logf("the relay's log:\n%s", tail(s.log(), 60))
		}
		cancel()
		s.siem.Close()
		os.RemoveAll(dir)
	})
	if s.http, err = s.siem.HTTP("127.0.0.1:0"); err == nil {
		s.sys, err = s.siem.SyslogTLS("127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	s.write("siem-ca.pem", string(s.ca.PEM()))
	s.write("siem-token", siemToken)
	return s
}

// Inputs and outputs as most tests want them. Names: web, tls; hec, https, sys.
const (
	webInput = "  web: {type: https, listen: '127.0.0.1:0', auth: generated}\n"
	tlsInput = "  tls: {type: syslog, transport: tls, listen: '127.0.0.1:0', networks: [127.0.0.0/8]}\n"
)

func (s *site) hecOutput(more string) string {
	return fmt.Sprintf("  hec: {type: hec, url: 'https://%s', token_file: siem-token, tls: {ca_file: siem-ca.pem}, from: oldest%s}\n", s.http, more)
}

func (s *site) httpsOutput(more string) string {
	return fmt.Sprintf("  https: {type: https, url: 'https://%s/in', bearer_file: siem-token, tls: {ca_file: siem-ca.pem}, from: oldest%s}\n", s.http, more)
}

func (s *site) sysOutput(more string) string {
	return fmt.Sprintf("  sys: {type: syslog, address: '%s', tls: {ca_file: siem-ca.pem}, from: oldest%s}\n", s.sys, more)
}

// configure writes the configuration. more are further top-level keys; buffer is given unless more has it.
func (s *site) configure(inputs, outputs string, more ...string) {
	s.t.Helper()
	rest := strings.Join(more, "")
	if !strings.Contains(rest, "buffer:") {
		rest += "buffer: {quota: 64MiB, reserve: 0}\n"
	}
	if !strings.Contains(rest, "drain_timeout:") {
		rest += "drain_timeout: 20s\n"
	}
	s.write("logrelay.yaml", "state_dir: state\nadmin: {listen: '', socket: admin.sock}\n"+rest+"inputs:\n"+inputs+"outputs:\n"+outputs)
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) read(name string) string {
	s.t.Helper()
	b, err := os.ReadFile(s.path(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// log is what the relay has logged, over all its starts.
func (s *site) log() string {
	b, _ := os.ReadFile(s.path("log"))
	return string(b)
}

// child is a running relay.
type child struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	code int           // exit status, -1 for a signal; valid after done
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	<-c.done
}

func (s *site) command(args ...string) *exec.Cmd {
	s.t.Helper()
	bin, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.ctx, bin, args...)
	cmd.Dir = s.dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir}, s.env...)
	return cmd
}

// launch starts the relay and waits for nothing.
func (s *site) launch() *child {
	s.t.Helper()
	log, err := os.OpenFile(s.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	c := &child{cmd: s.command("run", "--config", "logrelay.yaml"), done: make(chan struct{})}
	c.cmd.Stdout, c.cmd.Stderr = log, log
	if err := c.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.relay = c
	go func() {
		defer close(c.done)
		_ = c.cmd.Wait() // the status is what matters
		c.code = c.cmd.ProcessState.ExitCode()
	}()
	return c
}

// start starts the relay and waits until it accepts.
func (s *site) start() {
	s.t.Helper()
	s.launch()
	s.up()
}

// up waits until the relay accepts, and lets the senders go on.
func (s *site) up() {
	s.t.Helper()
	snapshot := s.await("the relay is ready", func(st status.Snapshot) bool { return st.Ready || st.Buffer.Full })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addr = addresses(snapshot)
	close(s.down)
}

func addresses(st status.Snapshot) map[string]string {
	m := map[string]string{}
	for _, in := range st.Inputs {
		m[in.Name] = in.Address
	}
	return m
}

// readdress learns the addresses after a reload.
func (s *site) readdress() {
	s.t.Helper()
	st := s.status()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addr = addresses(st)
}

// kill ends the relay with SIGKILL.
func (s *site) kill() {
	s.t.Helper()
	s.goingDown()
	s.relay.kill()
	s.relay = nil
}

// stop ends the relay with SIGTERM and fails unless it ends in order.
func (s *site) stop() {
	s.t.Helper()
	s.signal(syscall.SIGTERM)
	if code := s.ended(); code != 0 {
		s.t.Fatalf("the relay ended with status %d", code)
	}
}

func (s *site) signal(sig syscall.Signal) {
	s.t.Helper()
	if sig != syscall.SIGHUP {
		s.goingDown()
	}
	if err := s.relay.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// ended waits for the end of the relay and returns its exit status.
func (s *site) ended() int {
	s.t.Helper()
	select {
	case <-s.relay.done:
	case <-s.ctx.Done():
		s.t.Fatal("the relay does not end")
	}
	code := s.relay.code
	s.relay = nil
	return code
}

func (s *site) goingDown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.down:
		s.down = make(chan struct{})
	default:
	}
}

// address waits until the relay runs and returns where the input listens.
func (s *site) address(ctx context.Context, input string) (string, error) {
	for {
		s.mu.Lock()
		down, addr := s.down, s.addr[input]
		s.mu.Unlock()
		select {
		case <-down:
			return addr, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (s *site) at(input string) string {
	s.t.Helper()
	addr, err := s.address(s.ctx, input)
	if err != nil || addr == "" {
		s.t.Fatalf("input %s has no address: %v", input, err)
	}
	return addr
}

// get asks the admin socket, as text.
func (s *site) get(path string) (code int, text string, err error) {
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", s.path("admin.sock"))
	}}}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		return 0, "", err
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

func (s *site) askStatus() (st status.Snapshot, err error) {
	a, err := newAdminClient(s.path("admin.sock"))
	if err != nil {
		return st, err
	}
	defer a.http.CloseIdleConnections()
	return st, a.get(s.ctx, "/api/v1/status", &st)
}

func (s *site) status() status.Snapshot {
	s.t.Helper()
	st, err := s.askStatus()
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

// await asks for the status until it is as wanted. The sums of every status seen on the way have to add up.
func (s *site) await(what string, wanted func(status.Snapshot) bool) status.Snapshot {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		st, err := s.askStatus()
		if err == nil {
			checkSums(s.t, st)
			if wanted(st) {
				return st
			}
		}
		select {
		case <-tick.C:
		case <-s.relay.done:
			s.t.Fatalf("the relay ended with status %d before: %s", s.relay.code, what)
		case <-s.ctx.Done():
			s.t.Fatalf("never came: %s; %v\n%s", what, err, statusText(st))
		}
	}
}

func statusText(st status.Snapshot) string {
	var b bytes.Buffer
	_ = printStatus(&b, st)
	return b.String()
}

// checkSums checks promise 2 for each output.
func checkSums(t testing.TB, st status.Snapshot) {
	t.Helper()
	for _, o := range st.Outputs {
		u := o.Sum
		if sum := u.Delivered + u.DeadLettered + u.Waiting + u.Dropped + u.Discarded + u.Damaged; u.Accepted != sum || !u.AddsUp {
			t.Fatalf("output %s: %d accepted, but the parts are %d: %+v", o.Name, u.Accepted, sum, u)
		}
	}
}

func output(st status.Snapshot, name string) status.Output {
	for _, o := range st.Outputs {
		if o.Name == name {
			return o
		}
	}
	return status.Output{}
}

// settled waits until nothing waits any more at any output and at least n records were accepted.
func (s *site) settled(n int) status.Snapshot {
	s.t.Helper()
	return s.await(fmt.Sprintf("%d records accepted and nothing waiting", n), func(st status.Snapshot) bool {
		for _, o := range st.Outputs {
			if o.Sum.Accepted < uint64(n) || o.Sum.Waiting > 0 {
				return false
			}
		}
		return true
	})
}

// result is what a command of the command line did.
type result struct {
	code           int
	stdout, stderr string
}

// run runs the program with other arguments and waits for it.
func (s *site) run(args ...string) result {
	s.t.Helper()
	cmd := s.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			s.t.Fatal(err)
		}
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// must runs the program and fails unless it ends with the status and says each of the words.
func (s *site) must(code int, args []string, words ...string) result {
	s.t.Helper()
	r := s.run(args...)
	if r.code != code {
		s.t.Fatalf("logrelay %q: status %d, want %d\n%s%s", args, r.code, code, r.stdout, r.stderr)
	}
	for _, w := range words {
		if !strings.Contains(r.stdout+r.stderr, w) {
			s.t.Fatalf("logrelay %q does not say %q:\n%s%s", args, w, r.stdout, r.stderr)
		}
	}
	return r
}

// args splits a command line at its blanks and adds the configuration.
func args(line string) []string { return append(strings.Fields(line), "--config", "logrelay.yaml") }

// trust returns a pool with the relay's own certificate.
func (s *site) trust() *x509.CertPool {
	s.t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(s.read("state/tls/logrelay.pem"))) {
		s.t.Fatal("the relay's certificate is no PEM")
	}
	return pool
}

func tail(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func chmod(t testing.TB, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
