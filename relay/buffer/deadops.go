package buffer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"logrelay/relay"
)

// Retry hands the chosen entries to send, oldest first. An entry for which send returns nil is resolved as retried; after a crash
// in between it is sent again, with the same id. One that is refused again (*relay.RejectError) stays open and the next one is tried;
// if the answer differs, the entry takes a new number with it, where the store has room. Retry ends at any other error of send, or
// when ctx ends, and returns how many entries were resolved. Putting them back to the output that refused them is send's work.
func (d *DeadLetters) Retry(ctx context.Context, filter DeadLetterFilter, send func(context.Context, relay.DeadLetter) error) (int, error) {
	d.operating.Lock()
	defer d.operating.Unlock()
	n := 0
	err := d.each(filter, func(e *Entry) (bool, error) {
		err := ctx.Err()
		if err == nil {
			err = send(ctx, e.DeadLetter)
		}
		if reject, ok := errors.AsType[*relay.RejectError](err); ok {
			return true, d.renew(e, reject.Answer)
		}
		if err == nil {
			err = d.settle([]resolution{{e.Number, strings.Clone(e.Output)}}, retried)
		}
		if err != nil {
			return false, fmt.Errorf("retrying dead letter %d of %s: %w", e.Number, e.Output, err)
		}
		n++
		return true, nil
	})
	return n, errors.Join(err, d.advance())
}

// Drop gives the chosen entries up: the operator discards them. It returns how many.
func (d *DeadLetters) Drop(filter DeadLetterFilter) (int, error) {
	d.operating.Lock()
	defer d.operating.Unlock()
	n := 0
	var list []resolution
	flush := func() error {
		if err := d.settle(list, dropped); err != nil {
			return fmt.Errorf("dropping dead letters: %w", err)
		}
		n += len(list)
		list = list[:0]
		return nil
	}
	err := d.each(filter, func(e *Entry) (bool, error) {
		list = append(list, resolution{e.Number, strings.Clone(e.Output)})
		if len(list) < deadBatch {
			return true, nil
		}
		return true, flush()
	})
	if err == nil {
		err = flush()
	}
	return n, errors.Join(err, d.advance())
}

// renew stores the entry anew with another answer. A full store keeps the old one.
func (d *DeadLetters) renew(old *Entry, answer string) error {
	answer = boundAnswer(answer)
	if answer == old.Answer {
		return nil
	}
	e := Entry{DeadLetter: old.DeadLetter, renewal: true, renews: old.Number}
	e.Answer, e.Refused = answer, d.log.now().UnixNano()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.open(old.Number) {
		return nil
	}
	d.scratch = appendRenewal(d.scratch[:0], old.Number, &e.DeadLetter)
	if err := d.store(context.Background(), e); !errors.Is(err, relay.ErrFull) {
		return err
	}
	return nil
}

func boundAnswer(s string) string { return s[:min(len(s), deadAnswer)] }

// Forget begins the counters of what was resolved for an output anew: those of its cursor do, too. Open letters stay.
func (d *DeadLetters) Forget(output string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.outputs[output]
	if s == nil {
		return nil
	}
	s.Retried, s.Dropped, s.Records.Retried, s.Records.Dropped = 0, 0, 0, 0
	if err := d.writeTotals(d.low + uint64(len(d.done))); err != nil {
		return fmt.Errorf("forgetting the dead letters of %s: %w", output, err)
	}
	return nil
}

// resolution names an entry that is done with.
type resolution struct {
	number uint64
	output string
}

// settle commits resolutions. They have room also when the quota is used up: they are what makes room again.
func (d *DeadLetters) settle(list []resolution, f fate) error {
	if len(list) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.batch.Reset()
	d.batch.Use(&relay.Origin{Input: deadCursor}, 0)
	now := d.log.now().UnixNano()
	for _, r := range list {
		d.scratch = appendResolution(d.scratch[:0], r.number, r.output, f)
		d.batch.Append(d.scratch, now, 0)
	}
	d.fill(d.log.endNumber())
	if err := d.log.put(context.Background(), &d.batch, true); err != nil {
		return err
	}
	for _, r := range list {
		d.done = append(d.done, true)
		d.resolve(r.number, r.output, f, true)
	}
	return nil
}

// advance lets segments go in which nothing is open, after the totals are safe.
func (d *DeadLetters) advance() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, end := 0, len(d.done)
	for _, g := range d.groups {
		if g.dropped {
			end = min(end, int(g.since-d.low))
		}
	}
	for n < end && d.done[n] {
		n++
	}
	if n == 0 {
		return nil
	}
	if err := d.writeTotals(d.low + uint64(len(d.done))); err != nil {
		return fmt.Errorf("keeping the totals of the dead letters: %w", err)
	}
	d.low += uint64(n)
	d.done = slices.Clone(d.done[n:])
	d.cursor.Discard(d.low)
	return nil
}
