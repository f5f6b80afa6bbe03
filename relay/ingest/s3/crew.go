package s3

import "sync"

// crew is the goroutines that work messages off, at most so many. They stay when a message is done: the AWS SDK needs a deep stack, and to grow one for each
// message was a sixth of what a small object costs.
type crew struct {
	most    int
	next    chan func()
	working sync.WaitGroup

	mu sync.Mutex
	n  int
}

func newCrew(most int) *crew { return &crew{most: most, next: make(chan func())} }

// do has a goroutine do the work, and waits for one while most of them are at work. Safe for concurrent use.
func (c *crew) do(work func()) {
	select {
	case c.next <- work:
		return
	default:
	}
	c.mu.Lock()
	more := c.n < c.most
	if more {
		c.n++
	}
	c.mu.Unlock()
	if !more {
		c.next <- work
		return
	}
	c.working.Go(func() {
		for ok := true; ok; work, ok = <-c.next {
			work()
		}
	})
}

// end waits until all work is done. Nothing may be given after it was called.
func (c *crew) end() {
	close(c.next)
	c.working.Wait()
}
