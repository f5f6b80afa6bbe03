package normalize

import (
	"strconv"

	"logrelay/relay"
	"logrelay/relay/normalize/jsonrec"
	"logrelay/relay/normalize/raw"
	"logrelay/relay/normalize/syslogmsg"
	"logrelay/relay/normalize/vpcflow"
)

// kinds are the kinds that a Normalizer reads.
var kinds = [...]relay.Kind{relay.KindVPCFlow, relay.KindSyslog, relay.KindJSON, relay.KindText}

// Options of a Normalizer. The zero value works.
type Options struct {
	Metrics *Metrics // shared by all Normalizers; nil: nobody counts
}

// Normalizer makes events of records. It is for one goroutine at a time.
type Normalizer struct {
	metrics *Metrics
	flow    vpcflow.Parser
	syslog  syslogmsg.Parser
	json    jsonrec.Parser
}

// New returns a Normalizer.
func New(o Options) *Normalizer {
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	return &Normalizer{metrics: o.Metrics}
}

// Append adds the events of r to es. It is a relay.NormalizeFunc.
func (n *Normalizer) Append(es *relay.Events, r *relay.Record) {
	first := len(es.List)
	n.read(es, r)
	for i := first; i < len(es.List); i++ {
		if es.List[i].ParseError != "" {
			n.metrics.countUnparsed(es.List[i].Kind)
		}
	}
	if len(r.Meta) > 0 || len(r.Origin.Attrs) > 0 {
		if t, ok := envelopeTime(r); ok {
			for i := first; i < len(es.List); i++ {
				es.List[i].Time = t
			}
		}
	}
}

func (n *Normalizer) read(es *relay.Events, r *relay.Record) {
	kind := r.Origin.Kind
	if r.Flags&relay.FlagContinued != 0 && kind != relay.KindText && kind != relay.KindAuto {
		es.AddUnparsed(r, kind, "part of a record longer than the limit: see the record before it")
		return
	}
	switch kind {
	case relay.KindVPCFlow:
		n.flow.Append(es, r)
	case relay.KindSyslog:
		n.syslog.Append(es, r)
	case relay.KindJSON:
		n.json.Append(es, r)
	case relay.KindText:
		raw.Append(es, r)
	case relay.KindAuto:
		n.detect(es, r)
	default:
		es.AddUnparsed(r, kind, "nothing here reads this kind: check `kind` of the input")
	}
}

// envelopeTime returns the time that the record's envelope states.
func envelopeTime(r *relay.Record) (int64, bool) {
	text := ""
	relay.EachMeta(r.Meta, func(k, v []byte) bool {
		if string(k) == relay.AttrTime {
			text = relay.View(v)
		}
		return text == ""
	})
	for i := 0; text == "" && i < len(r.Origin.Attrs); i++ {
		if a := r.Origin.Attrs[i]; a.Key == relay.AttrTime {
			text = a.Value
		}
	}
	if text == "" {
		return 0, false
	}
	t, err := strconv.ParseInt(text, 10, 64)
	return t, err == nil
}
