package normalize

import (
	"fmt"
	"strconv"

	"logrelay/relay"
	"logrelay/relay/normalize/jsonrec"
	"logrelay/relay/normalize/raw"
	"logrelay/relay/normalize/syslogmsg"
	"logrelay/relay/normalize/vpcflow"
)

// kinds are the kinds that a Normalizer reads, as metrics name them.
var kinds = [...]relay.Kind{relay.KindVPCFlow, relay.KindSyslog, relay.KindJSON, relay.KindText}

// Options of a Normalizer. The zero value works.
type Options struct {
	Metrics *Metrics // shared by all Normalizers; nil: nobody counts
}

// Normalizer makes events of records. It is for one goroutine at a time.
type Normalizer struct {
	metrics *Metrics
	table   []parser
	json    jsonrec.Parser
	syslog  syslogmsg.Parser
	flow    vpcflow.Parser
}

// parser is what reads a kind.
type parser struct {
	kind relay.Kind
	read relay.NormalizeFunc
}

// New returns a Normalizer.
func New(o Options) *Normalizer {
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	n := &Normalizer{metrics: o.Metrics}
	n.table = []parser{
		{relay.KindVPCFlow, n.flow.Append},
		{relay.KindSyslog, n.syslog.Append},
		{relay.KindAuto, n.detect},
		{relay.KindJSON, n.json.Append},
		{relay.KindText, raw.Append},
	}
	return n
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
	for i := range n.table {
		if n.table[i].kind == kind {
			contain(es, r, n.table[i].read)
			return
		}
	}
	es.AddUnparsed(r, kind, "nothing here reads this kind: check `kind` of the input")
}

// contain calls read. A record that makes it panic goes out as it is: it would come again after every restart.
func contain(es *relay.Events, r *relay.Record, read relay.NormalizeFunc) {
	first := len(es.List)
	defer func() {
		if p := recover(); p != nil {
			es.List = es.List[:first]
			es.AddUnparsed(r, r.Origin.Kind, fmt.Sprintf("BUG: reading the record panicked, please report it: %v", p))
		}
	}()
	read(es, r)
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
