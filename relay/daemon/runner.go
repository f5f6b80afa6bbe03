package daemon

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// runner starts inputs and outputs inside Run, at the start and at each reload.
type runner struct {
	d       *Daemon
	g       *errgroup.Group
	sources context.Context // stage one ends with it
	pumps   context.Context // stage two ends with it
	kill    context.Context // everything is cut short with it
}

// cutter is a source that takes its time to end, and can be told to end at once.
type cutter interface{ Cut() }

// input starts a source. It runs until stage one ends, or, once its listener was taken from it by a reload, until its last
// connection has ended.
func (r runner) input(in *input) {
	ctx, stop := context.WithCancel(r.sources)
	in.stop = stop
	r.g.Go(func() error {
		defer close(in.done)
		defer stop()
		if c, ok := in.source.(cutter); ok {
			defer context.AfterFunc(r.kill, c.Cut)()
		}
		if err := in.source.Run(ctx, tappedSink{r.d.buffer, &r.d.tap, in.name}); err != nil {
			return fmt.Errorf("input %s: %w", in.name, err)
		}
		return nil
	})
}

// output starts a pump. It runs until it is drained, stopped by a reload, or stage two ends.
func (r runner) output(out *output) {
	ctx, stop := context.WithCancel(r.pumps)
	out.stop = stop
	r.g.Go(func() error {
		defer close(out.done)
		defer stop()
		if err := out.pump.Run(ctx); err != nil {
			return fmt.Errorf("output %s: %w", out.name, err)
		}
		return nil
	})
}
