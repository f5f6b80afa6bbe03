package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"logrelay/pki"
	"logrelay/pki/acme"
	"logrelay/relay"
	"logrelay/relay/buffer"
	"logrelay/relay/config"
	"logrelay/relay/ingest"
	"logrelay/relay/ingest/s3/access"
	"logrelay/relay/status"
	"logrelay/relay/status/page"
)

// Shares of memory_limit, one part in so many. The rest is for the runtime, connections, and what the libraries allocate.
const (
	sourceMemory   = 12 // for bytes on their way in, shared out evenly, so that an input that has to wait starves no other
	deliveryMemory = 4  // for leases and encoded events
)

// Options of a Daemon. Config is required.
type Options struct {
	Config  *config.Config
	Load    func() (*config.Config, error) // reads the configuration again for a reload; nil: only certificates are reloaded
	Version string
	Logger  *slog.Logger
}

// Daemon is the whole relay.
type Daemon struct {
	o        Options
	log      *slog.Logger
	notify   notifier
	started  time.Time
	registry *prometheus.Registry

	sockets         *listeners
	buffer          *buffer.Log
	letters         *buffer.DeadLetters
	pair            *pki.Store
	acme            *acme.Manager  // nil where not configured
	dns             *access.Access // to AWS for acme; nil where it needs none
	page            *page.Page
	admin           *status.Server
	address, socket net.Listener // of admin; nil where not configured

	deliveryBudget *relay.Budget
	flights        ingest.Flights // deliveries under way, of all inputs
	disk           [4]relay.Pulse // committer and keeper of the log, and of the dead letters
	reloading      relay.Pulse
	reloads        chan reloadRequest
	tap            tap // where the live tail looks
	rates          rates

	mu       sync.Mutex // guards what follows, against readers: only New and Run write
	cfg      *config.Config
	inputs   map[string]*input
	outputs  map[string]*output
	retired  []*input // replaced by a reload, with connections that have not ended yet
	refused  error    // of the last reload; nil when it took place
	stopping bool
}

// New opens everything: log, certificates, listeners. A port in use or a bad directory fails here, before anything runs.
// On an error nothing stays open.
func New(ctx context.Context, o Options) (*Daemon, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	memory := int64(o.Config.MemoryLimit)
	d := &Daemon{
		o: o, log: o.Logger.With("component", "daemon"), notify: notifier{o.Logger}, started: time.Now(),
		registry:       prometheus.NewRegistry(),
		sockets:        newListeners(),
		deliveryBudget: relay.NewBudget(memory / deliveryMemory),
		reloads:        make(chan reloadRequest),
		cfg:            o.Config,
		inputs:         map[string]*input{},
		outputs:        map[string]*output{},
	}
	if err := d.open(ctx); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// open opens what d needs, in the order in which one thing needs the other.
func (d *Daemon) open(ctx context.Context) (err error) {
	d.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, w := range d.cfg.Warnings {
		d.log.Warn("configuration", "warning", w.String())
	}
	if err := makeDir(string(d.cfg.StateDir)); err != nil {
		return relay.WithHint(fmt.Errorf("making the state directory: %w", err), "make it writable by this user, or set state_dir")
	}
	if err := d.openLog(); err != nil {
		return err
	}
	if d.pair, err = openPair(d.cfg, d.o.Logger); err != nil {
		return err
	}
	if err := d.openACME(ctx); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(d.cfg.Outputs)) {
		out, err := d.newOutput(name, d.cfg.Outputs[name])
		if err != nil {
			return err
		}
		d.outputs[name] = out
	}
	for _, name := range slices.Sorted(maps.Keys(d.cfg.Inputs)) {
		in, err := d.newInput(name, d.cfg.Inputs[name])
		if err != nil {
			return err
		}
		d.inputs[name] = in
	}
	if err := d.sockets.leftOver(); err != nil {
		return err
	}
	newMetrics(d.registry, d.Snapshot)
	return d.openAdmin(ctx)
}

// Run serves until ctx ends, then delivers what is left within drain_timeout, and returns when nothing is left running. The end
// of kill cuts everything short. An error means that the process should end with status 1 and be started again.
func (d *Daemon) Run(ctx, kill context.Context) error {
	defer d.close()
	g, all := errgroup.WithContext(kill)
	sources, stopSources := context.WithCancel(all)
	defer stopSources()
	pumps, stopPumps := context.WithCancel(all)
	defer stopPumps()
	service, stopService := context.WithCancel(all)
	defer stopService()

	run := runner{d, g, sources, pumps, kill}
	for _, out := range d.outputs {
		run.output(out)
	}
	for _, in := range d.inputs {
		run.input(in)
	}
	if d.address != nil {
		g.Go(func() error { return d.admin.RunAddress(service, d.address) })
	}
	if d.socket != nil {
		g.Go(func() error { return d.admin.RunSocket(service, d.socket) })
	}
	g.Go(func() error { d.page.Run(service); return nil })
	g.Go(func() error { d.pair.Watch(service); return nil })
	if d.acme != nil {
		g.Go(func() error { d.acme.Run(service); return nil })
	}
	g.Go(func() error { return d.notify.watchdog(service, d.alive) })
	g.Go(func() error { return d.watchDisk(service) })
	g.Go(func() error { return d.watchRates(service) })

	d.notify.ready(fmt.Sprintf("%d inputs, %d outputs", len(d.inputs), len(d.outputs)))
	d.log.Info("ready", "version", d.o.Version, "inputs", len(d.inputs), "outputs", len(d.outputs))
	for running := true; running; {
		select {
		case r := <-d.reloads:
			err := run.reload()
			d.mu.Lock()
			d.refused = err
			d.mu.Unlock()
			r.done <- err
		case <-ctx.Done():
			running = false
		case <-all.Done():
			running = false
		}
	}
	d.mu.Lock()
	d.stopping = true
	d.mu.Unlock()
	d.notify.stopping()
	d.log.Info("stopping: inputs first, then what is left is delivered", "drain_timeout", d.cfg.DrainTimeout)
	stopSources()
	for _, in := range slices.Concat(slices.Collect(maps.Values(d.inputs)), d.retired) {
		<-in.done
	}
	drained := time.AfterFunc(d.cfg.DrainTimeout, stopPumps)
	defer drained.Stop()
	for _, out := range d.outputs {
		out.pump.Drain()
	}
	for _, out := range d.outputs {
		<-out.done
	}
	stopService()
	err := g.Wait()
	for _, out := range d.outputs {
		if n := out.cursor.Stats().Waiting; n > 0 {
			d.log.Info("records stay on disk and are delivered after the next start", "output", out.name, "records", n)
		}
	}
	if kill.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// watchDisk ends the process when the disk failed: a restart verifies the log and goes on in a new segment.
func (d *Daemon) watchDisk(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-d.buffer.Broken():
		return relay.WithHint(fmt.Errorf("the log cannot be written any more: %w", d.buffer.Err()),
			"look at the disk (dmesg, smartctl): the next start verifies what is there and goes on in a new segment")
	case <-d.letters.Broken():
		return relay.WithHint(fmt.Errorf("the dead-letter log cannot be written any more: %w", d.letters.Err()),
			"look at the disk (dmesg, smartctl)")
	}
}

// close gives back what New opened. It may be called on a half-made daemon.
func (d *Daemon) close() {
	for _, in := range d.inputs {
		in.close()
	}
	for _, out := range d.outputs {
		out.close()
	}
	d.sockets.close()
	if d.dns != nil {
		d.dns.Close()
	}
	if d.address != nil {
		d.address.Close()
	}
	if d.socket != nil {
		d.socket.Close()
	}
	if d.letters != nil {
		if err := d.letters.Close(); err != nil {
			d.log.Error("closing the dead-letter log", "error", err)
		}
	}
	if d.buffer != nil {
		if err := d.buffer.Close(); err != nil {
			d.log.Error("closing the log", "error", err)
		}
	}
}

// alive is nil while every internal loop beats.
func (d *Daemon) alive() error {
	now := time.Now()
	for name, p := range d.pulses() {
		if p.Stuck(now, stuckAfter) {
			_, at := p.Last()
			return fmt.Errorf("%s has shown no sign of life for %s", name, now.Sub(at).Round(time.Second))
		}
	}
	return nil
}

func (d *Daemon) pulses() map[string]*relay.Pulse {
	d.mu.Lock()
	defer d.mu.Unlock()
	ps := map[string]*relay.Pulse{
		"the buffer's committer": &d.disk[0], "the buffer's keeper": &d.disk[1],
		"the dead letters' committer": &d.disk[2], "the dead letters' keeper": &d.disk[3], "reload": &d.reloading,
	}
	for name, in := range d.inputs {
		ps["input "+name] = &in.pulse
	}
	for name, out := range d.outputs {
		ps["output "+name] = &out.pulse
	}
	return ps
}

// ready is nil while records can be accepted.
func (d *Daemon) ready() error {
	d.mu.Lock()
	stopping := d.stopping
	d.mu.Unlock()
	if stopping {
		return errors.New("stopping")
	}
	return d.buffer.Stats().Full
}
