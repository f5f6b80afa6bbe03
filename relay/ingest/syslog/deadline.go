package syslog

import (
	"context"
	"os"
	"time"
)

// wake ends a wait for bytes, so that the end of ctx is seen.
func (c *conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.draining {
		c.st.SetReadDeadline(time.Unix(1, 0))
	}
}

// setDeadline sets the deadline of the socket. A wake that comes between is not undone: it follows the end of ctx, and the caller looks there next.
func (c *conn) setDeadline(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() == nil {
		c.st.SetDeadline(t)
		c.deadline = t
	}
}

// due returns when the connection has waited too long.
func (c *conn) due() time.Time {
	due := c.last.Add(c.src.o.IdleTimeout)
	if c.since.IsZero() {
		return due
	}
	if frame := c.since.Add(c.src.o.ReadTimeout); frame.Before(due) {
		return frame
	}
	return due
}

// arm makes sure that a wait ends when it has lasted too long. A deadline that is early is left: expired puts it off. That
// spares setting a timer for each read.
func (c *conn) arm() {
	if due := c.due(); c.deadline.IsZero() || c.deadline.After(due) {
		c.setDeadline(due)
	}
}

// putOff leaves the time since then out of what the connection has waited: we did not read, since the log was full or memory was short, and the sender had
// no part in that.
func (c *conn) putOff(since time.Time) {
	now := time.Now()
	lost := now.Sub(since)
	c.last = c.last.Add(lost)
	if !c.since.IsZero() {
		c.since = c.since.Add(lost)
	}
	if now.After(c.deadline) {
		c.setDeadline(c.due())
	}
}

// expired is called when the deadline has passed.
func (c *conn) expired() error {
	due := c.due()
	switch now := time.Now(); {
	case now.Before(due):
	case !c.since.IsZero() && c.f.resumable() && !c.st.records.incomplete():
		// A line without an end. Some senders end a line when the next begins: pass it on and stay.
		c.src.refusals.add(reasonFrameTimeout, c.peer, nil)
		if err := c.abandon(); err != nil {
			return err
		}
		c.since = time.Time{}
		due = c.due()
	case !c.since.IsZero():
		c.src.refusals.add(reasonFrameTimeout, c.peer, nil)
		return os.ErrDeadlineExceeded
	default:
		c.src.refusals.add(reasonIdle, c.peer, nil)
		return os.ErrDeadlineExceeded
	}
	c.setDeadline(due)
	return nil
}

// drain says that we close the connection, takes what is still on its way, and ends it.
func (c *conn) drain() error {
	c.mu.Lock()
	c.draining = true
	c.st.SetDeadline(time.Now().Add(drainTime))
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), drainTime)
	defer cancel()
	c.st.ctx = ctx
	if c.tls != nil {
		_ = c.tls.CloseWrite() // a peer that is gone shows when it is read from
	}
	if half, ok := c.st.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	var err error
	for err == nil {
		if err = c.st.fill(); err == nil {
			err = c.pump()
		}
	}
	return c.finish(err)
}
