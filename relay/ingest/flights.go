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
			if f.open == nil {
				f.open = make(map[relay.ID]chan struct{})
			}
			mine := make(chan struct{})
			f.open[id] = mine
			f.mu.Unlock()
			return func() {
				f.mu.Lock()
				delete(f.open, id)
				f.mu.Unlock()
				close(mine)
			}, nil
		}
		f.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Len returns how many deliveries are under way.
func (f *Flights) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.open)
}
