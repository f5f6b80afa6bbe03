package s3

import (
	"context"
	"sync"
	"time"

	"logrelay/relay"
)

// receiveAll asks for messages and has the crew work them off, until the run ends.
func (s *Source) receiveAll(r *run, crew *crew) {
	for failures := 0; r.ctx.Err() == nil; {
		n, err := s.reserve(r.ctx)
		if err != nil {
			return
		}
		s.o.Pulse.Beat(relay.StateIdle)
		messages, err := s.receive(r.ctx, n)
		for range n - len(messages) {
			<-s.permits
		}
		for i := range messages {
			ctx, cancel := context.WithCancel(r.ctx)
			h := s.keeper.take(messages[i], cancel)
			crew.do(func() {
				defer func() { <-s.permits }()
				defer cancel()
				s.work(ctx, r, h)
			})
		}
		switch {
		case r.ctx.Err() != nil:
			return
		case err == nil:
			failures = 0
			s.metrics.answers.Add(1)
			s.metrics.receiving.over()
		default:
			failures++
			s.metrics.failed(&s.metrics.receiving, err)
			s.o.Pulse.Beat(relay.StateWaiting)
			if sleep(r.ctx, grow(failures, firstPause, maxPause)) != nil {
				return
			}
		}
	}
}

// receive asks once. There is an answer after the long poll at the latest.
func (s *Source) receive(ctx context.Context, n int) ([]Message, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTime+callTime)
	defer cancel()
	messages, err := s.o.Queue.Receive(ctx, n, s.o.VisibilityTimeout)
	if len(messages) > n {
		messages = messages[:n]
	}
	s.metrics.received(len(messages))
	return messages, err
}

// reserve takes permits for as many messages as may be asked for now, at least one, waiting for it.
func (s *Source) reserve(ctx context.Context) (n int, err error) {
	if s.full.closed() {
		s.o.Pulse.Beat(relay.StateWaiting)
	}
	if err := s.full.wait(ctx); err != nil {
		return 0, err
	}
	limit, err := s.pace.wait(ctx)
	if err != nil {
		return 0, err
	}
	select {
	case s.permits <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	for n = 1; n < limit; n++ {
		select {
		case s.permits <- struct{}{}:
		default:
			return n, nil
		}
	}
	return n, nil
}

// policy is what the queue said of its redrive policy. The zero policy has not asked yet. Safe for concurrent use.
type policy struct {
	mu       sync.Mutex
	redrives bool
	until    time.Time // the answer is good
}

const policyTime = 10 * time.Minute

// redrives reports whether the queue itself takes away messages that fail too often. Where that cannot be known, it is assumed.
func (s *Source) redrives(ctx context.Context) bool {
	p := &s.policy
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Now().Before(p.until) {
		return p.redrives
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	answer, err := s.o.Queue.Redrives(ctx)
	if err != nil && classOf(err) != Denied {
		return true
	}
	p.redrives, p.until = answer || err != nil, time.Now().Add(policyTime)
	return p.redrives
}
