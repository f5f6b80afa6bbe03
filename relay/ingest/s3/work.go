package s3

import (
	"context"
	"errors"
	"fmt"

	"logrelay/relay"
	"logrelay/relay/ingest/s3/notice"
)

// failure is why an object of a message, or the message itself, is not in custody.
type failure struct {
	object *notice.Object // nil: the message
	err    error
}

// work takes all that a message names into custody, and sees to it that the message is deleted, shown again, or set aside.
func (s *Source) work(ctx context.Context, r *run, h *hand) {
	failed := s.workOff(ctx, r, h)
	switch {
	case ctx.Err() != nil && len(failed) > 0:
		s.keeper.giveBack(h, 0)
		return
	case len(failed) > 0 && !s.giveUp(ctx, h, failed):
		s.metrics.messages.WithLabelValues("failed").Inc()
		s.keeper.giveBack(h, grow(h.Receives, firstHiding, maxHiding))
		return
	}
	select {
	case s.deletes <- h:
	case <-r.ctx.Done():
		s.keeper.giveBack(h, 0)
	}
}

// workOff takes the objects of a message, one after the other, and returns those that failed. A failed one does not hold up the others.
func (s *Source) workOff(ctx context.Context, r *run, h *hand) (failed []failure) {
	n, err := notice.Parse([]byte(h.Body))
	if err != nil {
		s.metrics.Rejected("message")
		return []failure{{nil, err}}
	}
	for i := range n.Objects {
		j := job{s: s, r: r, object: n.Objects[i], body: h.Body}
		if len(n.Objects) > 1 {
			j.body = ""
		}
		if err := j.run(ctx); err != nil {
			failed = append(failed, failure{&n.Objects[i], err})
		}
		if ctx.Err() != nil {
			break
		}
	}
	if ctx.Err() != nil && len(failed) == 0 && len(n.Objects) > 0 {
		failed = append(failed, failure{nil, ctx.Err()})
	}
	return failed
}

// giveUp sets what failed aside if it failed too often, and reports whether the message is done with.
func (s *Source) giveUp(ctx context.Context, h *hand, failed []failure) bool {
	if h.Receives < s.o.MaxReceives {
		return false
	}
	deleted := true
	for _, f := range failed {
		if !s.hopeless(f) {
			return false
		}
		deleted = deleted && classOf(f.err) == Denied
	}
	if !deleted && s.redrives(ctx) {
		return false
	}
	for _, f := range failed {
		reason := fmt.Sprintf("given up after %d receipts: %s", h.Receives, f.err)
		p := pointer{body: h.Body}
		if f.object != nil {
			p = s.pointerTo(f.object)
			if len(failed) == 1 {
				p.body = h.Body
			}
		}
		if err := s.setAside(ctx, p, reason); err != nil {
			return false
		}
		if f.object != nil {
			s.metrics.object(objSetAside)
		} else {
			s.metrics.messages.WithLabelValues("set_aside").Inc()
		}
	}
	return true
}

// hopeless reports whether one more attempt is not worth it. What nobody is let in to read, and what is only throttled, waits as long as it takes;
// but where other objects of the bucket could be read since this one was first refused, AccessDenied is taken for an object that was deleted.
func (s *Source) hopeless(f failure) bool {
	_, put := errors.AsType[*putError](f.err)
	switch class := classOf(f.err); {
	case f.object == nil:
		return true
	case put, class == Throttled:
		return false
	case class == Denied:
		return mayBeMissing(f.err) && s.buckets.alone(f.object.Bucket, idOf(f.object))
	default:
		return !class.needsPerson()
	}
}

// whose returns the bucket that an error is about, or "" when it is about the credentials, or the way there.
func (j *job) whose(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && (e.Class == DeniedKMS || e.Class == NoBucket || e.Class == Denied && e.Code == "AccessDenied") {
		return j.object.Bucket
	}
	return ""
}

// putError is what the sink, the ledger or the dead-letter store said.
type putError struct{ err error }

func (e *putError) Error() string { return e.err.Error() }
func (e *putError) Unwrap() error { return e.err }

// slot takes the right to read an object. The caller calls free.
func (s *Source) slot(ctx context.Context) (free func(), err error) {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.metrics.enter(1)
	return func() {
		s.metrics.enter(-1)
		<-s.slots
	}, nil
}

// run takes the object, and sees to what its outcome means for others.
func (j *job) run(ctx context.Context) error {
	s := j.s
	free, err := s.slot(ctx)
	if err != nil {
		return err
	}
	defer free()
	named := idOf(&j.object)
	result, err := j.take(ctx)
	if j.result = result; err == nil {
		s.metrics.object(result)
		if j.read {
			s.pace.succeeded()
			s.metrics.fetching.overAt(j.object.Bucket)
			s.buckets.note(j.object.Bucket, named)
		}
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.metrics.object(objFailed)
	if _, ok := errors.AsType[*contentError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*putError](err); ok {
		if errors.Is(err, relay.ErrBroken) || errors.Is(err, relay.ErrClosed) {
			j.r.fail(err)
		}
		return err
	}
	if j.retry && stands(err) { // who asked for it is told; the input as such is well
		return err
	}
	s.metrics.failedAt(&s.metrics.fetching, j.whose(err), err)
	if mayBeMissing(err) {
		s.buckets.refuse(named)
	}
	if !classOf(err).own() {
		s.pace.failed()
	}
	return err
}
