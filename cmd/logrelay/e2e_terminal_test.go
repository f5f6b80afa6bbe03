package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// screenOf is a terminal with a program on it (pty(7)).
type screenOf struct {
	t      *testing.T
	s      *site
	master *os.File
	tty    *os.File // as a shell keeps it open
	cmd    *exec.Cmd
	before *unix.Termios
	done   chan struct{}

	mu  sync.Mutex
	out bytes.Buffer
}

// onTerminal starts the program on a terminal of that size.
func onTerminal(s *site, rows, cols uint16, cmd *exec.Cmd) *screenOf {
	t := s.t.(*testing.T)
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no terminals here: ", err)
	}
	t.Cleanup(func() { master.Close() })
	p := &screenOf{t: t, s: s, master: master, cmd: cmd, done: make(chan struct{})}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.resize(rows, cols)
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	p.tty = tty
	if p.before, err = unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS); err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		for b := make([]byte, 1<<12); ; {
			n, err := master.Read(b)
			if err != nil {
				return
			}
			p.mu.Lock()
			p.out.Write(b[:n])
			p.mu.Unlock()
		}
	}()
	return p
}

func (p *screenOf) resize(rows, cols uint16) {
	p.t.Helper()
	if err := unix.IoctlSetWinsize(int(p.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: cols}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *screenOf) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

func (p *screenOf) wait(shown string) {
	p.t.Helper()
	for !strings.Contains(p.text(), shown) {
		if sleep(p.s.ctx, 20*time.Millisecond) != nil {
			p.t.Fatalf("never shown: %q\n%q", shown, p.text())
		}
	}
}

// ends types a key, and waits for the end of the program.
func (p *screenOf) ends(key string) {
	p.t.Helper()
	if _, err := p.master.WriteString(key); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("%q ends it: %v\n%q", key, err, p.text())
	}
	after, err := unix.IoctlGetTermios(int(p.master.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	p.tty.Close() // what was written comes, then the end
	<-p.done
	if diff := cmp.Diff(p.before, after); diff != "" {
		p.t.Errorf("the terminal is not as it was (-before +after):\n%s", diff)
	}
}

// TestOnATerminal: what is live fits the terminal, follows its size, ends at a key, and leaves all as it was; colours and signs are what the terminal takes.
func TestOnATerminal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.configure(webInput+tlsInput, s.hecOutput("")+s.sysOutput(""))
	s.start()
	start := func(rows, cols uint16, env []string, args ...string) *screenOf {
		t.Helper()
		cmd := s.command(append(args, "--admin", "admin.sock")...)
		cmd.Env = append(cmd.Env, env...)
		return onTerminal(s, rows, cols, cmd)
	}
	colourful := []string{"TERM=xterm-256color", "LANG=C.UTF-8"}
	for _, key := range []string{"q", "\x03"} {
		p := start(40, 150, colourful, "top")
		p.wait("q ends")
		for cols := uint16(40); !strings.Contains(p.text(), "more lines"); cols++ { // what comes while it starts may escape it
			p.resize(8, cols)
			if sleep(s.ctx, 100*time.Millisecond) != nil {
				t.Fatalf("it does not follow the size: %q", p.text())
			}
		}
		p.ends(key)
		text := p.text()
		for _, pair := range [][2]string{{"\x1b[?1049h", "\x1b[?1049l"}, {"\x1b[?25l", "\x1b[?25h"}} { // the other screen, the cursor (xterm, ctlseqs)
			if strings.LastIndex(text, pair[1]) < strings.LastIndex(text, pair[0]) || !strings.Contains(text, pair[0]) {
				t.Errorf("%q: %q is not undone", key, pair[0])
			}
		}
		if !strings.Contains(text, colourGreen+markGood) {
			t.Errorf("no green tick: %q", text)
		}
	}
	p := start(10, 60, colourful, "status", "--watch")
	p.wait("more lines")
	p.resize(60, 60)
	p.wait("No problems.")
	p.ends("\x03")
	if !strings.Contains(p.text(), screenTop) {
		t.Error("it is not shown in place")
	}
	for _, env := range [][]string{{"TERM=xterm-256color", "NO_COLOR=1"}, {"TERM=dumb"}} {
		p := start(50, 200, env, "status", "--watch")
		p.wait("No problems.")
		p.ends("\x03")
		if text := p.text(); strings.Contains(text, "\x1b[3") || strings.Contains(text, "\x1b") != (len(env) == 2) || strings.ContainsFunc(text, func(r rune) bool { return r > '~' }) || !strings.Contains(text, "+ hec") {
			t.Errorf("%v: colours, or signs that are not ASCII: %q", env, text)
		}
	}
}
