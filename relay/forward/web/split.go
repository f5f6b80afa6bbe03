package web

import (
	"context"
	"errors"
	"net/url"

	"logrelay/relay"
)

const defaultLimit = 1 << 20

// Bodies says how events become bodies.
type Bodies struct {
	Limit int                                            // bytes of a body before compression, but for a single event, which is always taken; 0: 1 MiB
	Add   func(dst []byte, e *relay.Event, n int) []byte // appends the n-th event of its body, from 0
	End   string                                         // closes a body
}

// Send encodes events into bodies and sends these one after the other, each to the URL to use first, and to the next one where that may help (see
// forward.Endpoints). post sends a body of n events to u. The indexes of the error are those of events: what went before a failure is reported as
// delivered.
func (c *Client) Send(ctx context.Context, events []relay.Event, how Bodies, post func(u *url.URL, b *Body, n int) error) error {
	return c.split(events, how, func(b *Body, n int) error {
		b.Plain = append(b.Plain, how.End...)
		if err := c.Pack(b); err != nil {
			return err
		}
		return c.ends.Do(ctx, func(i int) error { return post(c.urls[i], b, n) })
	})
}

func (c *Client) split(events []relay.Event, how Bodies, send func(b *Body, n int) error) error {
	if how.Limit <= 0 {
		how.Limit = defaultLimit
	}
	b := c.Body()
	defer func() { c.Reuse(b) }()
	start := 0
	for i := range events {
		size := len(b.Plain)
		b.Plain = how.Add(b.Plain, &events[i], i-start)
		if len(b.Plain) <= how.Limit || i == start {
			continue
		}
		b.Plain = b.Plain[:size]
		if err := send(b, i-start); err != nil {
			return shift(err, start)
		}
		c.Reuse(b)
		b, start = c.Body(), i
		b.Plain = how.Add(b.Plain, &events[i], 0)
	}
	return shift(send(b, len(events)-start), start)
}

// AppendLine appends an event and LF; CR, LF and NUL inside are escaped.
func AppendLine(dst []byte, e *relay.Event, encode relay.EncodeFunc) []byte {
	from := len(dst)
	return append(relay.EscapeLine(encode(dst, e), from), '\n')
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
