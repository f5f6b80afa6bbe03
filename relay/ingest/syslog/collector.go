package syslog

import (
	"sync"

	"logrelay/relay"
)

// smallBytes is the most that a connection hands to the collector at once; what is larger makes a batch of its own.
const smallBytes = 16 << 10

// collector joins what many connections bring in small pieces into common batches. A thousand connections with a message each
// would otherwise cost a thousand Puts. One batch is put while the next is filled; when that is full as well, connections wait and
// read nothing. Safe for concurrent use.
type collector struct {
	wake chan struct{} // there is something to put
	stop chan struct{} // nothing will be added any more

	mu    sync.Mutex
	taken sync.Cond // open was replaced, or err was set
	open  *group    // being filled; guarded by mu
	err   error     // of the sink, for good; guarded by mu
	spare *relay.Batch
}

// group is one common batch and its fate.
type group struct {
	batch *relay.Batch
	done  chan struct{} // closed when the batch is in custody, or err is set
	err   error
}

func newGroup(b *relay.Batch) *group { return &group{batch: b, done: make(chan struct{})} }

func newCollector() *collector {
	k := &collector{
		wake:  make(chan struct{}, 1),
		stop:  make(chan struct{}),
		open:  newGroup(&relay.Batch{}),
		spare: &relay.Batch{},
	}
	k.taken.L = &k.mu
	return k
}

// lock gives the caller the open group, to add to its batch until unlock. The error is the sink's.
func (k *collector) lock() (*group, error) {
	k.mu.Lock()
	if k.err != nil {
		defer k.mu.Unlock()
		return nil, k.err
	}
	return k.open, nil
}

// next waits, for a caller that has the lock, until the full group g is replaced, and returns the one that is open then. On an
// error the caller has the lock still.
func (k *collector) next(g *group) (*group, error) {
	k.rouse()
	for k.err == nil && k.open == g {
		k.taken.Wait()
	}
	return k.open, k.err
}

// unlock ends what lock began.
func (k *collector) unlock() {
	some := k.open.batch.Len() > 0
	k.mu.Unlock()
	if some {
		k.rouse()
	}
}

func (k *collector) rouse() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// run puts the batches until stop is closed and nothing is left, or until the sink takes nothing any more.
func (k *collector) run(p *putter) error {
	for stopped := false; !stopped; {
		select {
		case <-k.wake:
		case <-k.stop:
			stopped = true
		}
		g := k.take()
		if g == nil {
			continue
		}
		if g.err = p.put(g.batch); g.err != nil {
			k.fail(p, g.err)
		}
		g.batch.Reset()
		k.spare, g.batch = g.batch, nil
		close(g.done)
		if g.err != nil {
			return g.err
		}
	}
	return nil
}

// fail ends the collection. What was gathered meanwhile will not be put either, and who waits for that is told.
func (k *collector) fail(p *putter, err error) {
	k.mu.Lock()
	k.err = err
	g := k.open
	k.taken.Broadcast()
	k.mu.Unlock()
	p.lose(g.batch, err)
	g.err = err
	close(g.done)
}

// take replaces the open group, if there is something in it, and returns it.
func (k *collector) take() *group {
	k.mu.Lock()
	defer k.mu.Unlock()
	g := k.open
	if g.batch.Len() == 0 {
		return nil
	}
	k.open = newGroup(k.spare)
	k.taken.Broadcast()
	return g
}
