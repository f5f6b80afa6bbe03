package normalize

import (
	"logrelay/relay"
	"logrelay/relay/normalize/raw"
	"logrelay/relay/normalize/syslogmsg"
	"logrelay/relay/normalize/vpcflow"
)

// detect reads a record whose kind nobody named: "<" and a priority make it syslog, a valid JSON object json, columns of the origin a flow
// log; all else is text. A line that looks like JSON and is none is text: nobody said that it should be.
func (n *Normalizer) detect(es *relay.Events, r *relay.Record) {
	if r.Flags&relay.FlagContinued != 0 {
		raw.Append(es, r)
		return
	}
	switch c := first(r.Raw); {
	case c == '<' && syslogmsg.HasPriority(r.Raw):
		n.syslog.Append(es, r)
	case c == '{' && n.json.Try(es, r):
	case r.Origin.Columns != "" || vpcflow.IsHeader(r.Raw):
		n.flow.Append(es, r)
	default:
		raw.Append(es, r)
	}
}

// first returns the first byte of b that is no white space, or 0.
func first(b []byte) byte {
	for _, c := range b {
		switch c {
		case ' ', '\t', '\r', '\n', 0xEF, 0xBB, 0xBF: // and the bytes of a byte order mark
		default:
			return c
		}
	}
	return 0
}
