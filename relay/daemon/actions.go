package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/buffer"
	"logrelay/relay/config"
	"logrelay/relay/status"
)

const (
	maxShownErrors = 10       // what a retry of many dead letters reports at most
	maxListedBytes = 32 << 20 // of records in a list of dead letters, which is in memory as a whole, several times over
)

// actions is what the admin socket may ask for. It implements status.Actions.
type actions struct{ d *Daemon }

type reloadRequest struct{ done chan error }

// Reload hands the request to Run, which alone changes what runs.
func (a actions) Reload(ctx context.Context) error { return a.d.Reload(ctx) }

// Reload reads configuration and certificates again and changes what differs. An error means that nothing changed. Safe for
// concurrent use while Run runs.
func (d *Daemon) Reload(ctx context.Context) error {
	r := reloadRequest{make(chan error, 1)}
	select {
	case d.reloads <- r:
		return <-r.done
	case <-ctx.Done():
		return fmt.Errorf("reloading: %w", ctx.Err())
	}
}

// filter finds the entries that a query names. None is an error, so that a typing error never means all.
func (a actions) filter(q status.LetterQuery) (buffer.DeadLetterFilter, error) {
	f := buffer.DeadLetterFilter{Output: q.Output}
	if err := a.known(q.Output); err != nil || q.All {
		return f, err
	}
	err := a.d.letters.Each(f, func(e *buffer.Entry) bool {
		if slices.Contains(q.IDs, letterID(e)) {
			f.Entries = append(f.Entries, e.Number)
		}
		return true
	})
	if err == nil && len(f.Entries) == 0 {
		err = relay.WithHint(errors.New("none of these ids is an open dead letter"), "see `logrelay buffer dead-letters ls`")
	}
	return f, err
}

// known fails for a name that no output has, and no dead letter: a typing error would be taken for "there are none".
func (a actions) known(output string) error {
	counts, _ := a.d.letters.Stats()
	if output == "" || slices.ContainsFunc(counts, func(c buffer.DeadLetterStats) bool { return c.Output == output }) {
		return nil
	}
	a.d.mu.Lock()
	defer a.d.mu.Unlock()
	if name, ok := strings.CutPrefix(output, letterPrefix); a.d.outputs[output] != nil || ok && a.d.inputs[name] != nil {
		return nil
	}
	return relay.WithHint(fmt.Errorf("there is no output %q", output), "there are: "+strings.Join(slices.Sorted(maps.Keys(a.d.outputs)), ", ")+"; "+letterPrefix+"NAME means what an input set aside")
}

// letterID is the id that the event had on its way out.
func letterID(e *buffer.Entry) string {
	if e.Event == 0 {
		return e.Record.ID()
	}
	return fmt.Sprintf("%s/%d", e.Record.ID(), e.Event)
}

func (a actions) DeadLetters(_ context.Context, q status.LetterQuery, limit int) ([]status.Letter, error) {
	list, size := []status.Letter{}, 0
	if err := a.known(q.Output); err != nil {
		return nil, err
	}
	err := a.d.letters.Each(buffer.DeadLetterFilter{Output: q.Output}, func(e *buffer.Entry) bool {
		if q.All || slices.Contains(q.IDs, letterID(e)) {
			l := status.Letter{
				ID: letterID(e), Output: e.Output, Input: e.Record.Origin.Input, Kind: string(e.Record.Origin.Kind),
				Peer: e.Record.Origin.Peer, Received: e.Record.ReceivedTime(), Refused: time.Unix(0, e.Refused).UTC(), Answer: e.Answer,
			}
			if size += len(e.Record.Raw); q.Raw && size <= maxListedBytes {
				l.Raw = string(e.Record.Raw)
			}
			list = append(list, l)
		}
		return len(list) < limit
	})
	if err == nil && q.Raw && size > maxListedBytes {
		return nil, relay.WithHint(fmt.Errorf("the records of these dead letters have %s, and at most %s are shown at once", mib(config.Bytes(size)), mib(maxListedBytes)),
			"name fewer ids, or one output; `logrelay buffer dead-letters ls` shows all without their records")
	}
	return list, err
}

// RetryDeadLetters sends each entry through the output that refused it. What is refused again stays; an output that fails otherwise
// keeps the rest of its entries.
func (a actions) RetryDeadLetters(ctx context.Context, q status.LetterQuery) (res status.LetterResult, err error) {
	f, err := a.filter(q)
	if err != nil {
		return res, err
	}
	send := func(ctx context.Context, l relay.DeadLetter) error {
		err := a.d.redeliver(ctx, l)
		if err != nil {
			res.Left++
			if len(res.Errors) < maxShownErrors {
				res.Errors = append(res.Errors, fmt.Sprintf("%s: %s", refuser(l.Output), err))
			}
		}
		return err
	}
	counts, _ := a.d.letters.Stats()
	for _, c := range counts { // one after the other: one that is down must not keep the others' letters
		if q.Output != "" && q.Output != c.Output || c.Open == 0 {
			continue
		}
		left := res.Left
		f.Output = c.Output
		n, e := a.d.letters.Retry(ctx, f, send)
		res.Done += n
		if e != nil && res.Left == left { // else it was told entry by entry
			err = errors.Join(err, e)
		}
	}
	return res, err
}

// refuser names who set a dead letter aside: "output siem", "input trail".
func refuser(output string) string {
	if name, ok := strings.CutPrefix(output, letterPrefix); ok {
		return "input " + name
	}
	return "output " + output
}

// redeliver gives a dead letter back to the output that refused it, or to the input that set it aside.
func (d *Daemon) redeliver(ctx context.Context, l relay.DeadLetter) error {
	if name, ok := strings.CutPrefix(l.Output, letterPrefix); ok {
		p, err := d.pullInput(name)
		if err != nil {
			return err
		}
		return p.Retry(ctx, l)
	}
	d.mu.Lock()
	out := d.outputs[l.Output]
	d.mu.Unlock()
	if out == nil {
		return errors.New("this output is not configured")
	}
	return out.redeliver(ctx, l)
}

func (a actions) DropDeadLetters(_ context.Context, q status.LetterQuery) (res status.LetterResult, err error) {
	f, err := a.filter(q)
	if err == nil {
		res.Done, err = a.d.letters.Drop(f)
	}
	return res, err
}

func (a actions) Passages(base relay.ID, ordinal uint64) (list []status.Passage) {
	a.d.mu.Lock()
	defer a.d.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(a.d.outputs)) {
		if p, ok := a.d.outputs[name].pump.Passed(base, ordinal); ok {
			o := p.Outcome
			list = append(list, status.Passage{Output: name, At: p.At, Delivered: o.Delivered, DeadLettered: o.DeadLettered, Dropped: o.Dropped})
		}
	}
	return list
}

func (a actions) Forget(_ context.Context, name string) error {
	a.d.mu.Lock()
	defer a.d.mu.Unlock()
	if a.d.outputs[name] != nil {
		return relay.WithHint(fmt.Errorf("output %s is in use", name), "remove it from the configuration and reload first")
	}
	if err := a.d.buffer.Forget(name); err != nil {
		return err
	}
	return a.d.letters.Forget(name)
}
