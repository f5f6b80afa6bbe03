package forward

import (
	"context"
	"errors"
	"sync"
	"time"

	"logrelay/relay"
)

// avoidFor is how long an address that failed is tried last.
const avoidFor = 30 * time.Second

// Endpoints chooses among the addresses of one destination. With one address it only calls. Safe for concurrent use.
type Endpoints struct {
	balance bool

	mu     sync.Mutex
	next   int
	failed []time.Time // when each failed last
}

// NewEndpoints is for n addresses. Failover uses the first that works, in their order; balance takes turns.
func NewEndpoints(n int, balance bool) *Endpoints {
	return &Endpoints{balance: balance, failed: make([]time.Time, n)}
}

// Do calls try with the number of an address, and with the next one while try fails in a way that another address may not:
// not for refused events, and not once something was delivered. It returns the last error.
func (e *Endpoints) Do(ctx context.Context, try func(i int) error) error {
	if len(e.failed) == 1 {
		return try(0)
	}
	var err error
	for _, i := range e.order() {
		err = try(i)
		_, rejected := errors.AsType[*relay.RejectError](err)
		_, partial := errors.AsType[*relay.PartialError](err)
		e.note(i, err == nil || rejected || partial)
		if err == nil || rejected || partial || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// order lists the addresses: those that failed lately come last.
func (e *Endpoints) order() []int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := len(e.failed)
	first := 0
	if e.balance {
		first = e.next
		e.next = (e.next + 1) % n
	}
	var good, bad []int
	for k := range n {
		i := (first + k) % n
		if at := e.failed[i]; !at.IsZero() && time.Since(at) < avoidFor {
			bad = append(bad, i)
			continue
		}
		good = append(good, i)
	}
	return append(good, bad...)
}

func (e *Endpoints) note(i int, fine bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed[i] = time.Time{}
	if !fine {
		e.failed[i] = time.Now()
	}
}
