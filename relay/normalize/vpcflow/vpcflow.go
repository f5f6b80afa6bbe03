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
}

// Append is a relay.NormalizeFunc. The events point into r's bytes.
func (p *Parser) Append(es *relay.Events, r *relay.Record) {
	if r.Origin.Columns == "" {
		if IsHeader(r.Raw) {
			header(es, r)
			return
		}
		es.AddUnparsed(r, relay.KindVPCFlow, noColumns)
		return
	}
	l := p.layout(r.Origin.Columns)
	if l.err != "" {
		es.AddUnparsed(r, relay.KindVPCFlow, l.err)
		return
	}
	n := p.split(r.Raw, len(l.ops))
	if n != len(l.ops) {
		p.countReason(n, len(l.ops))
	} else if p.fields[0] != l.names[0] && p.row(es, r, l) {
		return
	}
	if IsHeader(r.Raw) {
		header(es, r)
		return
	}
	es.AddUnparsed(r, relay.KindVPCFlow, es.Text(p.scratch))
}

// countReason writes to p.scratch that fields and columns do not go together.
func (p *Parser) countReason(fields, columns int) {
	s := strconv.AppendInt(p.scratch[:0], int64(fields), 10)
	if fields > columns {
		s = append(s, " or more"...)
	}
	s = append(s, " fields, but "...)
	s = strconv.AppendInt(s, int64(columns), 10)
	p.scratch = append(s, " columns: check `columns`"...)
}

func header(es *relay.Events, r *relay.Record) {
	o := es.Other()
	o.Text = relay.View(r.Raw)
	es.Add(r, relay.KindVPCFlow).Class = o
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
func (p *Parser) split(b []byte, limit int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	if len(p.fields) <= limit {
		p.fields = make([]string, limit+1)
	}
	fields, n, i := p.fields[:limit+1], 0, 0
	for {
		for i < len(b) && b[i] <= ' ' {
			i++
		}
		if i == len(b) || n == len(fields) {
			return n
		}
		start := i
	field:
		for {
			if i+8 > len(b) {
				for i < len(b) && b[i] > ' ' {
					i++
				}
				break field
			}
			// Eight bytes at a time: the lowest high bit of m marks the first byte below '!'.
			x := binary.LittleEndian.Uint64(b[i:])
			if m := (x - ones*('!')) &^ x & high; m != 0 {
				i += bits.TrailingZeros64(m) / 8
				break field
			}
			i += 8
		}
		fields[n] = relay.View(b[start:i])
		n++
	}
}
