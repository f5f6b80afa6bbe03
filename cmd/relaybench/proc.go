package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	clockTick   = 10 * time.Millisecond // of utime and stime in /proc: 1/USER_HZ, 100 on Linux
	sampleEvery = 20 * time.Millisecond
)

// proc is a running program under test.
type proc struct {
	cmd  *exec.Cmd
	log  *os.File
	done chan struct{}
	err  error // after done

	mu   sync.Mutex
	peak int64 // RssAnon, bytes
}

// startProc starts a program with its output in logPath. It dies with relaybench.
func startProc(logPath string, env []string, name string, args ...string) (*proc, error) {
	f, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	p := &proc{cmd: exec.Command(name, args...), log: f, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = f, f, append(os.Environ(), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		f.Close()
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	go func() { // ends with the child, which stop and kill wait for
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// watch samples memory until ctx or the process ends.
func (p *proc) watch(ctx context.Context) {
	t := time.NewTicker(sampleEvery)
	defer t.Stop()
	for {
		if v, err := rssAnon(p.cmd.Process.Pid); err == nil {
			p.mu.Lock()
			p.peak = max(p.peak, v)
			p.mu.Unlock()
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		case <-p.done:
			return
		}
	}
}

func (p *proc) peakMemory() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peak
}

func (p *proc) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
	p.log.Close()
}

// stop asks the process to end, and makes it after a while.
func (p *proc) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		p.log.Close()
		return nil
	case <-time.After(40 * time.Second):
		p.kill()
		return errors.New("the program did not end within 40 s of SIGTERM")
	}
}

// tail returns the end of what the process wrote.
func (p *proc) tail() string {
	b, _ := os.ReadFile(p.log.Name())
	return string(b[max(0, len(b)-2000):])
}

// cpu returns the CPU time used by the process and its children.
func (p *proc) cpu() time.Duration {
	pids := append([]int{p.cmd.Process.Pid}, children(p.cmd.Process.Pid)...)
	var sum time.Duration
	for _, pid := range pids {
		sum += cpuOf(pid)
	}
	return sum
}

// cpuOf returns utime, stime, cutime and cstime of /proc/PID/stat (proc(5)).
func cpuOf(pid int) (sum time.Duration) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 15 {
		return 0
	}
	for _, s := range f[11:15] {
		n, _ := strconv.ParseInt(s, 10, 64)
		sum += time.Duration(n) * clockTick
	}
	return sum
}

func children(pid int) (pids []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, f := range files {
		b, _ := os.ReadFile(f)
		for _, s := range strings.Fields(string(b)) {
			if n, err := strconv.Atoi(s); err == nil {
				pids = append(append(pids, n), children(n)...)
			}
		}
	}
	return pids
}

// rssAnon returns the anonymous memory of a process in bytes.
func rssAnon(pid int) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, after, ok := strings.Cut(string(b), "RssAnon:")
	if f := strings.Fields(after); ok && len(f) > 0 {
		n, err := strconv.ParseInt(f[0], 10, 64)
		return n << 10, err
	}
	return 0, errors.New("no RssAnon in /proc")
}
