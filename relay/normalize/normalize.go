package normalize

import (
	"strconv"

	"logrelay/relay"
	"logrelay/relay/normalize/jsonrec"
	"logrelay/relay/normalize/raw"
	"logrelay/relay/normalize/syslogmsg"
	"logrelay/relay/normalize/vpcflow"
)

// Normalizer makes events of records. It is for one goroutine at a time.
type Normalizer struct {
	table  []parser
	json   jsonrec.Parser
	syslog syslogmsg.Parser
	flow   vpcflow.Parser
}

// parser is what reads a kind.
type parser struct {
	kind relay.Kind
	read relay.NormalizeFunc
}

// New returns a Normalizer.
func New() *Normalizer {
	n := &Normalizer{}
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
		es.AddUnparsed(r, kind, relay.Fault{Reason: relay.FaultPart, Offset: -1, Detail: "part of a record longer than the limit: see the record before it"})
		return
	}
	for i := range n.table {
		if n.table[i].kind == kind {
			n.table[i].read(es, r)
			return
		}
	}
	es.AddUnparsed(r, kind, relay.Fault{Reason: relay.FaultKind, Offset: -1, Detail: "nothing here reads this kind: check `kind` of the input"})
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
