package vpcflow

import (
	"net/netip"
	"time"

	"logrelay/relay"
)

// maxSeconds bounds start and end so that they fit relay's nanoseconds (year 2261).
const maxSeconds = 9_200_000_000

// row adds the event of the row in p.fields. It reports false when a field is not what its column says; p.scratch is then the reason.
func (p *Parser) row(es *relay.Events, r *relay.Record, l *layout) bool {
	f := es.NetworkFlow()
	f.Product, f.Vendor, f.Feature = "Amazon VPC", "AWS", "Flow Logs"
	if l.tgw {
		f.Product = "AWS Transit Gateway"
	}
	p.rest = p.rest[:0]
	quiet := l.status >= 0 && (p.fields[l.status] == "NODATA" || p.fields[l.status] == "SKIPDATA")

	// Places whose side the direction decides, and addresses that two columns state.
	var place [4]int
	var src, dst, pktSrc, pktDst string
	for i, o := range l.ops {
		v := p.fields[i]
		if v == "-" {
			continue
		}
		ok := true
		switch o {
		case opVersion:
			f.Version = v
		case opAccount:
			if v != "unknown" {
				f.Account = v
			}
		case opRegion:
			f.Region = v
		case opZone:
			f.Zone = v
		case opStatus:
			f.Status = v
		case opStart:
			f.Start, ok = seconds(v)
		case opEnd:
			f.End, ok = seconds(v)
		default:
			if quiet {
				p.keep(l.names[i], v)
				continue
			}
			switch o {
			case opSrcAddr:
				src, ok = v, isAddr(v)
			case opDstAddr:
				dst, ok = v, isAddr(v)
			case opPktSrcAddr:
				pktSrc, ok = v, isAddr(v)
			case opPktDstAddr:
				pktDst, ok = v, isAddr(v)
			case opSrcPort:
				f.Src.Port, ok = number(v, 65535)
			case opDstPort:
				f.Dst.Port, ok = number(v, 65535)
			case opProtocol:
				f.Protocol, ok = number(v, 255)
			case opPackets:
				f.Packets, ok = number(v, 1<<63-1)
			case opBytes:
				f.Bytes, ok = number(v, 1<<63-1)
			case opAction:
				f.Action = v
			case opTCPFlags:
				f.TCPFlags, ok = number(v, 65535)
			case opType:
				f.IPVersion = v
			case opDirection:
				f.Direction = v
			case opPath:
				f.Path, ok = number(v, 65535)
			case opReason:
				f.Reason = v
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
		}
		if !ok {
			p.scratch = append(append(p.scratch[:0], "the field of column "...), l.names[i]...)
			p.scratch = append(p.scratch, " is not what the column holds: check `columns`"...)
			return false
		}
	}

	f.Src.IP, f.Src.Intermediate = peer(src, pktSrc)
	f.Dst.IP, f.Dst.Intermediate = peer(dst, pktDst)
	if f.IPVersion == "" {
		f.IPVersion = ipVersion(f.Src.IP, f.Dst.IP)
	}
	var side *relay.Endpoint
	switch f.Direction {
	case "ingress":
		side = &f.Dst
	case "egress":
		side = &f.Src
	}
	for k, i := range place {
		if i == 0 {
			continue
		}
		v := p.fields[i-1]
		switch {
		case side == nil:
			p.keep(l.names[i-1], v)
		case k == 0:
			side.Interface = v
		case k == 1:
			side.VPC = v
		case k == 2:
			side.Subnet = v
		default:
			side.Instance = v
		}
	}
	if quiet {
		f.Message = p.quietMessage(es, f)
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

func (p *Parser) keep(name, value string) {
	p.rest = append(p.rest, relay.Field{Name: name, Value: value})
}

// quietMessage says in a sentence what a row without a flow means.
func (p *Parser) quietMessage(es *relay.Events, f *relay.NetworkFlow) string {
	where := "an unnamed interface"
	for _, name := range [...]string{"tgw-attachment-id", "tgw-id", "resource-id", "interface-id"} {
		for _, field := range p.rest {
			if field.Name == name {
				where = field.Value
			}
		}
	}
	s := append(p.scratch[:0], f.Status...)
	if f.Status == "NODATA" {
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

// peer returns the address of the real peer, and the address at this hop where it is another one.
func peer(addr, pkt string) (ip, hop string) {
	if pkt == "" || pkt == addr {
		return addr, ""
	}
	return pkt, addr
}

func ipVersion(src, dst string) string {
	if src == "" {
		src = dst
	}
	for i := range len(src) {
		switch src[i] {
		case '.':
			return "IPv4"
		case ':':
			return "IPv6"
		}
	}
	return ""
}

// number reads a decimal number from 0 to limit.
func number(s string, limit uint64) (relay.Number, bool) {
	if len(s) == 0 || len(s) > 19 {
		return relay.Number{}, false
	}
	var n uint64
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return relay.Number{}, false
		}
		n = n*10 + uint64(c)
	}
	return relay.Number{Value: int64(n), Set: true}, n <= limit
}

func seconds(s string) (int64, bool) {
	n, ok := number(s, maxSeconds)
	return n.Value * int64(time.Second), ok
}

// isAddr reports whether s is an IP address in the usual form, without a zone.
func isAddr(s string) bool {
	part, digits, dots := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c-'0' <= 9:
			if digits > 0 && part == 0 {
				return false // 010.0.0.1
			}
			if part = part*10 + int(c-'0'); part > 255 {
				return isAddr6(s)
			}
			digits++
		case c == '.' && digits > 0 && dots < 3:
			part, digits, dots = 0, 0, dots+1
		default:
			return isAddr6(s)
		}
	}
	return dots == 3 && digits > 0
}

func isAddr6(s string) bool {
	if len(s) > 39 {
		return false
	}
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}
