package s3

import (
	"context"
	"time"
)

const (
	deleteWait  = 100 * time.Millisecond // that the first of a batch waits for others
	deleteTries = 5
)

// deleteAll deletes the messages that are done, a batch at a time, until s.deletes is closed.
func (s *Source) deleteAll(ctx context.Context) {
	batch := make([]*hand, 0, batchMax)
	for first := range s.deletes {
		batch = append(batch[:0], first)
		s.gather(&batch)
		s.deleteBatch(ctx, batch)
	}
}

// gather fills a batch with what else is done within deleteWait.
func (s *Source) gather(batch *[]*hand) {
	t := time.NewTimer(deleteWait)
	defer t.Stop()
	for len(*batch) < batchMax {
		select {
		case h, ok := <-s.deletes:
			if !ok {
				return
			}
			*batch = append(*batch, h)
		case <-t.C:
			return
		}
	}
}

// deleteBatch deletes at most batchMax messages. What cannot be deleted is shown again: the ledger knows that its objects are in custody.
func (s *Source) deleteBatch(ctx context.Context, hands []*hand) {
	for try := 1; ; try++ {
		if hands = s.tryDelete(ctx, hands); len(hands) == 0 {
			return
		}
		if try == deleteTries || sleep(ctx, grow(try, firstPause, maxPause)) != nil {
			break
		}
	}
	for _, h := range hands {
		s.keeper.giveBack(h, grow(h.Receives, firstHiding, maxHiding))
	}
}

// tryDelete asks once and returns those that are still there.
func (s *Source) tryDelete(ctx context.Context, hands []*hand) (left []*hand) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	handles := make([]string, len(hands))
	for i, h := range hands {
		handles[i] = h.Handle
	}
	each, err := s.o.Queue.Delete(ctx, handles)
	if err != nil {
		s.metrics.failed(&s.metrics.deleting, err)
		return hands
	}
	for i, h := range hands {
		var e error
		if i < len(each) {
			e = each[i]
		}
		switch {
		case e == nil:
			s.metrics.messages.WithLabelValues("deleted").Inc()
			s.metrics.deleting.over()
			s.keeper.drop(h)
		case classOf(e) == Gone:
			s.metrics.messages.WithLabelValues("gone").Inc()
			s.keeper.drop(h)
		default:
			s.metrics.failed(&s.metrics.deleting, e)
			left = append(left, h)
		}
	}
	return left
}
