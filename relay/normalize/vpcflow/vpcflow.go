package vpcflow

import (
	"encoding/binary"
	"math/bits"
	"strconv"

	"logrelay/relay"
)

const noColumns = "no columns are known for this flow log record: set `columns` of the input to the format of the flow log, " +
	"or send its header line first"

// Parser reads flow log records. The zero Parser is ready. It is for one goroutine at a time.
type Parser struct {
	text    string // Origin.Columns of the last record
	last    *layout
	layouts map[string]*layout

	fields  []string // of the row in hand
	rest    []relay.Field
	scratch []byte
	hop     [1]string
	fault   relay.Fault // of the row in hand; its Detail is in scratch
	field   int         // of the row in hand that the fault is about, or -1
}

// Append is a relay.NormalizeFunc. The events point into r's bytes.
func (p *Parser) Append(es *relay.Events, r *relay.Record) {
	if f := p.read(es, r, r.Raw); f.Reason != relay.FaultNone {
		es.AddUnparsed(r, relay.KindVPCFlow, f)
	}
}

// read adds the event of a line, which is r or is in it.
func (p *Parser) read(es *relay.Events, r *relay.Record, line []byte) relay.Fault {
	columns := r.Origin.Columns
	if columns == "" {
		switch {
		case IsHeader(line):
			header(es, r)
			return relay.Fault{}
		case !IsDefault(line):
			return relay.Fault{Reason: relay.FaultColumns, Offset: -1, Detail: noColumns}
		}
		columns = defaultColumns
	}
	l := p.layout(columns)
	if l.err != "" {
		return relay.Fault{Reason: relay.FaultColumns, Offset: -1, Detail: l.err}
	}
	switch n := p.split(line, len(l.ops)); {
	case n != len(l.ops):
		p.countReason(n, len(l.ops))
	case p.fields[0] == l.names[0]:
		p.wrong(0, l.names[0])
	case p.row(es, r, l):
		return relay.Fault{}
	}
	if IsHeader(line) {
		header(es, r)
		return relay.Fault{}
	}
	p.fault.Detail = es.Text(p.scratch)
	if p.field >= 0 {
		p.fault.Offset = fieldOffset(line, p.field)
	}
	return p.fault
}

// countReason notes in p.fault and p.scratch that fields and columns do not go together.
func (p *Parser) countReason(fields, columns int) {
	s := strconv.AppendInt(p.scratch[:0], int64(fields), 10)
	if fields > columns {
		s = append(s, " or more"...)
	}
	s = append(s, " fields, but "...)
	s = strconv.AppendInt(s, int64(columns), 10)
	p.scratch = append(s, " columns: check `columns`"...)
	p.fault, p.field = relay.Fault{Reason: relay.FaultColumns, Offset: -1}, -1
}

func header(es *relay.Events, r *relay.Record) {
	o := es.Other()
	o.Text = relay.View(r.Raw)
	es.Add(r, relay.KindVPCFlow).Class = o
}

// fieldOffset returns where the i-th field of b begins; -1 for a negative i.
func fieldOffset(b []byte, i int) int {
	at := 0
	for ; i >= 0; i-- {
		for at < len(b) && b[at] <= ' ' {
			at++
		}
		if i == 0 {
			return at
		}
		for at < len(b) && b[at] > ' ' {
			at++
		}
	}
	return -1
}

// layout returns the compiled form of columns.
func (p *Parser) layout(columns string) *layout {
	if p.last != nil && p.text == columns {
		return p.last
	}
	l := p.layouts[columns]
	if l == nil {
		l = compile(columns)
		if p.layouts == nil || len(p.layouts) >= maxLayouts {
			p.layouts = make(map[string]*layout)
		}
		p.layouts[columns] = l
	}
	p.text, p.last = columns, l
	return l
}

// split cuts b at runs of blanks into p.fields and returns how many fields there are. It stops after limit+1 fields.
//
// It looks at 64 bytes at a time and then only at the blanks among them, which a processor predicts far better than the length
// of each field.
func (p *Parser) split(b []byte, limit int) int {
	if len(p.fields) <= limit {
		p.fields = make([]string, limit+1)
	}
	fields, n, start := p.fields[:limit+1], 0, 0
	text := relay.View(b)
	for base := 0; base < len(b); base += 64 {
		for blank := blanks(b, base); blank != 0; blank &= blank - 1 {
			end := base + bits.TrailingZeros64(blank)
			if end > start {
				if n == len(fields) {
					return n
				}
				fields[n] = text[start:end]
				n++
			}
			start = end + 1
		}
	}
	if start < len(b) && n < len(fields) {
		fields[n] = text[start:]
		n++
	}
	return n
}

// blanks returns a bit for each of the 64 bytes of b from base on: set where the byte is a blank or a control character. What is beyond b is none.
func blanks(b []byte, base int) uint64 {
	switch n := len(b) - base; {
	case n >= 64:
		return blanks64(b[base:])
	case len(b) >= 64: // the last 64 bytes, without those before base
		return blanks64(b[len(b)-64:]) >> (64 - n)
	default:
		var all [64]byte
		copy(all[:], b)
		return blanks64(all[:]) & (1<<n - 1)
	}
}

func blanks64(b []byte) uint64 {
	const low, gap, high, gather = 0x7f7f7f7f7f7f7f7f, 0x5f5f5f5f5f5f5f5f, 0x8080808080808080, 0x0002040810204081
	_ = b[63]
	var m uint64
	for i := 0; i < 64; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		// The high bit of each byte that is above ' ', without a carry into the next; then the high bits side by side, on top of m.
		y := ^((x&low + gap) | x) & high
		m = m>>8 | y*gather&(0xff<<56)
	}
	return m
}
