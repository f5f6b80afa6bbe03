package forward

import (
	"log/slog"

	"logrelay/relay"
)

// Preview makes events of records as a pump would, and sends nothing and counts nothing. It is for one goroutine.
type Preview struct{ f *filler }

// NewPreview returns a preview of a pump with these options; only Normalize and Select count.
func NewPreview(o Options) *Preview {
	p := &Pump{opts: Options{Normalize: o.Normalize, Select: o.Select}, log: slog.New(slog.DiscardHandler), m: newMetrics(nil, "")}
	return &Preview{p.newFiller()}
}

// Events returns what the pump would send of r; none where it would drop it. The events live until the next call, and as long as r's bytes.
func (p *Preview) Events(r *relay.Record) []relay.Event {
	p.f.es.Reset()
	p.f.some(&job{}, []relay.Record{*r})
	return p.f.es.List
}
