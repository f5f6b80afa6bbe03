package vpcflow

import (
	"time"

	"logrelay/relay"
	"logrelay/relay/normalize/field"
)

// row adds the event of the row in p.fields. It reports false when a field is not what its column says; p.fault then says why.
func (p *Parser) row(es *relay.Events, r *relay.Record, l *layout) bool {
	f := es.NetworkFlow()
	f.Product = relay.Product{Vendor: "AWS", Name: "Amazon VPC", Feature: "Flow Logs"}
	if l.tgw {
		f.Product.Name = "AWS Transit Gateway"
	}
	f.Cloud.Provider = "AWS"
	p.rest = p.rest[:0]
	if p.isQuiet(l) {
		if !p.quiet(es, f, l) {
			return false
		}
	} else if !p.flow(es, f, l) {
		return false
	}
	e := es.Add(r, relay.KindVPCFlow)
	e.Class, e.Rest = f, es.Fields(p.rest)
	if f.Start != 0 {
		e.Time = f.Start
	} else if f.End != 0 {
		e.Time = f.End
	}
	return true
}

// isQuiet reports whether the row in p.fields says that there was no traffic, or that AWS lost it: by its log-status, and by not naming both ends.
func (p *Parser) isQuiet(l *layout) bool {
	if l.status < 0 || p.fields[l.status] != "NODATA" && p.fields[l.status] != "SKIPDATA" {
		return false
	}
	src, dst := false, false
	for i, o := range l.ops {
		switch o {
		case opSrcAddr, opPktSrcAddr:
			src = src || p.fields[i] != "-"
		case opDstAddr, opPktDstAddr:
			dst = dst || p.fields[i] != "-"
		}
	}
	return !src || !dst
}

// flow fills f from a row about traffic.
func (p *Parser) flow(es *relay.Events, f *relay.NetworkFlow, l *layout) bool {
	var place [4]int // fields whose side the direction decides, from 1
	fields := p.fields[:len(l.ops)]
	for i, v := range fields {
		if v == "-" {
			continue
		}
		ok := true
		switch l.ops[i] {
		case opVersion, opAccount, opRegion, opZone, opStatus, opStart, opEnd:
			ok = common(f, l.ops[i], v)
		case opSrcAddr:
			f.Src.HopIP = v
		case opDstAddr:
			f.Dst.HopIP = v
		case opPktSrcAddr:
			f.Src.IP = v
		case opPktDstAddr:
			f.Dst.IP = v
		case opSrcPort:
			f.Src.Port, ok = field.Number(v, 65535)
		case opDstPort:
			f.Dst.Port, ok = field.Number(v, 65535)
		case opProtocol:
			f.Protocol, ok = field.Number(v, 255)
		case opPackets:
			f.Packets, ok = field.Number(v, field.Max)
		case opBytes:
			f.Bytes, ok = field.Number(v, field.Max)
		case opAction:
			f.Verdict.Word = v
		case opTCPFlags:
			f.TCPFlags, ok = field.Number(v, 65535)
		case opType:
			f.IPVersion, f.VersionSaid = v, true
		case opDirection:
			f.Direction = v
		case opPath:
			f.Path, ok = field.Number(v, 65535)
		case opReason:
			f.StatusDetail = v
		case opSrcService:
			f.Src.Service = v
		case opDstService:
			f.Dst.Service = v
		case opInterface:
			place[0] = i + 1
		case opVPC:
			place[1] = i + 1
		case opSubnet:
			place[2] = i + 1
		case opInstance:
			place[3] = i + 1
		case opSrcVPC:
			f.Src.VPC = v
		case opDstVPC:
			f.Dst.VPC = v
		case opSrcSubnet:
			f.Src.Subnet = v
		case opDstSubnet:
			f.Dst.Subnet = v
		case opSrcInterface:
			f.Src.Interface = v
		case opDstInterface:
			f.Dst.Interface = v
		case opSrcZone:
			f.Src.Zone = v
		case opDstZone:
			f.Dst.Zone = v
		default:
			p.keep(l.names[i], v)
		}
		if !ok {
			return p.wrong(i, l.names[i])
		}
	}
	if !p.peer(es, &f.Src) {
		return p.wrongAddr(l, opSrcAddr, opPktSrcAddr)
	}
	if !p.peer(es, &f.Dst) {
		return p.wrongAddr(l, opDstAddr, opPktDstAddr)
	}
	if f.StatusCode == "SKIPDATA" {
		f.Severity = relay.SeverityLow // the only sign of lost data
	}
	judge(f)
	if f.IPVersion == "" {
		f.IPVersion = field.IPVersion(f.Src.IP, f.Dst.IP)
	}
	var side *relay.Endpoint
	switch f.Direction {
	case "ingress":
		side = &f.Dst
	case "egress":
		side = &f.Src
	}
	for k, i := range place {
		switch {
		case i == 0:
		case side == nil:
			p.keep(l.names[i-1], fields[i-1])
		case k == 0:
			side.Interface = fields[i-1]
		case k == 1:
			side.VPC = fields[i-1]
		case k == 2:
			side.Subnet = fields[i-1]
		default:
			side.Instance = fields[i-1]
		}
	}
	return true
}

// common takes a field that rows without traffic have too.
func common(f *relay.NetworkFlow, o op, v string) (ok bool) {
	switch o {
	case opVersion:
		f.Product.Version = v
	case opAccount:
		if v != "unknown" {
			f.Cloud.Account = v
		}
	case opRegion:
		f.Cloud.Region = v
	case opZone:
		f.Cloud.Zone = v
	case opStatus:
		f.StatusCode = v
	case opStart:
		f.Start, ok = seconds(v)
		return ok
	case opEnd:
		f.End, ok = seconds(v)
		return ok
	}
	return true
}

// quiet fills f from a NODATA or SKIPDATA row.
func (p *Parser) quiet(es *relay.Events, f *relay.NetworkFlow, l *layout) bool {
	for i, o := range l.ops {
		v := p.fields[i]
		if v == "-" {
			continue
		}
		ok := true
		switch o {
		case opVersion, opAccount, opRegion, opZone, opStatus, opStart, opEnd:
			ok = common(f, o, v)
		default:
			p.keep(l.names[i], v)
		}
		if !ok {
			return p.wrong(i, l.names[i])
		}
	}
	f.Quiet = true
	if f.StatusCode == "SKIPDATA" {
		f.Severity = relay.SeverityLow
	}
	f.Message = p.quietMessage(es, f)
	return true
}

func (p *Parser) keep(name, value string) {
	p.rest = append(p.rest, relay.Field{Name: name, Value: value})
}

// wrong notes in p.fault and p.scratch which field, the i-th unless that is negative, is not what its column says.
func (p *Parser) wrong(i int, column string) bool {
	p.scratch = append(append(p.scratch[:0], "the field of column "...), column...)
	p.scratch = append(p.scratch, " is not what the column holds: check `columns`"...)
	p.fault, p.field = relay.Fault{Reason: relay.FaultValue}, i
	return false
}

// wrongAddr is wrong for the first of two columns that holds no address.
func (p *Parser) wrongAddr(l *layout, a, b op) bool {
	for i, v := range p.fields[:len(l.ops)] {
		if o := l.ops[i]; (o == a || o == b) && v != "" && v != "-" && !relay.IsAddr(v) {
			return p.wrong(i, l.names[i])
		}
	}
	panic("BUG: both are addresses")
}

// quietMessage says in a sentence what a row without a flow means.
func (p *Parser) quietMessage(es *relay.Events, f *relay.NetworkFlow) string {
	where := "an unnamed interface"
	for _, name := range [...]string{"tgw-id", "tgw-attachment-id", "resource-id", "interface-id"} {
		for _, kept := range p.rest {
			if kept.Name == name {
				where = kept.Value
			}
		}
	}
	s := append(p.scratch[:0], f.StatusCode...)
	if f.StatusCode == "NODATA" {
		s = append(s, ": no traffic on "...)
	} else {
		s = append(s, ": AWS lost flow records of "...)
	}
	s = append(s, where...)
	if f.Start != 0 {
		s = time.Unix(0, f.Start).UTC().AppendFormat(append(s, " from "...), time.RFC3339)
	}
	if f.End != 0 {
		s = time.Unix(0, f.End).UTC().AppendFormat(append(s, " to "...), time.RFC3339)
	}
	p.scratch = s
	return es.Text(s)
}
