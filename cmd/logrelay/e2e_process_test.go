package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"logrelay/relay/status"
)

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

// command returns the real program with arguments: main of the test binary, so that -race sees into it too.
func (s *site) command(args ...string) *exec.Cmd {
	s.t.Helper()
	cmd := exec.CommandContext(s.ctx, "logrelay", args...) // TestMain has put it into the path
	cmd.Dir = s.dir
	// Under -race each exec would take a second longer.
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "GORACE=atexit_sleep_ms=0"}, s.env...)
	return cmd
}

// launch starts the relay and waits for nothing.
func (s *site) launch() *child {
	s.t.Helper()
	return s.launchCommand(s.command("run", "--config", "logrelay.yaml"))
}

func (s *site) launchCommand(cmd *exec.Cmd) *child {
	s.t.Helper()
	log, err := os.OpenFile(s.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	c := &child{cmd: cmd, done: make(chan struct{})}
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
