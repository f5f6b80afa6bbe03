package https

import (
	"context"
	"io"
	"strings"
	"time"

	"logrelay/relay"
	"logrelay/relay/ingest"
)

// cutter yields the records of one request.
type cutter interface {
	// Next cuts a record; io.EOF at the end.
	Next(p *ingest.Piece) error
	// Verify reports what Next will refuse further on. After nil it refuses nothing.
	Verify() error
}

// delivery is a request that may come again with the same content.
type delivery struct {
	id       relay.ID
	name     string
	next     uint64 // records before this one are in custody already
	splitter string
}

// batchCost is what a request may need for its batch, in bytes, when its body is that large: arena, entries, and slack.
func batchCost(body int64) int64 { return min(2*body+4<<10, 2*relay.BatchBytes) }

// store cuts the body and puts its records into the sink, a batch at a time. Nothing is put before all of the body was found to be good: a body that fits
// into one batch is good when it has been cut, a longer one is verified ahead. It returns how many records are in custody.
func (rq *request) store(ctx context.Context, src cutter, d *delivery) (int, error) {
	b, _ := rq.s.batches.Get().(*relay.Batch)
	if b == nil {
		b = new(relay.Batch)
	}
	defer func() {
		b.Reset()
		rq.s.batches.Put(b)
	}()
	var (
		p        ingest.Piece
		said     *ingest.Context
		origin   = rq.origin(nil, d)
		ordinal  uint64
		verified bool
		stored   int
		parts    int
		received = time.Now().UnixNano()
	)
	for {
		if err := src.Next(&p); err == io.EOF {
			break
		} else if err != nil {
			return stored, err
		}
		ordinal++
		if d != nil && ordinal <= d.next {
			continue
		}
		if p.Context != said {
			said, origin = p.Context, rq.origin(p.Context, d)
		}
		if p.Flags != 0 {
			parts++
		}
		b.Use(origin, ordinal-1)
		if len(b.Origins) <= ingest.MaxOrigins && b.AppendMeta(p.Raw, p.Meta, received, p.Flags) {
			continue
		}
		if !verified {
			if err := src.Verify(); err != nil {
				return 0, err
			}
			verified = true
		}
		if err := rq.put(ctx, b, d, ordinal-1, false); err != nil {
			return stored, err
		}
		stored += b.Len()
		b.Reset()
		b.Use(origin, ordinal-1)
		if !b.AppendMeta(p.Raw, p.Meta, received, p.Flags) {
			panic("BUG: an empty batch refuses a record")
		}
	}
	if d != nil {
		ordinal = max(ordinal, d.next)
	}
	if !b.Empty() || d != nil && d.next > 0 {
		if err := rq.put(ctx, b, d, ordinal, true); err != nil {
			return stored, err
		}
		stored += b.Len()
	}
	rq.s.metrics.Parts.Add(float64(parts))
	return stored, nil
}

// put stores one batch, with the mark of the delivery.
func (rq *request) put(ctx context.Context, b *relay.Batch, d *delivery, next uint64, done bool) error {
	if n := len(b.Entries); n > 0 { // an origin used only by a record that did not fit stays out
		b.Origins = b.Origins[:b.Entries[n-1].Origin+1]
	}
	if d != nil {
		b.Marks = append(b.Marks, relay.Mark{Delivery: d.id, Next: next, Done: done, Splitter: d.splitter})
	}
	s := rq.s
	if err := s.sink.Put(ctx, b); err != nil {
		s.metrics.PutFailed(err)
		s.putFailed(err)
		return &putError{err}
	}
	s.fullAt.Store(0)
	s.metrics.Accepted(b)
	return nil
}

// origin returns what the records of the request have in common. What the token and the configuration say comes before what the sender says.
func (rq *request) origin(said *ingest.Context, d *delivery) *relay.Origin {
	o := &relay.Origin{
		Input:    rq.s.opt.Name,
		Kind:     rq.kind,
		Tenant:   rq.tenant,
		Source:   rq.source,
		Peer:     rq.r.RemoteAddr,
		Identity: rq.grant.identity,
		Columns:  rq.s.opt.Columns,
		Attrs:    rq.attrs,
	}
	if said != nil {
		if said.Columns != "" {
			o.Columns = said.Columns
			o.Kind = orKind(o.Kind, relay.KindVPCFlow)
		}
		if len(said.Attrs) > 0 {
			o.Attrs = append(rq.attrs[:len(rq.attrs):len(rq.attrs)], said.Attrs...)
		}
	}
	if products := rq.s.opt.Products; len(products) > 0 {
		o.Attrs = append(o.Attrs[:len(o.Attrs):len(o.Attrs)], relay.Attr{Key: relay.AttrProducts, Value: strings.Join(products, "\n")})
	}
	if d != nil {
		o.Delivery, o.DeliveryID = d.name, d.id
	}
	return o
}

func orKind(k, otherwise relay.Kind) relay.Kind {
	if k == relay.KindAuto {
		return otherwise
	}
	return k
}
