package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"logrelay/pki"
	"logrelay/relay"
	"logrelay/relay/config"
	"logrelay/relay/forward"
)

// Words of a CheckResult.
const (
	CheckOK        = "ok"
	CheckFailed    = "failed"
	CheckWarning   = "warning" // it does not work, and the relay starts all the same
	CheckNotTested = "not tested"
)

// probeTime bounds the attempt to reach one output.
const probeTime = 15 * time.Second

// CheckResult is one thing that was tried.
type CheckResult struct {
	Name   string // "output siem"
	Result string
	Detail string
	Hint   string // what to do, "" for nothing
}

// CheckOptions say what Check tries. The zero value tries all that it finds.
type CheckOptions struct {
	ConfigOnly bool   // opens no socket and connects nowhere, so that a dead SIEM never keeps the service from starting
	Object     string // s3://bucket/key to be read with the access of each input that pulls; "" means what its queue names

	systemctl func(context.Context, ...string) (string, error) // nil means the program
}

// Check tries what a configuration names: certificate, disk, ports, queues, far ends. It sends no event and leaves nothing behind, but that a
// message of a queue counts one more receive.
func Check(ctx context.Context, c *config.Config, o CheckOptions) []CheckResult {
	results := []CheckResult{{Name: "configuration", Result: CheckOK, Detail: fmt.Sprintf("inputs: %d, outputs: %d", len(c.Inputs), len(c.Outputs))}}
	results = append(results, checkOverrides(c)...)
	results = append(results, checkPair(c, o.ConfigOnly), checkDisk(c))
	running := !o.ConfigOnly && answers(ctx, string(c.Admin.Socket))
	results = append(results, checkACME(ctx, c, o.ConfigOnly, running)...)
	if o.systemctl == nil {
		o.systemctl = systemctl
	}
	wrong, held := checkSockets(ctx, c, o)
	results = append(results, wrong...)
	results = append(results, checkRules(c)...)
	var far []func() []CheckResult // what takes its time, side by side
	for _, name := range slices.Sorted(maps.Keys(c.Inputs)) {
		if in, ok := c.Inputs[name].(*config.S3Input); ok {
			far = append(far, func() []CheckResult { return checkS3(ctx, name, in, o) })
			continue
		}
		if s, ok := held[name]; ok {
			results = append(results, CheckResult{Name: "input " + name, Result: CheckOK, Detail: s.address + ": systemd holds it open (" + s.unit + ")"})
			continue
		}
		results = append(results, checkInput(name, c.Inputs[name], o.ConfigOnly, running))
	}
	if c.Admin.Listen != "" && !o.ConfigOnly {
		results = append(results, checkListen("admin", "tcp", c.Admin.Listen, running))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Outputs)) {
		far = append(far, func() []CheckResult { return []CheckResult{checkOutput(ctx, name, c.Outputs[name], o.ConfigOnly)} })
	}
	found := make([][]CheckResult, len(far))
	var trying sync.WaitGroup
	for i, try := range far {
		trying.Go(func() { found[i] = try() })
	}
	trying.Wait()
	return slices.Concat(results, slices.Concat(found...))
}

func failed(name string, err error) CheckResult {
	return CheckResult{Name: name, Result: CheckFailed, Detail: err.Error(), Hint: relay.HintOf(err)}
}

// checkPair looks at the relay's certificate and key. A bad pair never keeps the relay from starting: it has the last good one.
func checkPair(c *config.Config, configOnly bool) CheckResult {
	const name = "certificate"
	o := PairOptions(c, nil)
	certFile, keyFile := o.Files()
	if o.CertFile == "" && !o.HasImported() {
		return checkOwnPair(certFile, keyFile)
	}
	err := pki.CheckPair(certFile, keyFile)
	if u, ok := pki.ServiceUser(string(c.StateDir)); ok && err == nil { // we are root, who may read everything
		err = errors.Join(pki.Unreadable(certFile, keyFile, u)...)
	}
	if err != nil {
		r := failed(name, err)
		if configOnly {
			r.Result = CheckWarning
		}
		return r
	}
	return CheckResult{Name: name, Result: CheckOK, Detail: fmt.Sprintf("%s: certificate and key are a pair and good today", certFile)}
}

// checkOwnPair looks at the pair that the relay makes, and renews by itself. What else is in its place is neither overwritten nor served.
func checkOwnPair(certFile, keyFile string) CheckResult {
	const name = "certificate"
	if _, err := os.Stat(certFile); err != nil {
		return CheckResult{Name: name, Result: CheckOK, Detail: "none is configured: a self-signed one is made at the first start and kept"}
	}
	i := pki.Inspect(certFile, keyFile)
	if len(i.Chain) == 0 {
		return failed(name, errors.Join(i.Faults...))
	}
	return CheckResult{Name: name, Result: CheckOK, Detail: fmt.Sprintf("none is configured: %s is self-signed, made by the relay and good until %s", certFile, i.Chain[0].NotAfter.UTC().Format(time.DateOnly))}
}

// checkDisk writes and syncs a file where the log will be.
func checkDisk(c *config.Config) CheckResult {
	const name = "disk"
	dir := string(c.Buffer.Dir)
	exists := existing(dir)
	began := time.Now()
	err := tryDisk(exists)
	if err != nil {
		return failed(name, relay.WithHint(fmt.Errorf("writing in %s: %w", exists, err),
			"the service user must be able to write there: chown logrelay "+exists+", or set state_dir"))
	}
	took := time.Since(began)
	var st syscall.Statfs_t
	if err := syscall.Statfs(exists, &st); err != nil {
		return failed(name, fmt.Errorf("asking for the free space of %s: %w", exists, err))
	}
	free := config.Bytes(st.Bavail) * config.Bytes(st.Bsize)
	if free <= c.Buffer.Reserve {
		return failed(name, relay.WithHint(fmt.Errorf("%s has %s free, and buffer.reserve keeps %s of it", exists, mib(free), c.Buffer.Reserve),
			"make room, use another file system, or lower buffer.reserve"))
	}
	detail := fmt.Sprintf("%s: write and fsync work (%s), %s free", dir, took.Round(time.Microsecond), mib(free))
	if free-c.Buffer.Reserve < c.Buffer.Quota {
		detail += fmt.Sprintf("; less than buffer.quota (%s) beyond the reserve: the disk will be the limit", c.Buffer.Quota)
	}
	return CheckResult{Name: name, Result: CheckOK, Detail: detail}
}

func mib(b config.Bytes) string { return fmt.Sprintf("%d MiB", b>>20) }

func tryDisk(dir string) error {
	f, err := os.CreateTemp(dir, ".logrelay-check-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("logrelay check\n")
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

// answers reports whether a relay answers on the admin socket.
func answers(ctx context.Context, socket string) bool {
	if socket == "" {
		return false
	}
	c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", socket)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

func checkInput(name string, in config.Input, configOnly, running bool) CheckResult {
	name = "input " + name
	listening, ok := in.(config.ListeningInput)
	if !ok {
		panic(fmt.Sprintf("BUG: an input of type %T", in))
	}
	address := listening.Listening().Listen
	if configOnly {
		return CheckResult{Name: name, Result: CheckNotTested, Detail: address + ": no port is tried with --config-only"}
	}
	return checkListen(name, networkOf(in), address, running)
}

// checkListen tries whether somebody could listen there. A relay that is running may be the one that does.
func checkListen(name, network, address string, running bool) CheckResult {
	var l io.Closer
	var err error
	if network == "udp" {
		l, err = net.ListenPacket(network, address)
	} else {
		l, err = net.Listen(network, address)
	}
	r := CheckResult{Name: name, Result: CheckOK}
	switch {
	case err == nil:
		l.Close()
		r.Detail = address + ": listening would work"
	case errors.Is(err, syscall.EADDRINUSE) && running:
		r.Detail = address + ": in use, and a logrelay is running here"
	default:
		return failed(name, listenError(name, address, err))
	}
	return r
}

// prober is a destination that can be tried without sending an event.
type prober interface {
	// Probe connects as Send would. Errors carry a hint; forward.ErrNotTested says that what could be tried worked.
	Probe(ctx context.Context) error
}

func checkOutput(ctx context.Context, name string, cfg config.Output, configOnly bool) CheckResult {
	r := CheckResult{Name: "output " + name, Result: CheckOK}
	dest, err := newDestination(name, cfg, nil)
	if err != nil {
		return failed(r.Name, err)
	}
	defer dest.Close()
	p, ok := dest.(prober)
	switch {
	case configOnly:
		r.Result, r.Detail = CheckNotTested, target(cfg)+": nothing is connected with --config-only"
	case !ok:
		r.Detail = target(cfg)
	default:
		ctx, cancel := context.WithTimeout(ctx, probeTime)
		defer cancel()
		err := p.Probe(ctx)
		if err != nil && !errors.Is(err, forward.ErrNotTested) {
			return failed(r.Name, err)
		}
		r.Detail = "Connection established: " + target(cfg)
		if err != nil {
			r.Detail += "; " + err.Error()
		}
	}
	return r
}
