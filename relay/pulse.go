package relay

import (
	"sync/atomic"
	"time"
)

// State is what a loop declares itself to be doing.
type State int32

const (
	StateIdle    State = iota // nothing to do
	StateWorking              // has work in hand: must beat again soon
	StateWaiting              // waits for something outside for good reason: back-off, hold, full
	StateDone                 // has ended in order
)

func (s State) String() string {
	return [...]string{"idle", "working", "waiting", "done"}[s]
}

// Pulse is the sign of life of one internal loop: the loop beats, the watchdog looks. The zero Pulse is idle. Safe for concurrent use;
// the methods of a nil Pulse do nothing.
type Pulse struct {
	at    atomic.Int64
	state atomic.Int32
}

// Beat says that the loop is alive and what it is doing from now on. It costs a few nanoseconds.
func (p *Pulse) Beat(s State) {
	if p == nil {
		return
	}
	p.state.Store(int32(s))
	p.at.Store(time.Now().UnixNano())
}

// Last returns the state last declared and when.
func (p *Pulse) Last() (State, time.Time) {
	if p == nil {
		return StateIdle, time.Time{}
	}
	return State(p.state.Load()), time.Unix(0, p.at.Load())
}

// Stuck reports whether the loop declared itself working and has not beaten since limit before now.
func (p *Pulse) Stuck(now time.Time, limit time.Duration) bool {
	s, at := p.Last()
	return s == StateWorking && now.Sub(at) > limit
}
