package s3

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	firstHiding = 10 * time.Second // that a message stays hidden after it failed for the first time, about
	maxHiding   = 15 * time.Minute
	firstPause  = time.Second // between attempts of one kind of request
	maxPause    = time.Minute
	calmFails   = 3 // failures in a row after which fewer messages are asked for
)

// grow returns about first, 2·first, 4·first … limit after the n-th failure in a row, from 1. Half of it is chance.
func grow(n int, first, limit time.Duration) time.Duration {
	d := limit
	if n < 20 {
		d = min(limit, first<<(max(n, 1)-1))
	}
	return d/2 + rand.N(d/2)
}

// sleep waits; the error is that of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return ctx.Err()
	}
}

// pace slows receiving down while nothing but failures comes of it: one 403 must not drive a whole queue through its redrive policy. The zero pace is
// at full speed. Safe for concurrent use.
type pace struct {
	mu       sync.Mutex
	failures int // since the last success
	until    time.Time
}

// failed notes a failure that is not the fault of one object.
func (p *pace) failed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failures++; p.failures >= calmFails {
		p.until = time.Now().Add(grow(p.failures-calmFails+1, firstPause, maxPause))
	}
}

func (p *pace) succeeded() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures, p.until = 0, time.Time{}
}

// wait waits until messages may be asked for, and returns how many.
func (p *pace) wait(ctx context.Context) (int, error) {
	for {
		p.mu.Lock()
		left, slow := time.Until(p.until), p.failures >= calmFails
		if slow && left <= 0 { // one receiver at a time tries
			p.until = time.Now().Add(pollTime)
		}
		p.mu.Unlock()
		switch {
		case !slow:
			return batchMax, ctx.Err()
		case left <= 0:
			return 1, ctx.Err()
		}
		if err := sleep(ctx, min(left, time.Second)); err != nil { // a success elsewhere ends it sooner
			return 0, err
		}
	}
}

// gate is closed while somebody waits for a sink that is full. The zero gate is open. Safe for concurrent use.
type gate struct {
	mu      sync.Mutex
	waiting int
	shut    chan struct{} // closed when the gate opens; nil while it is open
}

// close shuts the gate until the caller, and all others who did, call open.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting++; g.shut == nil {
		g.shut = make(chan struct{})
	}
}

// open takes one close back.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting--; g.waiting == 0 {
		close(g.shut)
		g.shut = nil
	}
}

func (g *gate) closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut != nil
}

// wait waits until the gate is open.
func (g *gate) wait(ctx context.Context) error {
	for {
		g.mu.Lock()
		shut := g.shut
		g.mu.Unlock()
		if shut == nil {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-shut:
		}
	}
}
