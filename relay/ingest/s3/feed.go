package s3

import (
	"context"
	"errors"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

const (
	firstFull = 100 * time.Millisecond // between attempts while the sink is full
	maxFull   = 5 * time.Second
)

// feeder puts the records of one delivery, a batch at a time and in order.
type feeder struct {
	s        *Source
	ctx      context.Context
	j        *job
	d        *delivery
	splitter string

	batch    *relay.Batch
	next     uint64 // ordinal of the next record
	put      uint64 // ordinals before this one were put
	parts    int
	received int64
	err      error        // of the sink, or of the context: nothing more is put
	holds    func() int64 // memory of the reader, in bytes
	lent     int64        // of it, beyond what the job took

	origin  *relay.Origin
	said    *ingest.Context
	kind    relay.Kind
	columns string
}

func (s *Source) newFeeder(ctx context.Context, j *job, d *delivery) *feeder {
	f := &feeder{s: s, ctx: ctx, j: j, d: d, batch: s.newBatch(), next: d.mark.Next, put: d.mark.Next, splitter: d.mark.Splitter}
	f.kind, f.columns = j.kindOf()
	return f
}

func (s *Source) newBatch() *relay.Batch {
	if b, ok := s.batches.Get().(*relay.Batch); ok {
		return b
	}
	return new(relay.Batch)
}

// close gives the memory back.
func (f *feeder) close() {
	f.s.o.Budget.Give(f.lent)
	f.batch.Reset()
	f.s.batches.Put(f.batch)
	f.batch = nil
}

// begin notes what is known of the records once the object is open.
func (f *feeder) begin(kind relay.Kind, splitter string, holds func() int64) {
	f.kind, f.splitter, f.holds = kind, splitter, holds
	f.origin = f.newOrigin(nil)
}

// account borrows what the reader has come to hold. There is no waiting for it while something is held: what is short then keeps new objects waiting.
func (f *feeder) account() {
	if f.holds == nil {
		return
	}
	f.room(f.holds())
}

// room borrows what the reader is going to hold in all, or reports that it is not there.
func (f *feeder) room(n int64) bool {
	more := n - readerMemory - f.j.room - f.lent
	if more <= 0 {
		return true
	}
	if !f.s.o.Budget.TryTake(more) {
		return false
	}
	f.lent += more
	return true
}

// add adds a record; it may put those before it. An error is the sink's, or that of the context.
func (f *feeder) add(p *ingest.Piece) error {
	if p.Context != f.said {
		f.said, f.origin = p.Context, f.newOrigin(p.Context)
	}
	if p.Flags != 0 {
		f.parts++
	}
	if f.received == 0 {
		f.received = time.Now().UnixNano()
	}
	for {
		f.batch.Use(f.origin, f.next)
		if len(f.batch.Origins) <= ingest.MaxOrigins && f.batch.AppendMeta(p.Raw, p.Meta, f.received, p.Flags) {
			f.next++
			return nil
		}
		if err := f.commit(false); err != nil {
			return err
		}
	}
}

// commit puts what was added and blocks until it is in custody. After an error nothing more is put: it would have no ground to stand on.
func (f *feeder) commit(done bool) error {
	if f.err != nil {
		return f.err
	}
	f.account()
	b := f.batch
	if n := len(b.Entries); n > 0 { // an origin used only by a record that did not fit stays out
		b.Origins = b.Origins[:b.Entries[n-1].Origin+1]
	} else {
		b.Origins = b.Origins[:0]
	}
	b.Marks = append(b.Marks, relay.Mark{Delivery: f.d.id, Next: f.next, Done: done, Splitter: f.splitter})
	f.s.metrics.Parts.Add(float64(f.parts))
	f.put, f.parts, f.received = f.next, 0, 0
	f.err = f.s.put(f.ctx, f.j, b)
	b.Reset()
	return f.err
}

// flush puts what was added, so that it need not be read again: also when the context of the message has ended, but not when the run has.
// Nothing is done after an error of the sink.
func (f *feeder) flush() error {
	if f.err != nil || f.next == f.put {
		return f.err
	}
	if f.ctx.Err() != nil {
		ctx, cancel := context.WithTimeout(f.j.r.ctx, callTime)
		defer cancel()
		f.ctx = ctx
	}
	return f.commit(false)
}

// finish puts what was added, and that nothing follows.
func (f *feeder) finish() error { return f.commit(true) }

// put blocks until the batch is in custody. While the sink is full it tries again and again, and nothing more is received. An error is a *putError or that of ctx.
func (s *Source) put(ctx context.Context, j *job, b *relay.Batch) error {
	waits := false
	defer func() {
		if waits { // also when it is given up: who comes next finds out whether there is room
			s.full.open()
		}
	}()
	for n := 1; ; n++ {
		err := j.r.out.Put(ctx, b)
		if err == nil {
			s.metrics.filling.over()
			s.metrics.Accepted(b)
			j.tally.add(b)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.metrics.PutFailed(err)
		if !errors.Is(err, relay.ErrFull) {
			return &putError{err}
		}
		if !waits {
			waits = true
			s.full.close()
		}
		s.metrics.filling.report(err)
		if err := sleep(ctx, grow(n, firstFull, maxFull)); err != nil {
			return err
		}
	}
}

// newOrigin returns what the records have in common. What the object says comes before the configuration.
func (f *feeder) newOrigin(said *ingest.Context) *relay.Origin {
	o := &f.s.o
	origin := &relay.Origin{
		Input: o.Name, Kind: f.kind, Tenant: o.Tenant, Source: o.Source, Peer: "s3://" + f.j.object.Bucket + "/" + f.j.object.Key, Columns: f.columns,
		Delivery: f.d.name, DeliveryID: f.d.id,
	}
	if said == nil {
		return origin
	}
	if said.Columns != "" {
		if origin.Columns = said.Columns; origin.Kind == relay.KindAuto {
			origin.Kind = relay.KindVPCFlow
		}
	}
	origin.Attrs = said.Attrs
	return origin
}
