package main

import (
	"io"
	"sync"
	"time"
)

// busy says on a terminal what is being done when that takes longer than progressAfter, once for each thing; elsewhere it is silent. For what can be
// counted there is progress.
type busy struct {
	out io.Writer // nil when there is no terminal

	mu    sync.Mutex
	timer *time.Timer
	n     int // things done or being done
}

func newBusy(w io.Writer) *busy {
	if !isTerminal(w) {
		w = nil
	}
	return &busy{out: w}
}

// doing ends what was done before, and begins something.
func (b *busy) doing(what string) {
	b.end()
	if b.out == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.n
	b.timer = time.AfterFunc(progressAfter, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.n == n {
			say(b.out, "note", what+" …")
		}
	})
}

// end says nothing any more. It may be called again.
func (b *busy) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
	if b.timer != nil {
		b.timer.Stop()
	}
}
