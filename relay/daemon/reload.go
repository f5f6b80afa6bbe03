package daemon

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"logrelay/relay"
	"logrelay/relay/config"
	"logrelay/relay/status/page"
)

// change is what a reload is going to do, made ready before anything is touched.
type change struct {
	inputs       []string // names of inputs whose access rules alone change
	newInputs    []string
	newOutputs   []string
	gone         []string // inputs
	goneOutputs  []string
	builtInputs  map[string]*input
	builtOutputs map[string]*output
	newCursors   []string // that prepare made
}

// reload makes the configuration that stands in the file now the one in force. On an error nothing has changed.
func (r runner) reload() error {
	d := r.d
	d.reloading.Beat(relay.StateWorking)
	defer d.reloading.Beat(relay.StateIdle)
	d.notify.reloading()
	defer d.notify.ready("running")
	if d.o.Load == nil {
		return d.pair.Reload()
	}
	cfg, err := d.o.Load()
	if err != nil {
		return err
	}
	if err := needsRestart(d.cfg, cfg); err != nil {
		return err
	}
	c, err := d.prepare(cfg)
	if err != nil {
		return err
	}
	pair := PairOptions(cfg, nil)
	if err := d.pair.Switch(pair.CertFile, pair.KeyFile); err != nil {
		d.discard(c)
		return err
	}
	r.apply(cfg, c)
	d.log.Info("reloaded", "inputs_changed", len(c.inputs)+len(c.newInputs), "inputs_removed", len(c.gone),
		"outputs_changed", len(c.newOutputs), "outputs_removed", len(c.goneOutputs))
	return nil
}

// needsRestart refuses changes that cannot be made while the process runs.
func needsRestart(old, cfg *config.Config) error {
	var keys []string
	for key, same := range map[string]bool{
		"state_dir": old.StateDir == cfg.StateDir, "buffer.dir": old.Buffer.Dir == cfg.Buffer.Dir, "memory_limit": old.MemoryLimit == cfg.MemoryLimit,
		"admin": reflect.DeepEqual(doors(old.Admin), doors(cfg.Admin)), "log": old.Log == cfg.Log, "tls.policy": old.TLS.Policy == cfg.TLS.Policy,
		"tls.acme": reflect.DeepEqual(lasting(old.TLS.ACME), lasting(cfg.TLS.ACME)),
	} {
		if !same {
			keys = append(keys, key)
		}
	}
	if keys == nil {
		return nil
	}
	slices.Sort(keys)
	return relay.WithHint(fmt.Errorf("these keys changed and need a restart: %v", keys), "systemctl restart logrelay; nothing is lost by it")
}

// doors is what of admin a reload cannot change: all but who may log in.
func doors(a config.Admin) config.Admin {
	a.Users = nil
	return a
}

// prepare compares the configurations and builds everything that is new: ports are bound, files read. What runs is not touched.
func (d *Daemon) prepare(cfg *config.Config) (*change, error) {
	c := &change{builtInputs: map[string]*input{}, builtOutputs: map[string]*output{}}
	if err := d.build(c, cfg); err != nil {
		d.discard(c)
		return nil, err
	}
	return c, nil
}

// build fills c. What it has built by the time of an error is in c too.
func (d *Daemon) build(c *change, cfg *config.Config) (err error) {
	for _, u := range pageUsers(cfg) {
		if err := page.CheckHash(u.Hash); err != nil {
			return fmt.Errorf("the password hash of user %s: %w", u.Name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Inputs)) {
		in, next := d.inputs[name], cfg.Inputs[name]
		same := in != nil && in.read == contentsOf(next)
		switch {
		case same && reflect.DeepEqual(in.cfg, next):
		case same && sameButAccess(in.cfg, next):
			if err := d.checkAccess(in, next); err != nil {
				return err
			}
			c.inputs = append(c.inputs, name)
		default:
			if in, err = d.newInput(name, next); err != nil {
				return err
			}
			c.builtInputs[name] = in
			c.newInputs = append(c.newInputs, name)
		}
	}
	var cursors []string
	for _, s := range d.buffer.Stats().Cursors {
		cursors = append(cursors, s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Outputs)) {
		out, next := d.outputs[name], cfg.Outputs[name]
		if out != nil && out.read == contentsOf(next) && reflect.DeepEqual(out.cfg, next) {
			continue
		}
		if !slices.Contains(cursors, name) {
			c.newCursors = append(c.newCursors, name)
		}
		if out, err = d.newOutput(name, next); err != nil {
			return err
		}
		c.builtOutputs[name] = out
		c.newOutputs = append(c.newOutputs, name)
	}
	for name := range d.inputs {
		if cfg.Inputs[name] == nil {
			c.gone = append(c.gone, name)
		}
	}
	for name := range d.outputs {
		if cfg.Outputs[name] == nil {
			c.goneOutputs = append(c.goneOutputs, name)
		}
	}
	return nil
}

// discard gives back what prepare built. A cursor that stayed would keep the log from being freed.
func (d *Daemon) discard(c *change) {
	for _, in := range c.builtInputs {
		in.close()
	}
	for _, out := range c.builtOutputs {
		out.close()
	}
	for _, name := range c.newCursors {
		if c.builtOutputs[name] == nil {
			continue
		}
		if err := d.buffer.Forget(name); err != nil {
			d.log.Error("taking a new output's place in the log back", "output", name, "error", err)
		}
	}
}

// apply cannot fail: everything that could was done before.
func (r runner) apply(cfg *config.Config, c *change) {
	d := r.d
	for _, name := range slices.Concat(c.goneOutputs, c.newOutputs) {
		if old := d.outputs[name]; old != nil {
			old.stop()
			<-old.done // its leases are released: the next pump begins where it was
			old.close()
		}
	}
	for _, name := range slices.Concat(c.gone, c.newInputs) {
		if old := d.inputs[name]; old != nil && old.access != nil {
			old.stop()
			<-old.done // it has given its messages back: the next source may have them
			old.close()
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cfg = cfg
	if err := d.page.SetUsers(pageUsers(cfg)); err != nil {
		d.log.Error("BUG: users that were checked are refused", "error", err)
	}
	d.buffer.SetLimits(limits(cfg))
	d.letters.SetLimits(letterLimits(cfg))
	for _, name := range c.goneOutputs {
		delete(d.outputs, name)
	}
	for _, name := range c.newOutputs {
		d.outputs[name] = c.builtOutputs[name]
		r.output(d.outputs[name])
	}
	for _, name := range c.inputs {
		if err := d.setAccess(d.inputs[name], cfg.Inputs[name]); err != nil {
			d.log.Error("BUG: access rules that were checked are refused", "input", name, "error", err)
		}
		d.inputs[name].cfg = cfg.Inputs[name]
	}
	for _, name := range slices.Concat(c.gone, c.newInputs) {
		old := d.inputs[name]
		delete(d.inputs, name)
		if next := c.builtInputs[name]; next != nil {
			d.inputs[name] = next
			r.input(next)
		}
		if old != nil {
			d.retire(old)
		}
	}
	for _, old := range d.retired {
		d.follow(old, d.inputs[old.name])
	}
}

// retire takes the listener from an input. Its connections live on: those of syslog until their senders end them, since a sender cannot
// know what was still under way to us; those of HTTPS until their next answer. An input without a listener ends at once, with what it has in hand
// stored.
func (d *Daemon) retire(old *input) {
	if old.listen == nil {
		old.stop()
	} else if err := old.listen.Close(); err != nil {
		d.log.Error("taking the listener back", "input", old.name, "error", err)
	}
	d.retired = slices.DeleteFunc(d.retired, func(in *input) bool {
		select {
		case <-in.done:
			return true
		default:
			return false
		}
	})
	d.retired = append(d.retired, old)
}
