package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"logrelay/relay"
	"logrelay/relay/buffer"
	"logrelay/relay/config"
	"logrelay/relay/forward"
	"logrelay/relay/status"
)

// output is one destination with its pump and its place in the log.
type output struct {
	name   string
	cfg    config.Output
	read   contents
	cursor *buffer.Cursor
	dest   relay.Destination
	pump   *forward.Pump
	pulse  relay.Pulse
	shows  certificate // under the Daemon's mu
	stop   context.CancelFunc
	done   chan struct{} // closed when Run of the pump has returned

	using  sync.RWMutex // held by redeliver, and by close
	closed context.Context
	end    context.CancelFunc // of closed
}

// newOutput opens the output's cursor and makes its pump. It connects nowhere.
func (d *Daemon) newOutput(name string, cfg config.Output) (*output, error) {
	c := cfg.Common()
	out := &output{name: name, cfg: cfg, read: contentsOf(cfg), done: make(chan struct{})}
	out.closed, out.end = context.WithCancel(context.Background())
	var err error
	if out.dest, err = newDestination(name, cfg, d.o.Logger); err != nil {
		out.end()
		return nil, err
	}
	from := buffer.FromNow
	if c.From == "oldest" {
		from = buffer.FromOldest
	}
	if out.cursor, err = d.buffer.Cursor(name, from); err != nil {
		out.close()
		return nil, fmt.Errorf("output %s: %w", name, err)
	}
	o := forward.Options{
		Name: name, Cursor: tappedCursor{out.cursor, &d.tap, name}, Destination: out.dest, Select: selection(c), DeadLetters: d.letters,
		BatchRecords: c.BatchRecords, BatchBytes: int(c.BatchBytes), Budget: d.deliveryBudget,
		Logger: d.o.Logger, Registerer: d.registry, Pulse: &out.pulse,
	}
	if h := httpCommon(cfg); h != nil {
		o.Ordered, o.MaxConcurrency = h.Ordered, h.MaxConcurrency
	}
	if o.Normalize, err = d.normalizer(name, c); err != nil {
		out.close()
		return nil, fmt.Errorf("output %s: %w", name, err)
	}
	out.pump = forward.NewPump(o)
	return out, nil
}

// selection turns the output's lists into a question; nil when it takes everything. A kind that is not known yet may turn out to be any: the pump asks
// again when it knows.
func selection(c *config.OutputCommon) func(*relay.Origin, relay.Kind) bool {
	if len(c.Inputs) == 0 && len(c.Tenants) == 0 && len(c.Kinds) == 0 {
		return nil
	}
	in := func(list []string, s string) bool { return len(list) == 0 || slices.Contains(list, s) }
	return func(o *relay.Origin, k relay.Kind) bool {
		return in(c.Inputs, o.Input) && in(c.Tenants, o.Tenant) && (len(c.Kinds) == 0 || k == relay.KindAuto || slices.Contains(c.Kinds, config.Kind(k)))
	}
}

// redeliver sends one dead letter beside the pump. It ends when the output is closed.
func (out *output) redeliver(ctx context.Context, l relay.DeadLetter) error {
	out.using.RLock()
	defer out.using.RUnlock()
	if out.closed.Err() != nil {
		return errors.New("this output was replaced or removed meanwhile")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(out.closed, cancel)()
	return out.pump.Redeliver(ctx, l)
}

// close gives up connections. The pump does not run.
func (out *output) close() {
	out.end()
	out.using.Lock()
	defer out.using.Unlock()
	if out.dest != nil {
		_ = out.dest.Close() // what was unconfirmed stays in the log
	}
}

// settle moves records whose dead letters were all retried or dropped to another term of the sum. A letter may be stored, and even
// settled, before the cursor has passed its record, hence the bounds; what has an open letter is never called settled.
func settle(o relay.Outcome, r buffer.DeadRecords) relay.Outcome {
	settled := min(r.Retried+r.Dropped, o.DeadLettered-min(r.Open, o.DeadLettered))
	dropped := min(r.Dropped, settled)
	o.DeadLettered -= settled
	o.Discarded += dropped
	o.Delivered += settled - dropped
	return o
}

func (out *output) status(letters buffer.DeadLetterStats) status.Output {
	c, p := out.cursor.Stats(), out.pump.Stats()
	o := settle(c.Outcome, letters.Records)
	st := status.Output{
		Name: out.name, Type: out.cfg.Common().Type, Target: target(out.cfg), State: p.State,
		Sum:         status.NewSum(c.End-c.Start, c.Waiting, o),
		WaitingSize: uint64(c.WaitingBytes), InFlight: c.Leased, Unconfirmed: uint64(p.Unconfirmed), SetAside: p.SetAside, Retries: p.Retries,
		Concurrency: p.Concurrency, LastError: p.Error, Hint: p.Hint, Strict: true,
	}
	if c.Oldest != 0 && c.Waiting > 0 {
		st.WaitingFor = max(0, time.Since(time.Unix(0, c.Oldest)).Seconds()) // the clock may have been set back since
	}
	if n := networkCommon(out.cfg); n != nil {
		st.Strict = n.TLS.Strict
	}
	if !p.Since.IsZero() {
		since := p.Since.UTC()
		st.Since = &since
	}
	if !p.LastSuccess.IsZero() {
		st.LastSuccess = &p.LastSuccess
	}
	return st
}
