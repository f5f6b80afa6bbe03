package vpcflow

import (
	"bytes"

	"logrelay/relay"
	"logrelay/relay/normalize/jsondoc"
)

// IsWrapped reports whether an object can only be a row as AWS sends it through Firehose, {"message":"2 123456789012 eni-…"}, in the default format.
func IsWrapped(root jsondoc.Value) bool {
	line, ok := wrapped(root)
	return ok && IsDefault(line)
}

// wrapped returns the text of an object that has one member alone, message.
func wrapped(root jsondoc.Value) (line []byte, ok bool) {
	m := root.First()
	if m.Name() != "message" || !m.IsString() || m.Next().Exists() {
		return nil, false
	}
	line = m.Bytes()
	line = bytes.TrimSuffix(line[1:len(line)-1], []byte(`\n`))
	return line, bytes.IndexByte(line, '\\') < 0 // a row has nothing to escape
}

// AppendJSON adds the event of a row as AWS sends it through Firehose.
func (p *Parser) AppendJSON(es *relay.Events, r *relay.Record, d *jsondoc.Doc) relay.Fault {
	root := d.Root()
	line, ok := wrapped(root)
	if !ok {
		return relay.Fault{Reason: relay.FaultKind, Offset: 0, Detail: `neither a row of a flow log nor {"message":"a row"}`}
	}
	f := p.read(es, r, line)
	if f.Offset >= 0 {
		f.Offset += root.First().Offset() + 1
	}
	return f
}
