package web

import (
	"errors"

	"logrelay/relay"
)

// Split encodes events into bodies of at most limit bytes (one event is always taken, however large) and posts them one after
// the other. add appends event i, the n-th of its body; post sends the body of the events in part. The error's indexes are
// those of events: what was posted before the failure is reported as delivered.
func (c *Client) Split(events []relay.Event, limit int, add func(dst []byte, e *relay.Event, n int) []byte, post func(b *Body, part []relay.Event) error) error {
	b := c.Body()
	defer func() { c.Reuse(b) }()
	start := 0
	for i := range events {
		size := len(b.Plain)
		b.Plain = add(b.Plain, &events[i], i-start)
		if len(b.Plain) <= limit || i == start {
			continue
		}
		b.Plain = b.Plain[:size]
		if err := post(b, events[start:i]); err != nil {
			return shift(err, start)
		}
		c.Reuse(b)
		b, start = c.Body(), i
		b.Plain = add(b.Plain, &events[i], 0)
	}
	return shift(post(b, events[start:]), start)
}

// shift turns an error about a part that begins at start into one about the whole.
func shift(err error, start int) error {
	if err == nil || start == 0 {
		return err
	}
	delivered := make([]int, start)
	for i := range delivered {
		delivered[i] = i
	}
	if p, ok := errors.AsType[*relay.PartialError](err); ok {
		for _, i := range p.Delivered {
			delivered = append(delivered, i+start)
		}
		err = p.Err
	}
	if r, ok := errors.AsType[*relay.RejectError](err); ok && len(r.Events) > 0 {
		moved := *r
		moved.Events = nil
		for _, i := range r.Events {
			moved.Events = append(moved.Events, i+start)
		}
		err = &moved
	}
	return &relay.PartialError{Delivered: delivered, Err: err}
}
