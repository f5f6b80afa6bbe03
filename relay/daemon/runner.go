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
}

// input starts a source. It runs until stage one ends, or, once its listener was taken from it by a reload, until its last
// connection has ended.
func (r runner) input(in *input) {
	ctx, stop := context.WithCancel(r.sources)
	in.stop = stop
	r.g.Go(func() error {
		defer close(in.done)
		defer stop()
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
