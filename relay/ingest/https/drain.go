package https

import (
	"context"
	"time"
)

const (
	// leaveTime is how long connections may go on after somebody else closed the listener.
	leaveTime = 10 * time.Second
	// firstTime is how long a connection may take until its first request is here, once we are asked to end. net/http has the same.
	firstTime = 5 * time.Second
	// restTime is how long an HTTP/1.1 connection has to have rested before it is closed without an answer that says so. The protocol has no other way:
	// a request that crosses the end of its connection is lost, and one that comes so long after the last is rare.
	restTime = time.Second
	// drainTick is how often connections are looked at meanwhile.
	drainTick = 10 * time.Millisecond
)

// leave lets each connection end with its next answer. Closing them at once would cut off requests that are on their way to us.
func (s *Server) leave(ctx context.Context) {
	s.leaving.Store(true)
	t := time.NewTimer(leaveTime)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// drain ends the connections, within Limits.DrainTime or until Cut, without breaking one whose sender counts on it. Who has just connected gets the first request
// answered, in whatever stage of the handshake it is; who sends one request after the other gets an answer that ends the connection. Those that rest, and
// HTTP/2, which can say at any moment that it ends, are left to net/http.
func (s *Server) drain() {
	ctx, cancel := context.WithTimeout(s.patient, s.limits.DrainTime)
	defer cancel()
	s.leaving.Store(true)
	s.settle(ctx)
	if s.http.Shutdown(ctx) != nil { // it breaks connections whose first request it sees now
		s.log.Warn("requests were still under way at the end and were cut off")
		s.http.Close()
		s.conns.closeWhere(func(*conn) bool { return true })
	}
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.active.Wait()
}

// settle waits until no connection is unsettled, or ctx ends.
func (s *Server) settle(ctx context.Context) {
	t := time.NewTicker(drainTick)
	defer t.Stop()
	for s.conns.unsettled(time.Now()) {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// unsettled reports whether there is a connection that may expect that a request which it sends now is answered. Those with a request under way are not
// among them: their answer ends them.
func (l *conns) unsettled(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		since := c.idle.Load()
		if since == 0 {
			continue
		}
		rested := now.Sub(time.Unix(0, since))
		switch c.http.Load() {
		case 0:
			if rested < min(firstTime, l.s.limits.HeaderTime) {
				return true
			}
		case 1:
			if rested < restTime {
				return true
			}
		}
	}
	return false
}
