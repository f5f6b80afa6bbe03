package status

import (
	"net"
	"net/http"
	"sync"

	"logrelay/relay"
)

// connections bounds how many are open at a door: descriptors and memory that they took would be missing for senders. Where there are too many, the one
// that has waited longest for a request of its peer ends, so that a crowd of idle ones locks nobody out.
type connections struct {
	most int

	mu    sync.Mutex
	turn  uint64
	since map[net.Conn]uint64 // the turn at which it began to wait; 0 while it is answered
}

func newConnections(most int) *connections {
	return &connections{most: most, since: map[net.Conn]uint64{}}
}

// state is an http.Server's ConnState.
func (cs *connections) state(c net.Conn, s http.ConnState) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if _, known := cs.since[c]; !known && s != http.StateNew {
		return // it was ended
	}
	cs.turn++
	switch s {
	case http.StateNew:
		if len(cs.since) >= cs.most && !cs.endOne() {
			c.Close()
			return
		}
		cs.since[c] = cs.turn
	case http.StateIdle:
		cs.since[c] = cs.turn
	case http.StateActive:
		cs.since[c] = 0
	case http.StateHijacked, http.StateClosed:
		delete(cs.since, c)
	}
}

// endOne ends the connection that has waited longest, or reports that none waits.
func (cs *connections) endOne() bool {
	var longest net.Conn
	for c, turn := range cs.since {
		if turn > 0 && (longest == nil || turn < cs.since[longest]) {
			longest = c
		}
	}
	if longest == nil {
		return false
	}
	delete(cs.since, longest)
	longest.Close()
	return true
}

// listener is one whose failures pass: a server pauses and tries again.
type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, relay.AcceptError(err)
	}
	return c, nil
}
