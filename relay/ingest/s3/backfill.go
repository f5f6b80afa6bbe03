package s3

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest/s3/notice"
)

const (
	progressEvery = 500 * time.Millisecond
	backfillTries = 6  // attempts at one object, with back-off
	maxRefusals   = 20 // in a row, after which a backfill ends: nobody is let in
)

// BackfillRequest names objects that are there already. Bucket is needed; the zero value of everything else works.
type BackfillRequest struct {
	Bucket, Prefix string
	Since, Until   time.Time  // of the last change of an object: from Since up to and without Until; zero means no bound
	Kind           relay.Kind // of their records; KindAuto leaves it to configuration, layout and content
	Rate           float64    // objects a second at most; 0 means no limit
}

// Progress is how far a backfill is.
type Progress struct {
	Found      int64 // objects of the request seen in the listing so far
	FoundBytes int64 // of these, as they are stored
	Listed     bool  // the listing is complete: Found is all there is

	Objects int64 // done with, those included that were in custody before, skipped or set aside
	Bytes   int64 // of these, as they are stored
	Before  int64 // of Objects: in custody before
	Skipped int64 // of Objects: not wanted by the configuration, or no logs
	Aside   int64 // of Objects: broken, or gone since; their pointers are dead letters
	Failed  int64 // could not be read; not among Objects

	Records     int64 // taken into custody
	RecordBytes int64
}

// tally counts a backfill's progress. Safe for concurrent use; a nil tally counts nothing.
type tally struct {
	mu sync.Mutex
	p  Progress
}

// add counts a batch that is in custody.
func (t *tally) add(b *relay.Batch) {
	if t == nil {
		return
	}
	size := 0
	for i := range b.Entries {
		size += int(b.Entries[i].Raw)
	}
	t.change(func(p *Progress) {
		p.Records += int64(b.Len())
		p.RecordBytes += int64(size)
	})
}

func (t *tally) change(f func(*Progress)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.p)
}

func (t *tally) now() (p Progress) {
	t.change(func(q *Progress) { p = *q })
	return p
}

// done counts an object.
func (t *tally) done(result string, size int64) {
	t.change(func(p *Progress) {
		p.Objects++
		p.Bytes += size
		switch result {
		case objRepeated:
			p.Before++
		case objSkipped, objExcluded:
			p.Skipped++
		case objBroken, objMissing:
			p.Aside++
		}
	})
}

// Backfill takes the objects under a prefix into custody, with the input's workers and through the same ledger: what is in custody is not stored
// again, so an interrupted backfill is resumed by asking again. The bucket need not be among those that notifications may name; Include and Exclude
// hold. progress is called by one goroutine at a time, about twice a second and once at the end; nil is allowed. Errors: those of listing; that
// nobody is let in, when one object after the other is refused; that some objects could not be read.
func (s *Source) Backfill(ctx context.Context, req BackfillRequest, progress func(Progress)) error {
	ctx, r, leave, err := s.enterRun(ctx)
	if err != nil {
		return err
	}
	defer leave()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	b := backfill{s: s, r: r, req: req, stop: stop, tally: new(tally)}
	if progress == nil {
		progress = func(Progress) {}
	}
	var telling, counting sync.WaitGroup
	over := make(chan struct{})
	telling.Go(func() { b.tell(over, progress) })
	counting.Go(func() { b.count(ctx) })
	err = b.takeAll(ctx)
	counting.Wait()
	close(over)
	telling.Wait()
	progress(b.tally.now())
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if failed := b.tally.now().Failed; err == nil && failed > 0 {
		err = fmt.Errorf("%d objects could not be read; the last: %w", failed, b.lastErr())
		if relay.HintOf(err) == "" {
			err = relay.WithHint(err, "ask again: what is in custody is not read twice")
		}
	}
	if err != nil {
		return fmt.Errorf("backfilling s3://%s/%s: %w", req.Bucket, req.Prefix, err)
	}
	return nil
}

// backfill is one under way.
type backfill struct {
	s     *Source
	r     *run
	req   BackfillRequest
	stop  context.CancelCauseFunc
	tally *tally

	refused atomic.Int64 // objects in a row into which only a person can let the relay

	mu  sync.Mutex
	err error
}

// failed counts an object that could not be read. When none can be, the backfill ends.
func (b *backfill) failed(err error) {
	b.mu.Lock()
	b.err = err
	b.mu.Unlock()
	b.tally.change(func(p *Progress) { p.Failed++ })
	if e := classOf(err); e.needsPerson() && (e == NoBucket || b.refused.Add(1) >= maxRefusals) {
		b.stop(err)
	}
}

func (b *backfill) lastErr() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// tell reports progress until over is closed.
func (b *backfill) tell(over <-chan struct{}, progress func(Progress)) {
	t := time.NewTicker(progressEvery)
	defer t.Stop()
	for {
		select {
		case <-over:
			return
		case <-t.C:
			progress(b.tally.now())
		}
	}
}

// fits reports whether an object of the listing is asked for.
func (b *backfill) fits(l *Listed) bool {
	switch {
	case !b.req.Since.IsZero() && l.Modified.Before(b.req.Since), !b.req.Until.IsZero() && !l.Modified.Before(b.req.Until):
		return false
	}
	return l.Size > 0 // the rest is folder markers, and nothing
}

// count lists all, so that there is an end in sight. It runs ahead of the work; an error is left to takeAll to meet.
func (b *backfill) count(ctx context.Context) {
	err := b.s.o.Store.List(ctx, b.req.Bucket, b.req.Prefix, "", func(l Listed) error {
		if b.fits(&l) {
			b.tally.change(func(p *Progress) {
				p.Found++
				p.FoundBytes += l.Size
			})
		}
		return nil
	})
	if err == nil {
		b.tally.change(func(p *Progress) { p.Listed = true })
	}
}

// takeAll lists and takes.
func (b *backfill) takeAll(ctx context.Context) error {
	objects := make(chan Listed)
	var working sync.WaitGroup
	for range b.s.o.Workers {
		working.Go(func() {
			for l := range objects {
				b.take(ctx, l)
			}
		})
	}
	start, n := time.Now(), 0
	err := b.s.o.Store.List(ctx, b.req.Bucket, b.req.Prefix, "", func(l Listed) error {
		if !b.fits(&l) {
			return nil
		}
		if b.req.Rate > 0 {
			const most = 24 * 365 * time.Hour // a rate next to none
			wait := time.Duration(min(float64(n)/b.req.Rate*float64(time.Second), float64(most)))
			if err := sleep(ctx, time.Until(start.Add(wait))); err != nil {
				return err
			}
		}
		n++
		select {
		case objects <- l:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(objects)
	working.Wait()
	return err
}

// take takes one object, trying again where that may help.
func (b *backfill) take(ctx context.Context, l Listed) {
	for try := 1; ; try++ {
		j := job{s: b.s, r: b.r, kind: b.req.Kind, tally: b.tally, object: notice.Object{
			Bucket: b.req.Bucket, Key: l.Key, ETag: l.ETag, Size: l.Size, Time: l.Modified,
		}}
		err := j.run(ctx)
		if err == nil {
			if b.tally.done(j.result, l.Size); j.read {
				b.refused.Store(0)
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		_, put := errors.AsType[*putError](err)
		if put && !errors.Is(err, relay.ErrFull) {
			b.stop(err)
			return
		}
		if try == backfillTries || classOf(err) == Archived || classOf(err).needsPerson() {
			b.failed(err)
			return
		}
		if sleep(ctx, grow(try, firstPause, maxPause)) != nil {
			return
		}
	}
}
