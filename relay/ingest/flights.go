package ingest

import (
	"context"
	"sync"

	"logrelay/relay"
)

// Flights holds the deliveries under way in this process, so that one that comes again meanwhile waits for the first. The zero Flights is
// ready. Safe for concurrent use.
type Flights struct {
	mu   sync.Mutex
	open map[relay.ID]chan struct{}
}

// Enter waits until no one else has the delivery in hand, and takes it. The caller calls leave, once. The error is that of ctx.
func (f *Flights) Enter(ctx context.Context, id relay.ID) (leave func(), err error) {
	for {
		f.mu.Lock()
		other, taken := f.open[id]
		if !taken {
			leave = f.enter(id)
			f.mu.Unlock()
			return leave, nil
		}
		f.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// TryEnter takes the delivery if no one else has it in hand.
func (f *Flights) TryEnter(id relay.ID) (leave func(), ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, taken := f.open[id]; taken {
		return nil, false
	}
	return f.enter(id), true
}

// enter is called with f.mu held.
func (f *Flights) enter(id relay.ID) (leave func()) {
	if f.open == nil {
		f.open = make(map[relay.ID]chan struct{})
	}
	mine := make(chan struct{})
	f.open[id] = mine
	return func() {
		f.mu.Lock()
		delete(f.open, id)
		f.mu.Unlock()
		close(mine)
	}
}

// Len returns how many deliveries are under way.
func (f *Flights) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.open)
}
