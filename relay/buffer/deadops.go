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
// in between it is sent again, with the same id. Retry ends at send's first error, or when ctx ends, and returns how many entries
// were resolved. Putting them back to the output that refused them is send's work.
func (d *DeadLetters) Retry(ctx context.Context, filter DeadLetterFilter, send func(context.Context, relay.DeadLetter) error) (int, error) {
	d.operating.Lock()
	defer d.operating.Unlock()
	n := 0
	err := d.each(filter, func(e *Entry) (bool, error) {
		err := ctx.Err()
		if err == nil {
			err = send(ctx, e.DeadLetter)
		}
		if err == nil {
			err = d.settle([]resolution{{e.Number, strings.Clone(e.Output)}}, true)
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
		if err := d.settle(list, false); err != nil {
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

// resolution names an entry that is done with.
type resolution struct {
	number uint64
	output string
}

// settle commits resolutions. They have room also when the quota is used up: they are what makes room again.
func (d *DeadLetters) settle(list []resolution, retried bool) error {
	if len(list) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.batch.Reset()
	d.batch.Use(&relay.Origin{Input: deadCursor}, 0)
	now := d.log.now().UnixNano()
	for _, r := range list {
		d.scratch = appendResolution(d.scratch[:0], r.number, r.output, retried)
		d.batch.Append(d.scratch, now, 0)
	}
	number := d.log.endNumber()
	if err := d.log.put(context.Background(), &d.batch, true); err != nil {
		return err
	}
	for i, r := range list {
		d.resolve(r.number, number+uint64(i), r.output, retried, true)
	}
	return nil
}

// advance lets segments go in which nothing is open, after the totals are safe.
func (d *DeadLetters) advance() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for n < len(d.done) && d.done[n] {
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
